import type {
  Gate,
  GateFigure,
  OperationModel,
  OperationRow,
  OperationStep,
  OperationsModel,
} from '#components/operations/model.ts';
import { formatClock, formatMoney, formatShare, NBSP } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { isEnded, isPuttingBack, type OperationState } from '#lib/domain/operation/state.ts';
import { type GateVerdict, isThin } from '#lib/domain/traffic/gate.ts';
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
  readStoredPlan,
  readStoredPrice,
  type StoredPlan,
} from '#lib/services/operations/stored.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { leavePlan, stopPlan, undoPlan } from './acts.ts';
import { checkModel, count, inOrder, STATE_STATUS, within } from './common.ts';

const FILTERS = [
  { key: undefined, label: 'All' },
  { key: 'active', label: 'Running' },
  { key: 'awaiting-approval', label: 'Awaiting approval' },
  { key: 'done', label: 'Done' },
  { key: 'reverted', label: 'Reverted' },
  { key: 'failed', label: 'Failed' },
] as const;

const STATE_WORDS: Record<OperationState, string> = {
  'awaiting-approval': 'awaiting approval',
  preempting: 'taking the environment',
  queued: 'queued',
  running: 'running',
  paused: 'paused',
  holding: 'held',
  aborting: 'aborting',
  reverting: 'reverting',
  done: 'done',
  reverted: 'reverted',
  aborted: 'aborted',
  failed: 'failed',
  rejected: 'rejected',
  expired: 'expired',
  withdrawn: 'withdrawn',
  superseded: 'superseded',
};

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
  const active = items.filter(({ state }) =>
    ['queued', 'running', 'paused', 'holding', 'aborting', 'reverting'].includes(state),
  );
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
    kind: item.kind,
    requestedBy: item.requester.name,
    approvedBy: item.needed === 0 ? 'none needed' : `${approvals} of ${item.needed}`,
    startedAt: item.startedAt?.toISOString() ?? null,
    tookSeconds: item.startedAt ? (end.getTime() - item.startedAt.getTime()) / 1_000 : null,
  };
}

/** One operation as its page shows it; throws NotFoundError. */
export async function operationModel(context: VerbContext, id: string): Promise<OperationModel> {
  const detail = await getOperation(context, id);
  const { operation, may } = detail;
  const { now, estate } = context;
  const environment = findEnvironment(estate, operation.environment);
  const plan = readStoredPlan(operation.plan);
  const state = operation.state as OperationState;
  const usual = await listStepDurations(context, operation.kind);
  const done = operation.steps.filter((step) => step.state === 'done' || step.state === 'skipped').length;
  const failed = operation.steps.filter((step) => step.state === 'failed').length;
  const waiting = operation.steps.filter((step) => step.state === 'waiting').length;
  const back = 2 * estate.dns.ttlSeconds + 5;
  const stoppable = {
    id,
    title: operation.title,
    state,
    desired: operation.desired,
    done,
    total: operation.steps.length,
  };
  return {
    at: now.toISOString(),
    id,
    status: STATE_STATUS[state],
    answer: answerOf(detail),
    detail: `${operation.title}. ${operation.reason}`,
    steps: operation.steps.map((step, i) =>
      stepModel(detail, step, i + 1, usual.get(step.action) ?? null, now),
    ),
    stepSummary: [
      `${done} done`,
      failed > 0 ? `${failed} failed` : null,
      waiting > 0 ? `${waiting} waiting` : null,
    ]
      .filter(Boolean)
      .join(', '),
    ...gatesOf(detail),
    gateNote: `Environment ${operation.environment} judges on at least ${environment?.minSample ?? 0} requests; missing numbers never pass. Limits of writes include the round trip to the writer.`,
    approvals: approvalsOf(detail),
    facts: factsOf(detail, plan, environment?.regions ?? [], within(estate, operation.environment)),
    digest: operation.digest,
    checks: (plan?.checks ?? []).map((check) => checkModel(check, 86_400)),
    recovery: null,
    share: plan ? await shareOf(context, detail, plan.change) : null,
    abortLeaves: isEnded(state)
      ? 'It has ended; nothing of it runs any more.'
      : `Abort stops after what is in flight, puts the former weights back in one change, and traffic follows within about ${back} s. Nodes that were added stay.`,
    pause: may.pause,
    resume: may.resume,
    held: state === 'holding',
    abort: { permission: may.abort, plan: stopPlan(stoppable, 'abort', back) },
    revert:
      state === 'done'
        ? { label: 'Put it back', permission: may.revert, plan: undoPlan(operation, back) }
        : { label: 'Revert', permission: may.revert, plan: stopPlan(stoppable, 'revert', back) },
    leave: isPuttingBack(state)
      ? { permission: may.leave, plan: leavePlan(stoppable, notPutBack(detail, plan)) }
      : null,
  };
}

/** Titles of the steps that have not put back what they are there for. */
function notPutBack({ operation }: OperationDetail, plan: StoredPlan | null): string[] {
  const back = new Set(plan?.compensation.map(({ key }) => key));
  return operation.steps
    .filter(({ key, state }) => back.has(key) && state !== 'done' && state !== 'skipped')
    .map(({ title }) => title);
}

type Step = OperationDetail['operation']['steps'][number];

const STEP_STATUS: Record<string, Status> = {
  waiting: 'waiting',
  running: 'running',
  done: 'ok',
  skipped: 'ok',
  holding: 'held',
  failed: 'critical',
  unknown: 'unknown',
  reverted: 'held',
  'not-run': 'waiting',
};

