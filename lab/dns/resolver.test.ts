import { describe, expect, it } from 'vitest';
import { createNameRegistry } from '#lab/kernel/names.ts';
import { createRandom } from '#lab/kernel/random.ts';
import type { RecordData, RecordSet, RecordType, Routing } from '#lab/route53/record-set.ts';
import { locate } from './geo.ts';
import { createResolver } from './resolver.ts';
import { indexZone } from './zone-data.ts';

const values = (...list: string[]): RecordData => ({ kind: 'values', ttl: 60, values: list });
const alias = (dnsName: string, evaluateTargetHealth = true): RecordData => ({
  kind: 'alias',
  alias: { hostedZoneId: 'Z', dnsName, evaluateTargetHealth },
});
function record(
  name: string,
  type: RecordType,
  data: RecordData,
  routing?: Routing,
  healthCheckId?: string,
): RecordSet {
  return {
    name,
    type,
    data,
    routing: routing ?? { policy: 'simple' },
    ...(healthCheckId ? { healthCheckId } : {}),
  };
}
const weight = (amount: number): Routing => ({ policy: 'weighted', weight: amount });

const SOA = 'ns. host. 1 7200 900 1209600 86400';
const LB = 'lb-1.us-east-1.elb.amazonaws.com.';

interface Setting {
  unhealthy?: string[];
  loadBalancer?: { addresses: string[]; healthy: boolean };
}

function resolverFor(records: RecordSet[], { unhealthy = [], loadBalancer }: Setting = {}) {
  const names = createNameRegistry();
  if (loadBalancer)
    names.register(LB, { addresses: () => loadBalancer.addresses, healthy: () => loadBalancer.healthy });
  const zones = [
    { id: 'Z', name: 'shop.example.', records: [record('shop.example.', 'SOA', values(SOA)), ...records] },
    {
      id: 'SUB',
      name: 'deep.shop.example.',
      records: [record('a.deep.shop.example.', 'A', values('192.0.2.50'))],
    },
  ].map(indexZone);
  return createResolver({
    zones: () => zones,
    isHealthy: (id) => !unhealthy.includes(id),
    names,
    random: createRandom(3),
    loadBalancerTtl: 5,
    distance: () => 1,
  });
}
function ask(records: RecordSet[], name: string, type = 'A', setting?: Setting, from = '192.0.2.1') {
  const { code, answers, authority, ...rest } = resolverFor(records, setting).resolve(
    name,
    type,
    locate(from),
  );
  return {
    ...rest,
    code,
    answers: answers.map((answer) => `${answer.name} ${answer.ttl} ${answer.type} ${answer.value}`),
    authority: authority.map((answer) => answer.type),
  };
}

describe('names', () => {
  const www = record('www.shop.example.', 'A', values('192.0.2.1'));
  const below = record('x.y.shop.example.', 'A', values('192.0.2.2'));
  const wildcard = record('\\052.shop.example.', 'A', values('192.0.2.3'));

  it('answers in the spelling of the question', () => {
    expect(ask([www], 'WwW.Shop.example').answers).toEqual(['WwW.Shop.example 60 A 192.0.2.1']);
  });
  it('tells no such name from no such type, with the SOA', () => {
    expect(ask([www], 'gone.shop.example')).toMatchObject({
      code: 'NXDOMAIN',
      answers: [],
      authority: ['SOA'],
    });
    expect(ask([www], 'www.shop.example', 'MX')).toMatchObject({
      code: 'NOERROR',
      answers: [],
      authority: ['SOA'],
    });
    expect(ask([www], 'www.shop.example', 'HTTPS')).toMatchObject({ code: 'NOERROR', answers: [] });
  });
  it('says a name with something below it exists', () => {
    expect(ask([below], 'y.shop.example')).toMatchObject({ code: 'NOERROR', answers: [] });
  });
  it('refuses other zones', () => {
    expect(ask([www], 'www.example.com')).toMatchObject({
      code: 'REFUSED',
      zoneId: undefined,
      authority: [],
    });
    expect(ask([www], 'notshop.example')).toMatchObject({ code: 'REFUSED' });
  });
  it('answers for AWS’ own names, as the resolver of whoever asks here', () => {
    const loadBalancer = { addresses: ['192.0.2.9', '192.0.2.10'], healthy: false };
    const name = LB.slice(0, -1);
    const known = ask([www], name, 'A', { loadBalancer });
    expect(known).toMatchObject({ code: 'NOERROR', zoneId: undefined, dependsOnPlace: false });
    expect(known.answers).toEqual([`${name} 5 A 192.0.2.9`, `${name} 5 A 192.0.2.10`]);
    expect(ask([www], name, 'AAAA', { loadBalancer })).toMatchObject({ code: 'NOERROR', answers: [] });
    expect(ask([www], name)).toMatchObject({ code: 'REFUSED' });
  });
  it('answers from the most specific zone', () => {
    expect(ask([], 'a.deep.shop.example')).toMatchObject({
      zoneId: 'SUB',
      answers: ['a.deep.shop.example 60 A 192.0.2.50'],
    });
  });
  it('covers unknown names by the wildcard, but not names below an existing one', () => {
    expect(ask([wildcard, below], 'any.shop.example').answers).toEqual(['any.shop.example 60 A 192.0.2.3']);
    expect(ask([wildcard, below], 'a.b.shop.example').answers).toEqual(['a.b.shop.example 60 A 192.0.2.3']);
    expect(ask([wildcard, below], 'other.y.shop.example').code).toBe('NXDOMAIN');
  });
  it('answers ANY with one type', () => {
    expect(ask([www], 'www.shop.example', 'ANY').answers).toEqual(['www.shop.example 60 A 192.0.2.1']);
  });
});

