import type {
  Gate,
  GateFigure,
  OperationModel,
  OperationRow,
  OperationsModel,
} from '#components/operations/model.ts';
import { formatClock, formatMoney, formatShare, NBSP } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import type { ApprovalProgress } from '#lib/domain/approval/progress.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { openPoints } from '#lib/domain/operation/open-points.ts';
import {
  ACTIVE_STATES,
  isEnded,
  isPuttingBack,
  isUndoable,
  type OperationState,
} from '#lib/domain/operation/state.ts';
import { actsAsRecovery, isRecoveryKind } from '#lib/domain/recovery/params.ts';
import { type GateVerdict, isThin } from '#lib/domain/traffic/gate.ts';
import { raisedMinimums } from '#lib/domain/traffic/raised.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listStepDurations } from '#lib/services/operations/durations.ts';
import {
  getOperation,
  listOperations,
  type OperationDetail,
  type OperationSummary,
} from '#lib/services/operations/read.ts';
import {
  readStoredEvidence,
  readStoredOperation,
  readStoredPrice,
  type StoredOperation,
} from '#lib/services/operations/stored.ts';
import { readStepHistory, type StepDurationsByName } from '#lib/services/recovery/history.ts';
import type { RunRecords } from '#lib/services/recovery/records.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { leavePlan, putBackPlan, stopPlan, undoPlan, withdrawPlan } from './acts.ts';
import { commentsModel } from './comments.ts';
import { checkModel, count, inOrder, listOf, STATE_STATUS, STATE_WORDS, within } from './common.ts';
import { decisionWords } from './decision-words.ts';
import { deploymentRunOf, isDeploymentKind } from './deployment-run.ts';
import { deploymentAnswer, deploymentLeaves } from './deployment-words.ts';
import { kindName } from './kind-words.ts';
import { stepModel } from './operation-steps.ts';
import { recoveryPage } from './recovery-run.ts';
import { changeFacts, type RecoveryAnswer, recoveryAnswer, recoveryLeaves } from './recovery-words.ts';
import { rollbackOffer } from './rollback-offer.ts';
import { courseOf, gainsMost, type ShareChange } from './share-course.ts';
import { undoneOf } from './undone.ts';

const DAY_SECONDS = 86_400;

const FILTERS = [
  { key: undefined, label: 'All' },
  { key: 'active', label: 'Running' },
  { key: 'awaiting-approval', label: 'Awaiting approval' },
  { key: 'scheduled', label: 'Scheduled' },
  { key: 'done', label: 'Done' },
  { key: 'reverted', label: 'Reverted' },
  { key: 'failed', label: 'Failed' },
  { key: 'incomplete', label: 'Incomplete' },
] as const;

export async function operationsModel(
  context: VerbContext,
  query: { environment: string; state?: string; cursor?: string },
): Promise<OperationsModel> {
  const filter = FILTERS.find(({ key }) => key === query.state) ?? FILTERS[0];
  const { items, nextCursor } = await listOperations(context, {
    environment: query.environment,
    ...(filter.key ? { state: filter.key } : {}),
    ...(query.cursor ? { cursor: query.cursor } : {}),
  });
  const active = items.filter(({ state }) => ['preempting', ...ACTIVE_STATES].includes(state));
  const waiting = items.filter(({ state }) => state === 'awaiting-approval');
  const running = active[0];
  const here = within(context.estate, query.environment);
  return {
    at: context.now.toISOString(),
    status: running ? STATE_STATUS[running.state as OperationState] : waiting.length > 0 ? 'waiting' : 'ok',
    answer: running
      ? `${running.id} is ${STATE_WORDS[running.state as OperationState]}.`
      : waiting.length > 0
        ? `${count(waiting.length, 'request')} ${waiting.length === 1 ? 'waits' : 'wait'} for approval.`
        : `Nothing runs in ${query.environment}.`,
    detail: running
      ? running.title
      : 'One operation at a time in an environment; a request that waits for approval holds nothing.',
    filters: FILTERS.map(({ key, label }) => ({
      label,
      href: routes.operations({ ...here, ...(key ? { state: key } : {}) }),
      current: key === filter.key,
    })),
    rows: items.map((item) => operationRow(item, here, context.now)),
    summary: `${count(items.length, 'operation')} on this page`,
    newer: query.cursor ? routes.operations({ ...here, ...(filter.key ? { state: filter.key } : {}) }) : null,
    older: nextCursor
      ? routes.operations({
          ...here,
          ...(filter.key ? { state: filter.key } : {}),
          cursor: nextCursor,
        })
      : null,
    emptyText: filter.key
      ? `No operation in ${query.environment} is ${filter.label.toLowerCase()}.`
      : `No operation was ever asked for in ${query.environment}. Shift traffic from the Traffic page.`,
  };
}

