/** A deployment or rollback as it is counted, of one environment. Times in ms since the epoch. */
export interface CountedRun {
  id: string;
  kind: 'deployment' | 'rollback';
  /** Of a deployment. */
  version: string | null;
  state: string;
  requestedAtMs: number;
  /** Its first step began; null where it never did: it is not counted. */
  begunAtMs: number | null;
  /** A gate, a failure or a person turned it round; null where it went forward. */
  turnedAtMs: number | null;
  endedAtMs: number | null;
  /** Of a rollback that names no deployment: what it takes back is found by them. */
  regions: readonly string[];
  /** When each Region's users were sent to it. */
  switchedAtMs: Readonly<Record<string, number>>;
  /** The deployment that a rollback takes back, where it names one. */
  reverts: string | null;
}

/** Days over which the numbers are given. */
export const DELIVERY_DAYS = [7, 30, 90] as const;
export type DeliveryDays = (typeof DELIVERY_DAYS)[number];

/** A number with what it rests on: null with nothing to rest on, which is not zero. */
export interface DeliveryNumber {
  value: number | null;
  samples: number;
}

/** The four numbers of DORA's research, over the last so many days. */
export interface DeliveryNumbers {
  days: DeliveryDays;
  /** Deployments that sent users of a Region at least to the new version, a day. */
  frequency: DeliveryNumber;
  /**
   * Lead time: from the moment a release was registered until users of every Region of the environment were sent to it, the
   * median, seconds. Counted when the last Region followed.
   */
  lead: DeliveryNumber;
  /**
   * Change failure rate: of the deployments that ended, the part that a gate, a failure or a person turned round, or that was
   * rolled back afterwards, 0–1.
   */
  failure: DeliveryNumber;
  /**
   * Time to restore: from the moment a deployment was turned round, or its rollback was asked for, until that ended with
   * everything verified, the median, seconds.
   */
  restore: DeliveryNumber;
  /** Failures of that time that nothing has restored yet. */
  unrestored: number;
}

interface Delivered {
  runs: readonly CountedRun[];
  /** When each version was registered, ms. */
  registeredAtMs: ReadonlyMap<string, number>;
  /** Regions of the environment. */
  regions: readonly string[];
  nowMs: number;
}

const DAY_MS = 86_400_000;

/** The four numbers from the operations themselves over each time; `runs` reach back as far as the longest at least. */
export function deliveryNumbers(delivered: Delivered): DeliveryNumbers[] {
  const { runs, nowMs } = delivered;
  const back = rollbacksOf(runs);
  const reached = deploymentsOf(runs).flatMap((run) => firstSwitch(run) ?? []);
  const ended = deploymentsOf(runs)
    .filter(({ state }) => state !== 'superseded')
    .map((run) => ({ atMs: run.endedAtMs, failure: failureOf(run, back) }));
  const leads = leadTimes(delivered);
  return DELIVERY_DAYS.map((days) => {
    const within = (atMs: number | null) => atMs !== null && atMs >= nowMs - days * DAY_MS && atMs <= nowMs;
    return countedOver(days, {
      reached: reached.filter(within).length,
      failures: ended.filter(({ atMs }) => within(atMs)).map(({ failure }) => failure),
      leads: leads.filter(({ liveAtMs }) => within(liveAtMs)).map(({ seconds }) => seconds),
    });
  });
}

/** `failures`: one entry a deployment that ended, null where it did not fail. */
function countedOver(
  days: DeliveryDays,
  counted: { reached: number; failures: readonly (DeliveryFailure | null)[]; leads: readonly number[] },
): DeliveryNumbers {
  const { reached, leads } = counted;
  const ended = counted.failures.length;
  const failures = counted.failures.filter((failure) => failure !== null);
  const restored = failures.flatMap(({ restoredAtMs, failedAtMs }) =>
    restoredAtMs === null ? [] : [(restoredAtMs - failedAtMs) / 1_000],
  );
  return {
    days,
    frequency: { value: reached === 0 ? null : reached / days, samples: reached },
    lead: { value: median(leads), samples: leads.length },
    failure: { value: ended === 0 ? null : failures.length / ended, samples: ended },
    restore: { value: median(restored), samples: restored.length },
    unrestored: failures.length - restored.length,
  };
}

