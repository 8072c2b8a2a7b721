import { announceChange, appendAudit } from '../data/audit.ts';
import type { Database } from '../data/database.ts';

/** One notification that this worker holds until `next_attempt_at`. */
export interface Claimed {
  id: string;
  webhookId: string;
  topic: string;
  payload: unknown;
  createdAt: Date;
  /** This attempt's number, from 1. */
  attempt: number;
  kind: string;
  url: string;
  sealedSecret: Buffer;
}

/** Attempts until a notification is given up: the last about an hour and a half after the first. */
export const MOST_ATTEMPTS = 10;
const FIRST_RETRY_SECONDS = 10;
const LONGEST_RETRY_SECONDS = 3_600;

/** Seconds until the attempt after this one: doubling from 10 s to an hour. `jitter` is 0–1. */
export function retryAfterSeconds(attempt: number, jitter: number): number {
  const delay = Math.min(FIRST_RETRY_SECONDS * 2 ** (attempt - 1), LONGEST_RETRY_SECONDS);
  return delay * (0.8 + 0.4 * jitter);
}

/**
 * Takes due notifications that no other worker holds. They are held by time, not by a lock: a worker that dies sends
 * none of them, and after `holdSeconds` another takes them. So a receiver may see one twice, under one id.
 */
export async function claimDue(
  database: Database,
  options: { limit: number; holdSeconds: number },
): Promise<Claimed[]> {
  const { rows } = await database.pool.query<Claimed>({
    name: 'notification-claim',
    text: `with due as (
             select n.id from notification n join webhook w on w.id = n.webhook_id and w.disabled_at is null
             where n.delivered_at is null and n.dead_at is null and n.next_attempt_at <= now()
             order by n.next_attempt_at limit $1 for update of n skip locked)
           update notification n set attempts = n.attempts + 1, next_attempt_at = now() + make_interval(secs => $2)
           from due, webhook w where n.id = due.id and w.id = n.webhook_id
           returning n.id::text, n.webhook_id as "webhookId", n.topic, n.payload, n.created_at as "createdAt",
             n.attempts as attempt, w.kind, w.url, w.secret as "sealedSecret"`,
    values: [options.limit, options.holdSeconds],
  });
  return rows;
}

/** What arrived after all, by an attempt that took longer than the one which gave it up, is no dead letter. */
export async function recordDelivered(database: Database, id: string): Promise<void> {
  await database.pool.query(
    `update notification set delivered_at = now(), last_error = null,
       dead_at = case when discarded_at is null then null else dead_at end
     where id = $1 and delivered_at is null`,
    [id],
  );
}

/**
 * Puts it off, or gives it up after the last attempt: then the log and the list of webhooks say so. An attempt that took longer
 * than it held the notification decides nothing (`overtaken`): another has it since, or has ended it.
 */
export async function recordFailed(
  database: Database,
  claimed: Claimed,
  error: string,
  jitter: number,
): Promise<'retry' | 'dead' | 'overtaken'> {
  if (claimed.attempt < MOST_ATTEMPTS) {
    const { rowCount } = await database.pool.query(
      `update notification set next_attempt_at = now() + make_interval(secs => $3), last_error = $4
       where id = $1 and attempts = $2 and delivered_at is null and dead_at is null`,
      [claimed.id, claimed.attempt, retryAfterSeconds(claimed.attempt, jitter), error.slice(0, 500)],
    );
    return rowCount === 1 ? 'retry' : 'overtaken';
  }
  return database.inTransaction(async (connection) => {
    const { rowCount } = await connection.query(
      `update notification set dead_at = now(), last_error = $3
       where id = $1 and attempts = $2 and delivered_at is null and dead_at is null`,
      [claimed.id, claimed.attempt, error.slice(0, 500)],
    );
    if (rowCount !== 1) return 'overtaken';
    await announceChange(connection, 'people', `webhook/${claimed.webhookId}`);
    await appendAudit(connection, {
      verb: 'notification.deliver',
      actor: { kind: 'system', id: 'notifications' },
      outcome: 'failed',
      subject: `webhook/${claimed.webhookId}`,
      via: 'system',
      message: `Given up after ${claimed.attempt} attempts: ${error}`.slice(0, 500),
      detail: { notification: claimed.id, topic: claimed.topic },
    });
    return 'dead';
  });
}
