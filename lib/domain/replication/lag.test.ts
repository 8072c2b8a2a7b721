import { describe, expect, it } from 'vitest';
import { judgeLag, type LagPoint, type PrimaryActivity } from './lag.ts';

const limits = { warning: 5, critical: 30 };
/** So many bytes a second, a point each so many seconds, as the lags of `every`. */
const writing = (seconds: number, ...bytes: number[]): PrimaryActivity => ({
  slotBytes: 0,
  wal: bytes.map((bytesPerSecond, i) => ({ atMs: i * seconds * 1_000, bytesPerSecond })),
});
const silent = writing(5, 12, 0, 12);
const busy = writing(5, 4_000, 4_000, 4_000);
const heartbeat = writing(5, 67, 67, 67);
const unknown: PrimaryActivity = { slotBytes: null, wal: [] };

/** One point each so many seconds. */
const every = (seconds: number, ...lags: number[]): LagPoint[] =>
  lags.map((lag, i) => ({ atMs: i * seconds * 1_000, seconds: lag }));

describe('replica lag in three values (aws-facts B-09)', () => {
  it.each<[string, LagPoint[], PrimaryActivity, string, boolean]>([
    ['small', every(5, 0.2, 0.4, 0.3), busy, 'ok', false],
    ['at the warning', every(5, 1, 5), busy, 'ok', false],
    ['over the warning', every(5, 1, 5.1), busy, 'warning', false],
    ['at the critical value', every(5, 25, 30), busy, 'warning', false],
    ['over the critical value', every(5, 25, 30.1), busy, 'critical', false],
    ['rising like a clock on a silent primary', every(5, 30, 35, 40), silent, 'ok', true],
    [
      'rising like a clock, and nobody knows what the primary does',
      every(5, 30, 35, 40),
      unknown,
      'critical',
      false,
    ],
    [
      'rising like a clock while the primary writes: replay has stopped',
      every(5, 30, 35, 40),
      busy,
      'critical',
      false,
    ],
    [
      'rising like a clock while only a heartbeat is written',
      every(5, 30, 35, 40),
      heartbeat,
      'critical',
      false,
    ],
    [
      'rising like a clock with WAL withheld',
      every(5, 30, 35, 40),
      { ...silent, slotBytes: 65_537 },
      'critical',
      false,
    ],
    [
      'rising like a clock with one transaction in flight',
      every(5, 30, 35, 40),
      { ...silent, slotBytes: 65_536 },
      'ok',
      true,
    ],
    ['rising faster than time', every(5, 30, 40, 50), silent, 'critical', false],
    ['rising slower than time', every(5, 30, 32, 34), silent, 'critical', false],
    ['staying', every(5, 40, 40, 40), silent, 'critical', false],
    ['too young to judge', every(5, 35, 40), silent, 'critical', false],
    [
      'set back by RDS’ own commit and its switch of WAL, and rising again',
      every(60, 280, 0, 60),
      writing(60, 3, 1_100_000, 3),
      'ok',
      true,
    ],
    ['just set back', every(60, 220, 280, 0), silent, 'ok', false],
    ['falling to a value that is too high', every(60, 400, 460, 100), silent, 'critical', false],
    ['not replicating', every(5, 0.2, -1), silent, 'unknown', false],
    ['replicating again', every(5, -1, 0.2), silent, 'ok', false],
    ['not reported', [], silent, 'unknown', false],
  ])('%s', (_, points, primary, verdict, idle) => {
    expect(judgeLag(points, primary, limits)).toMatchObject({ class: verdict, idle });
  });

  it('keeps the numbers it was judged by', () => {
    expect(judgeLag(every(5, 30, 35, 40), silent, limits)).toEqual({
      seconds: 40,
      bytes: 0,
      class: 'ok',
      idle: true,
    });
    expect(judgeLag(every(5, -1), { ...busy, slotBytes: 9 }, limits)).toEqual({
      seconds: null,
      bytes: 9,
      class: 'unknown',
      idle: false,
    });
  });
});