function operationRow(item: OperationSummary, here: { environment?: string }, now: Date): OperationRow {
  const approvals = item.decisions.filter(
    ({ decision, digest }) => decision === 'approve' && digest === item.digest,
  ).length;
  const state = item.state as OperationState;
  const end = item.endedAt ?? now;
  return {
    id: item.id,
    href: routes.operation(item.id, here),
    status: STATE_STATUS[state],
    word: STATE_WORDS[state],
    what: item.title,
    kind: kindName(item.kind),
    requestedBy: item.requester.name,
    approvedBy: item.needed === 0 ? 'none needed' : `${approvals} of ${item.needed}`,
    startedAt: item.startedAt?.toISOString() ?? null,
    tookSeconds: item.startedAt ? (end.getTime() - item.startedAt.getTime()) / 1_000 : null,
  };
}

/** One operation as its page shows it; throws NotFoundError. */
export async function operationModel(
  context: VerbContext,
  id: string,
  query: { orders?: string | undefined; cursor?: string | undefined } = {},
): Promise<OperationModel> {
  const detail = await getOperation(context, id);
  const { operation, may } = detail;
  const { now, estate } = context;
  const environment = findEnvironment(estate, operation.environment);
  const here = within(estate, operation.environment);
  const plan = readStoredOperation(operation.plan);
  const state = operation.state as OperationState;
  const recovers = isRecoveryKind(operation.kind);
  const history = recovers ? await readStepHistory(context.database, operation.environment) : {};
  const usual = recovers ? usualByKey(history) : await usualByAction(context, operation.kind);
  const page = recovers ? await recoveryPage(context, detail, history, query) : null;
  const deployment = await deploymentRunOf(context, detail, plan);
  const words: RecoveryAnswer | null = page
    ? recoveryAnswer(detail, page, STATE_WORDS)
    : deployment && deploymentAnswer(detail, deployment);
  const planned = new Map(
    [...(plan?.steps ?? []), ...(plan?.compensation ?? [])].map((step) => [step.key, step]),
  );
  const done = operation.steps.filter((step) => step.state === 'done' || step.state === 'skipped').length;
  const back = 2 * estate.dns.ttlSeconds + 5;
  const putsBack = (plan?.compensation ?? []).map(({ title }) => title);
  const stoppable = {
    id,
    kind: operation.kind,
    title: operation.title,
    state,
    desired: operation.desired,
    done,
    total: operation.steps.length,
    putsBack,
  };
  return {
    at: now.toISOString(),
    id,
    status: words?.status ?? STATE_STATUS[state],
    ...headOf(detail, words?.answer ?? answerOf(detail)),
    ...(words?.detail === undefined ? {} : { detail: words.detail }),
    steps: operation.steps.map((step) =>
      stepModel(detail, step, { usualSeconds: usual(step), planned: planned.get(step.key), now }),
    ),
    stepSummary: stepSummary(detail, done),
    ...gatesOf(detail),
    gateNote: `Environment ${operation.environment} judges on at least ${environment?.minSample ?? 0} requests; missing numbers never pass. Limits of writes include the round trip to the writer.`,
    comments: await commentsModel(context, id),
    approvals: approvalsOf(detail, page?.records.review ?? null),
    facts: factsOf(detail, {
      change: plan?.change ?? null,
      overridden: page?.records.overridden ?? [],
      regionOrder: environment?.regions ?? [],
      here,
    }),
    auditHref: routes.audit({ ...here, operation: id }),
    digest: operation.digest,
    checks: (plan?.checks ?? []).map((check) => checkModel(check, { withinSeconds: DAY_SECONDS, here })),
    recovery: page?.run ?? null,
    deployment,
    rollback: deployment ? await ownOffer(context, detail) : null,
    share: plan?.change ? await shareOf(context, detail, plan.change) : null,
    abortLeaves: actsAsRecovery(operation.kind)
      ? recoveryLeaves(detail, putsBack)
      : deployment
        ? deploymentLeaves(state, deployment)
        : shiftLeaves(state, back),
    ...(state === 'awaiting-approval' && may.decide.allowed
      ? { decideHref: routes.approvals({ ...here, operation: id }) }
      : {}),
    pause: may.pause,
    resume: may.resume,
    held: state === 'holding',
    abort: { permission: may.abort, plan: stopPlan(stoppable, 'abort', back) },
    revert: revertOf(detail, stoppable, back),
    withdraw: may.withdraw.allowed ? withdrawPlan(operation) : null,
    undone: undoneOf(detail),
    open: state === 'incomplete' ? openPoints(operation.steps) : [],
    leave: isPuttingBack(state)
      ? { permission: may.leave, plan: leavePlan(stoppable, notPutBack(detail, plan)) }
      : null,
  };
}

