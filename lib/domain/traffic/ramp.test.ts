import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seedEstate } from '#test/seed-estate.ts';
import { rampSteps } from './ramp.ts';
import { Ramp } from './request.ts';
import { sameRecordWeights, toRecordWeights, type WeightMatrix } from './weights.ts';

const estate = seedEstate();
const DWELL = estate.traffic.dwellMinutes * 60;
const from: WeightMatrix = { na: { us: 100, eu: 0 }, eu: { us: 0, eu: 100 } };
const drained: WeightMatrix = { na: { us: 0, eu: 100 }, eu: { us: 0, eu: 100 } };

const fractions = (ramp: Ramp, to: WeightMatrix) =>
  rampSteps(estate, ramp, from, to).map(({ fraction }) => fraction);

describe('immediate', () => {
  it('is one step to the target', () => {
    expect(rampSteps(estate, { kind: 'immediate' }, from, drained)).toEqual([
      { fraction: 1, matrix: drained, dwellSeconds: DWELL },
    ]);
  });

  it('is no step at all where nothing moves', () => {
    expect(rampSteps(estate, { kind: 'immediate' }, from, from)).toEqual([]);
  });
});

describe('stepped', () => {
  it('follows the estate’s 1-5-10-25-50-75-100, and ends at the target', () => {
    const steps = rampSteps(estate, { kind: 'stepped' }, from, drained);
    expect(steps.map(({ fraction }) => fraction)).toEqual([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1]);
    expect(steps.map(({ matrix }) => toRecordWeights(matrix.na ?? {}).eu)).toEqual([
      2, 10, 20, 50, 100, 150, 200,
    ]);
    expect(steps.at(-1)?.matrix).toBe(drained);
  });

  it('leaves out steps too small for integer weights to move', () => {
    const to = { ...from, na: { us: 90, eu: 10 } };
    // 1 % of 10 points is a tenth of one, less than the half point that a weight of 200 can tell.
    expect(fractions({ kind: 'stepped' }, to)).toEqual([0.05, 0.1, 0.25, 0.5, 0.75, 1]);
  });

  it('is done as soon as the integer weights are those of the target', () => {
    const to = { ...from, na: { us: 99.5, eu: 0.5 } };
    expect(rampSteps(estate, { kind: 'stepped' }, from, to)).toEqual([
      { fraction: 1, matrix: to, dwellSeconds: DWELL },
    ]);
  });
});

describe('by interval', () => {
  const daily: Ramp = { kind: 'interval', points: 10, intervalHours: 24 };

  it('moves ten points of the geography a day: ten days for all of it (aws-facts C-18)', () => {
    const steps = rampSteps(estate, daily, from, drained);
    expect(steps.map(({ matrix }) => Math.round(matrix.na?.eu ?? 0))).toEqual([
      10, 20, 30, 40, 50, 60, 70, 80, 90, 100,
    ]);
    expect(steps.map(({ dwellSeconds }) => dwellSeconds)).toEqual([...Array(9).fill(24 * 3_600), DWELL]);
  });

  it('moves the rest last', () => {
    expect(fractions(daily, { ...from, na: { us: 75, eu: 25 } })).toEqual([0.4, 0.8, 1]);
  });

  it('goes by the geography that moves most', () => {
    const to = { na: { us: 80, eu: 20 }, eu: { us: 5, eu: 95 } };
    expect(fractions(daily, to)).toEqual([0.5, 1]);
  });

  it('never waits less than a dwell', () => {
    const steps = rampSteps(estate, { kind: 'interval', points: 50, intervalHours: 0.05 }, from, drained);
    expect(steps.map(({ dwellSeconds }) => dwellSeconds)).toEqual([DWELL, DWELL]);
  });
});

it('always ends at the target, and every step changes a record', () => {
  const percent = fc.nat(1_000).map((tenths) => tenths / 10);
  const ramps = fc.oneof(
    fc.constant<Ramp>({ kind: 'immediate' }),
    fc.constant<Ramp>({ kind: 'stepped' }),
    fc
      .integer({ min: 1, max: 200 })
      .map((half): Ramp => ({ kind: 'interval', points: half / 2, intervalHours: 1 })),
  );
  fc.assert(
    fc.property(ramps, percent, percent, percent, (ramp, a, b, c) => {
      const start: WeightMatrix = { na: { us: a, eu: 100 - a }, eu: { us: 0, eu: 100 } };
      const to: WeightMatrix = { na: { us: b, eu: 100 - b }, eu: { us: c, eu: 100 - c } };
      const steps = rampSteps(estate, ramp, start, to);
      if (sameRecordWeights(start, to)) return steps.length === 0;
      let before = start;
      for (const { matrix } of steps) {
        if (sameRecordWeights(before, matrix)) return false;
        before = matrix;
      }
      return steps.at(-1)?.matrix === to && steps.at(-1)?.fraction === 1;
    }),
  );
});

describe('what may be asked for', () => {
  it.each([
    [{ kind: 'immediate' }, true],
    [{ kind: 'stepped' }, true],
    [{ kind: 'interval', points: 10, intervalHours: 24 }, true],
    [{ kind: 'interval', points: 0.4, intervalHours: 24 }, false],
    [{ kind: 'interval', points: 101, intervalHours: 24 }, false],
    [{ kind: 'interval', points: 10, intervalHours: 0 }, false],
    [{ kind: 'interval', points: 10, intervalHours: 337 }, false],
    [{ kind: 'interval', points: 10 }, false],
    [{ kind: 'immediate', points: 10 }, false],
    [{ kind: 'sudden' }, false],
  ])('%j: %s', (ramp, allowed) => {
    expect(Ramp.safeParse(ramp).success).toBe(allowed);
  });
});
