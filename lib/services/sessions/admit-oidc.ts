import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { ROLES, type Role } from '#lib/domain/access/access.ts';
import { announceChange, appendAudit } from '../../data/audit.ts';
import { NotSignedInError } from '../../errors.ts';
import { recordFailure, type SignInContext, type SignInOrigin } from './failures.ts';

export interface OidcPerson {
  subject: string;
  email: string;
  name: string;
  groups: readonly string[];
  roleByGroup: ReadonlyMap<string, readonly string[]>;
}

const REFUSALS = {
  incomplete: 'Not signed in: the identity provider sent no subject or no usable e-mail address.',
  'no-role':
    'Not signed in: none of your groups has a role here. Ask an admin to map one in OIDC_GROUP_ROLES.',
  disabled: 'Not signed in: the account was disabled here. Ask an admin.',
  'email-taken':
    'Not signed in: another account here has your e-mail address. Sign in with its password, or ask an admin.',
} as const;
export type AdmissionRule = keyof typeof REFUSALS;

/** The identity provider vouched for someone who may not come in; `rule` says why. */
export class AdmissionError extends NotSignedInError {
  readonly rule: AdmissionRule;

  constructor(rule: AdmissionRule) {
    super(REFUSALS[rule]);
    this.rule = rule;
  }
}

/** The sentence for a rule's code out of a URL, or null when it is none. */
export function admissionRefusal(code: string): string | null {
  return Object.hasOwn(REFUSALS, code) ? REFUSALS[code as AdmissionRule] : null;
}

/**
 * The person behind an identity provider's subject: made at the first sign-in, with the roles that their groups map to;
 * later sign-ins bring the provider's roles up to date and leave grants given here alone. Who has no role left loses
 * those the provider gave. Throws AdmissionError, audited, for someone who may not come in. An account is never joined
 * by its e-mail address alone: whoever can choose an address at the provider would take it over.
 */
export async function admitOidcPerson(
  context: SignInContext,
  origin: SignInOrigin,
  claimed: OidcPerson,
): Promise<string> {
  const email = claimed.email.trim().toLowerCase();
  const roles = [...new Set(claimed.groups.flatMap((group) => claimed.roleByGroup.get(group) ?? []))].filter(
    (role): role is Role => (ROLES as readonly string[]).includes(role),
  );
  if (!claimed.subject || claimed.subject.length > 255 || !/^[^\s@]{1,64}@[^\s@]{1,189}$/.test(email)) {
    return refuse(context, origin, { claimed, personId: null, rule: 'incomplete' });
  }
  const known = await context.database.prisma.person.findUnique({ where: { oidcSubject: claimed.subject } });
  const refused = (rule: AdmissionRule) =>
    refuse(context, origin, { claimed, personId: known?.id ?? null, rule });
  if (known?.disabledAt) return refused('disabled');
  if (!known && roles.length === 0) return refused('no-role');
  const name = (claimed.name.trim() || email).slice(0, 120);
  const id = known?.id ?? randomUUID();
  const admitted = await context.database.inTransaction(async (connection) => {
    if (!known && !(await createPerson(connection, { id, email, name, subject: claimed.subject })))
      return false;
    await bringRolesUpToDate(connection, { id, roles, first: !known });
    return true;
  });
  if (!admitted) return refused('email-taken');
  if (roles.length === 0) return refused('no-role');
  return id;
}

async function createPerson(
  connection: pg.PoolClient,
  person: { id: string; email: string; name: string; subject: string },
): Promise<boolean> {
  const { rowCount } = await connection.query(
    'insert into person (id, email, name, oidc_subject) values ($1, $2, $3, $4) on conflict do nothing',
    [person.id, person.email, person.name, person.subject],
  );
  return rowCount === 1;
}

async function bringRolesUpToDate(
  connection: pg.PoolClient,
  { id, roles, first }: { id: string; roles: readonly Role[]; first: boolean },
): Promise<void> {
  const { rows: removed } = await connection.query<{ role: string }>(
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
  if (!first && removed.length === 0 && added === 0) return;
  await announceChange(connection, 'people', id);
  await appendAudit(connection, {
    verb: 'person.admit',
    actor: { kind: 'person', id },
    outcome: 'done',
    subject: `person/${id}`,
    detail: { roles, removed: removed.map(({ role }) => role), first },
  });
}

async function refuse(
  context: SignInContext,
  origin: SignInOrigin,
  { claimed, personId, rule }: { claimed: OidcPerson; personId: string | null; rule: AdmissionRule },
): Promise<never> {
  await recordFailure(context, origin, {
    sources: [`subject:${claimed.subject.slice(0, 255)}`],
    personId,
    rule,
    message: REFUSALS[rule],
  });
  throw new AdmissionError(rule);
}