/** What it is is said once: in the answer where that names it, else under it. */
function headOf(
  { operation: { title, reason } }: OperationDetail,
  answer: OperationModel['answer'],
): Pick<OperationModel, 'answer' | 'detail'> {
  const text =
    typeof answer === 'string' ? answer : answer.filter((part) => typeof part === 'string').join('');
  return { answer, detail: text.includes(title) ? reason : `${title}. ${reason}` };
}

/** Of a recovery that went to its end, or left nothing: there is no control to show. */
const NOTHING_LEFT: ReadonlySet<string> = new Set(['nothing-left', 'no-snapshot']);

/** A shift keeps what was before it; what a recovery has changed is changed again by a plan of its own, once it is done. */
function revertOf(
  { operation, may, putsBack }: OperationDetail,
  stoppable: Parameters<typeof stopPlan>[0],
  back: number,
): OperationModel['revert'] {
  const state = operation.state as OperationState;
  if (isDeploymentKind(operation.kind) || operation.kind === 'recovery-revert') return null;
  if (isRecoveryKind(operation.kind) && isEnded(state))
    return !may.revert.allowed && NOTHING_LEFT.has(may.revert.code)
      ? null
      : { label: 'Put it back', permission: may.revert, plan: putBackPlan(operation, putsBack) };
  return isUndoable(state)
    ? {
        label: 'Put it back',
        permission: may.revert,
        plan: undoPlan(operation, raisedMinimums(operation.steps), back),
      }
    : { label: 'Revert', permission: may.revert, plan: stopPlan(stoppable, 'revert', back) };
}

/** What can be rolled back, where this very run brought it. */
async function ownOffer(
  context: VerbContext,
  { operation }: OperationDetail,
): Promise<OperationModel['rollback']> {
  const offer = await rollbackOffer(context, operation.environment);
  return offer?.operation.id === operation.id ? offer : null;
}

function shiftLeaves(state: OperationState, back: number): string {
  if (state === 'superseded')
    return 'An emergency took its environment: it stopped where it was, and put nothing back. “Put it back” sets the weights of before it, and minimums of nodes that it raised.';
  return isEnded(state)
    ? 'It has ended; nothing of it runs any more.'
    : `Abort stops after what is in flight, puts the former weights back in one change, and traffic follows within about ${back} s. Nodes that were added stay.`;
}

type Usual = (step: { key: string; action: string }) => number | null;

function usualByKey(history: StepDurationsByName): Usual {
  return ({ key, action }) => (history[key] ?? history[action])?.p75Seconds ?? null;
}

async function usualByAction(context: VerbContext, kind: string): Promise<Usual> {
  const durations = await listStepDurations(context, kind);
  return ({ action }) => durations.get(action) ?? null;
}

function stepSummary({ operation }: OperationDetail, done: number): string {
  const of = (state: string) => operation.steps.filter((step) => step.state === state).length;
  const rest: [number, string][] = [
    [of('running'), 'running'],
    [of('holding'), 'held'],
    [of('failed'), 'failed'],
    [of('omitted'), 'left undone'],
    [of('unknown'), 'unknown'],
    [of('waiting'), 'waiting'],
    [of('not-run'), 'not run'],
  ];
  return [`${done} done`, ...rest.flatMap(([number, word]) => (number > 0 ? `${number} ${word}` : []))].join(
    ', ',
  );
}

