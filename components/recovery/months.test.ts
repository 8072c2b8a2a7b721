import { describe, expect, test } from 'vitest';
import { monthsOf, percentOf } from './months.ts';

const SPAN = { from: '2026-03-01T00:00:00.000Z', to: '2027-03-01T00:00:00.000Z' };

describe('monthsOf', () => {
  test('a year from a first day has twelve, over the turn of the year', () => {
    const months = monthsOf(SPAN).map((month) => month.toISOString().slice(0, 7));
    expect(months).toHaveLength(12);
    expect(months[0]).toBe('2026-03');
    expect(months.at(-1)).toBe('2027-02');
  });
  test('a month that began before the span is not its own', () => {
    const [first] = monthsOf({ from: '2026-03-02T00:00:00.000Z', to: '2026-05-02T00:00:00.000Z' });
    expect(first?.toISOString()).toBe('2026-04-01T00:00:00.000Z');
  });
});

test.each([
  ['2026-03-01T00:00:00.000Z', 0],
  ['2027-03-01T00:00:00.000Z', 100],
  ['2025-01-01T00:00:00.000Z', 0],
  ['2030-01-01T00:00:00.000Z', 100],
])('%s lies at %d percent', (at, percent) => {
  expect(percentOf(Date.parse(at), SPAN)).toBe(percent);
});
