import { setTimeout as delay } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { ACTIVE_STATES, isEnded } from '#lib/domain/operation/state.ts';
import { messageOf } from './errors.ts';
import { ENGINE } from './names.ts';
import type { EngineParts } from './parts.ts';
import { readLastEvent, setState } from './store.ts';
import { inRunTransaction, recordEvent } from './transaction.ts';

const SWEEP_MS = 5_000;
const BACKOFF_SECONDS = { first: 5, longest: 300 };

/**
 * Finds runs that the engine itself gave up (an error of its own, too many recoveries) while their operation still holds
 * its environment, and starts them anew. Steps that passed are not run again: their end stands in our own tables, so the
 * lost history costs nothing. Each time is shown as a hold, and is followed by a longer pause.
 */
export async function repairUntil(signal: AbortSignal, parts: EngineParts): Promise<void> {
  while (!signal.aborted) {
    try {
      await sweep(parts);
    } catch (error) {
      parts.log.warn(
        { error: messageOf(error) },
        'could not look for runs that the engine gave up; looking again',
      );
    }
    await delay(SWEEP_MS, undefined, { signal }).catch(() => undefined); // stopped
  }
}

async function sweep(parts: EngineParts): Promise<void> {
  const { rows } = await parts.database.pool.query<{ id: string; environment: string }>({
    name: 'engine-given-up',
    text: `select o.id, o.environment
             from operation o join ${ENGINE.schema}.workflow_status w on w.workflow_uuid = o.id
            where o.state = any ($1) and w.status in ('ERROR', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')`,
    values: [ACTIVE_STATES],
  });
  for (const { id, environment } of rows) {
    if (!(await announceRepair(parts, id))) continue;
    await DBOS.rewindWorkflow(id, { startStep: 0, queueName: ENGINE.queue, queuePartitionKey: environment });
  }
}

/** Says why the operation stands; false while its last repair is too recent, by this worker or another. */
async function announceRepair(parts: EngineParts, operationId: string): Promise<boolean> {
  const status = await DBOS.getWorkflowStatus(operationId);
  const reason = messageOf(status?.error ?? 'it was recovered too often');
  return inRunTransaction(parts, operationId, async (connection, operation) => {
    // Whoever ended it since the look said how.
    if (isEnded(operation.state)) return false;
    const last = await readLastEvent(connection, operationId, 'engine-error');
    const pause = Math.min(BACKOFF_SECONDS.first * 2 ** (last?.count ?? 0), BACKOFF_SECONDS.longest);
    if (last && last.ageSeconds < pause) return false;
    const state = operation.state === 'running' ? 'holding' : operation.state;
    const note = `Meridian's engine stopped on an error of its own and starts this run again where it stood: ${reason}`;
    await setState(connection, operationId, { state, outcome: note });
    await recordEvent(connection, operationId, {
      kind: 'engine-error',
      executor: parts.executorId,
      detail: { note: reason },
    });
    parts.log.error({ operation: operationId, reason }, 'the engine gave up a run; starting it again');
    return true;
  });
}
