import { expect, it } from 'vitest';
import { expectedEverySeconds, type ObservationKind, staleAfterSeconds } from './kinds.ts';

it.each<[ObservationKind | 'metrics', number, number, number]>([
  // kind, period, expected every, stale after
  ['metrics', 60, 60, 180],
  ['traffic', 5, 5, 15],
  ['records', 1, 1, 15],
  ['node-group', 5, 30, 90],
  ['cluster', 60, 360, 1_080],
  ['cost', 60, 21_600, 64_800],
])('%s at a period of %d s is expected every %d s and stale after %d s', (kind, period, every, stale) => {
  expect(expectedEverySeconds(kind, period)).toBe(every);
  expect(staleAfterSeconds(kind, period)).toBe(stale);
});
