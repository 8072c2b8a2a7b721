import { describe, expect, it } from 'vitest';
import { type ClientDowntime, downtimeWithin, missingSince, readClientReport } from './client-report.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 10, 0, seconds)).toISOString();
const interval = (from: number, to: number | null): ClientDowntime => ({
  start: at(from),
  end: to === null ? null : at(to),
  seconds: to === null ? 0 : to - from,
});

describe('downtime within a run', () => {
  it.each<[string, ClientDowntime[], { seconds: number; lasts: boolean }]>([
    ['counts what lies in it', [interval(12, 20)], { seconds: 8, lasts: false }],
    ['cuts what began before it', [interval(0, 15)], { seconds: 5, lasts: false }],
    ['cuts what ended after it', [interval(30, 59)], { seconds: 10, lasts: false }],
    [
      'leaves out what was over, or had not begun',
      [interval(0, 9), interval(41, 50)],
      { seconds: 0, lasts: false },
    ],
    ['counts what lasts until its end, and says so', [interval(35, null)], { seconds: 5, lasts: true }],
    ['adds several up', [interval(10, 12), interval(14, 15)], { seconds: 3, lasts: false }],
  ])('%s', (_, intervals, expected) => {
    expect(downtimeWithin(intervals, at(10), at(40))).toMatchObject(expected);
  });
});

it('an answer of another shape is no report', () => {
  expect(readClientReport({ at: at(0) })).toBeNull();
  expect(readClientReport('gone')).toBeNull();
});

describe('orders that are gone', () => {
  const report = (missing: number | null, listed: number[]) => ({
    at: at(50),
    all: { downtime: { reads: [], orders: [] } },
    orders: {
      acknowledged: 100,
      checked: missing === null ? null : 100,
      missing,
      missingOrders: listed.map((seconds) => ({
        orderId: `o-${seconds}`,
        region: 'us-east-1',
        at: at(seconds),
      })),
      reason: missing === null ? 'nobody could be asked' : null,
    },
  });

  it.each<[string, number | null, number[], string | null, number | null, number]>([
    ['are all of them where nothing was lost before', 2, [5, 20], null, 2, 2],
    ['are those acknowledged after an earlier promotion', 2, [5, 20], at(10), 1, 1],
    ['count with those that are not listed', 7, [5, 20], at(10), 6, 1],
    ['are not known where nobody could say', null, [], null, null, 0],
  ])('%s', (_, missing, listed, since, count, rows) => {
    const gone = missingSince(report(missing, listed), since);
    expect(gone.count).toBe(count);
    expect(gone.orders).toHaveLength(rows);
  });
});
