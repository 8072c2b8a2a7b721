import type pg from 'pg';
import { appendAudit } from '../data/audit.ts';
import type { EngineParts } from './parts.ts';
import type { Run } from './run.ts';
import {
  askToYield,
  type Holder,
  type LockedOperation,
  leaveUnfinishedUnknown,
  lockHolder,
  markWaitingNotRun,
  raiseEpoch,
  readLastEvent,
  setEnded,
} from './store.ts';
import { recordEvent } from './transaction.ts';

/** What the holder gets to come to its next gate (DECISIONS, Engine). */
const PATIENCE_MS = 30_000;
/** After that its actions are signalled and given up within a few seconds; a run that says nothing then is ended for it. */
const LAST_WORD_MS = 10_000;

interface Taking {
  parts: EngineParts;
  run: Run;
  connection: pg.PoolClient;
  operation: LockedOperation;
}

/**
 * One look of an emergency at the environment: true when nobody else holds it. A holder is asked to stop at its next gate;
 * after 30 s it loses its epoch, so that nothing it still does counts; one that does not end by itself even then, because
 * its worker is gone or its run is broken, is ended here. Its step in flight stays unknown until it is observed.
 */
export async function takeEnvironment(taking: Taking): Promise<boolean> {
  const { run, connection, operation } = taking;
  const holder = await lockHolder(connection, run.environment, run.id);
  if (!holder) return true;
  const waitedMs = operation.now.getTime() - operation.createdAt.getTime();
  if (holder.desired !== 'yield') await askToYield(connection, holder.id);
  else if (waitedMs >= PATIENCE_MS) await takeAway(taking, holder);
  return false;
}

/** Its epoch first, whenever that is looked at: only then are its actions signalled, and given up before it is ended. */
async function takeAway(taking: Taking, holder: Holder): Promise<void> {
  const raised = await readLastEvent(taking.connection, holder.id, 'preempted');
  if (!raised) await raise(taking, holder);
  else if (raised.ageSeconds * 1_000 >= LAST_WORD_MS) await endHolder(taking, holder);
}

async function raise(taking: Taking, holder: Holder): Promise<void> {
  const { parts, run, connection } = taking;
  await raiseEpoch(connection, holder.id);
  await recordEvent(connection, holder.id, {
    kind: 'preempted',
    executor: parts.executorId,
    detail: { by: run.id, note: `${run.id} took the environment after ${PATIENCE_MS / 1000} s.` },
  });
  await audit(
    taking,
    holder,
    `${holder.id} lost the environment to ${run.id}; nothing it does counts any more.`,
  );
}

async function endHolder(taking: Taking, holder: Holder): Promise<void> {
  const { parts, run, connection } = taking;
  await leaveUnfinishedUnknown(connection, holder.id);
  await markWaitingNotRun(connection, holder.id);
  const outcome = `${run.id} took the environment, and this run did not end by itself. What was under way is to be observed; putting things back is an operation of its own.`;
  await setEnded(connection, holder.id, { state: 'superseded', outcome });
  await recordEvent(connection, holder.id, {
    kind: 'ended',
    executor: parts.executorId,
    detail: { state: 'superseded', note: outcome },
  });
  await audit(taking, holder, outcome);
}

async function audit({ parts, run, connection }: Taking, holder: Holder, message: string): Promise<void> {
  await appendAudit(connection, {
    verb: 'operation.preempt',
    actor: { kind: 'worker', id: parts.executorId },
    outcome: 'done',
    subject: `operation/${holder.id}`,
    operation: holder.id,
    environment: run.environment,
    via: 'engine',
    message,
    detail: { by: run.id },
  });
}
