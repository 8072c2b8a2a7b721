import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import {
  errorRateLowerBound,
  errorRateUpperBound,
  type GateLimits,
  type GateVerdict,
  isThin,
  judgeShares,
  judgeSli,
  SHARE_SAMPLE,
  worstBand,
} from './gate.ts';
import { gateLimits, writeLimits } from './gate-limits.ts';

/** The seed's gate (aws-facts 1A), on the lab's sample. */
const limits: GateLimits = {
  errorRate: 0.001,
  p95Ms: 200,
  revertErrorRate: 0.01,
  revertP95Ms: 500,
  minSample: 200,
  revertSample: 200,
  onThinTraffic: 'hold',
};

describe('the three bands (aws-facts C-14)', () => {
  it.each<[number, number, number | null, GateVerdict['band']]>([
    // requests, errors, p95
    [1_000, 0, 131, 'pass'],
    [10_000, 9, 199.9, 'pass'],
    [10_000, 10, 131, 'hold'],
    [10_000, 100, 131, 'hold'],
    [10_000, 101, 131, 'revert'],
    [1_000, 0, 200, 'hold'],
    [1_000, 0, 500, 'hold'],
    [1_000, 0, 500.1, 'revert'],
    [1_000, 1_000, null, 'revert'],
    [1_000, 0, null, 'hold'],
    [200, 0, 131, 'pass'],
    [199, 0, 131, 'hold'],
    [199, 1, 131, 'hold'],
    [0, 0, null, 'hold'],
  ])('%d requests, %d errors, p95 %s ms: %s', (requests, errors, p95Ms, band) => {
    expect(judgeSli('us-east-1 reads', { requests, errors, p95Ms }, limits).band).toBe(band);
  });

  it.each<[number, number, GateVerdict['band']]>([
    [100, 100, 'revert'],
    [100, 10, 'revert'],
    [10, 5, 'revert'],
    [1, 1, 'hold'],
    [10, 1, 'hold'],
    [150, 2, 'hold'],
  ])(
    'a thin sample reverts only when its errors leave no doubt: %d requests, %d errors: %s',
    (requests, errors, band) => {
      expect(judgeSli('us-east-1 reads', { requests, errors, p95Ms: 131 }, limits).band).toBe(band);
    },
  );

  it.each<[number, number, GateVerdict['band']]>([
    [0, 0, 'pass'],
    [50, 0, 'pass'],
    [50, 50, 'revert'],
    [1_000, 5, 'hold'],
  ])(
    'where thin traffic passes with a note, only thin traffic does: %d requests, %d errors: %s',
    (requests, errors, band) => {
      const sli = { requests, errors, p95Ms: requests === 0 ? null : 131 };
      expect(judgeSli('reads', sli, { ...limits, onThinTraffic: 'pass-with-note' }).band).toBe(band);
    },
  );

  it('never passes what reverts, however little there is', () => {
    const counts = fc
      .tuple(fc.nat(2_000), fc.nat(2_000))
      .map(([a, b]) => [Math.max(a, b), Math.min(a, b)] as const);
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 2_000, noNaN: true }), ([requests, errors], p95Ms) => {
        const { band, errorRateBelow } = judgeSli('reads', { requests, errors, p95Ms }, limits);
        if (band !== 'pass') return true;
        return (
          errors / requests < 0.001 &&
          p95Ms < 200 &&
          requests >= 200 &&
          (errorRateBelow ?? 1) > errors / requests
        );
      }),
    );
  });
});

