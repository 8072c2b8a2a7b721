import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import type { ApprovalProgress } from '#lib/domain/approval/progress.ts';
import { type DigestSubject, digestDifferences } from '#lib/domain/operation/digest.ts';
import type { Check } from '#lib/domain/operation/plan.ts';
import { RpoContract } from '#lib/domain/recovery/params.ts';
import { isWorse } from '#lib/domain/recovery/rpo.ts';
import { openChecks } from '#lib/domain/traffic/preflight.ts';
import { announceChange } from '../../data/audit.ts';
import { DB_NULL } from '../../data/json-null.ts';
import { ConflictError, ForbiddenError, MeridianError, NotFoundError, RefusedError } from '../../errors.ts';
import { APPROVER } from '../approvals/approvers.ts';
import { JUDGED_DECISIONS, type Judgement, judgeRequest, readApprovalFrame } from '../approvals/judge.ts';
import type { VerbContext } from '../context.ts';
import { goThrough } from '../freezes/go-through.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { assertPermitted, assertTokenCarries, defineVerb } from '../verb.ts';
import { assertApproverProved } from './for-good.ts';
import { findPlanner } from './planners/registry.ts';
import { changedRegions } from './regions.ts';
import { assertRequesterStands } from './requester.ts';
import { startOperation } from './start.ts';

const operationId = z.string().regex(/^OP-\d{1,12}$/, 'is not an operation id such as OP-1001');
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is not a plan digest');

const IN_NAME_OF = z
  .uuid('is not a person’s id')
  .optional()
  .describe(
    'who lets the caller decide in their name; found by itself where the caller may not decide otherwise',
  );

export const ApproveInput = z.strictObject({
  id: operationId,
  digest,
  reason: z.string().trim().max(2000).default(''),
  inNameOf: IN_NAME_OF,
  accept: RpoContract.optional().describe(
    'what may be lost, as the approver saw it measured; refused where it is more than was accepted when it was requested',
  ),
});
export const RejectInput = z.strictObject({
  id: operationId,
  digest,
  reason: z.string().trim().min(3, 'says why, in three letters at least').max(2000),
  inNameOf: IN_NAME_OF,
});

/**
 * Approves the plan with this digest, in one's own name or as the delegate of whoever lets them. The approval that meets the
 * last of what is asked plans again from what is observed now: a plan that has become another voids every approval, an
 * identical one starts in the same transaction. Refused where the requester could not ask for it any more.
 */
const approve = defineVerb({
  name: 'operation.approve',
  // Who may is the request's own question: its rules name roles, and a delegate needs no grant (judge.ts).
  action: 'read',
  input: ApproveInput,
  scope: (input, context) => subjectOf(context, input.id),
  async run(context, input, connection) {
    const { operation, judgement, personId } = await readDecidable(context, input, {
      connection,
      agrees: true,
    });
    assertApproverProved(context, operation);
    assertNotWorse(operation, input.accept);
    await recordDecision(context, { judgement, personId, input, decision: 'approve' });
    const progress = judgement.afterApproval();
    const { approvals, met } = progress;
    const { needed } = judgement.asked;
    let started: 'queued' | 'scheduled' | undefined;
    if (met) {
      assertRequesterStands(operation, judgement.regions);
      const checks = await assertPlanUnchanged(context, operation);
      await goThrough(context, connection, {
        operation: operation.id,
        checks,
        attempted: `${operation.id} was not started`,
      });
      started = await startOperation(context, connection, operation);
      if (operation.voided !== null) await clearVoided(context, operation.id);
    }
    await enqueueNotification(connection, 'approval.decided', {
      operation: operation.id,
      title: operation.title,
      environment: operation.environment,
      decision: 'approve',
      approvals,
      needed,
    });
    return {
      result: {
        id: operation.id,
        state: started ?? operation.state,
        approvals,
        needed,
        open: openWords(progress),
      },
      detail: {
        digest: input.digest,
        approvals,
        needed,
        started: met,
        ...(met ? {} : { open: openWords(progress) }),
        ...(judgement.inNameOf ? { inNameOf: judgement.inNameOf.id } : {}),
        ...(input.accept ? { accepted: input.accept } : {}),
      },
      changes: changesOf(operation.id),
    };
  },
});

export const approveOperation = Object.assign(
  async (context: VerbContext, input: unknown) => {
    try {
      return await approve(context, input);
    } catch (error) {
      if (error instanceof PlanChangedError) await recordVoided(context, error);
      throw error;
    }
  },
  { definition: approve.definition },
);

const changesOf = (id: string) =>
  [
    { topic: 'approval', ref: id },
    { topic: 'operation', ref: id },
  ] as const;

/** What is open yet, each in words: "1 approver of eu-west-1". */
function openWords({ requirements }: ApprovalProgress): string[] {
  return requirements.filter(({ met }) => !met).map(({ words }) => words);
}

