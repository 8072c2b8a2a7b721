import type pg from 'pg';
import type { Check } from '#lib/domain/operation/plan.ts';
import { type AcceptedAhead, acceptedAhead, mayStartPlanned } from '#lib/domain/recovery/automatic.ts';
import { RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { goThrough } from '../freezes/go-through.ts';
import { POLICY_PERSON_ID } from '../people/policy-person.ts';
import type { PlannedOperation } from './planners/planner.ts';
import { plannerOf } from './planners/registry.ts';
import { startOperation } from './start.ts';
import { createSteps, operationRow } from './submit.ts';

export type PolicyContext = Pick<VerbContext, 'database' | 'estate' | 'engine' | 'now'>;

/** What was started, with what stands in the audit log of it. */
export interface StartedByPolicy {
  id: string;
  title: string;
  digest: string;
  acknowledged: string[];
}

/**
 * Plans and starts the evacuation of a Region's readers, in the caller's transaction, with nobody to approve or accept it but
 * the policy. It is no emergency: a freeze holds it, and it takes the environment from nobody. Throws RefusedError with what
 * stands against it; nothing has been stored then that is kept.
 */
export async function startEvacuationByPolicy(
  context: PolicyContext,
  connection: pg.PoolClient,
  asked: { environment: string; region: string; reason: string; accepts: readonly AcceptedAhead[] },
): Promise<StartedByPolicy> {
  const { environment, region, reason, accepts } = asked;
  const request = { region };
  const planned = await plannerOf('evacuate').planNow(context, environment, request);
  const irreversible = planned.plan.steps.find((step) => step.irreversible);
  if (irreversible)
    throw new RefusedError('irreversible', `“${irreversible.title}” cannot be put back: people start that.`);
  const checks = planned.checks.map((check) =>
    isCapacityUnknown(planned, check) ? asUnknown(check) : check,
  );
  const verdict = mayStartPlanned(checks, accepts);
  if (!verdict.allowed) throw new RefusedError(verdict.code, verdict.reason);
  const acknowledged = acceptedAhead(checks, accepts);
  const { id } = await context.database.prisma.operation.create({
    data: {
      ...operationRow(context, {
        planned,
        request,
        reason,
        acknowledged,
        personId: POLICY_PERSON_ID,
        via: 'policy',
      }),
      state: 'awaiting-approval',
      needed: 0,
      expiresAt: context.now,
    },
    select: { id: true },
  });
  await createSteps(context, id, planned);
  await goThrough(context, connection, { operation: id, checks, attempted: 'Not started' });
  await startOperation(context, connection, { id, environment });
  return { id, title: planned.plan.title, digest: planned.digest, acknowledged };
}

/** A person may go on although nobody knows how many machines are ready there; a policy may not. */
function isCapacityUnknown({ subject }: PlannedOperation, { code }: Check): boolean {
  return (
    code.startsWith('capacity-') && subject.classes[code.replace('capacity-', 'capacity of ')] === 'unknown'
  );
}

const asUnknown = (check: Check): Check => ({ ...check, verdict: 'unknown' });
