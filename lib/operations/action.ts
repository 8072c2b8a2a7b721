import type { Estate } from '#lib/domain/estate/estate.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { AwsPort } from '../ports/aws.ts';

/** A fact that a step observed, shown under it for good. */
export interface Evidence {
  /** ISO time of the observation. */
  at: string;
  text: string;
  /** `fact` is an observation, `gate` a verdict against thresholds, `note` a remark. */
  kind: 'fact' | 'gate' | 'note';
  data?: Record<string, unknown>;
}

/**
 * What came of running a step. `wait` and `hold` are durable and interruptible: the interpreter sleeps and runs the step
 * again; a hold puts the operation into `holding`, for all to see. `revert` starts the plan's compensation. What passes without
 * having done what it is there for says so by `leftUndone` in its output: words that the outcome of the run goes on with.
 */
export type StepOutcome =
  | { status: 'done'; note: string; output?: Record<string, unknown> }
  | { status: 'skipped'; note: string; output?: Record<string, unknown> }
  | { status: 'wait'; note: string; seconds: number }
  | { status: 'hold'; note: string; seconds: number }
  | { status: 'revert'; note: string }
  | { status: 'fail'; note: string };

export interface StepContext {
  operation: { id: string; environment: string; kind: string };
  step: PlannedStep;
  /** 1 for the first run of this step, one more for each wait, hold or takeover. */
  attempt: number;
  /** When this step was first started, by the clock of `now` (ms): waits that survive a takeover count from here. */
  firstStartedAtMs: number;
  /** Outputs of earlier steps, and what earlier attempts of this one kept, by key. */
  outputs: Readonly<Record<string, Record<string, unknown>>>;
  estate: Estate;
  aws: AwsPort;
  now(): Date;
  /** Real seconds that a declared wait of this many seconds takes in this environment (timeScale). */
  scaledSeconds(seconds: number): number;
  evidence(entry: Omit<Evidence, 'at'>): Promise<void>;
  /** A command that a person would type for what this step does, beside those of its calls, which the engine knows. */
  cli(command: string): Promise<void>;
  /**
   * Keeps this step's output before its end: what later steps must know even if the attempt is interrupted or its worker
   * dies. The outcome's output, where there is one, takes its place.
   */
  keep(output: Record<string, unknown>): Promise<void>;
  /** What a person decided about this run, as they put it on record; null where nobody did. */
  decided(about: DecisionAbout): Promise<PersonDecision | null>;
  /** Aborts at the step's deadline or when the worker is fenced. */
  signal: AbortSignal;
}

/** `skipping`: the rest of that soak is waived. `promoting`: the waits between Regions are. */
export type DecisionAbout = { kind: 'skipping'; stepKey: string } | { kind: 'promoting' };

export interface PersonDecision {
  person: string;
  reason: string;
}

/**
 * One kind of step. It reads before acting, so that running it again after a crash finds its own work done;
 * it resolves only on an observed postcondition.
 */
export interface StepAction {
  run(context: StepContext): Promise<StepOutcome>;
}

/** Every action by its name in plans. */
export type ActionRegistry = Readonly<Record<string, StepAction>>;