interface Recorded {
  judgement: Judgement;
  personId: string;
  input: { id: string; digest: string; reason: string };
  decision: 'approve' | 'reject' | 'ask-changes';
}

async function recordDecision(
  context: VerbContext,
  { judgement, personId, input, decision }: Recorded,
): Promise<void> {
  await context.database.prisma.approvalDecision.create({
    data: {
      id: randomUUID(),
      operationId: input.id,
      personId,
      inNameOf: judgement.inNameOf?.id ?? null,
      decision,
      digest: input.digest,
      reason: input.reason,
      via: context.via,
      decidedAt: context.now,
    },
  });
}

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
  action: 'read',
  input: RejectInput,
  scope: (input, context) => subjectOf(context, input.id),
  run: (context, input, connection) =>
    turnDown(context, connection, {
      input,
      decision: 'reject',
      state: 'rejected',
      outcome: `Rejected: ${input.reason}`,
    }),
});

export const AskChangesInput = RejectInput;

/** Ends the waiting with what should be another way; the requester asks for it anew, from the same request. */
export const askForChanges = defineVerb({
  name: 'operation.ask-changes',
  action: 'read',
  input: AskChangesInput,
  scope: (input, context) => subjectOf(context, input.id),
  run: (context, input, connection) =>
    turnDown(context, connection, {
      input,
      decision: 'ask-changes',
      state: 'changes-asked',
      outcome: `Changes asked for: ${input.reason}`,
    }),
});

interface TurnedDown {
  input: z.output<typeof RejectInput>;
  decision: 'reject' | 'ask-changes';
  state: 'rejected' | 'changes-asked';
  outcome: string;
}

async function turnDown(
  context: VerbContext,
  connection: pg.PoolClient,
  { input, decision, state, outcome }: TurnedDown,
) {
  const { operation, judgement, personId } = await readDecidable(context, input, {
    connection,
    agrees: false,
  });
  await recordDecision(context, { judgement, personId, input, decision });
  await endWaiting(context, operation.id, state, outcome);
  await enqueueNotification(connection, 'approval.decided', {
    operation: operation.id,
    title: operation.title,
    environment: operation.environment,
    decision,
    reason: input.reason,
  });
  return {
    result: { id: operation.id, state },
    detail: {
      digest: input.digest,
      reason: input.reason,
      ...(judgement.inNameOf ? { inNameOf: judgement.inNameOf.id } : {}),
    },
    changes: changesOf(operation.id),
  };
}

export const WithdrawInput = z.strictObject({ id: operationId });

