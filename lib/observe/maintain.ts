import { announceChange, appendAudit } from '../data/audit.ts';
import type { Database } from '../data/database.ts';
import type { AmbientPool } from '../data/pool.ts';
import { enqueueNotification } from '../services/notifications/enqueue.ts';
import { DAYS_AHEAD } from './store.ts';

/**
 * Rolls samples up by minute, and minutes by hour. Recent buckets are made again each time, so late and corrected samples
 * count.
 */
export async function rollUp(pool: AmbientPool): Promise<void> {
  await pool.query(ROLL_UP_MINUTES, ['10 minutes']);
  await pool.query(ROLL_UP_HOURS, ['3 hours']);
}

const MAKE_AGAIN = `on conflict (series_id, bucket_seconds, at) do update set
    minimum = excluded.minimum, maximum = excluded.maximum, average = excluded.average, count = excluded.count
  where (sample_rollup.minimum, sample_rollup.maximum, sample_rollup.average, sample_rollup.count)
    is distinct from (excluded.minimum, excluded.maximum, excluded.average, excluded.count)`;

const ROLL_UP_MINUTES = `
  insert into sample_rollup (series_id, bucket_seconds, at, minimum, maximum, average, count)
  select series_id, 60, date_bin('1 minute', at, 'epoch') as bucket, min(value), max(value), avg(value), count(*)
  from sample where at >= date_bin('1 minute', now() - $1::interval, 'epoch')
  group by series_id, bucket ${MAKE_AGAIN}`;

const ROLL_UP_HOURS = `
  insert into sample_rollup (series_id, bucket_seconds, at, minimum, maximum, average, count)
  select series_id, 3600, date_bin('1 hour', at, 'epoch') as bucket,
    min(minimum), max(maximum), sum(average * count) / sum(count), sum(count)
  from sample_rollup
  where bucket_seconds = 60 and at >= date_bin('1 hour', now() - $1::interval, 'epoch')
  group by series_id, bucket ${MAKE_AGAIN}`;

/** Makes coming partitions, drops old ones, and forgets what has served its time. */
export async function clearOut(pool: AmbientPool): Promise<void> {
  await pool.query('select sample_partitions($1, 30)', [DAYS_AHEAD]);
  await pool.query(`delete from change where at < now() - interval '1 day'`);
  await pool.query(`delete from idempotency_key where created_at < now() - interval '24 hours'`);
  await pool.query(`delete from sign_in_failure where minute < now() - interval '1 day'`);
  await pool.query(`delete from sample_rollup where bucket_seconds = 60 and at < now() - interval '30 days'`);
}

/** Requests nobody decided on in time are closed, so that an old plan cannot be approved. */
export async function expireRequests(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    `select id from operation where state = 'awaiting-approval' and expires_at < now() order by id limit 100`,
  );
  const expired: string[] = [];
  for (const { id } of rows) {
    await database.inTransaction(async (connection) => {
      const closed = await connection.query<{ environment: string; title: string }>(
        `update operation set state = 'expired', ended_at = now(), outcome = 'Expired: nobody decided in time.'
         where id = $1 and state = 'awaiting-approval' returning environment, title`,
        [id],
      );
      const operation = closed.rows[0];
      if (!operation) return;
      await enqueueNotification(connection, 'approval.decided', {
        operation: id,
        title: operation.title,
        environment: operation.environment,
        decision: 'expire',
      });
      await announceChange(connection, 'operation', id);
      await announceChange(connection, 'approval', id);
      await appendAudit(connection, {
        verb: 'operation.expire',
        actor: { kind: 'system', id: 'clock' },
        outcome: 'done',
        subject: `operation/${id}`,
        operation: id,
        environment: operation.environment,
        via: 'system',
      });
      expired.push(id);
    });
  }
  return expired;
}
