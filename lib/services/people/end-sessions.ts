import type pg from 'pg';

/** Ends every session of a person, streams included; what they may do is read anew at the next sign-in. */
export async function endSessionsOf(
  connection: pg.PoolClient,
  personId: string,
  at: Date,
  reason: string,
): Promise<number> {
  const { rowCount } = await connection.query(
    'update session set ended_at = $2, ended_reason = $3 where person_id = $1 and ended_at is null',
    [personId, at, reason],
  );
  return rowCount ?? 0;
}
