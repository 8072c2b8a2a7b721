import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { mayPromote, maySkipSoak, SOAK, WAIT } from '#lib/domain/deployment/skip.ts';
import { whyNotPutBack } from '#lib/domain/operation/put-back.ts';
import {
  ACTIVE_STATES,
  type ControlVerdict,
  isEnded,
  isPuttingBack,
  isUndoable,
  mayClose,
  mayControl,
  mayLeave,
  mayOmit,
  mayUndo,
  OPERATION_STATES,
  type OperationState,
  pastReturnOf,
} from '#lib/domain/operation/state.ts';
import { isRecoveryKind } from '#lib/domain/recovery/params.ts';
import type { Prisma } from '../../data/generated/client.ts';
import { NotFoundError, ValidationError } from '../../errors.ts';
import { JUDGED_DECISIONS, judgeRequest, readApprovalFrame, withCandidates } from '../approvals/judge.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, OperationCursor } from '../cursor.ts';
import { readOnce } from '../readings.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { heldRunOf, listTriedSteps, omissibleKeys } from './close.ts';
import { operationScope } from './decide.ts';
import { mayApproveForGood } from './for-good.ts';
import { compensationHasFailed } from './leave.ts';
import { judgePutBack } from './put-back.ts';
import { readPlan, readStoredPlan } from './stored.ts';

const PAGE_LIMIT = 200;

export const ListOperationsInput = z.strictObject({
  environment: z.string().max(40).optional(),
  state: z.enum([...OPERATION_STATES, 'active', 'ended']).optional(),
  kind: z.string().max(40).optional(),
  requestedBy: z.uuid().optional(),
  cursor: OperationCursor.optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT).default(25),
});

const SUMMARY = {
  id: true,
  kind: true,
  environment: true,
  title: true,
  state: true,
  desired: true,
  reason: true,
  digest: true,
  needed: true,
  expiresAt: true,
  createdAt: true,
  startedAt: true,
  endedAt: true,
  outcome: true,
  emergency: true,
  requestedVia: true,
  requester: { select: { id: true, name: true } },
  decisions: { select: { personId: true, decision: true, digest: true } },
} as const satisfies Prisma.OperationSelect;

export type OperationSummary = Prisma.OperationGetPayload<{ select: typeof SUMMARY }>;

/** Operations, newest first, a page at a time by keyset. */
export async function listOperations(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: OperationSummary[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListOperationsInput, raw);
  const items = await context.database.prisma.operation.findMany({
    where: {
      ...(input.environment ? { environment: input.environment } : {}),
      ...(input.kind ? { kind: input.kind } : {}),
      ...(input.requestedBy ? { requestedBy: input.requestedBy } : {}),
      ...stateFilter(input.state),
      ...(input.cursor
        ? {
            OR: [
              { createdAt: { lt: input.cursor.at } },
              { createdAt: input.cursor.at, id: { lt: input.cursor.id } },
            ],
          }
        : {}),
    },
    select: SUMMARY,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: input.limit + 1,
  });
  const page = items.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page,
    nextCursor: items.length > input.limit && last ? encodeCursor(last.createdAt, last.id) : null,
  };
}

function stateFilter(state: z.output<typeof ListOperationsInput>['state']): Prisma.OperationWhereInput {
  if (state === undefined) return {};
  if (state === 'active') return { state: { in: [...ACTIVE_STATES] } };
  if (state === 'ended') return { endedAt: { not: null } };
  return { state };
}

/** The operation that holds the environment, or null; once for all parts of a page. */
export async function findActiveOperation(context: VerbContext, environment: string) {
  assertPermitted(context, 'read', {});
  return readOnce(context, `active operation of ${environment}`, () => readActive(context, environment));
}

async function readActive({ database, plans }: VerbContext, environment: string) {
  const operation = await database.prisma.operation.findFirst({
    where: { environment, state: { in: [...ACTIVE_STATES] } },
    select: ACTIVE,
  });
  return operation && { ...operation, plan: await (plans?.(operation) ?? readPlan(database, operation.id)) };
}

/** What bars and pages say of it; its own page reads the rest. */
const ACTIVE = {
  id: true,
  kind: true,
  environment: true,
  title: true,
  state: true,
  desired: true,
  digest: true,
  steps: {
    select: {
      key: true,
      title: true,
      position: true,
      irreversible: true,
      state: true,
      attempt: true,
      startedAt: true,
      output: true,
    },
    orderBy: { position: 'asc' },
  },
} as const satisfies Prisma.OperationSelect;

