import type pg from 'pg';
import { isEnded, type OperationState } from '#lib/domain/operation/state.ts';
import { withFullStop } from '#lib/domain/traffic/check.ts';
import { appendAudit } from '../data/audit.ts';
import { type Incomplete, incompleteWords, readIncomplete } from './closing.ts';
import { type Leaving, leavingWords, readLeaving } from './leaving.ts';
import type { EngineParts } from './parts.ts';
import { type Lost, lostTo, type Run, type Stop } from './run.ts';
import {
  addSteps,
  countPassed,
  leaveUnfinishedUnknown,
  listLeftUndone,
  markReverted,
  markWaitingNotRun,
  readProgress,
  readStep,
  setEnded,
  setState,
} from './store.ts';
import { inRunTransaction, recordEvent } from './transaction.ts';

/** How a run came to its end. `putBack`: the compensation ran and passed. `left`: a person ended the compensation. */
export type Ending =
  | { kind: 'done' }
  | { kind: 'stopped'; stop: Stop; putBack: boolean }
  | { kind: 'left'; stop: Stop }
  | Lost;

/** What stopping a run comes to: whether anything has to be put back, under which fencing number. */
export type StopBegun = { kind: 'stopping'; compensate: boolean; epoch: number } | Lost;

/**
 * Turns a run round: `aborting` or `reverting`, steps under way left unknown, the steps that put things back added. A run
 * that failed before anything may have changed has nothing to put back.
 */
export function beginStop(parts: EngineParts, run: Run, stop: Stop): Promise<StopBegun> {
  return inRunTransaction<StopBegun>(parts, run.id, async (connection, operation) => {
    const lost = lostTo(operation, run);
    if (lost) return lost;
    const firstBack = run.plan.compensation[0];
    const { epoch } = operation;
    if (operation.state === 'aborting' || operation.state === 'reverting') {
      const planned = firstBack && (await readStep(connection, run.id, firstBack.key));
      return { kind: 'stopping', compensate: planned !== undefined, epoch };
    }
    const progress = await readProgress(connection, run.id);
    const compensate =
      firstBack !== undefined && (stop.how === 'fail' ? progress.mayHaveChanged : progress.started);
    await leaveUnfinishedUnknown(connection, run.id);
    if (compensate) await addSteps(connection, run.id, run.plan.compensation);
    await setState(connection, run.id, {
      state: stop.how === 'abort' || !isBegun(operation.state) ? 'aborting' : 'reverting',
      outcome: whyStopped(stop),
    });
    await recordEvent(connection, run.id, {
      kind: 'stopping',
      executor: parts.executorId,
      detail: { ...stop },
    });
    return { kind: 'stopping', compensate, epoch };
  });
}

/**
 * The last transaction of a run: the environment is free when it commits, and not before. Safe to repeat; an operation
 * that someone else has ended is left as it is, but for the steps it left open.
 */
export function endRun(parts: EngineParts, run: Run, ending: Ending): Promise<OperationState> {
  return inRunTransaction(parts, run.id, async (connection, operation) => {
    const planned = run.plan.steps.map((step) => step.key);
    const passed = await countPassed(connection, run.id, planned);
    await leaveUnfinishedUnknown(connection, run.id);
    await markWaitingNotRun(connection, run.id);
    if (isEnded(operation.state)) return operation.state;
    if (ending.kind === 'stopped' && ending.putBack) await markReverted(connection, run.id, planned);

    const incomplete = await findIncomplete(connection, run, ending);
    const state = incomplete ? 'incomplete' : finalState(ending, operation.state);
    const steps = { passed, planned: planned.length };
    const leaving = ending.kind === 'left' ? await readLeaving(connection, run) : undefined;
    const leftUndone = await listLeftUndone(connection, run.id, run.plan);
    const ended = incomplete
      ? incompleteSentence(incomplete, steps, incomplete.closed?.person)
      : sentence(ending, steps, leaving && leavingWords(leaving, leaving.person));
    const outcome = [ended, ...leftUndoneWords(leftUndone)].join(' ');
    await setEnded(connection, run.id, { state, outcome });
    await recordEvent(connection, run.id, {
      kind: 'ended',
      executor: parts.executorId,
      detail: { state, note: outcome },
    });
    await parts.notify(connection, 'operation.ended', {
      operation: run.id,
      title: run.title,
      environment: run.environment,
      state,
      outcome,
    });
    const stop = ending.kind === 'stopped' || ending.kind === 'left' ? ending.stop : null;
    await parts.afterRun?.(connection, run, { state, stop, executorId: parts.executorId });
    await appendAudit(connection, {
      verb: 'operation.end',
      actor: { kind: 'worker', id: parts.executorId },
      outcome: FALLS_SHORT.has(state) ? 'failed' : 'done',
      subject: `operation/${run.id}`,
      operation: run.id,
      environment: run.environment,
      via: 'engine',
      message: (incomplete
        ? incompleteSentence(incomplete, steps, `person ${incomplete.closed?.personId}`)
        : leaving
          ? sentence(ending, steps, unnamed(leaving))
          : outcome
      ).slice(0, 500),
      detail: {
        state,
        ...steps,
        ...(leaving ? { leftBy: leaving.personId } : {}),
        ...(incomplete ? { open: incomplete.open.map(({ key }) => key) } : {}),
        ...(incomplete?.closed ? { closedBy: incomplete.closed.personId } : {}),
      },
    });
    return state;
  });
}

