import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changedGeographies,
  fromRecordWeights,
  globalShares,
  interpolate,
  largestMove,
  mapMatrix,
  RECORD_WEIGHT_MAXIMUM,
  RECORD_WEIGHT_SUM,
  sameRecordWeights,
  toRecordWeights,
  touchedRegions,
  type WeightRow,
} from './weights.ts';

const sumOf = (row: Record<string, number>) => Object.values(row).reduce((sum, value) => sum + value, 0);

/** A row of up to six Regions whose percentages sum to 100. */
const rows = fc
  .array(fc.nat(10_000), { minLength: 1, maxLength: 6 })
  .filter((parts) => parts.some((part) => part > 0))
  .map((parts): WeightRow => {
    const sum = parts.reduce((total, part) => total + part, 0);
    return Object.fromEntries(parts.map((part, i) => [`region-${i}`, (part / sum) * 100]));
  });

describe('integer weights by largest remainder', () => {
  it.each<[string, WeightRow, Record<string, number>]>([
    ['halves', { a: 50, b: 50 }, { a: 100, b: 100 }],
    ['half percents', { a: 99.5, b: 0.5 }, { a: 199, b: 1 }],
    [
      'thirds: the first of equals takes the rest',
      { a: 100 / 3, b: 100 / 3, c: 100 / 3 },
      { a: 67, b: 67, c: 66 },
    ],
    ['the larger remainder', { a: 33.4, b: 33.4, c: 33.2 }, { a: 67, b: 67, c: 66 }],
    ['all of it', { a: 100, b: 0 }, { a: 200, b: 0 }],
    ['less than resolution', { a: 99.9, b: 0.1 }, { a: 200, b: 0 }],
    ['a quarter point is rounded up', { a: 99.75, b: 0.25 }, { a: 200, b: 0 }],
    ['a sum just off 100', { a: 33.3, b: 33.3, c: 33.3 }, { a: 67, b: 67, c: 66 }],
    ['a sum of anything', { a: 1, b: 3 }, { a: 50, b: 150 }],
    ['all zero is equal, as Route 53 has it', { a: 0, b: 0 }, { a: 100, b: 100 }],
    ['nothing at all', {}, {}],
    [
      'the seed, US drained',
      { 'eu-west-1': 60, 'ap-southeast-1': 40 },
      { 'eu-west-1': 120, 'ap-southeast-1': 80 },
    ],
  ])('%s', (_, row, weights) => {
    expect(toRecordWeights(row)).toEqual(weights);
  });

  it('sum to 200, stay within what Route 53 takes, and within one of the exact value', () => {
    fc.assert(
      fc.property(rows, (row) => {
        const weights = toRecordWeights(row);
        expect(sumOf(weights)).toBe(RECORD_WEIGHT_SUM);
        for (const [region, weight] of Object.entries(weights)) {
          expect(Number.isInteger(weight) && weight >= 0 && weight <= RECORD_WEIGHT_MAXIMUM).toBe(true);
          expect(Math.abs(weight - ((row[region] ?? 0) / 100) * RECORD_WEIGHT_SUM)).toBeLessThan(1);
        }
      }),
    );
  });

  it('give no Region users that is to have none', () => {
    fc.assert(
      fc.property(rows, (row) => {
        const weights = toRecordWeights({ ...row, closed: 0 });
        expect(weights.closed).toBe(0);
      }),
    );
  });

  it('come back the same: what is live is not changed by reading it', () => {
    const live = fc
      .array(fc.nat(RECORD_WEIGHT_SUM), { minLength: 1, maxLength: 5 })
      .map((cuts) => [0, ...[...cuts].sort((a, b) => a - b), RECORD_WEIGHT_SUM])
      .map((cuts) =>
        Object.fromEntries(cuts.slice(1).map((cut, i) => [`region-${i}`, cut - (cuts[i] ?? 0)])),
      );
    fc.assert(
      fc.property(live, (weights) => {
        expect(toRecordWeights(fromRecordWeights(weights))).toEqual(weights);
      }),
    );
  });
});

