import { describe, expect, it } from 'vitest';
import { applyBatch, type BatchZone, type RecordChange } from './change-batch.ts';
import type { RecordData, RecordSet, RecordType, Routing } from './record-set.ts';

const simple: Routing = { policy: 'simple' };
const values = (...list: string[]): RecordData => ({ kind: 'values', ttl: 60, values: list });
const alias = (dnsName: string, hostedZoneId = 'ZONE'): RecordData => ({
  kind: 'alias',
  alias: { hostedZoneId, dnsName, evaluateTargetHealth: true },
});

function record(
  name: string,
  type: RecordType,
  data: RecordData,
  routing = simple,
  setIdentifier?: string,
): RecordSet {
  return { name, type, data, routing, ...(setIdentifier === undefined ? {} : { setIdentifier }) };
}
const weighted = (id: string, weight: number, data = values('192.0.2.1'), name = 'w.shop.example.') =>
  record(name, 'A', data, { policy: 'weighted', weight }, id);

const apex = [
  record('shop.example.', 'NS', values('ns-1.awsdns-00.com.')),
  record('shop.example.', 'SOA', values('ns. host. 1 2 3 4 5')),
];
const zoneWith = (...records: RecordSet[]): BatchZone => ({
  id: 'ZONE',
  name: 'shop.example.',
  records: [...apex, ...records],
});
const create = (...records: RecordSet[]): RecordChange[] =>
  records.map((one) => ({ action: 'CREATE', record: one }));
const upsert = (...records: RecordSet[]): RecordChange[] =>
  records.map((one) => ({ action: 'UPSERT', record: one }));
const remove = (...records: RecordSet[]): RecordChange[] =>
  records.map((one) => ({ action: 'DELETE', record: one }));
const found = () => 'found' as const;

function messages(
  zone: BatchZone,
  changes: RecordChange[],
  external = found as () => 'found' | 'not-found' | 'not-in-zone',
) {
  const result = applyBatch(zone, changes, external);
  return result.ok ? [] : result.messages;
}

const www = record('www.shop.example.', 'A', values('192.0.2.1', '192.0.2.2'));

describe('a batch that fits', () => {
  it('creates, replaces and deletes', () => {
    const next = record('www.shop.example.', 'A', values('192.0.2.9'));
    const result = applyBatch(zoneWith(www), [...upsert(next), ...create(weighted('a', 1))], found);
    expect(result.ok && result.records.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'shop.example. NS',
      'shop.example. SOA',
      'www.shop.example. A',
      'w.shop.example. A',
    ]);
    expect(result.ok && result.records[2]).toEqual(next);
  });

  it('deletes with the values in another order', () => {
    const reordered = record('www.shop.example.', 'A', values('192.0.2.2', '192.0.2.1'));
    expect(applyBatch(zoneWith(www), remove(reordered), found)).toEqual({ ok: true, records: apex });
  });

  it('swaps a CNAME for an alias in one batch', () => {
    const cname = record('x.shop.example.', 'CNAME', values('www.shop.example.'));
    const changes = [...remove(cname), ...create(record('x.shop.example.', 'A', alias('www.shop.example.')))];
    expect(messages(zoneWith(www, cname), changes)).toEqual([]);
  });

  it('accepts an alias to a name created later in the batch', () => {
    const changes = create(record('first.shop.example.', 'A', alias('www.shop.example.')), www);
    expect(messages(zoneWith(), changes)).toEqual([]);
  });

  it('raises the TTL of a weighted set when all of it is in the batch', () => {
    const longer: RecordData = { kind: 'values', ttl: 300, values: ['192.0.2.1'] };
    const zone = zoneWith(weighted('a', 1), weighted('b', 1));
    expect(messages(zone, upsert(weighted('a', 1, longer), weighted('b', 1, longer)))).toEqual([]);
  });
});

