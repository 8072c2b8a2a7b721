import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { loosens, POLICY_RISKS, type Policy } from '#lib/domain/approval/approval.ts';
import { ApprovalRules } from '#lib/domain/approval/rules.ts';
import { OPERATION_KINDS } from '#lib/domain/operation/kind.ts';
import type { Database } from '../../data/database.ts';
import { RefusedError, ValidationError } from '../../errors.ts';
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

export const SetPolicyInput = z.strictObject({
  environment: z.string().min(1).max(40),
  kind: z.string().min(1).max(40),
  risk: PolicyRisk.default('*').describe(
    'high: a step cannot be undone, a check was accepted, or an exception',
  ),
  needed: z.int().min(0).max(9).describe('approvers who neither asked nor wrote the release'),
  rules: ApprovalRules.default([]).describe('what must be met beside that number; all of them are'),
  expiresMinutes: z.int().min(1).max(525_600),
  tokensApprove: z.boolean().default(false),
});

/**
 * Sets who must agree to an operation of that kind and risk there; `*` stands for any. Open requests keep what they were asked
 * with, and are held to what is asked more since. Who may request or approve operations cannot ask for less than the policy in
 * force: that takes another admin.
 */
export const setPolicy = defineVerb({
  name: 'policy.set',
  action: 'policy.change',
  input: SetPolicyInput,
  scope: (input) => ({
    environment: input.environment === '*' ? undefined : input.environment,
    subject: `policy/${input.environment}/${input.kind}${input.risk === '*' ? '' : `/${input.risk}`}`,
  }),
  async run(context, input, connection) {
    assertKnown(context, input);
    // What is loosened is judged by what is in force: two who set policies take turns.
    await connection.query('select pg_advisory_xact_lock(7002, 5)');
    const values = {
      needed: input.needed,
      rules: input.rules,
      expiresMinutes: input.expiresMinutes,
      tokensApprove: input.tokensApprove,
      updatedBy: context.actor.audit.id,
      updatedAt: context.now,
    };
    const key = { environment: input.environment, kind: input.kind, risk: input.risk };
    const gains =
      (['operation.request', 'operation.approve'] as const).some(
        (action) => permits(context.actor.grants, action).allowed,
      ) || (await decidesForOthers(context));
    const everywhere = {
      environments: context.estate.environments.map(({ name }) => name),
      kinds: OPERATION_KINDS,
    };
    if (gains && loosens(await listPolicies(context.database), input, everywhere)) {
      throw new RefusedError(
        'own-policy',
        'The policy was not loosened: you may request or approve operations yourself. Ask an admin who may not.',
      );
    }
    const before = await context.database.prisma.approvalPolicy.findUnique({
      where: { environment_kind_risk: key },
    });
    await context.database.prisma.approvalPolicy.upsert({
      where: { environment_kind_risk: key },
      create: { ...key, ...values },
      update: values,
    });
    return {
      result: {
        ...key,
        needed: input.needed,
        rules: input.rules,
        expiresMinutes: input.expiresMinutes,
        tokensApprove: input.tokensApprove,
      },
      detail: {
        before: before
          ? {
              needed: before.needed,
              rules: before.rules,
              expiresMinutes: before.expiresMinutes,
              tokensApprove: before.tokensApprove,
            }
          : null,
        needed: input.needed,
        rules: input.rules,
        expiresMinutes: input.expiresMinutes,
        tokensApprove: input.tokensApprove,
      },
      changes: [{ topic: 'people', ref: 'policy' }],
    };
  },
});

async function decidesForOthers({ database, actor, now }: VerbContext): Promise<boolean> {
  if (!actor.personId) return false;
  const lent = await database.prisma.approvalDelegation.count({
    where: { toPerson: actor.personId, revokedAt: null, endsAt: { gt: now } },
  });
  return lent > 0;
}

/** A policy for a name that nothing has would never be asked. */
function assertKnown({ estate }: VerbContext, input: z.output<typeof SetPolicyInput>): void {
  const environments = ['*', ...estate.environments.map(({ name }) => name)];
  const kinds: readonly string[] = ['*', ...OPERATION_KINDS];
  if (!environments.includes(input.environment)) {
    throw new ValidationError('The policy was not set: no such environment.', {
      environment: `is not one of ${environments.join(', ')}`,
    });
  }
  if (!kinds.includes(input.kind)) {
    throw new ValidationError('The policy was not set: no such kind of operation.', {
      kind: `is not one of ${kinds.join(', ')}`,
    });
  }
}
