import type pg from 'pg';
import { announceChange } from '../data/audit.ts';
import { FencedError, messageOf } from './errors.ts';
import { type EngineParts, forever } from './parts.ts';
import { untilDatabaseAnswers } from './patience.ts';
import {
  addEvent,
  type Connection,
  isWorkerUp,
  type LockedOperation,
  lockOperation,
  type NewEvent,
} from './store.ts';

/**
 * One transaction of a run: the operation's row is locked first and this worker proven not to be declared dead, so a
 * worker that was replaced can never write after its successor. Waits for the database however long it is away, so
 * `work` must be safe to repeat.
 */
export async function inRunTransaction<Result>(
  parts: EngineParts,
  operationId: string,
  work: (connection: pg.PoolClient, operation: LockedOperation) => Promise<Result>,
): Promise<Result> {
  const once = () =>
    parts.database.inTransaction(async (connection) => {
      const operation = await lockOperation(connection, operationId);
      if (!operation) throw new Error(`There is no operation ${operationId}.`);
      if (!(await isWorkerUp(connection, parts.executorId))) {
        throw new FencedError(
          `A peer took over from ${parts.executorId}; this worker may write nothing more.`,
        );
      }
      return work(connection, operation);
    });
  try {
    return await untilDatabaseAnswers(once, (error) =>
      parts.log.warn(
        { operation: operationId, error: messageOf(error) },
        'the database does not answer; trying again',
      ),
    );
  } catch (error) {
    if (!(error instanceof FencedError)) throw error;
    parts.onFenced(error.message);
    return forever();
  }
}

/** Adds to the timeline and tells open consoles; false when that start or end of an attempt is there already. */
export async function recordEvent(
  connection: Connection,
  operationId: string,
  event: NewEvent,
): Promise<boolean> {
  const added = await addEvent(connection, operationId, event);
  if (added) await announceChange(connection, 'operation', operationId);
  return added;
}
