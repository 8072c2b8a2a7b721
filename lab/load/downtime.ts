export interface DowntimeInterval {
  /** Wall clock, ms. */
  startMs: number;
  /** Absent while it lasts. */
  endMs: number | undefined;
}

export interface DowntimeTracker {
  observe(result: { startedAt: number; endedAt: number; failed: boolean }): void;
  /** Oldest first; only the last one can be running. */
  intervals(): DowntimeInterval[];
}

/** This many failures in a row begin a downtime, and as many successes end it: a single stray result decides nothing. */
export const DOWNTIME_RUN = 3;
const KEPT = 200;

/**
 * Downtime as clients see it: from the start of the first request of a run of failures to the answer of the first
 * request of the run of successes that ends it. Results come in the order in which they were known; a failure that was
 * already under way when service came back belongs to the downtime that it came from.
 */
export function createDowntimeTracker(): DowntimeTracker {
  const intervals: DowntimeInterval[] = [];
  let run = { length: 0, at: 0 };

  const current = () => {
    const last = intervals.at(-1);
    return last && last.endMs === undefined ? last : undefined;
  };

  function whileUp({ startedAt, failed }: { startedAt: number; failed: boolean }) {
    if (!failed) {
      run = { length: 0, at: 0 };
      return;
    }
    if (startedAt < (intervals.at(-1)?.endMs ?? 0)) return;
    run = { length: run.length + 1, at: run.length === 0 ? startedAt : Math.min(run.at, startedAt) };
    if (run.length < DOWNTIME_RUN) return;
    intervals.push({ startMs: run.at, endMs: undefined });
    if (intervals.length > KEPT) intervals.shift();
    run = { length: 0, at: 0 };
  }

  function whileDown(
    interval: DowntimeInterval,
    { startedAt, endedAt, failed }: { startedAt: number; endedAt: number; failed: boolean },
  ) {
    if (failed) {
      if (startedAt >= run.at) run = { length: 0, at: 0 };
      return;
    }
    run = { length: run.length + 1, at: run.length === 0 ? endedAt : run.at };
    if (run.length < DOWNTIME_RUN) return;
    interval.endMs = run.at;
    run = { length: 0, at: 0 };
  }

  return {
    observe(result) {
      const interval = current();
      if (interval) whileDown(interval, result);
      else whileUp(result);
    },
    intervals: () => intervals.map((interval) => ({ ...interval })),
  };
}
