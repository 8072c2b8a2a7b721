import type pg from 'pg';
import { RefusedError } from '../../errors.ts';

/**
 * Throws when nobody but this person could still change people. Holds a lock until the transaction ends, so that two
 * admins cannot lock each other out at the same moment.
 */
export async function assertAnotherAdmin(
  connection: pg.PoolClient,
  personId: string,
  attempted: string,
): Promise<void> {
  await connection.query('select pg_advisory_xact_lock(7002, 3)');
  const { rowCount } = await connection.query(
    `select 1 from role_grant g join person p on p.id = g.person_id
     where g.role = 'admin' and g.region is null and (g.action is null or g.action = 'people.change') and p.disabled_at is null and p.id <> $1
       and (p.password_hash is not null or p.oidc_subject is not null) limit 1`,
    [personId],
  );
  if (rowCount === 0) {
    throw new RefusedError(
      'last-admin',
      `${attempted}: nobody else who can sign in is an admin. Grant the role to someone else first.`,
    );
  }
}
