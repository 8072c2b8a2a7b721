/** A step of a run with the time it took. */
export interface TimedStep {
  key: string;
  title: string;
  /** Neighbours of the same group ran at once. */
  group: string | null;
  startedAt: string | null;
  endedAt: string | null;
}

export interface PathPart {
  key: string;
  title: string;
  seconds: number;
  /** Of the whole run, 0–1. */
  share: number;
  /** How many others ran beside it and were quicker. */
  beside: number;
}

export interface CriticalPath {
  parts: PathPart[];
  /** Between the steps: gates, people who paused it, takeovers. */
  betweenSeconds: number;
  totalSeconds: number;
}

/**
 * What the run's length consists of: every step that ran alone, of each group the one that ended last, and the time between
 * them. Steps that never ran are left out.
 */
export function criticalPath(
  steps: readonly TimedStep[],
  run: { startedAt: string; endedAt: string },
): CriticalPath {
  const totalSeconds = secondsBetween(run.startedAt, run.endedAt);
  const ran = steps.flatMap((step) =>
    step.startedAt && step.endedAt ? { ...step, startedAt: step.startedAt, endedAt: step.endedAt } : [],
  );
  const groups: (typeof ran)[] = [];
  for (const step of ran) {
    const last = groups.at(-1);
    if (last && step.group !== null && last[0]?.group === step.group) last.push(step);
    else groups.push([step]);
  }
  const parts = groups.flatMap((group) => {
    const slowest = group.toSorted((a, b) => b.endedAt.localeCompare(a.endedAt))[0];
    if (!slowest) return [];
    const begun = group.map(({ startedAt }) => startedAt).sort()[0] ?? slowest.startedAt;
    const seconds = secondsBetween(begun, slowest.endedAt);
    const share = totalSeconds > 0 ? Math.min(1, seconds / totalSeconds) : 0;
    return { key: slowest.key, title: slowest.title, seconds, share, beside: group.length - 1 };
  });
  const counted = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  return { parts, betweenSeconds: Math.max(0, totalSeconds - counted), totalSeconds };
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1_000);
}
