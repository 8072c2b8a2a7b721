import type pg from 'pg';
import { violatedIndex } from '../../data/database.ts';
import { ConflictError, RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';

/**
 * Takes the environment and hands the operation to the engine, in the caller's transaction; one whose time has not come is
 * put aside instead, and started when it is due (start-due.ts). Throws RefusedError naming the
 * holder when another operation has the environment (index operation_one_active).
 */
export async function startOperation(
  context: Pick<VerbContext, 'database' | 'engine' | 'now'>,
  connection: pg.PoolClient,
  operation: { id: string; environment: string; startAt?: Date | null },
): Promise<'queued' | 'scheduled'> {
  if (operation.startAt && operation.startAt > context.now) return schedule(connection, operation);
  await assertNoEmergency(connection, operation);
  await connection.query('savepoint start_operation');
  try {
    const { rowCount } = await connection.query(
      `update operation set state = 'queued' where id = $1 and state in ('awaiting-approval', 'scheduled')`,
      [operation.id],
    );
    if (rowCount !== 1)
      throw new ConflictError(`${operation.id} was decided by someone else meanwhile. Read it again.`);
  } catch (error) {
    if (violatedIndex(error) !== 'operation_one_active') throw error;
    await connection.query('rollback to savepoint start_operation');
    const { rows } = await connection.query<{ id: string; title: string }>(
      `select id, title from operation where environment = $1
         and state in ('queued', 'running', 'paused', 'holding', 'aborting', 'reverting')`,
      [operation.environment],
    );
    const holder = rows[0];
    throw new RefusedError(
      'one-at-a-time',
      `${operation.id} cannot start: ${holder ? `${holder.id}, ${holder.title},` : 'another operation'} holds ${operation.environment}. Approve it again when that one has ended.`,
    );
  }
  await context.engine.start(connection, operation);
  return 'queued';
}

/** It waits for its time and holds nothing: the environment is for others until then (docs/adr/0017-rollbacks-and-scheduled-starts.md). */
async function schedule(connection: pg.PoolClient, { id }: { id: string }): Promise<'scheduled'> {
  const { rowCount } = await connection.query(
    `update operation set state = 'scheduled' where id = $1 and state = 'awaiting-approval'`,
    [id],
  );
  if (rowCount !== 1) throw new ConflictError(`${id} was decided by someone else meanwhile. Read it again.`);
  return 'scheduled';
}

/** An emergency that waits for the environment has it next, whoever lets go of it. */
async function assertNoEmergency(
  connection: pg.PoolClient,
  { id, environment }: { id: string; environment: string },
): Promise<void> {
  const { rows } = await connection.query<{ id: string; title: string }>(
    `select id, title from operation where environment = $1 and state = 'preempting'`,
    [environment],
  );
  const emergency = rows[0];
  if (!emergency) return;
  throw new RefusedError(
    'one-at-a-time',
    `${id} cannot start: ${emergency.id}, ${emergency.title}, is an emergency and takes ${environment}. Approve it again when that one has ended.`,
  );
}