const FALLS_SHORT: ReadonlySet<OperationState> = new Set(['failed', 'superseded', 'incomplete']);

/** A run that a person closed, or that went to its end without some of its steps. */
async function findIncomplete(
  connection: pg.PoolClient,
  run: Run,
  ending: Ending,
): Promise<Incomplete | undefined> {
  if (ending.kind === 'lost' && ending.how === 'closed')
    return readIncomplete(connection, run, { closed: true });
  if (ending.kind !== 'done') return undefined;
  const incomplete = await readIncomplete(connection, run, { closed: false });
  return incomplete.open.some(({ state }) => state === 'omitted') ? incomplete : undefined;
}

/** Steps that passed although a Region did not answer: what stands there is to be looked at. */
function leftUndoneWords(leftUndone: readonly string[]): string[] {
  return leftUndone.length === 0 ? [] : [`Not done: ${leftUndone.join('; ')}.`];
}

function incompleteSentence(
  incomplete: Incomplete,
  { passed, planned }: { passed: number; planned: number },
  by = 'a person',
): string {
  return `${passed} of ${planned} steps passed. ${incompleteWords(incomplete, by)}`;
}

/** The log is for good: people stand in it by their ids, and are named when it is read. */
function unnamed(leaving: Leaving): string {
  return leavingWords(leaving, `person ${leaving.personId}`);
}

function finalState(ending: Ending, state: OperationState): OperationState {
  if (ending.kind === 'done') return 'done';
  if (ending.kind === 'lost') return 'superseded';
  if (ending.kind === 'left' || ending.stop.how === 'fail') return 'failed';
  // Asked to revert before it had begun: there was nothing to revert, it was aborted.
  return ending.stop.how === 'abort' || state === 'aborting' ? 'aborted' : 'reverted';
}

/** Whether its first gate has let it begin. */
function isBegun(state: OperationState): boolean {
  return state !== 'queued' && state !== 'preempting';
}

function whyStopped(stop: Stop): string {
  if (stop.by === 'person') return stop.how === 'abort' ? 'Aborted on request.' : 'Reverted on request.';
  const verb = stop.how === 'fail' ? 'Failed' : 'Reverted';
  return `${verb} at “${stop.stepTitle}”: ${withFullStop(stop.note)}`;
}

function sentence(ending: Ending, steps: { passed: number; planned: number }, left?: string): string {
  const count = `${steps.passed} of ${steps.planned} steps`;
  if (ending.kind === 'done')
    return steps.planned === 1 ? 'The step passed.' : `All ${steps.planned} steps passed.`;
  if (ending.kind === 'lost') {
    return `The environment was taken by an emergency operation after ${count}. What was under way is to be observed; putting things back is an operation of its own.`;
  }
  if (ending.kind === 'left') {
    return `${whyStopped(ending.stop)} What had been changed after ${count} was not all put back: ${withFullStop(left ?? 'a person decided so')}`;
  }
  const after = ending.putBack
    ? `What had been changed after ${count} was put back.`
    : steps.passed === 0
      ? 'Nothing had been changed.'
      : `${count} had passed; there was nothing to put back.`;
  return `${whyStopped(ending.stop)} ${after}`;
}
