import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { countApprovals, mayDecide, policyFor } from '#lib/domain/approval/approval.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { type DigestSubject, digestDifferences } from '#lib/domain/operation/digest.ts';
import type { Check } from '#lib/domain/operation/plan.ts';
import { RpoContract } from '#lib/domain/recovery/params.ts';
import { isWorse } from '#lib/domain/recovery/rpo.ts';
import { openChecks } from '#lib/domain/traffic/preflight.ts';
import { touchedRegions, type WeightMatrix } from '#lib/domain/traffic/weights.ts';
import { ConflictError, ForbiddenError, NotFoundError, RefusedError } from '../../errors.ts';
import { APPROVER, isApprover } from '../approvals/approvers.ts';
import { listPolicies } from '../approvals/policies.ts';
import type { VerbContext } from '../context.ts';
import { goThrough } from '../freezes/go-through.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { defineVerb } from '../verb.ts';
import { assertApproverProved } from './for-good.ts';
import { findPlanner } from './planners/registry.ts';
import { assertRequesterStands } from './requester.ts';
import { startOperation } from './start.ts';

const operationId = z.string().regex(/^OP-\d{1,12}$/, 'is not an operation id such as OP-1001');
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is not a plan digest');

export const ApproveInput = z.strictObject({
  id: operationId,
  digest,
  reason: z.string().trim().max(2000).default(''),
  accept: RpoContract.optional().describe(
    'what may be lost, as the approver saw it measured; refused where it is more than was accepted when it was requested',
  ),
});
export const RejectInput = z.strictObject({
  id: operationId,
  digest,
  reason: z.string().trim().min(3, 'says why, in three letters at least').max(2000),
});

/**
 * Approves the plan with this digest. The approval that completes the policy plans again from what is observed now:
 * a plan that has become another voids every approval, an identical one starts in the same transaction. Refused where the
 * requester could not ask for it any more.
 */
export const approveOperation = defineVerb({
  name: 'operation.approve',
  action: 'operation.approve',
  input: ApproveInput,
  scope: (input, context) => operationScope(context, input.id),
  async run(context, input, connection) {
    const { operation, regions, standing, personId } = await readDecidable(context, input, connection);
    assertApproverProved(context, operation);
    assertNotWorse(operation, input.accept);
    await context.database.prisma.approvalDecision.create({
      data: {
        id: randomUUID(),
        operationId: operation.id,
        personId,
        decision: 'approve',
        digest: input.digest,
        reason: input.reason,
        via: context.via,
        decidedAt: context.now,
      },
    });
    const approvals = countApprovals(operation, [
      ...standing,
      { personId, decision: 'approve', digest: input.digest },
    ]);
    const complete = approvals >= operation.needed;
    if (complete) {
      assertRequesterStands(operation, regions);
      const checks = await assertPlanUnchanged(context, operation);
      await goThrough(context, connection, {
        operation: operation.id,
        checks,
        attempted: `${operation.id} was not started`,
      });
      await startOperation(context, connection, operation);
    }
    await enqueueNotification(connection, 'approval.decided', {
      operation: operation.id,
      decision: 'approve',
      approvals,
      needed: operation.needed,
    });
    return {
      result: {
        id: operation.id,
        state: complete ? 'queued' : operation.state,
        approvals,
        needed: operation.needed,
      },
      detail: {
        digest: input.digest,
        approvals,
        needed: operation.needed,
        started: complete,
        ...(input.accept ? { accepted: input.accept } : {}),
      },
      changes: [
        { topic: 'approval', ref: operation.id },
        { topic: 'operation', ref: operation.id },
      ],
    };
  },
});

/** Who approves accepts what is measured now; the plan stops at what was accepted when it was requested. */
function assertNotWorse(operation: { id: string; accepted: unknown }, seen: RpoContract | undefined): void {
  const requested = RpoContract.safeParse(operation.accepted).data;
  if (!seen || !requested) return;
  const comparison = isWorse(requested, seen);
  if (!comparison.worse) return;
  throw new RefusedError(
    'data-at-risk',
    `${operation.id} was not decided: ${comparison.reason} Reject it, and have it requested with what is true now.`,
  );
}

/** Rejects the request for good, with a reason that the requester reads. */
export const rejectOperation = defineVerb({
  name: 'operation.reject',
  action: 'operation.approve',
  input: RejectInput,
  scope: (input, context) => operationScope(context, input.id),
  async run(context, input, connection) {
    const { operation, personId } = await readDecidable(context, input, connection);
    await context.database.prisma.approvalDecision.create({
      data: {
        id: randomUUID(),
        operationId: operation.id,
        personId,
        decision: 'reject',
        digest: input.digest,
        reason: input.reason,
        via: context.via,
        decidedAt: context.now,
      },
    });
    await endWaiting(context, operation.id, 'rejected', `Rejected: ${input.reason}`);
    await enqueueNotification(connection, 'approval.decided', {
      operation: operation.id,
      decision: 'reject',
      reason: input.reason,
    });
    return {
      result: { id: operation.id, state: 'rejected' },
      detail: { digest: input.digest, reason: input.reason },
      changes: [
        { topic: 'approval', ref: operation.id },
        { topic: 'operation', ref: operation.id },
      ],
    };
  },
});

export const WithdrawInput = z.strictObject({ id: operationId });

