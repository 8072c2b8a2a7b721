import { describe, expect, it } from 'vitest';
import { createDowntimeTracker } from './downtime.ts';

/** `+` a success, `x` a failure; one a second, each lasting 100 ms; from second 1 on. */
function after(story: string) {
  const tracker = createDowntimeTracker();
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

  it('is not reopened by requests that were waiting when service came back', () => {
    const tracker = createDowntimeTracker();
    const at = (startedAt: number, endedAt: number, failed: boolean) =>
      tracker.observe({ startedAt, endedAt, failed });
    for (const start of [1000, 1100, 1200]) at(start, start + 3000, true);
    for (const start of [5000, 5100, 5200]) at(start, start + 50, false);
    for (const start of [4000, 4100, 4200, 4300]) at(start, start + 3000, true);
    expect(tracker.intervals()).toEqual([{ startMs: 1000, endMs: 5050 }]);
  });

  it('begins with the first request that failed, not the first to give up', () => {
    const tracker = createDowntimeTracker();
    tracker.observe({ startedAt: 2000, endedAt: 2010, failed: true });
    tracker.observe({ startedAt: 1000, endedAt: 4000, failed: true });
    tracker.observe({ startedAt: 3000, endedAt: 4010, failed: true });
    expect(tracker.intervals()).toEqual([{ startMs: 1000, endMs: undefined }]);
  });
});
