import type { ProjectedClock } from './decide-model.ts';

export type Projection =
  | { kind: 'stopped'; seconds: number; met: boolean }
  | { kind: 'projected'; low: number; high: number; verdict: 'within' | 'may-miss' | 'misses' }
  | { kind: 'none' };

/** What a clock will show if the run begins `elapsed` seconds after 0:00. Waiting makes it later, second by second. */
export function project(clock: ProjectedClock, elapsed: number): Projection {
  const { budgetSeconds: budget, history, stoppedSeconds } = clock;
  if (stoppedSeconds !== null)
    return { kind: 'stopped', seconds: stoppedSeconds, met: stoppedSeconds <= budget };
  if (history === null) return { kind: 'none' };
  const low = elapsed + history.medianSeconds;
  const high = elapsed + Math.max(history.medianSeconds, history.p95Seconds);
  return {
    kind: 'projected',
    low,
    high,
    verdict: high <= budget ? 'within' : low <= budget ? 'may-miss' : 'misses',
  };
}