describe('percent of live weights', () => {
  it.each<[string, Record<string, number>, WeightRow]>([
    ['of 200', { a: 150, b: 50 }, { a: 75, b: 25 }],
    ['of any sum', { a: 1, b: 1 }, { a: 50, b: 50 }],
    ['all zero is equal shares (aws-facts R-06)', { a: 0, b: 0, c: 0, d: 0 }, { a: 25, b: 25, c: 25, d: 25 }],
    ['of one', { a: 7 }, { a: 100 }],
    ['of none', {}, {}],
  ])('%s', (_, weights, row) => {
    expect(fromRecordWeights(weights)).toEqual(row);
  });
});

describe('shares of all traffic', () => {
  it('are the geographies’ shares, weighted', () => {
    const shares = globalShares(
      { na: { us: 80, eu: 20 }, eu: { eu: 100 }, unknown: { us: 100 } },
      { na: 0.5, eu: 0.5 },
      ['us', 'eu', 'ap'],
    );
    expect(shares).toEqual({ us: 0.4, eu: 0.6, ap: 0 });
  });

  it('sum to 1 whatever the rows', () => {
    fc.assert(
      fc.property(rows, rows, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, share) => {
        const shares = globalShares({ a, b }, { a: share, b: 1 - share }, []);
        expect(sumOf(shares)).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('the way from one matrix to another', () => {
  const from = { na: { us: 100, eu: 0 } };
  const to = { na: { us: 0, eu: 60, ap: 40 } };

  it.each([
    [0, { us: 100, eu: 0, ap: 0 }],
    [0.5, { us: 50, eu: 30, ap: 20 }],
    [1, { us: 0, eu: 60, ap: 40 }],
  ])('at %d', (fraction, row) => {
    expect(interpolate(from, to, fraction)).toEqual({ na: row });
  });

  it('counts a Region that the target no longer names', () => {
    expect(interpolate({ na: { us: 40, old: 60 } }, { na: { us: 100 } }, 0.5)).toEqual({
      na: { us: 70, old: 30 },
    });
  });

  it('moves as many points of one geography as arrive elsewhere', () => {
    expect(largestMove(from, to)).toBe(100);
    expect(largestMove(from, from)).toBe(0);
    expect(
      largestMove({ a: { x: 50, y: 50 }, b: { x: 0, y: 100 } }, { a: { x: 60, y: 40 }, b: { x: 30, y: 70 } }),
    ).toBe(30);
  });

  it('names the geographies whose records change, and no others', () => {
    expect(
      changedGeographies(
        { a: { x: 100 }, b: { x: 50, y: 50 } },
        { a: { x: 99.9, y: 0.1 }, b: { x: 50.5, y: 49.5 } },
      ),
    ).toEqual(['b']);
    expect(changedGeographies({ a: { x: 100, y: 0 } }, { a: { x: 100 } })).toEqual([]);
    expect(changedGeographies({ a: { x: 100, y: 100 } }, { a: { x: 100 } })).toEqual(['a']);
    expect(sameRecordWeights({ a: { x: 50, y: 50 } }, { a: { x: 50.1, y: 49.9 } })).toBe(true);
  });

  it('names Regions whose users change, also where their sum does not', () => {
    const before = { a: { x: 100, y: 0, z: 0 }, b: { x: 0, y: 100, z: 0 } };
    const after = { a: { x: 0, y: 100, z: 0 }, b: { x: 100, y: 0, z: 0 } };
    expect(touchedRegions(before, after)).toEqual({ touched: ['x', 'y'], receiving: ['y', 'x'] });
    expect(touchedRegions(before, before)).toEqual({ touched: [], receiving: [] });
  });

  it('maps every weight of a matrix', () => {
    expect(mapMatrix(from, (geography, region, percent) => `${geography}${region}`.length + percent)).toEqual(
      {
        na: { us: 104, eu: 4 },
      },
    );
  });
});
