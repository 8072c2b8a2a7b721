import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { reviewDueAt } from '#lib/domain/recovery/review-debt.ts';
import type { VerbContext } from '../context.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';

/**
 * The review that is owed because one person decided to leave part of a run undone. A run has one review: where an emergency
 * opened one that nobody has looked at, it covers this too; one that was given already is open again, owed by who decided
 * now, and what it said stays in the audit log.
 */
export async function openIncompleteReview(
  context: VerbContext,
  connection: pg.PoolClient,
  debt: { operation: string; environment: string; title: string; reason: string; personId: string },
): Promise<{ id: string; dueAt: Date }> {
  const { operation, environment, title, reason, personId } = debt;
  const dueAt = reviewDueAt(context.now);
  const { rows } = await connection.query<{ id: string; dueAt: Date }>(
    `insert into review_debt as owed (id, cause, environment, operation_id, title, owed_by, reason, opened_at, due_at)
     values ($1, 'incomplete', $2, $3, $4, $5, $6, $7, $8)
     on conflict (operation_id) do update set owed_by = excluded.owed_by, reason = excluded.reason,
       opened_at = excluded.opened_at, due_at = excluded.due_at,
       reviewed_by = null, reviewed_at = null, verdict = null, note = null
     where owed.reviewed_at is not null
     returning id, due_at as "dueAt"`,
    [randomUUID(), environment, operation, title, personId, reason, context.now, dueAt],
  );
  const [opened] = rows;
  if (!opened) return findOpen(connection, operation);
  await enqueueNotification(connection, 'review.opened', {
    review: opened.id,
    operation,
    environment,
    title,
    reason,
    dueAt: opened.dueAt.toISOString(),
  });
  return opened;
}

async function findOpen(connection: pg.PoolClient, operation: string): Promise<{ id: string; dueAt: Date }> {
  const { rows } = await connection.query<{ id: string; dueAt: Date }>(
    'select id, due_at as "dueAt" from review_debt where operation_id = $1',
    [operation],
  );
  const [review] = rows;
  if (!review) throw new Error(`The review of ${operation} is gone.`);
  return review;
}
