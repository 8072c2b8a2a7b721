import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import {
  ACCEPTED_AHEAD,
  type AcceptedAhead,
  defaultRecoveryPolicy,
  loosensRecovery,
  ON_FAILING,
  type OnFailing,
  type RecoveryPolicy,
} from '#lib/domain/recovery/automatic.ts';
import type { Database } from '../../data/database.ts';
import { ForbiddenError, RefusedError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted, defineVerb } from '../verb.ts';

/** The policy in force there; one that was never set only recommends. */
export async function readRecoveryPolicy(
  database: Pick<Database, 'prisma'>,
  environment: string,
): Promise<RecoveryPolicy> {
  const row = await database.prisma.recoveryPolicy.findUnique({ where: { environment } });
  return row
    ? {
        environment,
        onFailing: row.onFailing as OnFailing,
        accepts: row.accepts as AcceptedAhead[],
      }
    : defaultRecoveryPolicy(environment);
}

export interface RecoveryPolicyInForce extends RecoveryPolicy {
  /** Null where nobody ever set one. */
  set: { by: { id: string; name: string }; at: Date; reason: string } | null;
}

/** The policy of each environment of the estate, in its order. */
export async function listRecoveryPolicies(context: VerbContext): Promise<RecoveryPolicyInForce[]> {
  assertPermitted(context, 'read', {});
  const rows = await context.database.prisma.recoveryPolicy.findMany({
    include: { setter: { select: { id: true, name: true } } },
  });
  return context.estate.environments.map(({ name }) => {
    const row = rows.find(({ environment }) => environment === name);
    if (!row) return { ...defaultRecoveryPolicy(name), set: null };
    return {
      environment: name,
      onFailing: row.onFailing as OnFailing,
      accepts: row.accepts as AcceptedAhead[],
      set: { by: row.setter, at: row.setAt, reason: row.reason },
    };
  });
}

export const SetRecoveryPolicyInput = z.strictObject({
  environment: z.string().min(1).max(40),
  onFailing: z.enum(ON_FAILING, `is not one of ${ON_FAILING.join(', ')}`),
  accepts: z
    .array(z.enum(ACCEPTED_AHEAD, `is not one of ${ACCEPTED_AHEAD.join(', ')}`))
    .max(ACCEPTED_AHEAD.length)
    .default([])
    .transform((accepts) => ACCEPTED_AHEAD.filter((code) => accepts.includes(code)))
    .describe('what is accepted ahead, for nobody is asked when it acts'),
  reason: z.string().trim().min(3, 'says why, in three letters at least').max(2000),
});

/**
 * Sets what Meridian does by itself when a Region of that environment is seen failing. Who may request, approve or declare
 * operations cannot let it do more: that takes another admin.
 */
export const setRecoveryPolicy = defineVerb({
  name: 'policy.recovery',
  action: 'policy.change',
  input: SetRecoveryPolicyInput,
  scope: ({ environment }) => ({ environment, subject: `policy/${environment}/recovery` }),
  async run(context, { environment, onFailing, accepts, reason }, connection) {
    const { personId } = context.actor;
    if (!personId) throw new ForbiddenError('Only a person, or a token of one, can set a policy.');
    assertKnown(context, environment);
    // What is loosened is judged by what is in force: two who set it take turns.
    await connection.query(`select pg_advisory_xact_lock(${POLICY_LOCK})`);
    const before = await readRecoveryPolicy(context.database, environment);
    const after = { onFailing, accepts };
    assertNotOwnGain(context, before, after);
    const values = { ...after, reason, setBy: personId, setAt: context.now };
    await context.database.prisma.recoveryPolicy.upsert({
      where: { environment },
      create: { environment, ...values },
      update: values,
    });
    return {
      result: { environment, ...after },
      detail: { before: { onFailing: before.onFailing, accepts: before.accepts }, ...after, reason },
      changes: [
        { topic: 'people', ref: 'policy' },
        { topic: 'recovery', ref: `policy/${environment}` },
      ],
    };
  },
});

function assertKnown({ estate }: VerbContext, environment: string): void {
  const known = estate.environments.map(({ name }) => name);
  if (known.includes(environment)) return;
  throw new ValidationError('The policy was not set: no such environment.', {
    environment: `is not one of ${known.join(', ')}`,
  });
}

/** Key of the advisory lock under which a policy is read and set. */
const POLICY_LOCK = '7002, 4';

const OPERATING = ['operation.request', 'operation.approve', 'operation.emergency'] as const;

function assertNotOwnGain(
  { actor }: VerbContext,
  before: RecoveryPolicy,
  after: Pick<RecoveryPolicy, 'onFailing' | 'accepts'>,
): void {
  const gains = OPERATING.some((action) => permits(actor.grants, action).allowed);
  if (!gains || !loosensRecovery(before, after)) return;
  throw new RefusedError(
    'own-policy',
    'The policy was not loosened: you may request or approve operations yourself. Ask an admin who may not.',
  );
}
