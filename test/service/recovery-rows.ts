import { randomUUID } from 'node:crypto';
import type { World } from './harness.ts';

/** Rows as verbs and workers leave them, for tests of what reads them. */

export interface OperationRow {
  kind?: string;
  state?: string;
  emergency?: boolean;
  plan?: Record<string, unknown>;
  params?: Record<string, unknown>;
  accepted?: Record<string, unknown> | null;
  createdAt?: Date;
  startedAt?: Date | null;
  endedAt?: Date | null;
  preempts?: string | null;
}

const ENDED = new Set([
  'done',
  'incomplete',
  'reverted',
  'aborted',
  'failed',
  'rejected',
  'changes-asked',
  'expired',
  'withdrawn',
  'superseded',
]);

/** An operation of that person, ended by default so that it holds nothing. */
export async function insertOperation(
  world: World,
  requestedBy: string,
  row: OperationRow = {},
): Promise<string> {
  const { kind = 'failover', state = 'done', createdAt = new Date() } = row;
  const endedAt = row.endedAt ?? (ENDED.has(state) ? new Date() : null);
  const { rows } = await world.database.pool.query<{ id: string }>(
    `insert into operation (kind, environment, title, state, params, plan, digest, reason, requested_by, requested_via,
       needed, expires_at, created_at, started_at, ended_at, emergency, accepted, preempts)
     values ($1, 'production', 'Fail over to eu-west-1', $2, $3, $4, $5, 'us-east-1 is gone', $6, 'console',
       0, $7, $7, $8, $9, $10, $11, $12) returning id`,
    [
      kind,
      state,
      JSON.stringify(row.params ?? {}),
      JSON.stringify(
        row.plan ?? { version: 1, kind, environment: 'production', title: '', steps: [], compensation: [] },
      ),
      randomUUID().replaceAll('-', '').padEnd(64, '0'),
      requestedBy,
      createdAt,
      row.startedAt === undefined ? createdAt : row.startedAt,
      endedAt,
      row.emergency ?? false,
      row.accepted ? JSON.stringify(row.accepted) : null,
      row.preempts ?? null,
    ],
  );
  return rows[0]?.id ?? '';
}

/** A review that somebody owes for an operation. */
export async function insertDebt(
  world: World,
  debt: { operation: string; owedBy: string; openedAt?: Date; dueAt?: Date },
): Promise<string> {
  const id = randomUUID();
  const openedAt = debt.openedAt ?? new Date();
  await world.database.pool.query(
    `insert into review_debt (id, cause, environment, operation_id, title, owed_by, reason, opened_at, due_at)
     values ($1, 'emergency', 'production', $2, 'Fail over to eu-west-1', $3, 'us-east-1 is gone', $4, $5)`,
    [id, debt.operation, debt.owedBy, openedAt, debt.dueAt ?? new Date(openedAt.getTime() + 86_400_000)],
  );
  return id;
}