/** Takes back one's own request while it waits for approval. */
export const withdrawOperation = defineVerb({
  name: 'operation.withdraw',
  action: 'operation.request',
  input: WithdrawInput,
  scope: (input, context) => operationScope(context, input.id),
  async run(context, input, connection) {
    const operation = await context.database.prisma.operation.findUnique({ where: { id: input.id } });
    if (!operation) throw notFound(input.id);
    if (operation.requestedBy !== context.actor.personId) {
      throw new RefusedError(
        'not-yours',
        'Only who requested it can withdraw it. An approver can reject it.',
      );
    }
    await endWaiting(context, input.id, 'withdrawn', 'Withdrawn by the requester.');
    await enqueueNotification(connection, 'approval.decided', {
      operation: operation.id,
      title: operation.title,
      environment: operation.environment,
      decision: 'withdraw',
    });
    return { result: { id: input.id, state: 'withdrawn' }, changes: changesOf(input.id) };
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

/** As `operationScope`, where grants in its Regions are not asked for: for acts that anybody may do who may do them at all. */
export async function subjectOf(context: VerbContext, id: string) {
  const { regions, ...scope } = await operationScope(context, id);
  return { ...scope, region: regions.length === 1 ? regions[0] : undefined };
}

/** The operation, locked: of two who decide at once, the second must see what the first decided. */
async function readDecidable(
  context: VerbContext,
  input: { id: string; digest: string; inNameOf?: string | undefined },
  /** `agrees`: support hours matter to who agrees, not to who turns it down. */
  { connection, agrees }: { connection: pg.PoolClient; agrees: boolean },
) {
  assertTokenCarries(context, 'operation.approve');
  await connection.query('select from operation where id = $1 for no key update', [input.id]);
  const operation = await context.database.prisma.operation.findUnique({
    where: { id: input.id },
    include: { requester: { select: APPROVER }, decisions: JUDGED_DECISIONS },
  });
  if (!operation) throw notFound(input.id);
  const frame = await readApprovalFrame(context);
  const judgement = judgeRequest(context, frame, operation, { inNameOf: input.inNameOf });
  const { verdict } = judgement;
  const { personId } = context.actor;
  if (!verdict.allowed && NOT_THEIRS.has(verdict.code)) throw new ForbiddenError(verdict.reason);
  if (!personId) throw new ForbiddenError(NOT_A_PERSON);
  if (!verdict.allowed && (agrees || verdict.code !== 'off-duty'))
    throw new RefusedError(verdict.code, `${operation.id} was not decided: ${verdict.reason}`);
  if (operation.digest !== input.digest) {
    throw new ConflictError(
      `${operation.id} was not decided: the plan you looked at is not the one that waits. Read it again.`,
    );
  }
  return { operation, judgement, personId };
}

const NOT_A_PERSON = 'Only a person, or a token that policy allows, can decide on an operation.';
/** Refusals that are about grants, not about this request. */
const NOT_THEIRS: ReadonlySet<string> = new Set(['no-grant', 'region-not-granted', 'nobody']);

const StoredParams = z.object({
  request: z.unknown(),
  subject: z.custom<DigestSubject>((value) => typeof value === 'object'),
});

interface StoredRequest {
  id: string;
  kind: string;
  environment: string;
  params: unknown;
  digest: string;
  requestedBy: string;
}

/** Plans a stored request again from what is observed now. Throws ConflictError for a kind that this version does not know. */
async function planAgain(context: VerbContext, operation: StoredRequest) {
  const { request, subject } = StoredParams.parse(operation.params);
  const planner = findPlanner(operation.kind);
  if (!planner) {
    throw new ConflictError(
      `${operation.id} was not started: this version does not know operations of the kind ${operation.kind}. Ask for it again.`,
    );
  }
  const asker = { personId: operation.requestedBy, operation: operation.id };
  const now = await planner.planNow({ ...context, asker }, operation.environment, request);
  return {
    checks: now.checks,
    differences: now.digest === operation.digest ? null : digestDifferences(subject, now.subject),
  };
}

/** What of a waiting request is no longer as it was approved; null while an approval would start it as it stands. */
export async function findDifferences(
  context: VerbContext,
  operation: StoredRequest,
): Promise<string[] | null> {
  assertPermitted(context, 'read', {});
  try {
    return (await planAgain(context, operation)).differences;
  } catch (error) {
    if (error instanceof MeridianError) return [error.message];
    throw error;
  }
}

export class PlanChangedError extends ConflictError {
  readonly operationId: string;
  readonly differences: readonly string[];

  constructor(operationId: string, differences: readonly string[]) {
    super(
      `${operationId} was not started: ${differences.join(', ') || 'the plan'} changed since it was requested, which voids the approvals. Ask for it again from the new preview.`,
    );
    this.operationId = operationId;
    this.differences = differences;
  }
}

/** The checks of the plan as it would be made now, which is the one that waits. */
export async function assertPlanUnchanged(
  context: VerbContext,
  operation: StoredRequest & { acknowledged: string[] },
): Promise<readonly Check[]> {
  const { differences, checks } = await planAgain(context, operation);
  if (differences !== null) throw new PlanChangedError(operation.id, differences);
  const open = openChecks(checks, operation.acknowledged)[0];
  if (open) throw new RefusedError(open.code, `${operation.id} was not started: ${open.message}`);
  return checks;
}

/** Keeps what voided the approvals, for whoever reads the request later; its own refusal has undone everything else. */
async function recordVoided({ database, now }: VerbContext, error: PlanChangedError): Promise<void> {
  await database.inTransaction(async (connection) => {
    await keepVoided(connection, now, error);
    for (const { topic, ref } of changesOf(error.operationId)) await announceChange(connection, topic, ref);
  });
}

/** What differed, on the request that waits for approval or for its time. */
export async function keepVoided(
  connection: Pick<pg.ClientBase, 'query'>,
  now: Date,
  { operationId, differences }: PlanChangedError,
): Promise<void> {
  await connection.query(
    `update operation set voided = $2 where id = $1 and state in ('awaiting-approval', 'scheduled')`,
    [operationId, JSON.stringify({ at: now.toISOString(), differences })],
  );
}

/** The plan is again what was approved. */
async function clearVoided({ database }: VerbContext, id: string): Promise<void> {
  await database.prisma.operation.update({ where: { id }, data: { voided: DB_NULL } });
}

async function endWaiting(
  context: VerbContext,
  id: string,
  state: 'rejected' | 'changes-asked' | 'withdrawn',
  outcome: string,
): Promise<void> {
  const { count } = await context.database.prisma.operation.updateMany({
    where: {
      id,
      state: { in: state === 'withdrawn' ? ['awaiting-approval', 'scheduled'] : ['awaiting-approval'] },
    },
    data: { state, outcome, endedAt: context.now },
  });
  if (count !== 1) throw new ConflictError(`${id} no longer waits for approval. Read it again.`);
}

function notFound(id: string): NotFoundError {
  return new NotFoundError(`There is no operation ${id}.`);
}
