import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { loosens, type Policy } from '#lib/domain/approval/approval.ts';
import { OPERATION_KINDS } from '#lib/domain/operation/kind.ts';
import type { Database } from '../../data/database.ts';
import { RefusedError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { defineVerb } from '../verb.ts';

export async function listPolicies(database: Database): Promise<Policy[]> {
  return database.prisma.approvalPolicy.findMany({
    select: { environment: true, kind: true, needed: true, expiresMinutes: true, tokensApprove: true },
    orderBy: [{ environment: 'asc' }, { kind: 'asc' }],
  });
}

export const SetPolicyInput = z.strictObject({
  environment: z.string().min(1).max(40),
  kind: z.string().min(1).max(40),
  needed: z.int().min(0).max(9),
  expiresMinutes: z.int().min(1).max(525_600),
  tokensApprove: z.boolean().default(false),
});

/**
 * Sets how many must approve an operation of that kind there; `*` stands for any. Open requests keep what they were asked
 * with. Who may request or approve operations cannot ask for less than the policy in force: that takes another admin.
 */
export const setPolicy = defineVerb({
  name: 'policy.set',
  action: 'policy.change',
  input: SetPolicyInput,
  scope: (input) => ({
    environment: input.environment === '*' ? undefined : input.environment,
    subject: `policy/${input.environment}/${input.kind}`,
  }),
  async run(context, input) {
    assertKnown(context, input);
    const values = {
      needed: input.needed,
      expiresMinutes: input.expiresMinutes,
      tokensApprove: input.tokensApprove,
      updatedBy: context.actor.audit.id,
      updatedAt: context.now,
    };
    const key = { environment: input.environment, kind: input.kind };
    const gains = (['operation.request', 'operation.approve'] as const).some(
      (action) => permits(context.actor.grants, action).allowed,
    );
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
      where: { environment_kind: key },
    });
    await context.database.prisma.approvalPolicy.upsert({
      where: { environment_kind: key },
      create: { ...key, ...values },
      update: values,
    });
    return {
      result: {
        ...key,
        needed: input.needed,
        expiresMinutes: input.expiresMinutes,
        tokensApprove: input.tokensApprove,
      },
      detail: {
        before: before
          ? {
              needed: before.needed,
              expiresMinutes: before.expiresMinutes,
              tokensApprove: before.tokensApprove,
            }
          : null,
        needed: input.needed,
        expiresMinutes: input.expiresMinutes,
        tokensApprove: input.tokensApprove,
      },
      changes: [{ topic: 'people', ref: 'policy' }],
    };
  },
});

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
