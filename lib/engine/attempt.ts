import { findEnvironment } from '#lib/domain/estate/estate.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { announceChange } from '../data/audit.ts';
import type { Evidence, StepContext, StepOutcome } from '../operations/action.ts';
import { withCommands } from '../operations/commands/of-port.ts';
import { ThrottleWatch } from '../operations/throttled.ts';
import type { AwsPort, CallRecord } from '../ports/aws.ts';
import { messageOf, StaleAttemptError } from './errors.ts';
import type { EngineParts } from './parts.ts';
import { untilDatabaseAnswers } from './patience.ts';
import type { Run } from './run.ts';
import {
  addCall,
  addCommand,
  addEvidence,
  type Connection,
  type Desired,
  findDecision,
  keepOutput,
  type Outputs,
  readWishes,
} from './store.ts';

/** How often a running action looks whether it is asked to stop. */
const WISH_POLL_MS = 250;
/** What an action gets, once told to stop, to say how far it came. */
const SETTLE_MS = 3_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const LONGEST_NOTE = 2_000;

export interface Attempt {
  step: PlannedStep;
  number: number;
  /** By this worker's clock. */
  firstStartedAtMs: number;
  outputs: Outputs;
  /** A planned step stops when people ask to stop; a step that puts things back when they decide to leave the rest. */
  phase: 'planned' | 'compensation';
}

/** What an attempt came to: the action's own outcome, or why it has none. */
export type AttemptEnd =
  | StepOutcome
  | { status: 'timed-out'; note: string }
  | { status: 'interrupted'; note: string }
  | { status: 'superseded'; note: string };

/** Wishes that end an attempt of each phase. */
const STOPS: Record<Attempt['phase'], readonly Desired[]> = {
  planned: ['abort', 'revert', 'close'],
  compensation: ['leave'],
};

type StopReason = 'deadline' | 'asked' | 'superseded';

/**
 * Runs the action of one attempt. Never throws: an exception is a failed step, a deadline that passed is an unknown
 * result, a stop that people asked for is an interrupted one. An action that does not heed its signal is given up after
 * a moment; its context then refuses every further call and record.
 */
export async function runAction(parts: EngineParts, run: Run, attempt: Attempt): Promise<AttemptEnd> {
  const life = new AttemptLife(parts, run, attempt);
  try {
    const result = await Promise.race([settle(() => act(parts, run, attempt, life)), life.givenUp()]);
    if (result.kind === 'outcome') return result.outcome;
    const error = result.kind === 'threw' ? result.error : undefined;
    if (life.signal.aborted)
      return stopped(life.signal.reason, { step: attempt.step, error, throttled: life.throttled });
    parts.log.warn({ operation: run.id, step: attempt.step.key, err: error }, 'an action threw');
    return { status: 'fail', note: messageOf(error).slice(0, LONGEST_NOTE) };
  } finally {
    await life.end();
  }
}

async function act(parts: EngineParts, run: Run, attempt: Attempt, life: AttemptLife): Promise<StepOutcome> {
  const { step } = attempt;
  const action = parts.actions[step.action];
  if (action) return action.run(contextOf(parts, run, attempt, life));
  return {
    status: 'fail',
    note: `This worker has no action ${step.action}. Start the version of Meridian that made this plan.`,
  };
}

/** What lasts as long as one attempt: its signal, its way to AWS, and the record of the calls it made. */
class AttemptLife {
  readonly #parts: EngineParts;
  readonly #run: Run;
  readonly #attempt: Attempt;
  readonly #stop = new AbortController();
  readonly #deadline: NodeJS.Timeout;
  #look: NodeJS.Timeout;
  #port: (AwsPort & { close(): void }) | undefined;
  #over = false;
  #written: Promise<void> = Promise.resolve();
  /** Commands that are not written yet. */
  readonly #told: string[] = [];
  readonly #throttles = new ThrottleWatch();

  constructor(parts: EngineParts, run: Run, attempt: Attempt) {
    this.#parts = parts;
    this.#run = run;
    this.#attempt = attempt;
    const deadlineMs = Math.min(attempt.step.deadlineSeconds * 1000, LONGEST_TIMER_MS);
    this.#deadline = setTimeout(() => this.#signalStop('deadline'), deadlineMs);
    this.#look = setTimeout(() => void this.#lookAtWishes(), WISH_POLL_MS);
  }

  /** Its reason is a StopReason. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** What AWS throttles of it at this moment, and what to do; undefined where it throttles nothing. */
  get throttled(): string | undefined {
    return this.#throttles.words;
  }

