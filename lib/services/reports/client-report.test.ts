import { describe, expect, it } from 'vitest';
import { type ClientDowntime, downtimeWithin, readClientReport } from './client-report.ts';

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