/** Titles of the steps that have not put back what they are there for. */
function notPutBack({ operation }: OperationDetail, plan: StoredOperation | null): string[] {
  const back = new Set(plan?.compensation.map(({ key }) => key));
  return operation.steps
    .filter(({ key, state }) => back.has(key) && state !== 'done' && state !== 'skipped')
    .map(({ title }) => title);
}

function answerOf({ operation, approval }: OperationDetail): string {
  const state = operation.state as OperationState;
  if (operation.outcome) return `${operation.id} ${STATE_WORDS[state]}: ${operation.outcome}`;
  if (state === 'awaiting-approval') return `${operation.id} waits for ${waitedFor(approval.progress)}.`;
  const current = operation.steps.find((step) => step.state === 'running' || step.state === 'holding');
  const total = operation.steps.length;
  return current
    ? `${operation.id} is ${STATE_WORDS[state]}, step ${current.position + 1} of ${total}: ${current.title.toLowerCase()}.`
    : `${operation.id} is ${STATE_WORDS[state]}.`;
}

/** "an approver", "2 approvers and 1 operator" */
function waitedFor({ requirements }: ApprovalProgress): string {
  const open = requirements.filter(({ met }) => !met);
  const [only] = open;
  return open.length === 1 && only?.key === 'approvers' && only.need === 1
    ? 'an approver'
    : listOf(open.map(({ words }) => words));
}

const BAND_STATUS = { pass: 'ok', hold: 'held', revert: 'critical' } as const satisfies Record<
  GateVerdict['band'],
  Status
>;

/** The newest verdict of each SLI, from the evidence of the last gate that judged. */
function gatesOf({ operation }: OperationDetail): Pick<OperationModel, 'gates' | 'gatesAt'> {
  const judged = operation.steps
    .flatMap((step) => readStoredEvidence(step.evidence))
    .filter(({ kind }) => kind === 'gate')
    .sort((a, b) => a.at.localeCompare(b.at))
    .at(-1);
  // Written by our own gate, in the shape of its verdicts.
  const verdicts = (judged?.data?.verdicts ?? []) as GateVerdict[];
  return {
    gatesAt: judged?.at ?? null,
    gates: verdicts.map((verdict) => gateOf(verdict, judged?.at ?? null)),
  };
}

/** What was judged stays what it was: a verdict does not grow stale, its age stands above the table. */
const VERDICT_SECONDS = 86_400 * 365;

function gateOf(verdict: GateVerdict, at: string | null): Gate {
  const { subject, band, sli, limits, errorRateBelow } = verdict;
  const [region = subject, kind = ''] = subject.split(' ');
  const figure = (value: number | null, passBelow: number, revertAbove: number): GateFigure => ({
    reading: { value, at, withinSeconds: VERDICT_SECONDS },
    passBelow,
    revertAbove,
    verdict:
      value === null
        ? 'unknown'
        : value > revertAbove && band === 'revert'
          ? 'critical'
          : value >= passBelow
            ? 'held'
            : 'ok',
  });
  return {
    id: subject,
    region,
    sli: kind,
    verdict: isThin(verdict) ? 'unknown' : BAND_STATUS[band],
    errorRate: figure(
      sli.requests > 0 ? sli.errors / sli.requests : null,
      limits.errorRate,
      limits.revertErrorRate,
    ),
    p95Ms: figure(sli.p95Ms, limits.p95Ms, limits.revertP95Ms),
    requests: sli.requests,
    proves:
      errorRateBelow === null
        ? null
        : `${count(sli.errors, 'error')}: < ${formatShare(errorRateBelow, 1)}${NBSP}%`,
  };
}

function approvalsOf(
  { operation, approval }: OperationDetail,
  review: RunRecords['review'],
): OperationModel['approvals'] {
  const decided = operation.decisions.map((made) => ({
    who: made.principal ? `${made.person.name} for ${made.principal.name}` : made.person.name,
    ...decisionWords(made, operation.digest),
    at: made.decidedAt.toISOString(),
    ...(made.reason ? { reason: made.reason } : {}),
  }));
  const open =
    operation.state === 'awaiting-approval' ? approval.progress.requirements.filter(({ met }) => !met) : [];
  return [
    {
      who: operation.requester.name,
      word: operation.emergency ? 'declared an emergency' : 'requested',
      status: operation.emergency ? 'warning' : 'ok',
      at: operation.createdAt.toISOString(),
      reason: operation.reason,
    },
    ...decided,
    ...open.map(({ words }) => ({
      who: words,
      word: 'not decided',
      status: 'waiting' as const,
      at: null,
    })),
    ...(review === null
      ? []
      : [
          {
            who: 'a second person',
            word: review.reviewedAt === null ? 'to review' : 'reviewed',
            status: review.reviewedAt === null ? ('waiting' as const) : ('ok' as const),
            at: review.reviewedAt?.toISOString() ?? null,
          },
        ]),
  ];
}