describe('a batch that is refused leaves its reasons', () => {
  const cases: [string, BatchZone, RecordChange[], string | RegExp][] = [
    [
      'CREATE of what exists',
      zoneWith(www),
      create(www),
      "Tried to create resource record set [name='www.shop.example.', type='A'] but it already exists",
    ],
    [
      'CREATE of an identifier that exists',
      zoneWith(weighted('a', 1)),
      create(weighted('a', 2)),
      "Tried to create resource record set [name='w.shop.example.', type='A', set-identifier='a'] but it already exists",
    ],
    [
      'DELETE of what does not exist',
      zoneWith(),
      remove(www),
      "Tried to delete resource record set [name='www.shop.example.', type='A'] but it was not found",
    ],
    [
      'DELETE with another value',
      zoneWith(www),
      remove(record('www.shop.example.', 'A', values('192.0.2.1'))),
      "Tried to delete resource record set [name='www.shop.example.', type='A'] but the values provided do not match the current values",
    ],
    [
      'DELETE with another weight',
      zoneWith(weighted('a', 1)),
      remove(weighted('a', 2)),
      /do not match the current values/,
    ],
    [
      'a name outside',
      zoneWith(),
      create(record('www.other.example.', 'A', values('192.0.2.1'))),
      'RRSet with DNS name www.other.example. is not permitted in zone shop.example.',
    ],
    [
      'CNAME at the apex',
      zoneWith(),
      create(record('shop.example.', 'CNAME', values('x.example.'))),
      'RRSet of type CNAME with DNS name shop.example. is not permitted at apex in zone shop.example.',
    ],
    [
      'CNAME beside A',
      zoneWith(www),
      create(record('www.shop.example.', 'CNAME', values('x.example.'))),
      'RRSet of type CNAME with DNS name www.shop.example. is not permitted because a conflicting RRSet of type A with the same DNS name already exists in zone shop.example.',
    ],
    [
      'A beside CNAME',
      zoneWith(record('c.shop.example.', 'CNAME', values('x.example.'))),
      create(record('c.shop.example.', 'A', values('192.0.2.1'))),
      /conflicting RRSet of type CNAME/,
    ],
    [
      'an A value that is no address',
      zoneWith(),
      create(record('a.shop.example.', 'A', values('1.2.3'))),
      "Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '1.2.3''",
    ],
    [
      'an AAAA value that is IPv4',
      zoneWith(),
      create(record('a.shop.example.', 'AAAA', values('192.0.2.1'))),
      /AAAARRDATAIllegalIPv6Address/,
    ],
    [
      'TXT without quotes',
      zoneWith(),
      create(record('a.shop.example.', 'TXT', values('hello'))),
      /InvalidCharacterString/,
    ],
    [
      'MX without preference',
      zoneWith(),
      create(record('a.shop.example.', 'MX', values('mail.shop.example.'))),
      /MXRRDATAInvalidFormat/,
    ],
    [
      'a value twice',
      zoneWith(),
      create(record('a.shop.example.', 'A', values('192.0.2.1', '192.0.2.1'))),
      "Duplicate Resource Record: '192.0.2.1'",
    ],
    [
      'weighted beside simple',
      zoneWith(record('w.shop.example.', 'A', values('192.0.2.1'))),
      create(weighted('a', 1)),
      'RRSet with DNS name w.shop.example., type A cannot be created as other RRSets exist with the same name and type.',
    ],
    [
      'geolocation beside weighted',
      zoneWith(weighted('a', 1)),
      create(
        record(
          'w.shop.example.',
          'A',
          values('192.0.2.1'),
          { policy: 'geolocation', location: { country: 'DE' } },
          'de',
        ),
      ),
      'RRSet with DNS name w.shop.example., type A, SetIdentifier de cannot be created as a non-geolocation set exists with the same name and type.',
    ],
    [
      'one of a weighted set with another TTL',
      zoneWith(weighted('a', 1)),
      create(weighted('b', 1, { kind: 'values', ttl: 61, values: ['192.0.2.1'] })),
      /weighted sets must contain the same TTL/,
    ],
    [
      'two records for a place',
      zoneWith(geo('de-1', 'DE')),
      create(geo('de-2', 'DE')),
      /a geolocation RRSet with the same name, type and geolocation already exists/,
    ],
    [
      'two records for a Region',
      zoneWith(latency('a', 'eu-west-1')),
      create(latency('b', 'eu-west-1')),
      'RRSet with DNS name l.shop.example., type A, SetIdentifier b, and Region Name=eu-west-1 cannot be created because a latency RRSet with the same name, type and region already exists.',
    ],
    [
      'two primaries',
      zoneWith(failover('a', 'PRIMARY')),
      create(failover('b', 'PRIMARY')),
      /Failover=PRIMARY cannot be created/,
    ],
    [
      'the 101st weighted record',
      zoneWith(...Array.from({ length: 100 }, (_, i) => weighted(`r${i}`, 1))),
      create(weighted('one-more', 1)),
      /already 100 weighted RRSets/,
    ],
    [
      'an alias to nothing in the zone',
      zoneWith(),
      create(record('x.shop.example.', 'A', alias('gone.shop.example.'))),
      'Tried to create an alias that targets gone.shop.example., type A in zone ZONE, but that target was not found',
    ],
    [
      'an alias to a record of another type',
      zoneWith(www),
      create(record('x.shop.example.', 'AAAA', alias('www.shop.example.'))),
      /that target was not found/,
    ],
    [
      'an alias to itself',
      zoneWith(),
      create(record('x.shop.example.', 'A', alias('x.shop.example.'))),
      /that target was not found/,
    ],
    [
      'an alias out of the zone by its own id',
      zoneWith(),
      create(record('x.shop.example.', 'A', alias('x.other.example.'))),
      /does not lie within the target zone/,
    ],
    [
      'the apex NS deleted',
      zoneWith(),
      remove(record('shop.example.', 'NS', values('ns-1.awsdns-00.com.'))),
      'A HostedZone must contain at least one NS record for the zone itself.',
    ],
    [
      'the same record written twice',
      zoneWith(),
      upsert(www, www),
      "The request contains an invalid set of changes for a resource record set 'A www.shop.example.'",
    ],
    ['the same record deleted twice', zoneWith(www), remove(www, www), /invalid set of changes/],
  ];
  it.each(cases)('%s', (_, zone, changes, expected) => {
    const found = messages(zone, changes);
    expect(found).toHaveLength(1);
    expect(found[0]).toEqual(expected instanceof RegExp ? expect.stringMatching(expected) : expected);
  });

  it.each(['not-found', 'not-in-zone'] as const)('an alias to a load balancer that is %s', (verdict) => {
    const changes = create(
      record('x.shop.example.', 'A', alias('lb.us-east-1.elb.amazonaws.com.', 'Z35SXDOTRQ7X7K')),
    );
    expect(messages(zoneWith(), changes, () => verdict)).toEqual([
      expect.stringContaining(
        'Tried to create an alias that targets lb.us-east-1.elb.amazonaws.com., type A in zone Z35SXDOTRQ7X7K',
      ),
    ]);
  });

  it('all reasons at once, and nothing applied', () => {
    const bad = [
      record('a.shop.example.', 'A', values('x')),
      record('b.other.example.', 'A', values('192.0.2.1')),
    ];
    expect(messages(zoneWith(), create(...bad))).toHaveLength(2);
  });
});