describe('the bands of orders, of which there are few', () => {
  const estate = seedEstate();
  const orders = writeLimits(estate, environmentOf(estate), 'us-east-1');

  it('are those of reads, later by the round trip to the writer, on a twentieth of the sample', () => {
    const reads = gateLimits(estate, environmentOf(estate), 0);
    expect(orders).toEqual({ ...reads, minSample: 10 });
    expect(orders).toMatchObject({ errorRate: 0.001, revertErrorRate: 0.01, revertSample: 200 });
    const far = writeLimits(estate, environmentOf(estate), 'ap-southeast-1');
    expect(far).toEqual({ ...orders, p95Ms: 420, revertP95Ms: 720 });
  });

  it.each<[number, number, GateVerdict['band'], boolean]>([
    // requests, errors, band, thin
    [9, 0, 'hold', true],
    [9, 1, 'hold', true],
    [9, 3, 'revert', false],
    [10, 0, 'pass', false],
    [10, 1, 'hold', false],
    [12, 2, 'hold', false],
    [12, 3, 'revert', false],
    [50, 1, 'hold', false],
    [99, 1, 'hold', false],
    [144, 0, 'pass', false],
    [144, 3, 'hold', false],
    [144, 9, 'revert', false],
    [199, 2, 'hold', false],
    [200, 2, 'hold', false],
    [200, 3, 'revert', false],
    [999, 1, 'hold', false],
    [1_001, 1, 'pass', false],
    [10_000, 9, 'pass', false],
    [10_000, 10, 'hold', false],
    [10_000, 100, 'hold', false],
    [10_000, 101, 'revert', false],
  ])('%d orders, %d failed: %s', (requests, errors, band, thin) => {
    const verdict = judgeSli('us-east-1 writes', { requests, errors, p95Ms: 131 }, orders);
    expect({ band: verdict.band, thin: isThin(verdict) }).toEqual({ band, thin });
  });

  it('one failed order never reverts, however few there were', () => {
    for (let requests = 1; requests <= 2_000; requests += 1)
      expect(judgeSli('writes', { requests, errors: 1, p95Ms: 131 }, orders).band).not.toBe('revert');
  });

  it('more errors never make a better band', () => {
    const rank = { pass: 0, hold: 1, revert: 2 };
    const bandOf = (requests: number, errors: number) =>
      rank[judgeSli('writes', { requests, errors, p95Ms: 131 }, orders).band];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.nat(100), (requests, errors) => {
        fc.pre(errors < requests);
        return bandOf(requests, errors) <= bandOf(requests, errors + 1);
      }),
    );
  });

  it('say why a rate above the limit is no reason to turn round', () => {
    const { message } = judgeSli('us-east-1 writes', { requests: 24, errors: 1, p95Ms: 131 }, orders);
    expect(message).toContain('us-east-1 writes: 1 error in 24 requests');
    expect(message).toContain('passes below 0.1 %, above 1 % by no more than chance explains in so few');
  });
});

describe('what a verdict says', () => {
  it.each<[number, number, number | null, string]>([
    [240, 0, 131.4, 'eu reads: 0 errors in 240 requests, below 1.2 %; p95 131 ms'],
    [10_000, 1, 131, 'eu reads: 1 error in 10000 requests, below 0.047 %; p95 131 ms'],
    [1_000, 4, 131, 'eu reads: 4 errors in 1000 requests, below 0.91 %; p95 131 ms; passes below 0.1 %'],
    [1_000, 20, 131, 'eu reads: 20 errors in 1000 requests, below 2.9 %; p95 131 ms; reverts above 1 %'],
    [1_000, 0, 260, 'eu reads: 0 errors in 1000 requests, below 0.3 %; p95 260 ms; passes below 200 ms'],
    [1_000, 0, 612, 'eu reads: 0 errors in 1000 requests, below 0.3 %; p95 612 ms; reverts above 500 ms'],
    [1, 0, 80, 'eu reads: 0 errors in 1 request, below 95 %; p95 80 ms; 200 requests are needed to judge'],
    [
      300,
      300,
      null,
      'eu reads: 300 errors in 300 requests, below 100 %; no response times; reverts above 1 %',
    ],
    [
      300,
      0,
      null,
      'eu reads: 0 errors in 300 requests, below 0.99 %; no response times; without response times nothing passes',
    ],
    [0, 0, null, 'eu reads: no requests measured, which proves nothing'],
  ])('%d requests, %d errors, p95 %s', (requests, errors, p95Ms, message) => {
    expect(judgeSli('eu reads', { requests, errors, p95Ms }, limits).message).toBe(message);
  });
});