interface FactsAbout {
  change: StoredOperation['change'];
  overridden: readonly string[];
  regionOrder: readonly string[];
  here: { environment?: string };
}

function factsOf(
  { operation, regions }: OperationDetail,
  { change, overridden, regionOrder, here }: FactsAbout,
): OperationModel['facts'] {
  const price = readStoredPrice(operation.price);
  const hosts = [...new Set(operation.calls.map(({ host }) => host).filter(Boolean))];
  return [
    { term: 'Environment', description: operation.environment },
    {
      term: 'Regions',
      description: regionOrder.filter((code) => regions.includes(code)).join(', ') || 'none',
    },
    ...(change
      ? [
          {
            term: 'Shares',
            description: inOrder(change.sharesAfter, regionOrder)
              .map(
                (code) =>
                  `${code} ${formatShare(change.sharesBefore[code] ?? 0)} → ${formatShare(change.sharesAfter[code] ?? 0)} %`,
              )
              .join(', '),
          },
        ]
      : isDeploymentKind(operation.kind)
        ? [] // its changes stand by Region beside its steps
        : changeFacts(operation.plan)),
    { term: 'Requested', description: `${operation.requester.name}, by ${operation.requestedVia}` },
    ...(operation.startedAt && operation.endedAt
      ? [
          {
            term: 'Took',
            description: formatClock((operation.endedAt.getTime() - operation.startedAt.getTime()) / 1_000),
          },
        ]
      : []),
    ...(price
      ? [{ term: 'Price', description: `${formatMoney(price.monthlyDollars)} a month, if kept` }]
      : []),
    ...(hosts.length > 0 ? [{ term: 'AWS endpoint', description: hosts.join(', ') }] : []),
    ...(operation.acknowledged.length > 0
      ? [{ term: 'Accepted', description: operation.acknowledged.join(', ') }]
      : []),
    ...(overridden.length > 0 ? [{ term: 'Overridden', description: overridden.join(', ') }] : []),
    ...(operation.preempted
      ? [
          {
            term: 'Took over from',
            description: `${operation.preempted.id}, ${operation.preempted.title}: ${STATE_WORDS[operation.preempted.state as OperationState]}`,
            href: routes.operation(operation.preempted.id, here),
          },
        ]
      : []),
    ...operation.preemptedBy.map(({ id, title }) => ({
      term: 'Superseded by',
      description: `${id}, ${title}`,
      href: routes.operation(id, here),
    })),
    ...(operation.revertedBy.length > 0
      ? operation.revertedBy.slice(-1).map(({ id, state }) => ({
          term: 'Reverted by',
          description: `${id}, ${STATE_WORDS[state as OperationState]}`,
          href: routes.operation(id, here),
        }))
      : []),
    ...(operation.reverts
      ? [
          {
            term: 'Puts back',
            description: operation.reverts,
            href: routes.operation(operation.reverts, here),
          },
        ]
      : []),
  ];
}

async function shareOf(
  context: VerbContext,
  { operation }: OperationDetail,
  change: ShareChange,
): Promise<OperationModel['share']> {
  if (!operation.startedAt) return null;
  const region = gainsMost(change, Object.keys(change.sharesAfter));
  if (!region) return null;
  const data = await readSharedSeries(context, {
    subjects: [region],
    metrics: ['share.measured', 'share.configured'],
    from: new Date(operation.startedAt.getTime() - 60_000),
    to: operation.endedAt ? new Date(operation.endedAt.getTime() + 60_000) : context.now,
    points: 120,
  });
  return {
    region,
    configured: courseOf(data, 'share.configured'),
    measured: courseOf(data, 'share.measured'),
  };
}
