import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { type Asked, POLICY_RISKS, type Policy } from '#lib/domain/approval/approval.ts';
import {
  findPolicy,
  loosens,
  type PolicyChange,
  type PolicyKey,
  policyChanges,
  withoutPolicy,
  withPolicy,
} from '#lib/domain/approval/change.ts';
import { ApprovalRules } from '#lib/domain/approval/rule-input.ts';
import { OPERATION_KINDS } from '#lib/domain/operation/kind.ts';
import type { Database } from '../../data/database.ts';
import { ConflictError, NotFoundError, RefusedError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { defineVerb } from '../verb.ts';

export async function listPolicies(database: Database): Promise<Policy[]> {
  const rows = await database.prisma.approvalPolicy.findMany({
    select: {
      environment: true,
      kind: true,
      risk: true,
      needed: true,
      rules: true,
      expiresMinutes: true,
      tokensApprove: true,
    },
    orderBy: [{ environment: 'asc' }, { kind: 'asc' }, { risk: 'asc' }],
  });
  return rows.map((row) => ({
    ...row,
    risk: PolicyRisk.parse(row.risk),
    rules: ApprovalRules.parse(row.rules),
  }));
}

const PolicyRisk = z.enum(POLICY_RISKS, `is not one of ${POLICY_RISKS.join(', ')}`);

/** What a policy is for, as it is given. */
export const POLICY_KEY = {
  environment: z.string().min(1).max(40),
  kind: z.string().min(1).max(40),
  risk: PolicyRisk.default('*').describe(
    'high: a step cannot be undone, a check was accepted, or an exception',
  ),
};

/** What a policy asks for, as it is given. */
export const POLICY_ASKED = {
  needed: z.int().min(0).max(9).describe('approvers who neither asked nor wrote the release'),
  rules: ApprovalRules.default([]).describe('what must be met beside that number; all of them are'),
  expiresMinutes: z.int().min(1).max(525_600),
  tokensApprove: z.boolean().default(false),
};

const SAID = {
  reason: z
    .string()
    .trim()
    .min(3, 'says why, in three letters at least')
    .max(1000)
    .optional()
    .describe('why; kept in audit'),
  replaces: z
    .strictObject(POLICY_ASKED)
    .nullable()
    .optional()
    .describe('what the policy for just that asked when you looked, null where there was none'),
};

export const SetPolicyInput = z.strictObject({ ...POLICY_KEY, ...POLICY_ASKED, ...SAID });

/**
 * Sets who must agree to an operation of that kind and risk there; `*` stands for any. Open requests keep what they were asked
 * with, and are held to what is asked more since. Who may request or approve operations cannot ask for less than the policy in
 * force: that takes another admin. A ConflictError where `replaces` is no longer what is in force.
 */
export const setPolicy = defineVerb({
  name: 'policy.set',
  action: 'policy.change',
  input: SetPolicyInput,
  scope: scopeOf,
  async run(context, { reason, replaces, ...policy }, connection) {
    assertKnownPolicy(context, policy, 'not set');
    const policies = await policiesInTurn(context, connection);
    const before = findPolicy(policies, policy);
    assertStands(before, replaces, 'set');
    await assertMayChange(context, policies, withPolicy(policies, policy));
    const key = keyOf(policy);
    const values = { ...askedOf(policy), updatedBy: context.actor.audit.id, updatedAt: context.now };
    await context.database.prisma.approvalPolicy.upsert({
      where: { environment_kind_risk: key },
      create: { ...key, ...values },
      update: values,
    });
    return {
      result: { ...key, ...askedOf(policy) },
      detail: { before: before ? askedOf(before) : null, ...askedOf(policy), ...(reason ? { reason } : {}) },
      changes: [{ topic: 'people', ref: 'policy' }],
    };
  },
});

export const RemovePolicyInput = z.strictObject({ ...POLICY_KEY, ...SAID });

/**
 * Removes the policy for just that, so that the more general one holds again, or the default. What would ask for less is
 * refused as it is where a policy is set; also one for an environment that the estate no longer has can be removed.
 */
export const removePolicy = defineVerb({
  name: 'policy.remove',
  action: 'policy.change',
  input: RemovePolicyInput,
  scope: scopeOf,
  async run(context, { reason, replaces, ...key }, connection) {
    const policies = await policiesInTurn(context, connection);
    const before = findPolicy(policies, key);
    assertStands(before, replaces, 'removed');
    if (!before) {
      throw new NotFoundError('The policy was not removed: none is set for just that. Look at what is set.');
    }
    await assertMayChange(context, policies, withoutPolicy(policies, key));
    await context.database.prisma.approvalPolicy.delete({ where: { environment_kind_risk: key } });
    return {
      result: key,
      detail: { before: askedOf(before), ...(reason ? { reason } : {}) },
      changes: [{ topic: 'people', ref: 'policy' }],
    };
  },
});

function scopeOf({ environment, kind, risk }: PolicyKey) {
  return {
    environment: environment === '*' ? undefined : environment,
    subject: `policy/${environment}/${kind}${risk === '*' ? '' : `/${risk}`}`,
  };
}

const keyOf = ({ environment, kind, risk }: PolicyKey): PolicyKey => ({ environment, kind, risk });

function askedOf({ needed, rules, expiresMinutes, tokensApprove }: Asked) {
  return { needed, rules: [...rules], expiresMinutes, tokensApprove };
}

/** What is loosened is judged by what is in force: two who change policies take turns. */
async function policiesInTurn({ database }: VerbContext, connection: pg.PoolClient): Promise<Policy[]> {
  await connection.query('select pg_advisory_xact_lock(7002, 5)');
  return listPolicies(database);
}

/** Where it was said what is replaced, that has to be what is in force. */
function assertStands(before: Policy | undefined, seen: Asked | null | undefined, what: 'set' | 'removed') {
  if (seen === undefined) return;
  if (isDeepStrictEqual(before ? askedOf(before) : null, seen ? askedOf(seen) : null)) return;
  throw new ConflictError(
    `The policy was not ${what}: somebody changed it since you looked. Look at it as it is now, then decide again.`,
  );
}

export type PolicyVerdict = { allowed: true } | { allowed: false; code: string; reason: string };

/** Whether who acts may make these changes of what is asked. The sheet shows the reason, the verb throws it. */
export async function judgePolicyChanges(
  context: VerbContext,
  changes: readonly PolicyChange[],
): Promise<PolicyVerdict> {
  if (!loosens(changes)) return { allowed: true };
  const operates = (['operation.request', 'operation.approve'] as const).some(
    (action) => permits(context.actor.grants, action).allowed,
  );
  if (!operates && !(await decidesForOthers(context))) return { allowed: true };
  return {
    allowed: false,
    code: 'own-policy',
    reason:
      'The policy was not loosened: you may request or approve operations yourself. Ask an admin who may not.',
  };
}

async function assertMayChange(
  context: VerbContext,
  before: readonly Policy[],
  after: readonly Policy[],
): Promise<void> {
  const environments = context.estate.environments.map(({ name }) => name);
  const verdict = await judgePolicyChanges(context, policyChanges(before, after, environments));
  if (!verdict.allowed) throw new RefusedError(verdict.code, verdict.reason);
}

async function decidesForOthers({ database, actor, now }: VerbContext): Promise<boolean> {
  if (!actor.personId) return false;
  const lent = await database.prisma.approvalDelegation.count({
    where: { toPerson: actor.personId, revokedAt: null, endsAt: { gt: now } },
  });
  return lent > 0;
}

/** A policy for a name that nothing has would never be asked. */
export function assertKnownPolicy({ estate }: VerbContext, key: PolicyKey, what: string): void {
  const environments = ['*', ...estate.environments.map(({ name }) => name)];
  const kinds: readonly string[] = ['*', ...OPERATION_KINDS];
  if (!environments.includes(key.environment)) {
    throw new ValidationError(`The policy was ${what}: no such environment.`, {
      environment: `is not one of ${environments.join(', ')}`,
    });
  }
  if (!kinds.includes(key.kind)) {
    throw new ValidationError(`The policy was ${what}: no such kind of operation.`, {
      kind: `is not one of ${kinds.join(', ')}`,
    });
  }
}