/** Takes back one's own request while it waits for approval. */
export const withdrawOperation = defineVerb({
  name: 'operation.withdraw',
  action: 'operation.request',
  input: WithdrawInput,
  scope: (input, context) => operationScope(context, input.id),
  async run(context, input) {
    const operation = await context.database.prisma.operation.findUnique({ where: { id: input.id } });
    if (!operation) throw notFound(input.id);
    if (operation.requestedBy !== context.actor.personId) {
      throw new RefusedError(
        'not-yours',
        'Only who requested it can withdraw it. An approver can reject it.',
      );
    }
    await endWaiting(context, input.id, 'withdrawn', 'Withdrawn by the requester.');
    return {
      result: { id: input.id, state: 'withdrawn' },
      changes: [
        { topic: 'approval', ref: input.id },
        { topic: 'operation', ref: input.id },
      ],
    };
  },
});

/** Environment and Regions that an operation touches, for grants and the audit row. */
export async function operationScope(context: VerbContext, id: string) {
  const operation = await context.database.prisma.operation.findUnique({
    where: { id },
    select: { environment: true, plan: true },
  });
  if (!operation) throw notFound(id);
  return {
    environment: operation.environment,
    regions: changedRegions(context, operation),
    subject: `operation/${id}`,
    operation: id,
  };
}

const matrix = z.custom<WeightMatrix>((value) => typeof value === 'object' && value !== null);
const StoredChange = z.object({ change: z.object({ before: matrix, after: matrix }) });
const StoredRegions = z.object({ regions: z.array(z.string()) });

/**
 * Regions that a stored plan changes; of an earlier version's shift, those whose users it moves, also where they cancel out
 * over the estate. A plan that this version cannot read may touch every Region of its environment.
 */
export function changedRegions(
  { estate }: Pick<VerbContext, 'estate'>,
  operation: { environment: string; plan: unknown },
): string[] {
  const named = StoredRegions.safeParse(operation.plan);
  if (named.success) return named.data.regions;
  const stored = StoredChange.safeParse(operation.plan);
  if (stored.success) return touchedRegions(stored.data.change.before, stored.data.change.after).touched;
  return findEnvironment(estate, operation.environment)?.regions ?? estate.regions.map(({ code }) => code);
}

/** The operation, locked: of two who decide at once, the second must see what the first decided. */
async function readDecidable(
  context: VerbContext,
  input: { id: string; digest: string },
  connection: pg.PoolClient,
) {
  const { personId } = context.actor;
  if (!personId)
    throw new ForbiddenError('Only a person, or a token that policy allows, can decide on an operation.');
  await connection.query('select from operation where id = $1 for no key update', [input.id]);
  const operation = await context.database.prisma.operation.findUnique({
    where: { id: input.id },
    include: { requester: { select: APPROVER }, decisions: { include: { person: { select: APPROVER } } } },
  });
  if (!operation) throw notFound(input.id);
  const policy = policyFor(await listPolicies(context.database), operation.environment, operation.kind);
  const regions = changedRegions(context, operation);
  const decisions = operation.decisions.map((made) => ({
    personId: made.personId,
    decision: made.decision === 'reject' ? ('reject' as const) : ('approve' as const),
    digest: made.digest,
    stands: isApprover(made.person, regions),
  }));
  const verdict = mayDecide(
    operation,
    decisions,
    { personId, byToken: context.actor.tokenScopes !== undefined },
    policy,
    context.now,
  );
  if (!verdict.allowed)
    throw new RefusedError(verdict.code, `${operation.id} was not decided: ${verdict.reason}`);
  if (operation.digest !== input.digest) {
    throw new ConflictError(
      `${operation.id} was not decided: the plan you looked at is not the one that waits. Read it again.`,
    );
  }
  return { operation, regions, standing: decisions.filter(({ stands }) => stands), personId };
}

const StoredParams = z.object({
  request: z.unknown(),
  subject: z.custom<DigestSubject>((value) => typeof value === 'object'),
});

/** The checks of the plan as it would be made now, which is the one that waits. */
async function assertPlanUnchanged(
  context: VerbContext,
  operation: {
    id: string;
    kind: string;
    environment: string;
    params: unknown;
    digest: string;
    acknowledged: string[];
    requestedBy: string;
  },
): Promise<readonly Check[]> {
  const { request, subject } = StoredParams.parse(operation.params);
  const planner = findPlanner(operation.kind);
  if (!planner) {
    throw new ConflictError(
      `${operation.id} was not started: this version does not know operations of the kind ${operation.kind}. Ask for it again.`,
    );
  }
  const asker = { personId: operation.requestedBy, operation: operation.id };
  const now = await planner.planNow({ ...context, asker }, operation.environment, request);
  if (now.digest !== operation.digest) {
    const changed = digestDifferences(subject, now.subject).join(', ');
    throw new ConflictError(
      `${operation.id} was not started: ${changed || 'the plan'} changed since it was requested, which voids the approvals. Ask for it again from the new preview.`,
    );
  }
  const open = openChecks(now.checks, operation.acknowledged)[0];
  if (open) throw new RefusedError(open.code, `${operation.id} was not started: ${open.message}`);
  return now.checks;
}

async function endWaiting(
  context: VerbContext,
  id: string,
  state: 'rejected' | 'withdrawn',
  outcome: string,
): Promise<void> {
  const { count } = await context.database.prisma.operation.updateMany({
    where: { id, state: 'awaiting-approval' },
    data: { state, outcome, endedAt: context.now },
  });
  if (count !== 1) throw new ConflictError(`${id} no longer waits for approval. Read it again.`);
}

function notFound(id: string): NotFoundError {
  return new NotFoundError(`There is no operation ${id}.`);
}
