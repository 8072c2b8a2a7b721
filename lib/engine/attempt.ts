import { findEnvironment } from '#lib/domain/estate/estate.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { announceChange } from '../data/audit.ts';
import type { Evidence, StepContext, StepOutcome } from '../operations/action.ts';
import type { AwsPort, CallRecord } from '../ports/aws.ts';
import { messageOf, StaleAttemptError } from './errors.ts';
import type { EngineParts } from './parts.ts';
import { untilDatabaseAnswers } from './patience.ts';
import type { Run } from './run.ts';
import { addCall, addCommand, addEvidence, type Connection, readWishes } from './store.ts';

/** How often a running action looks whether it is asked to stop. */
const WISH_POLL_MS = 250;
/** What an action gets, once told to stop, to say how far it came. */
const SETTLE_MS = 3_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface Attempt {
  step: PlannedStep;
  number: number;
  firstStartedAtMs: number;
  /** A planned step stops when people ask for it; a step that puts things back does not. */
  phase: 'planned' | 'compensation';
}

/** What an attempt came to: the action's own outcome, or why it has none. */
export type AttemptEnd =
  | StepOutcome
  | { status: 'timed-out'; note: string }
  | { status: 'interrupted'; note: string }
  | { status: 'superseded'; note: string };

type StopReason = 'deadline' | 'asked' | 'superseded';

/**
 * Runs the action of one attempt. Never throws: an exception is a failed step, a deadline that passed is an unknown
 * result, a stop that people asked for is an interrupted one. An action that does not heed its signal is given up after
 * a moment; its context then refuses every further call and record.
 */
export async function runAction(parts: EngineParts, run: Run, attempt: Attempt): Promise<AttemptEnd> {
  const { step } = attempt;
  const action = parts.actions[step.action];
  if (!action) {
    return {
      status: 'fail',
      note: `This worker has no action ${step.action}. Start the version of Meridian that made this plan.`,
    };
  }
  const stop = new AbortController();
  const open = { value: true };
  const timer = setTimeout(
    () => stop.abort('deadline' satisfies StopReason),
    Math.min(step.deadlineSeconds * 1000, LONGEST_TIMER_MS),
  );
  const watch = watchWishes(parts, run, attempt, stop);
  try {
    const context = contextOf(parts, run, attempt, { signal: stop.signal, open });
    const settled = settle(() => action.run(context));
    const result = await Promise.race([settled, givenUp(stop.signal)]);
    if (result.kind === 'outcome') return result.outcome;
    if (stop.signal.aborted)
      return stopped(stop.signal.reason, step, result.kind === 'threw' ? result.error : undefined);
    const error = result.kind === 'threw' ? result.error : undefined;
    parts.log.warn({ operation: run.id, step: step.key, err: error }, 'an action threw');
    return { status: 'fail', note: messageOf(error).slice(0, 2_000) };
  } finally {
    open.value = false;
    clearTimeout(timer);
    clearTimeout(watch.timer);
    watch.over = true;
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

function givenUp(signal: AbortSignal): Promise<{ kind: 'given-up' }> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => setTimeout(() => resolve({ kind: 'given-up' }), SETTLE_MS), {
      once: true,
    });
  });
}

function stopped(reason: StopReason, step: PlannedStep, error: unknown): AttemptEnd {
  const said =
    error === undefined || isAbort(error) ? '' : ` It ended with: ${messageOf(error).slice(0, 500)}.`;
  switch (reason) {
    case 'deadline':
      return {
        status: 'timed-out',
        note: `No result within ${step.deadlineSeconds} s: what it changed is unknown until it is observed.${said}`,
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

/** Signals the action when people ask to stop, or when the environment is taken from this run. */
function watchWishes(parts: EngineParts, run: Run, attempt: Attempt, stop: AbortController) {
  const watch: { over: boolean; timer?: NodeJS.Timeout } = { over: false };
  const look = async () => {
    try {
      const wishes = await readWishes(parts.database.pool, run.id);
      const asked = wishes?.desired === 'abort' || wishes?.desired === 'revert';
      if (wishes && wishes.epoch !== run.epoch) stop.abort('superseded' satisfies StopReason);
      else if (asked && attempt.phase === 'planned') stop.abort('asked' satisfies StopReason);
    } catch (error) {
      parts.log.debug(
        { operation: run.id, error: messageOf(error) },
        'could not look whether to stop; looking again',
      );
    }
    if (!watch.over && !stop.signal.aborted) schedule();
  };
  const schedule = () => {
    watch.timer = setTimeout(look, WISH_POLL_MS);
  };
  schedule();
  return watch;
}

function contextOf(
  parts: EngineParts,
  run: Run,
  attempt: Attempt,
  life: { signal: AbortSignal; open: { value: boolean } },
): StepContext {
  const { step } = attempt;
  const timeScale = findEnvironment(parts.estate, run.environment)?.timeScale ?? 1;
  const keep = async (write: (connection: Connection) => Promise<boolean>) => {
    assertOpen(life.open, step);
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
    outputs: run.outputs,
    estate: parts.estate,
    aws: guardPort(awsOf(parts, run, step), () => assertOpen(life.open, step)),
    now: parts.now,
    scaledSeconds: (seconds) => seconds / timeScale,
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
  };
}

function awsOf(parts: EngineParts, run: Run, step: PlannedStep): AwsPort {
  const record = (call: CallRecord) =>
    untilDatabaseAnswers(() =>
      parts.database.inTransaction(async (connection) => {
        await addCall(connection, run.id, step.key, call);
        await announceChange(connection, 'operation', run.id);
      }),
    );
  return parts.awsFor({ operation: run.id, stepKey: step.key, epoch: run.epoch ?? 0, record });
}

function assertOpen(open: { value: boolean }, step: PlannedStep): void {
  if (open.value) return;
  throw new StaleAttemptError(`The attempt of ${step.key} was given up; what comes after is refused.`);
}

/** The port for as long as the attempt lasts: an action that was given up can reach AWS no more. */
function guardPort(port: AwsPort, assertStillOpen: () => void): AwsPort {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        assertStillOpen();
        return Reflect.apply(member, target, args);
      };
    },
  });
}
