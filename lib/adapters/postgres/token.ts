import { UnansweredError } from '../../ports/aws.ts';
import type { Session } from './session.ts';

/** A table of our own beside the application's, made with the first token. */
const TABLE = 'meridian.switchover_token';

export async function writeToken(session: Session, name: string): Promise<{ lsn: string }> {
  await session.rows('create schema if not exists meridian');
  await session.rows(
    `create table if not exists ${TABLE} (name text primary key, written_at timestamptz not null default now())`,
  );
  await session.rows(`insert into ${TABLE} (name) values ($1) on conflict (name) do nothing`, [name]);
  // After the commit: a position read inside the transaction lies before its commit record (aws-facts 2.4 step 5).
  const [row] = await session.rows<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn');
  if (!row) throw new UnansweredError('PostgreSQL named no position after the commit of the token');
  return { lsn: row.lsn };
}

/** A server that was promoted and restarted has replayed nothing it could name: there its own position counts. */
const REACHED = `
  select coalesce(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end >= $1::pg_lsn,
                  false) as reached,
         to_regclass($2) is not null as has_table`;

export async function hasToken(session: Session, token: { name: string; lsn: string }): Promise<boolean> {
  const [state] = await session.rows<{ reached: boolean; has_table: boolean }>(REACHED, [token.lsn, TABLE]);
  if (!state?.reached || !state.has_table) return false;
  const found = await session.rows(`select from ${TABLE} where name = $1`, [token.name]);
  return found.length > 0;
}