/** One operation with its steps, decisions and calls, and what this person may do with it now. */
export async function getOperation(context: VerbContext, id: string) {
  assertPermitted(context, 'read', {});
  if (!/^OP-\d{1,12}$/.test(id))
    throw new ValidationError('That is not an operation.', { id: 'is not an operation id such as OP-1001' });
  const operation = await context.database.prisma.operation.findUnique({
    where: { id },
    include: {
      requester: { select: { id: true, name: true } },
      steps: { orderBy: { position: 'asc' } },
      decisions: JUDGED_DECISIONS,
      calls: { orderBy: { id: 'asc' }, take: 500 },
      events: { orderBy: { id: 'asc' }, take: 1_000 },
      revertedBy: { select: { id: true, state: true } },
      preempted: { select: { id: true, title: true, state: true } },
      preemptedBy: {
        select: { id: true, title: true, state: true },
        orderBy: { createdAt: 'desc' },
        take: 1,
      },
      review: {
        select: {
          id: true,
          dueAt: true,
          reviewedAt: true,
          verdict: true,
          note: true,
          debtor: { select: { id: true, name: true } },
          reviewer: { select: { id: true, name: true } },
        },
      },
      report: { select: { sha256: true, signedAt: true } },
    },
  });
  if (!operation) throw new NotFoundError(`There is no operation ${id}.`);
  const scope = await operationScope(context, id);
  const state = operation.state as OperationState;
  const granted = (action: Parameters<typeof permits>[1]) => {
    const permission = permits(context.actor.grants, action, { regions: scope.regions });
    return permission.allowed ? null : permission;
  };
  const pastReturn = pastReturnOf(operation.steps);
  const control = (asked: 'pause' | 'resume' | 'abort' | 'revert') =>
    granted(asked === 'abort' ? 'operation.abort' : 'operation.control') ??
    mayControl(state, operation.desired, asked, pastReturn);
  const leave = async () =>
    granted('operation.control') ??
    mayLeave({
      state,
      desired: operation.desired,
      hasFailed: isPuttingBack(state) && (await compensationHasFailed(context.database, id)),
    });
  const held = heldRunOf(operation);
  const mayBeOmitted = omissibleKeys(operation.plan);
  const tried = held.held.length > 0 ? await listTriedSteps(context.database.pool, id) : [];
  const omit = operation.steps
    .filter((step) => step.state === 'holding')
    .map((step) => ({
      step: step.key,
      title: step.title,
      verdict:
        granted('operation.control') ??
        mayOmit(held, {
          title: step.title,
          state: step.state,
          omissible: mayBeOmitted.includes(step.key),
          decided: operation.events.some(({ kind, stepKey }) => kind === 'omitting' && stepKey === step.key),
          tried: tried.includes(step.key),
        }),
    }));
  const frame = await readApprovalFrame(context);
  const judgement = judgeRequest(
    context,
    state === 'awaiting-approval' ? await withCandidates(context, frame) : frame,
    operation,
  );
  const putBack =
    isRecoveryKind(operation.kind) && isEnded(state) ? await judgePutBack(context, operation) : null;
  const decide = judgement.verdict.allowed ? mayApproveForGood(context, operation.plan) : judgement.verdict;
  return {
    operation,
    regions: scope.regions,
    /** Who has agreed, what is open, and in whose name the reader would decide. */
    approval: judgement,
    /** Titles of the steps that would put back what an ended recovery has left. */
    putsBack: putBack?.titles ?? [],
    may: {
      pause: control('pause'),
      resume: control('resume'),
      abort: control('abort'),
      // That there is nothing to put back is so for everybody; only then it is asked who may.
      revert:
        putBack?.verdict.allowed === false
          ? putBack.verdict
          : putBack || isUndoable(state)
            ? (granted('operation.control') ?? putBack?.verdict ?? undo(operation))
            : control('revert'),
      leave: await leave(),
      close: granted('operation.control') ?? mayClose(held),
      /** One entry for each step that holds. */
      omit,
      decide,
      /** One entry for each soak that runs or holds. */
      skipSoak: operation.steps
        .filter((step) => step.action === SOAK && (step.state === 'running' || step.state === 'holding'))
        .map((step) => ({
          step: step.key,
          title: step.title,
          verdict:
            granted('operation.skip-soak') ??
            maySkipSoak(
              { state, desired: operation.desired, requestedBy: operation.requestedBy },
              {
                ...step,
                decided: operation.events.some(
                  ({ kind, stepKey }) => kind === 'skipping' && stepKey === step.key,
                ),
              },
              context.actor.personId,
            ),
        })),
      promote:
        granted('operation.control') ??
        mayPromote({
          state,
          desired: operation.desired,
          waits: operation.steps.filter(({ action }) => action === WAIT),
          decided: operation.events.some(({ kind }) => kind === 'promoting'),
        }),
      withdraw:
        (state === 'awaiting-approval' || state === 'scheduled') &&
        operation.requestedBy === context.actor.personId
          ? ({ allowed: true } as const)
          : ({
              allowed: false,
              code: 'not-yours',
              reason: 'Only who requested it can withdraw it, while it waits.',
            } as const),
    },
  };
}
/** Only a shift and a deployment keep what was before them. */
function undo(operation: Parameters<typeof mayUndo>[0] & { kind: string; plan: unknown }): ControlVerdict {
  if (operation.kind === 'deployment' || readStoredPlan(operation.plan)) return mayUndo(operation);
  return {
    allowed: false,
    code: 'no-snapshot',
    reason: whyNotPutBack(operation.kind),
  };
}
export type OperationDetail = Awaited<ReturnType<typeof getOperation>>;
