import type { Estate } from '#lib/domain/estate/estate.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import type { Database } from '../data/database.ts';
import type { ActionRegistry, StepOutcome } from '../operations/action.ts';
import type { AwsPort, CallRecord } from '../ports/aws.ts';
import type { Run, Stop } from './run.ts';
import type { Connection } from './store.ts';

/** The one attempt that a port to AWS is made for; the session it signs with is named after it. */
export interface AwsAttempt {
  operation: { id: string; epoch: bigint };
  stepKey: string;
  /** Keeps a call that was made; every call is on record before the attempt's end is. */
  record(call: CallRecord): void;
}

export type Notice = 'operation.started' | 'operation.held' | 'operation.ended';

/** Tells people, in the transaction that made it so. */
export type Notify = (
  connection: Connection,
  notice: Notice,
  payload: Record<string, unknown>,
) => Promise<void>;

/** Keeps what a step's end means beyond the run (a fence that waits, orders to salvage), in the transaction that ends it. */
export type AfterStep = (
  connection: Connection,
  run: { id: string; environment: string; kind: string },
  ended: { step: PlannedStep; end: StepOutcome | { status: string; note: string } },
) => Promise<void>;

/** Keeps what a run's end means beyond it (a release that is bad), in the transaction that ends it. */
export type AfterRun = (
  connection: Connection,
  run: Pick<Run, 'id' | 'environment' | 'kind' | 'plan'>,
  ended: { state: OperationState; stop: Stop | null; executorId: string },
) => Promise<void>;

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the engine is given: it knows how to run plans, not what their steps do. */
export interface EngineParts {
  database: Database;
  estate: Estate;
  actions: ActionRegistry;
  /** Closed when the attempt is over. */
  awsFor(attempt: AwsAttempt): AwsPort & { close(): void };
  notify: Notify;
  afterStep?: AfterStep;
  afterRun?: AfterRun;
  log: Log;
  now(): Date;
  /** This worker's name, never used twice. */
  executorId: string;
  /** Region in which it stands; absent: it does not say, and stands aside for nobody. */
  homeRegion?: string;
  /** Called when a peer has declared this worker dead. Must end the process: nothing it does counts any more. */
  onFenced(reason: string): void;
  /** Attempts under way and whether new ones may begin; shared with the worker's shutdown. */
  attempts: AttemptGate;
}

/** Counts what is under way, and keeps new attempts from beginning while the worker stops. */
export class AttemptGate {
  #running = 0;
  #closed = false;
  #whenIdle: (() => void) | undefined;

  /** Runs `work` as an attempt; once closed, nothing begins any more: a peer continues after this worker has gone. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closed) return forever();
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#whenIdle?.();
    }
  }

  /** Lets no further attempt begin; resolves when none is under way, or after `patienceMs`. */
  async close(patienceMs: number): Promise<void> {
    this.#closed = true;
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** For code that must not go on in a process that is about to end. */
export function forever(): Promise<never> {
  return new Promise<never>(() => undefined);
}
