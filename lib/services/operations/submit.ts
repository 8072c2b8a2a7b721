import type pg from 'pg';
import type { Policy } from '#lib/domain/approval/approval.ts';
import { roleCount, ruleWords } from '#lib/domain/approval/rules.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { openChecks } from '#lib/domain/traffic/preflight.ts';
import { violatedIndex } from '../../data/database.ts';
import type { Prisma } from '../../data/generated/client.ts';
import { ForbiddenError, RefusedError } from '../../errors.ts';
import { listPolicies } from '../approvals/policies.ts';
import { termsFor } from '../approvals/terms.ts';
import type { VerbContext } from '../context.ts';
import { goThrough } from '../freezes/go-through.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import type { PlannedOperation } from './planners/planner.ts';
import { startOperation } from './start.ts';

export interface Submission {
  planned: PlannedOperation;
  /** What was asked for, as its planner parses it again before the start. */
  request: unknown;
  reason: string;
  acknowledged: readonly string[];
  /** The finished operation that this one puts back. */
  reverts: string | null;
  /** What asked in the person's name, where they did not ask themselves. */
  via?: 'schedule';
}

export interface Submitted {
  id: string;
  /** `scheduled`: nobody has to agree, and its time has not come. */
  state: 'awaiting-approval' | 'scheduled' | 'queued';
  digest: string;
  needed: number;
  /** Exceptions by which it goes through freezes. */
  exceptions: string[];
}

/**
 * Stores a planned operation as a request, in the caller's transaction; starts it when policy needs nobody. Throws RefusedError
 * for the first check that forbids it or that nobody accepted, and when this very plan already waits.
 */
export async function submitOperation(
  context: VerbContext,
  connection: pg.PoolClient,
  submission: Submission,
): Promise<Submitted> {
  const { planned, acknowledged } = submission;
  const { personId } = context.actor;
  if (!personId) throw new ForbiddenError('Only a person, or a token of one, can request an operation.');
  assertNothingOpen(planned, acknowledged);
  const { environment } = planned.plan;
  const { policy, terms, nobody } = termsFor(await listPolicies(context.database), planned, acknowledged);
  const timeScale = findEnvironment(context.estate, environment)?.timeScale ?? 1;
  const operation = await createOnce(context, connection, {
    ...operationRow(context, { ...submission, personId, via: submission.via ?? context.via }),
    state: 'awaiting-approval',
    needed: policy.needed,
    approvalTerms: asJson(terms),
    expiresAt: expiryOf(context.now, planned.startAt ?? null, (policy.expiresMinutes * 60_000) / timeScale),
    reverts: submission.reverts,
  });
  await createSteps(context, operation.id, planned);
  const exceptions = await goThrough(context, connection, {
    operation: operation.id,
    checks: planned.checks,
    attempted: 'Not requested',
  });
  const started = nobody ? await startOperation(context, connection, operation) : undefined;
  if (!started) {
    await enqueueNotification(connection, 'approval.requested', {
      operation: operation.id,
      title: operation.title,
      environment,
      reason: operation.reason,
      needed: operation.needed,
      risk: terms.risk,
      ...(policy.rules.length > 0 ? { who: askedWords(policy) } : {}),
    });
  }
  return {
    id: operation.id,
    state: started ?? 'awaiting-approval',
    digest: planned.digest,
    needed: policy.needed,
    exceptions,
  };
}

/** "2 approvers and 1 operator" */
function askedWords({ needed, rules }: Pick<Policy, 'needed' | 'rules'>): string {
  const number = needed === 0 ? [] : [roleCount('approver', needed)];
  return [...number, ...rules.map(ruleWords)].join(' and ');
}

/** An approval is good for so long from now on, or from when the operation is to start. */
function expiryOf(now: Date, startAt: string | null, afterMs: number): Date {
  return new Date((startAt === null ? now.getTime() : Date.parse(startAt)) + afterMs);
}

function assertNothingOpen(planned: PlannedOperation, acknowledged: readonly string[]): void {
  const open = openChecks(planned.checks, acknowledged);
  const first = open[0];
  if (!first) return;
  const more =
    open.length > 1
      ? ` ${open.length - 1} more ${open.length === 2 ? 'check stands' : 'checks stand'} open.`
      : '';
  const accept = first.verdict === 'accept' ? ` Accept it by its code, ${first.code}.` : '';
  throw new RefusedError(first.code, `Not requested: ${first.message}${accept}${more}`);
}

/** What is stored of a planned operation, however it is started. */
export function operationRow(
  context: Pick<VerbContext, 'now'>,
  asked: Pick<Submission, 'planned' | 'request' | 'reason' | 'acknowledged'> & {
    personId: string;
    via: VerbContext['via'] | 'policy' | 'schedule';
  },
) {
  const { planned, request, reason, acknowledged, personId, via } = asked;
  const { plan, checks, change, changes, outageAt } = planned;
  return {
    kind: plan.kind,
    environment: plan.environment,
    title: plan.title,
    params: asJson({ request, subject: planned.subject }),
    plan: asJson({ ...plan, ...(change ? { change } : {}), changes, checks, outageAt }),
    digest: planned.digest,
    reason,
    price: asJson(planned.price),
    acknowledged: [...acknowledged],
    ...(planned.accepted ? { accepted: asJson(planned.accepted) } : {}),
    requestedBy: personId,
    requestedVia: via,
    startAt: planned.startAt ? new Date(planned.startAt) : null,
    createdAt: context.now,
  };
}

/** Its steps, all of them waiting. */
export async function createSteps(
  context: Pick<VerbContext, 'database'>,
  operationId: string,
  { plan }: PlannedOperation,
): Promise<void> {
  await context.database.prisma.operationStep.createMany({
    data: plan.steps.map((step, position) => ({
      operationId,
      position,
      key: step.key,
      title: step.title,
      action: step.action,
      region: step.region,
      irreversible: step.irreversible,
    })),
  });
}

/** A form sent twice must not become two requests (index operation_one_request). */
async function createOnce(
  context: VerbContext,
  connection: pg.PoolClient,
  data: Prisma.OperationUncheckedCreateInput,
) {
  await connection.query('savepoint create_operation');
  try {
    return await context.database.prisma.operation.create({ data });
  } catch (error) {
    if (violatedIndex(error) !== 'operation_one_request') throw error;
    await connection.query('rollback to savepoint create_operation');
    const twin = await context.database.prisma.operation.findFirst({
      where: { requestedBy: data.requestedBy, digest: data.digest, state: 'awaiting-approval' },
      select: { id: true },
    });
    throw new RefusedError(
      'already-requested',
      `Not requested again: ${twin?.id ?? 'a request of yours'} asks for exactly this and waits for approval.`,
    );
  }
}

/** Plain JSON of what the rules made: no undefined, no dates. */
function asJson(value: unknown): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(value));
}
