import { expect, it } from 'vitest';
import { compareRates, median, percentile } from './statistics.ts';

it.each([
  { values: [5], share: 0.95, expected: 5 },
  { values: [3, 1, 2], share: 0.5, expected: 2 },
  { values: [1, 2, 3, 4], share: 0.5, expected: 2 },
  { values: Array.from({ length: 100 }, (_, i) => 100 - i), share: 0.95, expected: 95 },
  { values: Array.from({ length: 100 }, (_, i) => i + 1), share: 1, expected: 100 },
])('percentile $share of $values.length values', ({ values, share, expected }) => {
  expect(percentile(values, share)).toBe(expected);
});

it('knows no percentile of nothing', () => {
  expect(median([])).toBeNaN();
});

it('compares the faster work with the slower one', async () => {
  const wait = (ms: number) => () => new Promise((resolve) => setTimeout(resolve, ms));
  const { ratio } = await compareRates({ atOnce: 1, seconds: 0.05, rounds: 1 }, { a: wait(1), b: wait(5) });
  expect(ratio).toBeGreaterThan(1.2);
});
