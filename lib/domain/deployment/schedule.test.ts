import { describe, expect, it } from 'vitest';
import { isInWindow, lowTrafficWindow, nextInWindow, nextStart, windowWords } from './schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MIDNIGHT = Date.parse('2026-11-26T00:00:00Z');

describe('the start of the next Region', () => {
  it.each([
    ['the plan, where the deployment was quick', 0, 5, 35],
    ['the bake, where it took its time', 0, 20, 50],
    ['both at once', 0, 0, 30],
  ])('is %s', (_, began, switched, start) => {
    const found = nextStart({
      beganMs: began * MINUTE,
      plannedAfterMs: 30 * MINUTE,
      switchedBeforeMs: switched * MINUTE,
      bakeMs: 30 * MINUTE,
    });
    expect(found).toEqual({
      plannedMs: 30 * MINUTE,
      bakedMs: (switched + 30) * MINUTE,
      startMs: Math.max(30, start) * MINUTE,
    });
  });
});

describe('quiet hours', () => {
  const day = (rate: (hour: number) => number, hours = 24) =>
    Array.from({ length: hours }, (_, hour) => ({ atMs: MIDNIGHT + hour * HOUR, value: rate(hour) }));

  it('are the four in a row with the fewest requests', () => {
    const found = lowTrafficWindow(day((hour) => (hour >= 2 && hour < 6 ? 1 : 10)));
    expect(found).toEqual({ fromHour: 2, toHour: 6, share: 0.1 });
    expect(windowWords(found ?? { fromHour: 0, toHour: 0 })).toBe('02:00–06:00 UTC');
  });

  it('may go past midnight', () => {
    const found = lowTrafficWindow(day((hour) => (hour >= 23 || hour < 3 ? 1 : 10)));
    expect(found).toMatchObject({ fromHour: 23, toHour: 3 });
  });

  it('are not known from less than a day', () => {
    expect(lowTrafficWindow(day(() => 1, 19))).toBeNull();
    expect(lowTrafficWindow([])).toBeNull();
  });

  it.each([
    [{ fromHour: 2, toHour: 6 }, 1.5, false, 2],
    [{ fromHour: 2, toHour: 6 }, 2, true, 2],
    [{ fromHour: 2, toHour: 6 }, 5.9, true, 5.9],
    [{ fromHour: 2, toHour: 6 }, 6, false, 26],
    [{ fromHour: 23, toHour: 3 }, 22.5, false, 23],
    [{ fromHour: 23, toHour: 3 }, 1, true, 1],
  ])('%j at hour %s', (window, hour, inside, next) => {
    expect(isInWindow(window, MIDNIGHT + hour * HOUR)).toBe(inside);
    expect(nextInWindow(window, MIDNIGHT + hour * HOUR)).toBe(MIDNIGHT + next * HOUR);
  });
});
