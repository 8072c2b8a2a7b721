import type { PlannedStep, RecoveryClock } from '#lib/domain/operation/plan.ts';

export interface StepOptions {
  /** The Region it is about. */
  region?: string;
  input: Record<string, unknown>;
  deadlineSeconds: number;
  needsRegions?: readonly string[];
  irreversible?: true;
  /** A person may go on without it, behind the point of no return. */
  omissible?: true;
  group?: string;
  clock?: RecoveryClock;
  precondition: string;
  postcondition: string;
}

export interface StepName {
  key: string;
  title: string;
  action: string;
}

/** One step; what is not said is left out, so that the same plan is the same text. */
export function makeStep({ key, title, action }: StepName, options: StepOptions): PlannedStep {
  const {
    region,
    input,
    deadlineSeconds,
    needsRegions,
    irreversible,
    omissible,
    group,
    clock,
    ...conditions
  } = options;
  return {
    key,
    title,
    action,
    region: region ?? null,
    input,
    deadlineSeconds,
    irreversible: irreversible ?? false,
    needsRegions: [...new Set(needsRegions ?? [])],
    ...(omissible === undefined ? {} : { omissible }),
    ...(group === undefined ? {} : { group }),
    ...(clock === undefined ? {} : { clock }),
    ...conditions,
  };
}

/** Neighbours that run at the same time. */
export function together(group: string, steps: readonly PlannedStep[]): PlannedStep[] {
  return steps.length > 1 ? steps.map((step) => ({ ...step, group })) : [...steps];
}

/** As `StepOptions.omissible`, where it depends on the plan whether anything later rests on the step. */
export function omissible(step: PlannedStep): PlannedStep {
  return { ...step, omissible: true };
}

/** Real seconds that steps get. They are limits, not expectations; durations come from the estate's own history. */
export const DEADLINES = {
  look: 60,
  /** A patch of a ConfigMap, or an object in a bucket. */
  write: 60,
  /** One verdict over measurements; the verdict itself is asked for again and again. */
  measure: 60,
  /** Health checks fail within a minute, and a change of records is in sync within one. */
  dns: 10 * 60,
  nodes: 20 * 60,
  /** A fence of a Region that answers: groups, and a reboot (aws-facts 2.4). */
  fence: 5 * 60,
  /** "Several minutes or longer, depending on the size" (aws-facts B-08). */
  promotion: 30 * 60,
  order: 10 * 60,
  modification: 60 * 60,
  /** What a new copy of unknown size may take, and the largest: the longest that anything is waited for (aws-facts 2.10). */
  copy: 24 * 60 * 60,
  snapshot: 6 * 60 * 60,
  salvage: 15 * 60,
} as const;

/** While nobody can order, a step that gets no answer for so long fails, and what was done is put back. */
export const OUTAGE_SECONDS = { write: 20, seal: 100 } as const;

/**
 * Longest that a new copy may take, s: two hours to make the instance and to catch up, and one for every 100 GiB of storage, a
 * day at most. It takes "hours, by DB size" (aws-facts B-03); 100 GiB an hour are 30 MB/s, which is slow for a snapshot that
 * crosses the ocean. Whole hours, so that storage that grows by itself seldom makes another plan.
 */
export function copySeconds(storageGiB: number): number {
  if (storageGiB <= 0) return DEADLINES.copy;
  return Math.min(DEADLINES.copy, (2 + Math.ceil(storageGiB / 100)) * 3_600);
}

/** What the attempt of a step that is left undone in time gets beyond that, s: the wrapper ends it, not its deadline. */
const LEAVING_SECONDS = 10 * 60;

/** As far as it goes: tried for as long as it would have had, then the run goes on without it and says so. */
export function leftInTime(step: PlannedStep): PlannedStep {
  const { deadlineSeconds } = step;
  return {
    ...step,
    input: { ...step.input, bestEffort: true, leaveAfterSeconds: deadlineSeconds },
    deadlineSeconds: deadlineSeconds + LEAVING_SECONDS,
    omissible: true,
  };
}
