import { describe, expect, it } from 'vitest';
import { createRandom } from '#lab/kernel/random.ts';
import type { GeoMatch, RecordSet, Routing } from '#lab/route53/record-set.ts';
import { type Location, locate } from './geo.ts';
import { chooseRecords } from './routing.ts';

const set = (setIdentifier: string, routing: Routing): RecordSet => ({
  name: 'x.shop.example.',
  type: 'A',
  setIdentifier,
  routing,
  data: { kind: 'values', ttl: 60, values: ['192.0.2.1'] },
});
const weighted = (weights: Record<string, number>) =>
  Object.entries(weights).map(([id, weight]) => set(id, { policy: 'weighted', weight }));

interface Asking {
  unhealthy?: string[];
  location?: Location | undefined;
  seed?: number;
  km?: Record<string, number>;
}
function asking({ unhealthy = [], location, seed = 1, km = {} }: Asking = {}) {
  return {
    location,
    random: createRandom(seed),
    isHealthy: (record: RecordSet) => !unhealthy.includes(record.setIdentifier ?? ''),
    distanceTo: (region: string) => km[region] ?? Number.POSITIVE_INFINITY,
  };
}
const chosen = (records: RecordSet[], options?: Asking) =>
  chooseRecords(records, asking(options)).map((record) => record.setIdentifier);

function shares(records: RecordSet[], options: Asking = {}, draws = 20_000): Record<string, number> {
  const question = asking(options);
  const counts: Record<string, number> = {};
  for (let i = 0; i < draws; i++) {
    const id = chooseRecords(records, question)[0]?.setIdentifier ?? 'none';
    counts[id] = (counts[id] ?? 0) + 1 / draws;
  }
  return counts;
}

describe('weighted', () => {
  it('splits by weight within one point over 20,000 draws', () => {
    const split = shares(weighted({ us: 120, eu: 60, ap: 20 }));
    expect(split.us).toBeCloseTo(0.6, 2);
    expect(split.eu).toBeCloseTo(0.3, 2);
    expect(split.ap).toBeCloseTo(0.1, 2);
  });
  it('gives nothing to weight 0 while another is healthy', () => {
    expect(shares(weighted({ us: 200, eu: 0, ap: 0 }))).toEqual({ us: expect.closeTo(1, 5) });
  });
  it('passes over the unhealthy and keeps the others in proportion', () => {
    const split = shares(weighted({ us: 100, eu: 60, ap: 40 }), { unhealthy: ['us'] });
    expect(split.us).toBeUndefined();
    expect(split.eu).toBeCloseTo(0.6, 1);
  });
  it('turns to weight 0 when everything with weight is unhealthy, in equal parts', () => {
    const split = shares(weighted({ us: 200, eu: 0, ap: 0 }), { unhealthy: ['us'] });
    expect(split.us).toBeUndefined();
    expect(split.eu).toBeCloseTo(0.5, 1);
    expect(split.ap).toBeCloseTo(0.5, 1);
  });
  it('treats all as healthy when none is', () => {
    const split = shares(weighted({ us: 150, eu: 50, ap: 0 }), { unhealthy: ['us', 'eu', 'ap'] });
    expect(split.us).toBeCloseTo(0.75, 1);
    expect(split.ap).toBeUndefined();
  });
  it('splits all-zero equally', () => {
    const split = shares(weighted({ us: 0, eu: 0 }));
    expect(split.us).toBeCloseTo(0.5, 1);
    expect(split.eu).toBeCloseTo(0.5, 1);
  });
  it('repeats itself with the same seed', () => {
    const records = weighted({ us: 1, eu: 1 });
    expect(shares(records, { seed: 5 }, 100)).toEqual(shares(records, { seed: 5 }, 100));
  });
});

describe('geolocation', () => {
  const place = (id: string, location: GeoMatch) => set(id, { policy: 'geolocation', location });
  const records = [
    place('asia', { continent: 'AS' }),
    place('emirates', { country: 'AE' }),
    place('california', { country: 'US', subdivision: 'CA' }),
    place('default', { country: '*' }),
  ];
  const emirates = locate('10.131.0.1');
  it.each([
    ['the country before its continent', emirates, [], 'emirates'],
    ['the continent when the country is unhealthy', emirates, ['emirates'], 'asia'],
    ['the default when both are unhealthy', emirates, ['emirates', 'asia'], 'default'],
    ['the most specific again when all are unhealthy', emirates, ['emirates', 'asia', 'default'], 'emirates'],
    ['the continent for another country', locate('198.51.100.1'), [], 'asia'],
    ['the default for a continent without record', locate('203.0.113.1'), [], 'default'],
    ['the default for an unknown place', undefined, [], 'default'],
    ['never a subdivision', locate('192.0.2.1'), [], 'default'],
  ])('%s', (_, location, unhealthy, expected) =>
    expect(chosen(records, { location, unhealthy })).toEqual([expected]),
  );

  it('has no answer where nothing covers the place', () => {
    expect(chosen([place('asia', { continent: 'AS' })], { location: locate('203.0.113.1') })).toEqual([]);
  });
});

describe('failover', () => {
  const records = [
    set('second', { policy: 'failover', role: 'SECONDARY' }),
    set('first', { policy: 'failover', role: 'PRIMARY' }),
  ];
  it.each([
    [[], 'first'],
    [['first'], 'second'],
    [['second'], 'first'],
    [['first', 'second'], 'first'],
  ])('unhealthy %j answers %s', (unhealthy, expected) =>
    expect(chosen(records, { unhealthy })).toEqual([expected]),
  );
});

describe('latency', () => {
  const records = ['us-east-1', 'eu-west-1', 'xx-nowhere-1'].map((region) =>
    set(region, { policy: 'latency', region }),
  );
  const km = { 'us-east-1': 6000, 'eu-west-1': 300 };
  it.each([
    [[], 'eu-west-1'],
    [['eu-west-1'], 'us-east-1'],
    [['eu-west-1', 'us-east-1', 'xx-nowhere-1'], 'eu-west-1'],
  ])('unhealthy %j answers %s', (unhealthy, expected) =>
    expect(chosen(records, { unhealthy, km })).toEqual([expected]),
  );
});

describe('multivalue', () => {
  const records = Array.from({ length: 12 }, (_, i) => set(`r${i}`, { policy: 'multivalue' }));
  it('answers up to eight healthy records', () => {
    const answer = chosen(records, { unhealthy: ['r0', 'r1'] });
    expect(answer).toHaveLength(8);
    expect(answer).not.toContain('r0');
  });
  it('answers unhealthy ones when none is healthy', () => {
    expect(chosen(records.slice(0, 2), { unhealthy: ['r0', 'r1'] }).sort()).toEqual(['r0', 'r1']);
  });
});

it('simple answers its one record, healthy or not', () => {
  expect(chosen([set('only', { policy: 'simple' })], { unhealthy: ['only'] })).toEqual(['only']);
});
