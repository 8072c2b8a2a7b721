import { describe, expect, test } from 'vitest';
import type { ComposerModel } from './model.ts';
import {
  changesNothing,
  drainOf,
  emptyShift,
  moveWeights,
  percentProblem,
  pointsOf,
  shiftProblem,
  toPercents,
} from './shift-math.ts';

const model: ComposerModel = {
  environment: 'production',
  regions: ['us', 'eu', 'ap'],
  geographies: [{ key: 'na', name: 'North America', share: 0.5, weights: { us: 1, eu: 0, ap: 0 } }],
  shares: { us: 0.5, eu: 0.3, ap: 0.2 },
  rampSteps: [1, 5, 10, 25, 50, 75, 100],
  intervalPoints: 10,
  map: { at: '2026-11-23T10:00:00.000Z', regions: [], links: [], geographies: [] },
  initial: { shift: { mode: 'drain', region: 'us' }, ramp: { kind: 'stepped' }, accepted: [] },
};
const [na] = model.geographies;

test('percents of thirds still sum to 100', () => {
  const percents = toPercents({ us: 1 / 3, eu: 1 / 3, ap: 1 / 3 });
  expect(Object.values(percents).reduce((sum, value) => sum + value, 0)).toBe(100);
});

describe('percentProblem', () => {
  test.each([
    [{ us: 50, eu: 30, ap: 20 }, null],
    [{ us: 40, eu: 50, ap: 20 }, 'The shares sum to 110. Take away 10.'],
    [{ us: 40, eu: 30, ap: 20 }, 'The shares sum to 90. Add 10.'],
    [{ us: 300, eu: 0, ap: 0 }, '300 is outside 0 to 100.'],
    [{ us: -1, eu: 101, ap: 0 }, '-1 is outside 0 to 100.'],
    [{ us: Number.NaN, eu: 50, ap: 50 }, 'us needs a number. Use 0 to 100.'],
  ])('%o', (percents, message) => {
    expect(percentProblem(percents)?.message ?? null).toBe(message);
  });
});

test('ten points of all traffic are twenty percent of half the users', () => {
  if (na === undefined) throw new Error('fixture');
  expect(moveWeights(na, { from: 'us', to: 'eu', points: 10 })).toEqual({ us: 80, eu: 20, ap: 0 });
  expect(pointsOf(na, 'us')).toBe(50);
  expect(moveWeights(na, { from: 'us', to: 'eu', points: 90 })).toEqual({ us: 0, eu: 100, ap: 0 });
});

test('a fresh request changes nothing until something is moved', () => {
  expect(changesNothing(emptyShift('geography', model), model)).toBe(true);
  expect(changesNothing(emptyShift('target', model), model)).toBe(true);
  expect(changesNothing(emptyShift('drain', model), model)).toBe(false);
});

describe('a drain', () => {
  test.each([
    [null, { mode: 'drain', region: 'eu' }],
    [30, { mode: 'drain', region: 'eu' }],
    [12, { mode: 'drain', region: 'eu', points: 12 }],
    [0, { mode: 'drain', region: 'eu', points: 0 }],
  ])('of %s points of a Region that has 30', (points, shift) => {
    expect(drainOf('eu', points, model)).toEqual(shift);
  });

  test('of no points changes nothing', () => {
    expect(changesNothing({ mode: 'drain', region: 'eu', points: 0 }, model)).toBe(true);
    expect(changesNothing({ mode: 'drain', region: 'eu', points: 1 }, model)).toBe(false);
  });

  test('of more than the Region has is said before any server is asked', () => {
    expect(shiftProblem({ mode: 'drain', region: 'eu', points: 31 }, model)?.message).toBe(
      '31 points cannot leave eu: it has 30.0. Leave it empty to take all.',
    );
    expect(shiftProblem({ mode: 'drain', region: 'eu', points: 30 }, model)).toBeNull();
    expect(shiftProblem({ mode: 'drain', region: 'eu' }, model)).toBeNull();
  });
});
