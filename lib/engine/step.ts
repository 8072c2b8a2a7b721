import type pg from 'pg';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { appendAudit } from '../data/audit.ts';
import type { StepOutcome } from '../operations/action.ts';
import { type Attempt, type AttemptEnd, runAction } from './attempt.ts';
import { StaleAttemptError } from './errors.ts';
import { omitStep } from './omitting.ts';
import type { EngineParts } from './parts.ts';
import { type Lost, lostTo, type Run, yields } from './run.ts';
import {
  beginAttempt,
  finishAttempt,
  isPastReturn,
  type LockedOperation,
  readLastOutcome,
  readOutputs,
  readStep,
  resumeUnlessHeld,
  type StepState,
  setState,
} from './store.ts';
import { inRunTransaction, recordEvent } from './transaction.ts';

/** What the interpreter does next with a step. `left`: a person decided to put nothing more back, so it was not begun. */
export type StepResult = StepOutcome | { status: 'timed-out' | 'interrupted' | 'left'; note: string } | Lost;

export interface StepRequest {
  step: PlannedStep;
  phase: Attempt['phase'];
  /** Set when the attempt before this one timed out: a second time-out is for a human to look at. */
  timedOutBefore: boolean;
}

/**
 * One attempt of one step: its start is recorded, the action runs, and its end is recorded with the step, the audit entry
 * and the operation's state in one transaction. A step that passed already is never run again, so the whole history can
 * be replayed without acting twice.
 */
export async function runStep(parts: EngineParts, run: Run, request: StepRequest): Promise<StepResult> {
  const begun = await beginStep(parts, run, request);
  if (begun.kind === 'not-begun') return begun.result;
  const end = await runAction(parts, run, begun.attempt);
  return finishStep(parts, run, { ...request, attempt: begun.attempt, end });
}

type Begun = { kind: 'begun'; attempt: Attempt } | { kind: 'not-begun'; result: StepResult };

function beginStep(parts: EngineParts, run: Run, { step, phase }: StepRequest): Promise<Begun> {
  return inRunTransaction<Begun>(parts, run.id, async (connection, operation) => {
    const lost = lostTo(operation, run) ?? yields(operation);
    if (lost) return { kind: 'not-begun', result: lost };
    const row = await readStep(connection, run.id, step.key);
    if (row?.state === 'omitted')
      return { kind: 'not-begun', result: { status: 'skipped', note: 'Left undone.' } };
    if (row?.state === 'done' || row?.state === 'skipped' || row?.state === 'failed') {
      const outcome = await readLastOutcome(connection, run.id, step.key);
      if (outcome) return { kind: 'not-begun', result: outcome };
    }
    // What cannot be put back is not begun once somebody asked to stop: that wish and this start exclude each other.
    const asked = operation.desired === 'abort' || operation.desired === 'revert';
    if (phase === 'planned' && step.irreversible && asked)
      return { kind: 'not-begun', result: { status: 'interrupted', note: 'Asked to stop before it began.' } };
    if (phase === 'compensation' && operation.desired === 'leave')
      return { kind: 'not-begun', result: { status: 'left', note: 'Left as it is on request.' } };
    const omitted = phase === 'planned' && (await omitStep({ parts, run, step, connection, operation }));
    if (omitted) return { kind: 'not-begun', result: omitted };
    const { attempt, ageMs } = await beginAttempt(connection, run.id, step.key);
    const firstStartedAtMs = parts.now().getTime() - ageMs;
    const outputs = await readOutputs(connection, run.id);
    await recordEvent(connection, run.id, {
      kind: 'started',
      stepKey: step.key,
      attempt,
      executor: parts.executorId,
    });
    return { kind: 'begun', attempt: { step, number: attempt, firstStartedAtMs, outputs, phase } };
  });
}

interface Finishing extends StepRequest {
  attempt: Attempt;
  end: AttemptEnd;
}

function finishStep(parts: EngineParts, run: Run, finishing: Finishing): Promise<StepResult> {
  const { step, attempt, end } = finishing;
  return inRunTransaction<StepResult>(parts, run.id, async (connection, operation) => {
    const row = await readStep(connection, run.id, step.key);
    if (row?.attempt !== attempt.number) {
      throw new StaleAttemptError(
        `Attempt ${attempt.number} of ${step.key} in ${run.id} was replaced by a newer one.`,
      );
    }
    const lost = lostTo(operation, run);
    const holds = !lost && (await mustHold(connection, run, finishing));
    const verdict = lost ? VERDICTS.superseded : holds ? VERDICTS.hold : verdictOf(finishing);
    const recorded = await recordEvent(connection, run.id, {
      kind: verdict.event,
      stepKey: step.key,
      attempt: attempt.number,
      executor: parts.executorId,
      detail: lost ? { ...end, lost: lost.how } : { ...end },
    });
    if (recorded) {
      await finishAttempt(connection, run.id, {
        key: step.key,
        state: verdict.step,
        ended: verdict.ended,
        output: 'output' in end ? end.output : undefined,
        note: { at: parts.now().toISOString(), kind: 'note', text: end.note },
      });
      const reached = { parts, run, finishing, verdict, connection, operation };
      if (!lost) await moveOperation(reached);
      if (verdict.ended && end.status !== 'superseded')
        await parts.afterStep?.(connection, run, { step, end });
      await auditStep(reached);
    }
    if (lost) return lost;
    if (holds) return { status: 'hold', note: end.note, seconds: HOLD_SECONDS };
    return end.status === 'superseded' ? { kind: 'lost', how: 'superseded' } : end;
  });
}

