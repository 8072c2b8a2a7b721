import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Role } from '#lib/domain/access/access.ts';
import { appendAudit } from '../../data/audit.ts';
import { hashPassword, passwordFits } from '../sessions/password.ts';

/** The accounts that come with the lab, and only with it (PRODUCT.md, Contracts). */
const DEMO_PEOPLE: readonly { email: string; name: string; role: Role }[] = [
  { email: 'viewer@meridian.local', name: 'Vera Lund', role: 'viewer' },
  { email: 'operator@meridian.local', name: 'Mara Lindqvist', role: 'operator' },
  { email: 'operator2@meridian.local', name: 'Tomas Rehn', role: 'operator' },
  { email: 'approver@meridian.local', name: 'Ji-woo Han', role: 'approver' },
  { email: 'approver2@meridian.local', name: 'Amara Obi', role: 'approver' },
  { email: 'cost@meridian.local', name: 'Pia Costa', role: 'cost-reviewer' },
  { email: 'auditor@meridian.local', name: 'Noor Haddad', role: 'auditor' },
  { email: 'admin@meridian.local', name: 'Sam Okafor', role: 'admin' },
];

/** Makes the demo accounts that are missing and sets their password, when it is not the one they have. */
export async function ensureDemoPeople(
  connection: pg.ClientBase,
  password: string,
  by: string,
): Promise<void> {
  const { rows } = await connection.query<{ email: string; password_hash: string | null }>(
    'select email, password_hash from person where demo',
  );
  const missing = DEMO_PEOPLE.filter(({ email }) => !rows.some((row) => row.email === email));
  const known = rows[0];
  const current = known === undefined || (await passwordFits(known.password_hash, password));
  if (missing.length === 0 && current) return;
  const passwordHash = await hashPassword(password);
  await connection.query('update person set password_hash = $1, disabled_at = null where demo', [
    passwordHash,
  ]);
  for (const person of missing) {
    const id = randomUUID();
    await connection.query(
      'insert into person (id, email, name, password_hash, demo) values ($1, $2, $3, $4, true)',
      [id, person.email, person.name, passwordHash],
    );
    await connection.query(
      'insert into role_grant (id, person_id, role, granted_by) values ($1, $2, $3, $4)',
      [randomUUID(), id, person.role, by],
    );
    await appendAudit(connection, {
      verb: 'person.create',
      actor: { kind: 'local', id: by },
      outcome: 'done',
      subject: `person/${id}`,
      detail: { role: person.role, demo: true },
    });
  }
}

/** Without the lab there are no demo accounts: those of an earlier lab can no longer sign in. */
export async function disableDemoPeople(connection: pg.ClientBase): Promise<number> {
  const { rowCount } = await connection.query(
    'update person set disabled_at = now() where demo and disabled_at is null',
  );
  return rowCount ?? 0;
}
