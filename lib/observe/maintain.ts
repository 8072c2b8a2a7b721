import { announceChange, appendAudit } from '../data/audit.ts';
import type { Database } from '../data/database.ts';
import type { AmbientPool } from '../data/pool.ts';

/** Rolls samples up by minute and hour. Recent buckets are made again each time, so late samples count. */
export async function rollUp(pool: AmbientPool): Promise<void> {
  for (const { bucketSeconds, lookBack } of [
    { bucketSeconds: 60, lookBack: '10 minutes' },
    { bucketSeconds: 3_600, lookBack: '3 hours' },
  ]) {
    await pool.query(
      `insert into sample_rollup (series_id, bucket_seconds, at, minimum, maximum, average, count)
       select series_id, $1::int, date_bin(make_interval(secs => $1::int), at, 'epoch') as bucket,
         min(value), max(value), avg(value), count(*)
       from sample where at >= date_bin(make_interval(secs => $1::int), now() - $2::interval, 'epoch')
       group by series_id, bucket
       on conflict (series_id, bucket_seconds, at) do update set
         minimum = excluded.minimum, maximum = excluded.maximum, average = excluded.average, count = excluded.count
       where sample_rollup.count <> excluded.count`,
      [bucketSeconds, lookBack],
    );
  }
}

/** Makes coming partitions, drops old ones, and forgets what has served its time. */
export async function clearOut(pool: AmbientPool): Promise<void> {
  await pool.query('select sample_partitions(7, 30)');
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
      const closed = await connection.query<{ environment: string }>(
        `update operation set state = 'expired', ended_at = now(), outcome = 'Expired: nobody decided in time.'
         where id = $1 and state = 'awaiting-approval' returning environment`,
        [id],
      );
      const operation = closed.rows[0];
      if (!operation) return;
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
