import { describe, expect, it } from 'vitest';
import { createRandom } from '#lab/kernel/random.ts';
import { createDowntimeTracker } from './downtime.ts';

/** `+` a success, `x` a failure; one a second, each lasting 100 ms; from second 1 on. */
function after(story: string) {
  const tracker = createDowntimeTracker(3);
  [...story].forEach((sign, index) => {
    const startedAt = (index + 1) * 1000;
    tracker.observe({ startedAt, endedAt: startedAt + 100, failed: sign === 'x' });
  });
  return tracker.intervals();
}

describe('downtime', () => {
  it.each([
    ['++++', []],
    ['+xx+xx+', []],
    ['+xxx', [{ startMs: 2000, endMs: undefined }]],
    ['+xxx++', [{ startMs: 2000, endMs: undefined }]],
    ['+xxx+++', [{ startMs: 2000, endMs: 5100 }]],
    ['+xxx+x++x+++', [{ startMs: 2000, endMs: 10_100 }]],
    [
      'xxx+++xxx+++',
      [
        { startMs: 1000, endMs: 4100 },
        { startMs: 7000, endMs: 10_100 },
      ],
    ],
  ])('of %s', (story, intervals) => {
    expect(after(story)).toEqual(intervals);
  });

  it('counts requests in the order they were sent, not the order they gave up', () => {
    const tracker = createDowntimeTracker(3);
    const at = (startedAt: number, endedAt: number, failed: boolean) =>
      tracker.observe({ startedAt, endedAt, failed });
    // Service hangs from second 1 on and is elsewhere from second 5 on; each failure is known six seconds late.
    at(5000, 5050, false);
    at(5100, 5150, false);
    at(5200, 5250, false);
    expect(tracker.intervals()).toEqual([]);
    for (const start of [1000, 2000, 3000]) at(start, start + 6000, true);
    expect(tracker.intervals()).toEqual([{ startMs: 1000, endMs: 5050 }]);
    at(4000, 10_000, true);
    expect(tracker.intervals()).toEqual([{ startMs: 1000, endMs: 5050 }]);
  });

  it('of everybody is not that of half the visitors', () => {
    const tracker = createDowntimeTracker(10);
    const random = createRandom(4);
    for (let start = 0; start < 120; start += 1) {
      tracker.observe({ startedAt: start * 60, endedAt: start * 60 + 20, failed: random() < 0.5 });
    }
    expect(tracker.intervals()).toEqual([]);
  });

  it('stays what it was once no late result can change it', () => {
    const tracker = createDowntimeTracker(3);
    for (let start = 1000; start < 60_000; start += 500) {
      tracker.observe({ startedAt: start, endedAt: start + 20, failed: start >= 4000 && start < 9000 });
    }
    expect(tracker.intervals()).toEqual([{ startMs: 4000, endMs: 9020 }]);
  });
});