  /** Throws once the attempt is over, for an action that goes on all the same. */
  assertLasts(): void {
    if (!this.#over) return;
    throw new StaleAttemptError(
      `The attempt of ${this.#attempt.step.key} was given up; what comes after is refused.`,
    );
  }

  /** Resolves when the action was told to stop and has not settled within a moment. */
  givenUp(): Promise<{ kind: 'given-up' }> {
    return new Promise((resolve) => {
      const afterAMoment = () => setTimeout(() => resolve({ kind: 'given-up' }), SETTLE_MS);
      this.signal.addEventListener('abort', afterAMoment, { once: true });
    });
  }

  /** The port for as long as the attempt lasts: an action that was given up can reach AWS no more. */
  openPort(): AwsPort {
    const port = this.#parts.awsFor({
      operation: { id: this.#run.id, epoch: BigInt(this.#run.epoch ?? 0) },
      stepKey: this.#attempt.step.key,
      record: (call) => {
        this.#written = this.#written.then(() => this.#writeCall(call));
      },
    });
    this.#port = port;
    const watched = this.#throttles.watch(this.#whileItLasts(port));
    return withCommands(watched, this.#parts.estate, (command) => this.#tell(command));
  }

  #whileItLasts(port: AwsPort): AwsPort {
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          this.assertLasts();
          return Reflect.apply(member, target, args);
        };
      },
    });
  }

  /** Resolves when every call of the attempt is on record, and every command. */
  async end(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#look);
    this.#port?.close();
    await this.#written;
  }

  /** Signals the action when people ask to stop, or when the environment is taken from this run. */
  async #lookAtWishes(): Promise<void> {
    const { id, epoch } = this.#run;
    try {
      const wishes = await readWishes(this.#parts.database.pool, id);
      if (wishes && wishes.epoch !== epoch) this.#signalStop('superseded');
      else if (wishes && this.#stopsFor(wishes.desired)) this.#signalStop('asked');
    } catch (error) {
      this.#parts.log.debug(
        { operation: id, error: messageOf(error) },
        'could not look whether to stop; looking again',
      );
    }
    if (this.#over || this.signal.aborted) return;
    this.#look = setTimeout(() => void this.#lookAtWishes(), WISH_POLL_MS);
  }

  /** What cannot be put back is not interrupted: it is seen through to a known end. */
  #stopsFor(wish: Desired): boolean {
    const { phase, step } = this.#attempt;
    return !step.irreversible && STOPS[phase].includes(wish);
  }

  #signalStop(reason: StopReason): void {
    this.#stop.abort(reason);
  }

  #writeCall(call: CallRecord): Promise<void> {
    return this.#write({ call }, (connection) =>
      addCall(connection, this.#run.id, this.#attempt.step.key, call),
    );
  }

  /** Written beside the work, several at once where they come fast: whoever does the same by hand reads it later. */
  #tell(command: string): void {
    this.#told.push(command);
    if (this.#told.length === 1) this.#written = this.#written.then(() => this.#writeCommands());
  }

  #writeCommands(): Promise<void> {
    const { step, number } = this.#attempt;
    const commands = this.#told.splice(0);
    return this.#write({ commands }, async (connection) => {
      for (const command of commands)
        await addCommand(connection, this.#run.id, { key: step.key, attempt: number, command });
    });
  }

  async #write(entry: object, write: (connection: Connection) => Promise<void>): Promise<void> {
    const { database, log } = this.#parts;
    try {
      await untilDatabaseAnswers(() =>
        database.inTransaction(async (connection) => {
          await write(connection);
          await announceChange(connection, 'operation', this.#run.id);
        }),
      );
    } catch (error) {
      log.error(
        { operation: this.#run.id, ...entry, err: error },
        'what a step did could not be put on record',
      );
    }
  }
}

type Settled = { kind: 'outcome'; outcome: StepOutcome } | { kind: 'threw'; error: unknown };

async function settle(work: () => Promise<StepOutcome>): Promise<Settled> {
  try {
    return { kind: 'outcome', outcome: await work() };
  } catch (error) {
    return { kind: 'threw', error };
  }
}

function stopped(
  reason: StopReason,
  { step, error, throttled }: { step: PlannedStep; error: unknown; throttled: string | undefined },
): AttemptEnd {
  const said =
    error === undefined || error === reason || isAbort(error)
      ? ''
      : ` It ended with: ${messageOf(error).slice(0, 500)}.`;
  switch (reason) {
    case 'deadline':
      return {
        status: 'timed-out',
        note: `No result within ${step.deadlineSeconds} s: what it changed is unknown until it is observed.${throttled ? ` ${throttled}` : said}`,
      };
    case 'asked':
      return { status: 'interrupted', note: `Interrupted on request.${said}` };
    case 'superseded':
      return { status: 'superseded', note: `The environment was taken by an emergency operation.${said}` };
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function contextOf(parts: EngineParts, run: Run, attempt: Attempt, life: AttemptLife): StepContext {
  const { step } = attempt;
  const timeScale = findEnvironment(parts.estate, run.environment)?.timeScale ?? 1;
  const keep = async (write: (connection: Connection) => Promise<boolean>) => {
    life.assertLasts();
    const kept = await untilDatabaseAnswers(() =>
      parts.database.inTransaction(async (connection) => {
        const written = await write(connection);
        if (written) await announceChange(connection, 'operation', run.id);
        return written;
      }),
    );
    if (!kept)
      throw new StaleAttemptError(`Attempt ${attempt.number} of ${step.key} is not the latest any more.`);
  };
  return {
    operation: { id: run.id, environment: run.environment, kind: run.kind },
    step,
    attempt: attempt.number,
    firstStartedAtMs: attempt.firstStartedAtMs,
    outputs: attempt.outputs,
    estate: parts.estate,
    aws: life.openPort(),
    now: parts.now,
    scaledSeconds: (seconds) => seconds / timeScale,
    decided: async (about) => (await findDecision(parts.database.pool, run.id, about)) ?? null,
    signal: life.signal,
    evidence: (entry) => {
      const evidence: Evidence = { at: parts.now().toISOString(), ...entry };
      return keep((connection) =>
        addEvidence(connection, run.id, { key: step.key, attempt: attempt.number, evidence }),
      );
    },
    cli: (command) =>
      keep((connection) =>
        addCommand(connection, run.id, { key: step.key, attempt: attempt.number, command }),
      ),
    keep: (output) =>
      keep((connection) =>
        keepOutput(connection, run.id, { key: step.key, attempt: attempt.number, output }),
      ),
  };
}