describe('CNAME', () => {
  const cname = (name: string, target: string) => record(name, 'CNAME', values(target));
  it('is chased inside the zone', () => {
    const records = [
      cname('a.shop.example.', 'b.shop.example.'),
      cname('b.shop.example.', 'c.shop.example'),
      record('c.shop.example.', 'A', values('192.0.2.4')),
    ];
    expect(ask(records, 'a.shop.example').answers).toEqual([
      'a.shop.example 60 CNAME b.shop.example.',
      'b.shop.example. 60 CNAME c.shop.example',
      'c.shop.example 60 A 192.0.2.4',
    ]);
  });
  it('is left to the resolver outside it', () => {
    expect(ask([cname('a.shop.example.', 'www.example.com')], 'a.shop.example')).toMatchObject({
      code: 'NOERROR',
      answers: ['a.shop.example 60 CNAME www.example.com'],
    });
  });
  it('is itself the answer when asked for', () => {
    const answer = ask([cname('a.shop.example.', 'b.shop.example.')], 'a.shop.example', 'CNAME');
    expect(answer.answers).toEqual(['a.shop.example 60 CNAME b.shop.example.']);
  });
  it('to nothing is NXDOMAIN behind the CNAME', () => {
    expect(ask([cname('a.shop.example.', 'gone.shop.example.')], 'a.shop.example')).toMatchObject({
      code: 'NXDOMAIN',
      answers: [expect.any(String)],
    });
  });
  it('in a circle fails instead of turning for ever', () => {
    const records = [
      cname('a.shop.example.', 'b.shop.example.'),
      cname('b.shop.example.', 'a.shop.example.'),
    ];
    expect(ask(records, 'a.shop.example')).toMatchObject({ code: 'SERVFAIL', answers: [] });
  });
});

describe('alias', () => {
  const geo = (country: string, data: RecordData): RecordSet => ({
    ...record('origin.shop.example.', 'A', data, { policy: 'geolocation', location: { country } }),
    setIdentifier: country,
  });
  const tree = [
    geo('US', alias('na.shop.example.')),
    geo('*', alias('rest.shop.example.')),
    record('na.shop.example.', 'A', alias(LB), weight(200), 'us'),
    record('na.shop.example.', 'A', values('192.0.2.20'), weight(0), 'eu'),
    record('rest.shop.example.', 'A', values('192.0.2.30')),
  ];
  const up = { loadBalancer: { addresses: ['127.0.11.1', '127.0.11.2'], healthy: true } };

  it('is followed through the tree to the load balancer, with its own name and TTL', () => {
    expect(ask(tree, 'origin.shop.example', 'A', up)).toMatchObject({
      answers: ['origin.shop.example 5 A 127.0.11.1', 'origin.shop.example 5 A 127.0.11.2'],
      dependsOnPlace: true,
    });
    expect(ask(tree, 'origin.shop.example', 'A', up, '203.0.113.1').answers).toEqual([
      'origin.shop.example 60 A 192.0.2.30',
    ]);
  });
  it('depends on no place below the geolocation', () => {
    expect(ask(tree, 'na.shop.example', 'A', up).dependsOnPlace).toBe(false);
  });
  it('leaves a Region by its health check, in spite of weight 0 elsewhere', () => {
    expect(ask(tree, 'origin.shop.example', 'A', { ...up, unhealthy: ['us'] }).answers).toEqual([
      'origin.shop.example 60 A 192.0.2.20',
    ]);
  });
  it('leaves a Region by its load balancer, registered or not', () => {
    const down = { loadBalancer: { addresses: ['127.0.11.1'], healthy: false } };
    expect(ask(tree, 'origin.shop.example', 'A', down).answers).toEqual([
      'origin.shop.example 60 A 192.0.2.20',
    ]);
    expect(ask(tree, 'origin.shop.example').answers).toEqual(['origin.shop.example 60 A 192.0.2.20']);
  });
  it('backs out of a branch in which nothing is healthy', () => {
    const down = { loadBalancer: { addresses: ['127.0.11.1'], healthy: false }, unhealthy: ['us', 'eu'] };
    expect(ask(tree, 'origin.shop.example', 'A', down).answers).toEqual([
      'origin.shop.example 60 A 192.0.2.30',
    ]);
  });
  it('without target health stays where it is', () => {
    const blind = [geo('US', alias('na.shop.example.', false)), ...tree.slice(1)];
    const down = { loadBalancer: { addresses: ['127.0.11.1'], healthy: false }, unhealthy: ['us', 'eu'] };
    expect(ask(blind, 'origin.shop.example', 'A', down).answers).toEqual([
      'origin.shop.example 5 A 127.0.11.1',
    ]);
  });
  it('to a load balancer has no AAAA', () => {
    expect(ask([record('x.shop.example.', 'AAAA', alias(LB))], 'x.shop.example', 'AAAA', up)).toMatchObject({
      code: 'NOERROR',
      answers: [],
    });
  });
  it('knows a load balancer by its dualstack name', () => {
    expect(
      ask([record('x.shop.example.', 'A', alias(`dualstack.${LB}`))], 'x.shop.example', 'A', up).answers,
    ).toHaveLength(2);
  });
  it('in a circle has no answer', () => {
    const circle = [
      record('a.shop.example.', 'A', alias('b.shop.example.')),
      record('b.shop.example.', 'A', alias('a.shop.example.')),
    ];
    expect(ask(circle, 'a.shop.example')).toMatchObject({ code: 'NOERROR', answers: [] });
  });
});
