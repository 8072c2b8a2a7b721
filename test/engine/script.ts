import type { Plan, PlannedStep } from '#lib/domain/operation/plan.ts';

/** What a scripted step does, in this order. */
export interface Script {
  throws?: string;
  /** Attempts that throw before one does not. */
  failures?: number;
  evidence?: string;
  /** Kept as output before anything else is done. */
  keep?: Record<string, unknown>;
  command?: string;
  /** One row in test_effect, and a mutating call on record. */
  effect?: boolean;
  sleepSeconds?: number;
  /** Attempts that sleep; all when absent. */
  sleepAttempts?: number;
  /** Sleeps on although told to stop. */
  deaf?: boolean;
  /** An effect after the sleep, tried without looking; where it is refused, `<step>-refused` is the effect. */
  lateEffect?: boolean;
  wait?: { times: number; seconds: number };
  hold?: { times: number; seconds: number };
  /** Waits until so long after the step was first started. */
  waitFromStartSeconds?: number;
  outcome?: 'revert' | 'fail';
  /** Passes without what it is there for, and says so. */
  leavesUndone?: string;
}

export function step(key: string, script: Script = {}, more: Partial<PlannedStep> = {}): PlannedStep {
  return {
    key,
    title: `Step ${key}`,
    action: 'test.follow',
    region: null,
    input: { ...script },
    deadlineSeconds: 60,
    irreversible: false,
    needsRegions: [],
    ...more,
  };
}

export function plan(environment: string, steps: PlannedStep[], compensation: PlannedStep[] = []): Plan {
  return { version: 1, kind: 'test', environment, title: 'A scripted operation', steps, compensation };
}
