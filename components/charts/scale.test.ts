import { describe, expect, test } from 'vitest';
import { spreadLabels, ticks } from './scale.ts';

describe('ticks', () => {
  test.each([
    [0, 0.6, [0, 0.2, 0.4, 0.6]],
    [0, 10, [0, 2.5, 5, 7.5, 10]],
    [30, 41, [30, 35, 40]],
  ])('%d to %d', (low, high, expected) => {
    expect(ticks(low, high)).toEqual(expected);
  });
});

describe('spreadLabels', () => {
  test('keeps what is already apart', () => {
    expect(spreadLabels([10, 60, 120], { gap: 26, low: 0, high: 200 })).toEqual([10, 60, 120]);
  });
  test('moves what touches and keeps the order', () => {
    const placed = spreadLabels([100, 98, 102], { gap: 26, low: 0, high: 200 });
    const sorted = placed.toSorted((a, b) => a - b);
    expect(placed[1]).toBe(sorted[0]);
    expect(placed[2]).toBe(sorted[2]);
    for (let index = 1; index < sorted.length; index += 1)
      expect((sorted[index] ?? 0) - (sorted[index - 1] ?? 0)).toBeGreaterThanOrEqual(26);
  });
  test('stays inside the frame', () => {
    const placed = spreadLabels([198, 199, 200], { gap: 26, low: 0, high: 200 });
    expect(Math.max(...placed)).toBeLessThanOrEqual(200);
  });
});
