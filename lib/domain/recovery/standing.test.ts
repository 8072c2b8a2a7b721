import { describe, expect, it } from 'vitest';
import { held, type StandingEvents, type StandingSamples, standingsOf, writersOf } from './standing.ts';

const TIMES = [0, 5, 10, 15, 20, 25, 30, 35, 40];
const every = (value: number | null) => TIMES.map(() => value);
const from = (at: number, before: number | null, after: number | null) =>
  TIMES.map((time) => (time < at ? before : after));

const samples = (changes: Partial<StandingSamples> = {}): StandingSamples => ({
  times: TIMES,
  requests: every(10),
  errorRate: every(0),
  p95Ms: every(90),
  healthUp: every(1),
  writer: every(0),
  follows: every(1),
  ...changes,
});
const NONE: StandingEvents = { failing: [], off: [], promoting: [] };

describe('how a Region stood', () => {
  it('is one standing where nothing changed', () => {
    expect(standingsOf(samples(), NONE)).toEqual([{ from: 0, serving: 'serving', database: 'replica' }]);
  });

  it.each<[string, Partial<StandingSamples>, Partial<StandingEvents>, [number, string, string][]]>([
    [
      'errs above 1 %',
      { errorRate: from(10, 0, 0.02) },
      {},
      [
        [0, 'serving', 'replica'],
        [10, 'erring', 'replica'],
      ],
    ],
    [
      'is slow above 500 ms',
      { p95Ms: from(10, 90, 900) },
      {},
      [
        [0, 'serving', 'replica'],
        [10, 'slow', 'replica'],
      ],
    ],
    [
      'fails its checks before it is silent',
      { healthUp: from(15, 1, 0), requests: from(10, 10, null) },
      {},
      [
        [0, 'serving', 'replica'],
        [15, 'failing-checks', 'replica'],
      ],
    ],
    [
      'is silent once its metrics are older than they count',
      { requests: from(10, 10, null), healthUp: every(null) },
      {},
      [
        [0, 'serving', 'replica'],
        [30, 'silent', 'replica'],
      ],
    ],
    [
      'is failing from when it was declared, and off from when it was switched off',
      {},
      { failing: [{ from: 10, until: 35 }], off: [{ from: 20, until: 30 }] },
      [
        [0, 'serving', 'replica'],
        [10, 'failing', 'replica'],
        [20, 'off', 'replica'],
        [30, 'failing', 'replica'],
        [35, 'serving', 'replica'],
      ],
    ],
    [
      'becomes the writer by a promotion',
      { writer: from(25, 0, 1), follows: from(15, 1, 0) },
      { promoting: [{ from: 15, until: 25 }] },
      [
        [0, 'serving', 'replica'],
        [15, 'serving', 'promoting'],
        [25, 'serving', 'writer'],
      ],
    ],
    [
      'has no database in service where it is neither',
      { follows: from(20, 1, 0) },
      {},
      [
        [0, 'serving', 'replica'],
        [20, 'serving', 'none'],
      ],
    ],
    [
      'is not known where nothing was sampled',
      { writer: every(null), follows: every(null) },
      {},
      [[0, 'serving', 'unknown']],
    ],
  ])('%s', (_, changes, events, expected) => {
    const standings = standingsOf(samples(changes), { ...NONE, ...events });
    expect(standings.map(({ from: at, serving, database }) => [at, serving, database])).toEqual(expected);
  });
});

it('a value is held over a gap, and no longer than it counts', () => {
  expect(held([1, null, null, 4, null], [0, 5, 10, 15, 40], 10)).toEqual([1, 1, 1, 4, null]);
  expect(held([null, 2], [0, 5], 10)).toEqual([null, 2]);
});

it('the writer is the Region that is seen to be, else the last that was', () => {
  const us = standingsOf(samples({ writer: from(15, 1, 0), follows: every(0) }), NONE);
  const eu = standingsOf(samples({ writer: from(30, 0, 1) }), NONE);
  expect(
    writersOf(
      [
        { code: 'us', standings: us },
        { code: 'eu', standings: eu },
      ],
      TIMES,
    ),
  ).toEqual(['us', 'us', 'us', 'us', 'us', 'us', 'eu', 'eu', 'eu']);
  expect(writersOf([], [0, 5])).toEqual([null, null]);
});
