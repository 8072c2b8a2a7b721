import { randomUUID } from 'node:crypto';
import { ROLES, type Role } from '#lib/domain/access/access.ts';
import { appendAudit } from '../../data/audit.ts';
import type { Database } from '../../data/database.ts';
import { NotSignedInError } from '../../errors.ts';

export interface OidcPerson {
  subject: string;
  email: string;
  name: string;
  groups: readonly string[];
  roleByGroup: ReadonlyMap<string, string>;
}

/**
 * The person behind an identity provider's subject: made at the first sign-in, with the roles that their groups map to;
 * later sign-ins bring the provider's roles up to date and leave grants given here alone. Throws NotSignedInError when
 * no group maps to a role, or the person was disabled here.
 */
export async function admitOidcPerson(
  context: { database: Database; now: Date },
  claimed: OidcPerson,
): Promise<string> {
  const roles = [...new Set(claimed.groups.flatMap((group) => claimed.roleByGroup.get(group) ?? []))].filter(
    (role): role is Role => (ROLES as readonly string[]).includes(role),
  );
  if (!claimed.subject || !claimed.email)
    throw new NotSignedInError('Not signed in: the identity provider sent no subject or no e-mail.');
  if (roles.length === 0) {
    throw new NotSignedInError(
      'Not signed in: none of your groups has a role here. Ask an admin to map one in OIDC_GROUP_ROLES.',
    );
  }
  const { prisma } = context.database;
  return context.database.inTransaction(async (connection) => {
    const known = await prisma.person.findUnique({ where: { oidcSubject: claimed.subject } });
    if (known?.disabledAt)
      throw new NotSignedInError('Not signed in: the account was disabled here. Ask an admin.');
    const id = known?.id ?? randomUUID();
    if (!known) {
      await prisma.person.create({
        data: {
          id,
          email: claimed.email.toLowerCase(),
          name: claimed.name || claimed.email,
          oidcSubject: claimed.subject,
          createdAt: context.now,
        },
      });
    }
    const { rows } = await connection.query<{ role: string }>(
      `delete from role_grant where person_id = $1 and granted_by = 'oidc' and role <> all ($2) returning role`,
      [id, roles],
    );
    let added = 0;
    for (const role of roles) {
      const { rowCount } = await connection.query(
        `insert into role_grant (id, person_id, role, granted_by) values ($1, $2, $3, 'oidc') on conflict on constraint role_grant_once do nothing`,
        [randomUUID(), id, role],
      );
      added += rowCount ?? 0;
    }
    if (!known || rows.length > 0 || added > 0) {
      await appendAudit(connection, {
        verb: 'person.admit',
        actor: { kind: 'person', id },
        outcome: 'done',
        subject: `person/${id}`,
        detail: { roles, removed: rows.map(({ role }) => role), first: !known },
      });
    }
    return id;
  });
}
