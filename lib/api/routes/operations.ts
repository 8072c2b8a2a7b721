import { z } from 'zod';
import { openChecks } from '#lib/domain/traffic/preflight.ts';
import { previewApproval } from '../../services/approvals/preview.ts';
import { readVoided } from '../../services/approvals/voided.ts';
import type { VerbContext } from '../../services/context.ts';
import { CloseInput, closeOperation, OmitInput, omitStep } from '../../services/operations/close.ts';
import { CommentInput, commentOperation } from '../../services/operations/comment.ts';
import {
  abortOperation,
  ControlInput,
  pauseOperation,
  resumeOperation,
  revertOperation,
} from '../../services/operations/control.ts';
import {
  ApproveInput,
  AskChangesInput,
  approveOperation,
  askForChanges,
  RejectInput,
  rejectOperation,
  withdrawOperation,
} from '../../services/operations/decide.ts';
import { LeaveInput, leaveOperation } from '../../services/operations/leave.ts';
import { REQUESTABLE_KINDS } from '../../services/operations/planners/registry.ts';
import {
  getOperation,
  ListOperationsInput,
  listOperations,
  type OperationDetail,
} from '../../services/operations/read.ts';
import {
  operationInput,
  previewOperation,
  REQUEST_SHAPE,
  requestOperation,
} from '../../services/operations/request.ts';
import { PromoteInput, promoteOperation, SkipSoakInput, skipSoak } from '../../services/operations/skip.ts';
import { readStoredOperation, readStoredPrice } from '../../services/operations/stored.ts';
import { WaitInput, waitForOperation } from '../../services/operations/wait.ts';
import { parseInput, type Verb } from '../../services/verb.ts';
import { defineRoute, type Route, withPath } from '../define-route.ts';
import {
  Controlled,
  CutShort,
  Decided,
  Identified,
  LeftUndone,
  Operation,
  OperationSummary,
  Preview,
  pageOf,
  Requested,
  Step,
} from '../schemas.ts';

const OPERATION_ID = { id: 'Operation, such as OP-1001' };
const Empty = z.strictObject({});

export const list = defineRoute({
  method: 'GET',
  path: '/operations',
  id: 'listOperations',
  tag: 'operations',
  summary: 'Operations, newest first',
  action: 'read',
  query: ListOperationsInput,
  response: pageOf(OperationSummary),
  run: (context, { query }) => listOperations(context, query),
});

/** `reason` may be missing from a dry run, which stores nothing. */
const dryRun = z.boolean().default(false).describe('true: plan and check only; nothing is stored');
const PostOperation = operationInput(REQUESTABLE_KINDS, { ...REQUEST_SHAPE, dryRun });

const DryRun = operationInput(REQUESTABLE_KINDS, {
  ...REQUEST_SHAPE,
  reason: REQUEST_SHAPE.reason.optional(),
  dryRun,
});

export const request = defineRoute({
  method: 'POST',
  path: '/operations',
  id: 'requestOperation',
  tag: 'operations',
  summary: 'Ask for an operation, or plan it only (dryRun)',
  description:
    'Plans from what is observed now. A request waits for approval, or starts at once where policy needs none. ' +
    'With dryRun the plan, its checks and its digest come back and nothing is stored; reason may be left out. ' +
    'Give the digest back to be refused when the plan has changed since.',
  action: 'operation.request',
  body: PostOperation,
  response: z.union([Requested, Preview]),
  async run(context, { body }) {
    const asked = z.object({ dryRun: z.literal(true) }).safeParse(body);
    if (asked.success) return preview(context, body);
    return requestOperation(context, withoutDryRun(body));
  },
});

async function preview(context: VerbContext, body: unknown) {
  const { kind, environment, params, acknowledged } = parseInput(DryRun, body);
  const planned = await previewOperation(context, { kind, environment, params });
  const approval = await previewApproval(context, planned, acknowledged);
  return {
    dryRun: true,
    kind,
    title: planned.plan.title,
    digest: planned.digest,
    regions: planned.regions,
    change: planned.change,
    changes: planned.changes,
    accepted: planned.accepted,
    confirm: planned.confirm,
    overridable: planned.blocks,
    checks: planned.checks,
    price: planned.price,
    largestSafePoints: planned.largestSafePoints,
    steps: planned.plan.steps,
    open: openChecks(planned.checks, acknowledged).map(({ code }) => code),
    needed: approval.needed,
    approval,
  };
}

/** The verb does not know `dryRun: false`; any other value of it is for the verb to refuse. */
function withoutDryRun(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('dryRun' in body) || body.dryRun !== false) return body;
  const { dryRun: _, ...rest } = body;
  return rest;
}

export const get = defineRoute({
  method: 'GET',
  path: '/operations/{id}',
  id: 'getOperation',
  tag: 'operations',
  summary: 'One operation, and what the caller may do with it now',
  description:
    'With wait the answer is held until the operation is in another state than known, or has ended: a long poll. ' +
    'GET /events streams changes instead.',
  action: 'read',
  params: OPERATION_ID,
  query: WaitInput,
  response: Operation,
  async run(context, { params, query }) {
    await waitForOperation(context, params.id ?? '', parseInput(WaitInput, query));
    return toOperation(await getOperation(context, params.id ?? ''));
  },
});