/** Those of which a step ran: what was withdrawn or stopped in the queue delivered nothing. */
function deploymentsOf(runs: readonly CountedRun[]): CountedRun[] {
  return runs.filter(({ kind, begunAtMs }) => kind === 'deployment' && begunAtMs !== null);
}

function firstSwitch({ switchedAtMs }: CountedRun): number | null {
  const times = Object.values(switchedAtMs);
  return times.length === 0 ? null : Math.min(...times);
}

export interface DeliveryFailure {
  failedAtMs: number;
  /** Null: nothing has restored it. */
  restoredAtMs: number | null;
}

/** Whether a deployment counts as failed, since when, and when that was over; `back` is what `rollbacksOf` says. */
export function failureOf(run: CountedRun, back: ReadonlyMap<string, CountedRun>): DeliveryFailure | null {
  if (run.turnedAtMs !== null) {
    const putBack = run.state === 'reverted' || run.state === 'aborted';
    return { failedAtMs: run.turnedAtMs, restoredAtMs: putBack ? run.endedAtMs : null };
  }
  const rollback = back.get(run.id);
  if (rollback)
    return {
      failedAtMs: rollback.requestedAtMs,
      restoredAtMs: rollback.state === 'done' ? rollback.endedAtMs : null,
    };
  if (run.state === 'failed' && run.endedAtMs !== null)
    return { failedAtMs: run.endedAtMs, restoredAtMs: null };
  return null;
}

/** The first rollback of each deployment that was taken back afterwards, by the deployment's id. */
export function rollbacksOf(runs: readonly CountedRun[]): Map<string, CountedRun> {
  const newestFirst = deploymentsOf(runs)
    .flatMap((run) => {
      const atMs = run.turnedAtMs === null ? firstSwitch(run) : null;
      return atMs === null ? [] : [{ run, atMs }];
    })
    .sort((a, b) => b.atMs - a.atMs);
  const found = new Map<string, CountedRun>();
  const begun = runs
    .filter(({ kind, begunAtMs }) => kind === 'rollback' && begunAtMs !== null)
    .sort((a, b) => b.requestedAtMs - a.requestedAtMs);
  let next = 0;
  for (const rollback of begun) {
    while ((newestFirst[next]?.atMs ?? -Infinity) >= rollback.requestedAtMs) next += 1;
    const taken = rollback.reverts ?? lastBefore(rollback, newestFirst, next);
    // The earliest of several is the one that counts, and comes last.
    if (taken !== undefined) found.set(taken, rollback);
  }
  return found;
}

/** The last deployment before a rollback that sent users of one of its Regions to a version. */
function lastBefore(
  { regions, requestedAtMs }: CountedRun,
  newestFirst: readonly { run: CountedRun }[],
  from: number,
): string | undefined {
  for (let at = from; at < newestFirst.length; at += 1) {
    const run = newestFirst[at]?.run;
    if (run && regions.some((region) => (run.switchedAtMs[region] ?? Infinity) < requestedAtMs))
      return run.id;
  }
  return undefined;
}

/** Of each registered version that came to every Region, by one deployment or several: how long that took. */
function leadTimes({ runs, registeredAtMs, regions }: Delivered): { liveAtMs: number; seconds: number }[] {
  const byVersion = Map.groupBy(
    deploymentsOf(runs).filter(({ version }) => version !== null),
    ({ version }) => version ?? '',
  );
  return [...byVersion].flatMap(([version, deployments]) => {
    const registered = registeredAtMs.get(version);
    const firstIn = regions.map((region) =>
      Math.min(...deployments.map(({ switchedAtMs }) => switchedAtMs[region] ?? Infinity)),
    );
    const liveAtMs = Math.max(...firstIn);
    if (registered === undefined || regions.length === 0 || !Number.isFinite(liveAtMs)) return [];
    return [{ liveAtMs, seconds: Math.max(0, (liveAtMs - registered) / 1_000) }];
  });
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
