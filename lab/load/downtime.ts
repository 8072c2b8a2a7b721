export interface DowntimeInterval {
  /** Wall clock, ms. */
  startMs: number;
  /** Absent while it lasts. */
  endMs: number | undefined;
}

export interface RequestResult {
  startedAt: number;
  endedAt: number;
  failed: boolean;
}

export interface DowntimeTracker {
  observe(result: RequestResult): void;
  /** Oldest first; only the last one can be running. */
  intervals(): DowntimeInterval[];
}

/** No request takes longer: two names looked up in vain and two connections waited for. */
const LONGEST_REQUEST_MS = 12_000;
const KEPT = 200;

/**
 * Downtime as clients see it: from the start of the first request of a run of failures to the answer of the first
 * request of the run of successes that ends it. Requests count in the order in which they were sent, although one that
 * is left hanging is known seconds after others that were sent later: until then the last intervals are provisional. `run` is how many
 * results in a row decide: one stray result must not, nor chance where only some of the visitors are hit.
 */
export function createDowntimeTracker(run: number): DowntimeTracker {
  const settled = createRuns(run);
  let pending: RequestResult[] = [];

  function settleBefore(startedAt: number) {
    const late = pending.findIndex((result) => result.startedAt >= startedAt);
    const ready = late === -1 ? pending : pending.slice(0, late);
    for (const result of ready) settled.next(result);
    pending = pending.slice(ready.length);
  }

  return {
    observe(result) {
      const after = pending.findLastIndex((other) => other.startedAt <= result.startedAt);
      pending.splice(after + 1, 0, result);
      settleBefore(result.endedAt - LONGEST_REQUEST_MS);
    },
    intervals() {
      const view = settled.copy();
      for (const result of pending) view.next(result);
      return view.intervals();
    },
  };
}

interface Runs {
  next(result: RequestResult): void;
  intervals(): DowntimeInterval[];
  copy(): Runs;
}

interface RunState {
  intervals: DowntimeInterval[];
  /** Results in a row that speak against the current state, and the time the first of them stands for. */
  against: number;
  since: number;
}

/** Runs of failures and successes among results in the order of their start. */
function createRuns(run: number, from: RunState = { intervals: [], against: 0, since: 0 }): Runs {
  const state: RunState = { ...from, intervals: from.intervals.map((interval) => ({ ...interval })) };

  return {
    next({ startedAt, endedAt, failed }) {
      const last = state.intervals.at(-1);
      const running = last && last.endMs === undefined ? last : undefined;
      const against = running ? !failed : failed;
      if (!against) {
        state.against = 0;
        return;
      }
      if (state.against === 0) state.since = running ? endedAt : startedAt;
      state.against += 1;
      if (state.against < run) return;
      if (running) running.endMs = state.since;
      else state.intervals.push({ startMs: state.since, endMs: undefined });
      if (state.intervals.length > KEPT) state.intervals.shift();
      state.against = 0;
    },
    intervals: () => state.intervals.map((interval) => ({ ...interval })),
    copy: () => createRuns(run, state),
  };
}
