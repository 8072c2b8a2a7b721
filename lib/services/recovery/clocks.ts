import { z } from 'zod';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { type Clock, clocksOf, type RunTimes, type StepTimes } from '#lib/domain/recovery/clocks.ts';

/** What the clocks of a run are read from, as it is stored. */
export interface StoredRun {
  plan: unknown;
  startedAt: Date | null;
  endedAt: Date | null;
  steps: readonly {
    key: string;
    action: string;
    state: string;
    startedAt: Date | null;
    endedAt: Date | null;
  }[];
}

const StoredSteps = z.object({
  steps: z.array(z.custom<PlannedStep>((value) => typeof value === 'object' && value !== null)),
  outageAt: z.iso.datetime().nullable().optional(),
});

/** Steps of a stored plan, and since when users miss something as far as was known when it was made. */
export function readPlannedSteps(plan: unknown): { steps: readonly PlannedStep[]; outageAt: string | null } {
  const parsed = StoredSteps.safeParse(plan);
  if (!parsed.success) return { steps: [], outageAt: null };
  return { steps: parsed.data.steps, outageAt: parsed.data.outageAt ?? null };
}

/** The three clocks of a run, as they stand at that moment. */
export function clocksOfRun(run: StoredRun, now: Date): Clock[] {
  return clocksOf(runTimes(run, now));
}

export function runTimes(run: StoredRun, now: Date): RunTimes {
  const planned = readPlannedSteps(run.plan);
  return {
    startedAt: iso(run.startedAt),
    outageAt: planned.outageAt ?? ordersFrozenAt(run),
    endedAt: iso(run.endedAt),
    now: now.toISOString(),
    steps: run.steps.map((step): StepTimes => {
      const clock = planned.steps.find(({ key }) => key === step.key)?.clock;
      return {
        key: step.key,
        ...(clock ? { clock } : {}),
        state: STEP_STATES[step.state] ?? 'unknown',
        startedAt: iso(step.startedAt),
        endedAt: iso(step.endedAt),
      };
    }),
  };
}

/** In a planned move users miss something from the moment that orders are frozen. */
function ordersFrozenAt({ steps }: StoredRun): string | null {
  const frozen = steps.flatMap(({ action, startedAt }) =>
    action === 'recovery.freeze-writes' && startedAt ? startedAt.toISOString() : [],
  );
  return frozen.sort()[0] ?? null;
}

/** What was put back, or never ran, has restored nothing. */
const STEP_STATES: Readonly<Record<string, StepTimes['state']>> = {
  waiting: 'waiting',
  'not-run': 'waiting',
  running: 'running',
  holding: 'running',
  done: 'done',
  skipped: 'skipped',
  omitted: 'skipped',
  failed: 'failed',
  reverted: 'failed',
  unknown: 'unknown',
};

function iso(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}