describe('size of a batch', () => {
  const many = (count: number) =>
    Array.from({ length: count / 100 }, (_, i) =>
      record(`n${i}.shop.example.`, 'A', values(...Array.from({ length: 100 }, (__, j) => `10.${i}.0.${j}`))),
    );

  it('takes 1,000 records to CREATE and 500 to UPSERT, not more', () => {
    expect(messages(zoneWith(), create(...many(1000)))).toEqual([]);
    expect(messages(zoneWith(), upsert(...many(500)))).toEqual([]);
    expect(messages(zoneWith(), create(...many(1100)))).toEqual([
      'Number of records limit of 1000 exceeded.',
    ]);
    expect(messages(zoneWith(), upsert(...many(600)))).toEqual(['Number of records limit of 1000 exceeded.']);
  });

  it('takes 32,000 characters, UPSERT counted twice', () => {
    const text = (count: number) =>
      record(
        't.shop.example.',
        'TXT',
        values(...Array.from({ length: count }, (_, i) => `"${String(i).padStart(198, '0')}"`)),
      );
    expect(messages(zoneWith(), create(text(160)))).toEqual([]);
    expect(messages(zoneWith(), create(text(161)))).toEqual([
      'Number of characters limit of 32000 exceeded.',
    ]);
    expect(messages(zoneWith(), upsert(text(81)))).toEqual(['Number of characters limit of 32000 exceeded.']);
  });
});

function geo(id: string, country: string): RecordSet {
  return record(
    'g.shop.example.',
    'A',
    values('192.0.2.1'),
    { policy: 'geolocation', location: { country } },
    id,
  );
}
function latency(id: string, region: string): RecordSet {
  return record('l.shop.example.', 'A', values('192.0.2.1'), { policy: 'latency', region }, id);
}
function failover(id: string, role: 'PRIMARY' | 'SECONDARY'): RecordSet {
  return record('f.shop.example.', 'A', values('192.0.2.1'), { policy: 'failover', role }, id);
}