describe('what a sample proves', () => {
  it.each([
    [0, 240, 0.0124],
    [0, 200, 0.0149],
    [0, 3_000, 0.000998],
    [0, 2_995, 0.001],
    [0, 10, 0.2589],
    [0, 144, 0.0206],
    [1, 100, 0.0466],
    [5, 100, 0.1023],
    [100, 100, 1],
    [0, 0, 1],
  ])('%d errors in %d: at most %d (Clopper–Pearson)', (errors, requests, bound) => {
    expect(errorRateUpperBound(errors, requests)).toBeCloseTo(bound, 4);
  });

  it.each([
    [0, 100, 0],
    [1, 1, 0.001],
    [10, 100, 0.0305],
    [100, 100, 0.9332],
  ])('%d errors in %d: surely at least %d', (errors, requests, bound) => {
    expect(errorRateLowerBound(errors, requests)).toBeCloseTo(bound, 3);
  });

  it('lies on both sides of what was seen, and large numbers are no trouble', () => {
    const counts = fc
      .tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([requests, part]) => [Math.floor(Math.min(requests, 5_000) * part), requests] as const);
    fc.assert(
      fc.property(counts, ([errors, requests]) => {
        const low = errorRateLowerBound(errors, requests);
        const high = errorRateUpperBound(errors, requests);
        expect(low).toBeLessThanOrEqual(errors / requests + 1e-9);
        expect(high).toBeGreaterThanOrEqual(errors / requests - 1e-9);
        expect(low >= 0 && high <= 1).toBe(true);
      }),
    );
  });
});

describe('several verdicts', () => {
  const verdict = (requests: number, errors: number, p95Ms: number) =>
    judgeSli('reads', { requests, errors, p95Ms }, limits);

  it('are as good as the worst', () => {
    const pass = verdict(1_000, 0, 100);
    const hold = verdict(1_000, 0, 300);
    const revert = verdict(1_000, 100, 100);
    expect(worstBand([pass, hold, revert])).toBe('revert');
    expect(worstBand([pass, hold])).toBe('hold');
    expect(worstBand([pass])).toBe('pass');
    expect(worstBand([])).toBe('hold');
  });

  it('are thin when only more requests could help', () => {
    expect(isThin(verdict(100, 0, 100))).toBe(true);
    expect(isThin(verdict(1_000, 0, 300))).toBe(false);
    expect(isThin(verdict(1_000, 0, 100))).toBe(false);
    expect(isThin(verdict(100, 100, 100))).toBe(false);
  });
});

describe('measured beside configured shares', () => {
  const configured = { us: 0.5, eu: 0.3, ap: 0.2 };

  it.each<[string, Record<string, number>, { within: boolean; clearlyOutside: boolean; enough: boolean }]>([
    ['as configured', { us: 500, eu: 300, ap: 200 }, { within: true, clearlyOutside: false, enough: true }],
    ['five points off', { us: 550, eu: 250, ap: 200 }, { within: true, clearlyOutside: false, enough: true }],
    [
      'six points off, which chance explains',
      { us: 560, eu: 240, ap: 200 },
      { within: false, clearlyOutside: false, enough: true },
    ],
    [
      'six points off for a hundred thousand',
      { us: 56_000, eu: 24_000, ap: 20_000 },
      { within: false, clearlyOutside: true, enough: true },
    ],
    [
      'twenty points off',
      { us: 700, eu: 100, ap: 200 },
      { within: false, clearlyOutside: true, enough: true },
    ],
    ['too few to say', { us: 20, eu: 12, ap: 8 }, { within: true, clearlyOutside: false, enough: false }],
    ['none', {}, { within: false, clearlyOutside: false, enough: false }],
    [
      'a Region that should have none',
      { us: 450, eu: 270, ap: 180, sa: 100 },
      { within: true, clearlyOutside: false, enough: true },
    ],
  ])('%s', (_, requests, verdict) => {
    expect(judgeShares(configured, requests, 5)).toMatchObject(verdict);
  });

  it('says what was measured and where it is off most', () => {
    expect(judgeShares(configured, { us: 560, eu: 244, ap: 196 }, 5).message).toBe(
      'measured us 56.0 %, eu 24.4 %, ap 19.6 % of 1000 requests; us differs by 6.0 points',
    );
    expect(judgeShares(configured, {}, 5).message).toBe('no requests measured');
  });

  it('is enough from a sample on', () => {
    expect(judgeShares({ us: 1 }, { us: SHARE_SAMPLE - 1 }, 5).enough).toBe(false);
    expect(judgeShares({ us: 1 }, { us: SHARE_SAMPLE }, 5).enough).toBe(true);
  });
});