function stepModel(
  detail: OperationDetail,
  step: Step,
  number: number,
  usualSeconds: number | null,
  now: Date,
): OperationStep {
  const { operation } = detail;
  const began = operation.startedAt?.getTime();
  const evidence = readStoredEvidence(step.evidence);
  const calls = operation.calls.filter(({ stepKey }) => stepKey === step.key);
  const end = step.endedAt ?? (step.state === 'running' || step.state === 'holding' ? now : null);
  const command = step.cli.at(-1);
  return {
    number,
    title: step.title,
    status: STEP_STATUS[step.state] ?? 'unknown',
    ...(step.state === 'not-run'
      ? { detail: 'not run' }
      : evidence.length > 0
        ? { detail: evidence.at(-1)?.text }
        : {}),
    region: step.region ?? 'global',
    beganSeconds:
      step.startedAt && began !== undefined ? Math.max(0, (step.startedAt.getTime() - began) / 1_000) : null,
    tookSeconds:
      step.startedAt && end ? Math.max(0, (end.getTime() - step.startedAt.getTime()) / 1_000) : null,
    usualSeconds,
    irreversible: step.irreversible,
    evidence: [
      ...evidence.map(({ at, text }) => ({ at, what: text, outcome: '' })),
      ...calls.map((call) => ({
        at: call.at.toISOString(),
        what: `${call.service}:${call.action} ${call.region}`,
        outcome: `${call.status}, ${call.durationMs} ms`,
        ...(call.requestId ? { requestId: call.requestId } : {}),
      })),
    ].sort((a, b) => a.at.localeCompare(b.at)),
    ...(command ? { command } : {}),
  };
}

function answerOf({ operation }: OperationDetail): string {
  const state = operation.state as OperationState;
  if (operation.outcome) return `${operation.id} ${STATE_WORDS[state]}: ${operation.outcome}`;
  if (state === 'awaiting-approval')
    return `${operation.id} waits for ${operation.needed === 1 ? 'an approver' : `${operation.needed} approvers`}.`;
  const current = operation.steps.find((step) => step.state === 'running' || step.state === 'holding');
  const total = operation.steps.length;
  return current
    ? `${operation.id} is ${STATE_WORDS[state]}, step ${current.position + 1} of ${total}: ${current.title.toLowerCase()}.`
    : `${operation.id} is ${STATE_WORDS[state]}.`;
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
      value === null ? 'unknown' : value > revertAbove ? 'critical' : value >= passBelow ? 'held' : 'ok',
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

function approvalsOf({ operation }: OperationDetail): OperationModel['approvals'] {
  const decided = operation.decisions.map((made) => ({
    who: made.person.name,
    word:
      made.digest === operation.digest
        ? `${made.decision === 'approve' ? 'approved' : 'rejected'}`
        : 'approved another plan',
    status: (made.decision === 'approve' ? 'ok' : 'held') as Status,
    at: made.decidedAt.toISOString(),
    ...(made.reason ? { reason: made.reason } : {}),
  }));
  const missing =
    operation.state === 'awaiting-approval'
      ? operation.needed - decided.filter(({ word }) => word === 'approved').length
      : 0;
  return [
    {
      who: operation.requester.name,
      word: 'requested',
      status: 'ok',
      at: operation.createdAt.toISOString(),
      reason: operation.reason,
    },
    ...decided,
    ...(missing > 0
      ? [{ who: count(missing, 'approver'), word: 'not decided', status: 'waiting' as const, at: null }]
      : []),
  ];
}

function factsOf(
  { operation, regions }: OperationDetail,
  plan: ReturnType<typeof readStoredPlan>,
  regionOrder: readonly string[],
  here: { environment?: string },
): OperationModel['facts'] {
  const price = readStoredPrice(operation.price);
  const hosts = [...new Set(operation.calls.map(({ host }) => host).filter(Boolean))];
  return [
    { term: 'Environment', description: operation.environment },
    {
      term: 'Regions',
      description: regionOrder.filter((code) => regions.includes(code)).join(', ') || 'none',
    },
    ...(plan
      ? [
          {
            term: 'Shares',
            description: inOrder(plan.change.sharesAfter, regionOrder)
              .map(
                (code) =>
                  `${code} ${formatShare(plan.change.sharesBefore[code] ?? 0)} → ${formatShare(plan.change.sharesAfter[code] ?? 0)} %`,
              )
              .join(', '),
          },
        ]
      : []),
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
  change: { sharesBefore: Record<string, number>; sharesAfter: Record<string, number> },
): Promise<OperationModel['share']> {
  if (!operation.startedAt) return null;
  const gain = (code: string) => (change.sharesAfter[code] ?? 0) - (change.sharesBefore[code] ?? 0);
  const region = Object.keys(change.sharesAfter).sort((a, b) => gain(b) - gain(a))[0];
  if (!region) return null;
  const data = await readSharedSeries(context.database.pool, {
    subjects: [region],
    metrics: ['share.measured', 'share.configured'],
    from: new Date(operation.startedAt.getTime() - 60_000),
    to: operation.endedAt ? new Date(operation.endedAt.getTime() + 60_000) : context.now,
    points: 120,
  });
  const points = (metric: string) =>
    (data.series.find((series) => series.metric === metric)?.values ?? []).flatMap((share, i) =>
      share === null ? [] : [{ at: new Date((data.times[i] ?? 0) * 1_000).toISOString(), share }],
    );
  return { region, configured: points('share.configured'), measured: points('share.measured') };
}