function toOperation({ operation, regions, approval, may }: OperationDetail) {
  const plan = readStoredOperation(operation.plan);
  return {
    ...operation,
    regions,
    may,
    change: plan?.change ?? null,
    changes: plan?.changes ?? [],
    checks: plan?.checks ?? [],
    price: readStoredPrice(operation.price),
    request: z.looseObject({ request: z.unknown() }).safeParse(operation.params).data?.request ?? null,
    revertedBy: operation.revertedBy.map(({ id }) => id),
    decisions: operation.decisions.map(({ id, person, principal, decision, reason, decidedAt }) => ({
      person: { id: person.id, name: person.name },
      inNameOf: principal && { id: principal.id, name: principal.name },
      decision,
      reason,
      decidedAt,
      counts: approval.counts(id),
    })),
    approval: {
      risk: approval.asked.risk,
      reasons: approval.asked.reasons,
      requirements: approval.progress.requirements,
      tightened: approval.asked.tightened,
      voided: readVoided(operation.voided),
    },
    steps: {
      total: operation.steps.length,
      done: operation.steps.filter(({ state }) => state === 'done' || state === 'skipped').length,
      current:
        operation.steps.find(({ state }) => ['running', 'holding', 'unknown'].includes(state))?.title ?? null,
    },
  };
}

export const steps = defineRoute({
  method: 'GET',
  path: '/operations/{id}/steps',
  id: 'listOperationSteps',
  tag: 'operations',
  summary: 'The steps of an operation, with evidence, AWS request ids and equivalent commands',
  action: 'read',
  params: OPERATION_ID,
  query: Empty,
  response: z.object({ items: z.array(Step) }),
  async run(context, { params, query }) {
    parseInput(Empty, query);
    const { operation } = await getOperation(context, params.id ?? '');
    return {
      items: operation.steps.map((step) => ({
        ...step,
        calls: operation.calls.filter(({ stepKey }) => stepKey === step.key),
      })),
    };
  },
});

function act(
  verb: Verb<z.ZodType, unknown>,
  word: string,
  parts: Pick<Route, 'summary' | 'action' | 'response'> & { body: z.ZodType; status?: Route['status'] },
): Route {
  return defineRoute({
    ...parts,
    method: 'POST',
    path: `/operations/{id}/${word}`,
    id: `${word.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}Operation`,
    tag: 'operations',
    params: OPERATION_ID,
    ...(parts.status ? { status: parts.status } : {}),
    run: (context, { params, body }) => verb(context, withPath(body, params)),
  });
}

export const approve = act(approveOperation, 'approve', {
  summary: 'Approve the plan with this digest; the approval that meets the last of what is asked starts it',
  action: 'operation.approve',
  body: ApproveInput.omit({ id: true }),
  response: Decided,
});

export const reject = act(rejectOperation, 'reject', {
  summary: 'Reject the request for good, with a reason',
  action: 'operation.approve',
  body: RejectInput.omit({ id: true }),
  response: Decided,
});

export const askChanges = act(askForChanges, 'ask-changes', {
  summary: 'Send the request back for changes, with what should be another way; it ends',
  action: 'operation.approve',
  body: AskChangesInput.omit({ id: true }),
  response: Decided,
});

export const comment = act(commentOperation, 'comment', {
  summary: 'Say something about a request or a run; it stays',
  action: 'operation.comment',
  body: CommentInput.omit({ id: true }),
  response: Identified,
  status: 201,
});

export const withdraw = act(withdrawOperation, 'withdraw', {
  summary: 'Take back one’s own request while it waits',
  action: 'operation.request',
  body: Empty,
  response: Decided,
});

export const skip = act(skipSoak, 'skip-soak', {
  summary: 'Waive the rest of a soak, for a reason; its gate still turns round what is beyond a limit',
  action: 'operation.skip-soak',
  body: SkipSoakInput.omit({ id: true }),
  response: CutShort,
});

export const promote = act(promoteOperation, 'promote', {
  summary: 'Leave out the waits between the Regions that remain; soaks and gates stay',
  action: 'operation.control',
  body: PromoteInput.omit({ id: true }),
  response: CutShort,
});

const Control = ControlInput.omit({ id: true });

export const pause = act(pauseOperation, 'pause', {
  summary: 'Pause at the next gate',
  action: 'operation.control',
  body: Control,
  response: Controlled,
});

export const resume = act(resumeOperation, 'resume', {
  summary: 'Go on after a pause',
  action: 'operation.control',
  body: Control,
  response: Controlled,
});

export const abort = act(abortOperation, 'abort', {
  summary: 'Stop, and put back what was done',
  action: 'operation.abort',
  body: Control,
  response: Controlled,
});

export const revert = act(revertOperation, 'revert', {
  summary:
    'Put back former weights, with minimums of nodes that were raised, or versions, or what a stopped recovery left: a run turns round, an ended one gets an operation of its own',
  action: 'operation.control',
  body: Control,
  response: Controlled,
});

export const leave = act(leaveOperation, 'leave', {
  summary: 'End a compensation that has failed, and leave what stands as it is, with a reason',
  action: 'operation.control',
  body: LeaveInput.omit({ id: true }),
  response: Controlled,
});

export const close = act(closeOperation, 'close', {
  summary: 'End a run that holds behind its point of no return, with what is open on record; owes a review',
  action: 'operation.control',
  body: CloseInput.omit({ id: true }),
  response: LeftUndone,
});

export const omit = act(omitStep, 'omit', {
  summary:
    'Go on without a step that holds behind the point of no return, where the plan allows it; owes a review',
  action: 'operation.control',
  body: OmitInput.omit({ id: true }),
  response: LeftUndone,
});