/** A step that holds behind the point of no return looks again by itself this often; resume makes it look at once. */
const HOLD_SECONDS = 60;

/**
 * Behind the point of no return a failure puts nothing back: it holds for a person, and is tried again. The irreversible
 * step itself that was refused has changed nothing, and the run is still before the point.
 */
async function mustHold(
  connection: pg.PoolClient,
  run: Run,
  { step, end, phase }: Finishing,
): Promise<boolean> {
  if (phase !== 'planned' || (end.status !== 'fail' && end.status !== 'revert')) return false;
  return isPastReturn(connection, run.id, step.key);
}

interface Verdict {
  event: 'finished' | 'failed';
  step: StepState;
  /** Whether the step is over, at least for now. */
  ended: boolean;
  audit: 'done' | 'failed' | 'none';
  /** Whether people have to see that it does not go on by itself. */
  holds: boolean;
}

const VERDICTS = {
  done: { event: 'finished', step: 'done', ended: true, audit: 'done', holds: false },
  skipped: { event: 'finished', step: 'skipped', ended: true, audit: 'done', holds: false },
  wait: { event: 'finished', step: 'running', ended: false, audit: 'none', holds: false },
  hold: { event: 'finished', step: 'holding', ended: false, audit: 'none', holds: true },
  revert: { event: 'failed', step: 'failed', ended: true, audit: 'failed', holds: false },
  fail: { event: 'failed', step: 'failed', ended: true, audit: 'failed', holds: false },
  'timed-out': { event: 'failed', step: 'unknown', ended: false, audit: 'failed', holds: false },
  interrupted: { event: 'failed', step: 'unknown', ended: true, audit: 'failed', holds: false },
  superseded: { event: 'failed', step: 'unknown', ended: true, audit: 'failed', holds: false },
} as const satisfies Record<AttemptEnd['status'], Verdict>;

function verdictOf({ step, end, phase, timedOutBefore }: Finishing): Verdict {
  const verdict = VERDICTS[end.status];
  if (phase === 'planned' && step.omissible === true && isLeftUndone(end))
    return { ...verdict, step: 'omitted' };
  if (end.status === 'timed-out' && timedOutBefore) return { ...verdict, step: 'holding', holds: true };
  // A step that puts things back is never given up: it holds, for all to see, and is tried again.
  if (
    phase === 'compensation' &&
    end.status !== 'done' &&
    end.status !== 'skipped' &&
    end.status !== 'wait'
  ) {
    // Interrupted is only what a person decided to leave: there is nothing to tell, the run ends.
    return { ...verdict, step: 'holding', ended: false, holds: end.status !== 'interrupted' };
  }
  return verdict;
}

/** A step that may be omitted and says itself that it was left undone, when its time was over say: nobody had to decide. */
function isLeftUndone(end: AttemptEnd): boolean {
  return 'output' in end && typeof end.output?.leftUndone === 'string';
}

interface Reached {
  parts: EngineParts;
  run: Run;
  finishing: Finishing;
  verdict: Verdict;
  connection: pg.PoolClient;
  operation: LockedOperation;
}

/** Into `holding` when the step holds, out of it when it passes; a run that is stopping keeps its state and says why. */
async function moveOperation(reached: Reached): Promise<void> {
  const { run, finishing, verdict, connection, operation } = reached;
  const stopping = operation.state === 'aborting' || operation.state === 'reverting';
  if (verdict.holds) {
    const isNew = operation.outcome !== finishing.end.note;
    await setState(connection, run.id, {
      state: stopping || operation.state === 'paused' ? operation.state : 'holding',
      outcome: finishing.end.note,
    });
    const wasHolding = stopping ? !isNew : operation.state === 'holding';
    if (!wasHolding) await tellHeld(reached);
    return;
  }
  if (operation.state === 'holding') {
    await resumeUnlessHeld(connection, { id: run.id, state: operation.state });
  }
}

async function tellHeld({ parts, run, finishing, connection }: Reached): Promise<void> {
  const { step, end } = finishing;
  await recordEvent(connection, run.id, {
    kind: 'held',
    stepKey: step.key,
    executor: parts.executorId,
    detail: { note: end.note },
  });
  await parts.notify(connection, 'operation.held', {
    operation: run.id,
    title: run.title,
    environment: run.environment,
    step: step.title,
    reason: end.note,
  });
  await appendAudit(connection, {
    ...auditBase(parts, run, step),
    verb: 'operation.hold',
    outcome: 'done',
    message: end.note.slice(0, 500),
    detail: { step: step.key },
  });
}

async function auditStep({ parts, run, finishing, verdict, connection }: Reached): Promise<void> {
  if (verdict.audit === 'none') return;
  const { step, attempt, end } = finishing;
  await appendAudit(connection, {
    ...auditBase(parts, run, step),
    verb: 'operation.step',
    outcome: verdict.audit,
    message: end.note.slice(0, 500),
    detail: {
      step: step.key,
      attempt: attempt.number,
      status: verdict.step === 'omitted' ? 'omitted' : end.status,
    },
  });
}

function auditBase(parts: EngineParts, run: Run, step: PlannedStep) {
  return {
    actor: { kind: 'worker' as const, id: parts.executorId },
    subject: `operation/${run.id}`,
    operation: run.id,
    environment: run.environment,
    via: 'engine' as const,
    ...(step.region ? { region: step.region } : {}),
  };
}
