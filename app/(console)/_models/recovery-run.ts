import type {
  ClockModel,
  ClocksModel,
  FencingRun,
  Milestone,
  RecoveryRun,
  RpoRun,
  RunDebt,
} from '#components/operations/recovery-model.ts';
import { formatClock } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import {
  type Clock,
  clocksOf,
  projectRun,
  type RunTimes,
  SEED_BUDGETS,
} from '#lib/domain/recovery/clocks.ts';
import { type RecoveryKind, RpoContract } from '#lib/domain/recovery/params.ts';
import { debtState } from '#lib/domain/recovery/review-debt.ts';
import { routes } from '#lib/routes.ts';
import { listBundles } from '#lib/services/breakglass/read.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { FENCE_TRIED_EVERY_SECONDS } from '#lib/services/fences/means.ts';
import type { OperationDetail } from '#lib/services/operations/read.ts';
import { readPlannedSteps, runTimes } from '#lib/services/recovery/clocks.ts';
import {
  type ClockHistory,
  readClockHistory,
  type StepDurationsByName,
} from '#lib/services/recovery/history.ts';
import { findPlanId } from '#lib/services/recovery/plans.ts';
import { findDetectedAt, type RunRecords, readRunRecords } from '#lib/services/recovery/records.ts';
import { readSituation } from '#lib/services/recovery/situation.ts';
import { clientSeenOf } from './client-seen.ts';
import { within } from './common.ts';
import { fenceMeansName } from './fence-words.ts';
import { fellShort } from './operation-steps.ts';
import { readOrderRate } from './order-rate.ts';
import { ordersOf } from './run-orders.ts';

/** What a recovery's page is filled from, beside its steps. */
export interface RecoveryPage {
  run: RecoveryRun;
  clocks: readonly Clock[];
  records: RunRecords;
  /** 0:00 of the clocks; null while it has not begun. */
  zeroAt: string | null;
  /** Whether users miss something since then, as far as is known. */
  outage: boolean;
  asked: AskedRegions;
}

/** Regions by their part in what was asked for. */
interface AskedRegions {
  lost: string | null;
  target: string | null;
  region: string | null;
  from: string | null;
  to: string | null;
}

/** A detection this long before 0:00 is another outage's, ms: who sees it first and who declares it are seconds apart. */
const SEEN_BEFORE_MS = 60_000;

export async function recoveryPage(
  context: VerbContext,
  detail: OperationDetail,
  history: StepDurationsByName,
  query: { orders?: string | undefined; cursor?: string | undefined },
): Promise<RecoveryPage> {
  const { operation } = detail;
  const until = operation.endedAt ?? context.now;
  const times = runTimes(operation, until);
  const zeroAt = times.outageAt ?? times.startedAt;
  const records = await readRunRecords(context, operation.id);
  const asked = askedRegions(operation.params);
  const left = asked.lost ?? asked.region;
  const former = await readClockHistory(context.database, {
    environment: operation.environment,
    kind: operation.kind,
    before: until,
  });
  const detectedAt =
    zeroAt && left && times.outageAt
      ? await findDetectedAt(context, {
          environment: operation.environment,
          region: left,
          from: new Date(Date.parse(zeroAt) - SEEN_BEFORE_MS),
          until,
        })
      : null;
  const about = { context, detail, times, records, zeroAt, asked };
  const clocks = clocksOf(times);
  return {
    clocks,
    records,
    zeroAt,
    outage: times.outageAt !== null,
    asked,
    run: {
      clocks: clocksModel(about, { clocks, former, history, detectedAt }),
      rpo: await rpoOf(about),
      clientSeen: clocks.some(({ state }) => state !== 'not-applicable')
        ? await clientSeenOf(context, {
            records,
            zeroAt,
            endedAt: operation.endedAt,
            marks: milestonesOf(about, { clocks, detectedAt }),
          })
        : null,
      fencing: fencingOf(about),
      noReturn: noReturnOf(detail),
      debt: debtOf(context, operation.environment, records),
      orders: await ordersOf(context, { detail, records, query }),
      report: reportOf(operation.id, records),
      links: await linksOf(about),
    },
  };
}

interface About {
  context: VerbContext;
  detail: OperationDetail;
  times: RunTimes;
  records: RunRecords;
  zeroAt: string | null;
  asked: AskedRegions;
}

/** What was asked for, by the part that each Region has in it. */
export function askedRegions(params: unknown): AskedRegions {
  const request =
    typeof params === 'object' && params !== null && 'request' in params ? (params.request ?? {}) : {};
  const of = (field: string) => {
    const value = (request as Readonly<Record<string, unknown>>)[field];
    return typeof value === 'string' ? value : null;
  };
  return {
    lost: of('lost'),
    target: of('target'),
    region: of('region'),
    from: of('from'),
    to: of('to'),
  };
}

/* ---------- clocks ---------- */

interface Counted {
  clocks: readonly Clock[];
  former: Awaited<ReturnType<typeof readClockHistory>>;
  history: StepDurationsByName;
  detectedAt: Date | null;
}

function clocksModel(about: About, counted: Counted): ClocksModel | null {
  const { zeroAt, times, detail } = about;
  const { clocks, former, history, detectedAt } = counted;
  const counting = clocks.filter(({ state }) => state !== 'not-applicable');
  if (zeroAt === null || counting.length === 0) return null;
  const waits = waitsFor(about);
  // Of a run that holds nobody can say when it goes on.
  const projected =
    detail.operation.state === 'holding'
      ? null
      : projectRun(readPlannedSteps(detail.operation.plan).steps, times, history);
  return {
    zeroAt,
    zeroIs: zeroWords(about),
    clocks: counting.map((clock) => {
      const model = clockModel(
        clock,
        former[clock.clock] ?? null,
        projected?.[clock.clock] ?? null,
        times.endedAt,
      );
      return waits === null ? model : { ...model, state: 'waiting', waitsFor: waits, projected: null };
    }),
    detected: detectedAt && {
      seconds: secondsAfter(zeroAt, detectedAt.toISOString()),
      budgetSeconds: SEED_BUDGETS.detection.seconds,
    },
    milestones: milestonesOf(about, counted),
    endedAt: times.endedAt,
  };
}

/** In a planned move nobody misses anything before orders are frozen: until then no clock counts. */
function waitsFor({ times, detail: { operation } }: About): string | null {
  if (times.outageAt !== null || times.endedAt !== null) return null;
  const freeze = operation.steps.find(({ action }) => action === 'recovery.freeze-writes');
  return freeze ? `starts at step ${freeze.position + 1}` : null;
}

function zeroWords({ times, detail, asked }: About): string {
  if (times.outageAt === null) return 'the start of the run';
  const { outageAt } = readPlannedSteps(detail.operation.plan);
  return outageAt === null ? 'the write freeze' : `${asked.lost ?? asked.region} seen down`;
}

function clockModel(
  clock: Clock,
  history: ClockHistory | null,
  projected: ClockModel['projected'],
  endedAt: string | null,
): ClockModel {
  return {
    key: clock.clock,
    state: clock.state === 'stopped' ? 'stopped' : endedAt === null ? 'running' : 'missed',
    stoppedAt: clock.stoppedAt,
    waitsFor: null,
    budgetSeconds: clock.budgetSeconds,
    history,
    projected: clock.state === 'running' ? projected : null,
  };
}

const CLOCK_LABELS = { writes: 'orders taken', reads: 'reads normal', redundancy: 'replicating' } as const;

function milestonesOf(
  { zeroAt, times, detail, records }: About,
  { clocks, detectedAt }: Pick<Counted, 'clocks' | 'detectedAt'>,
): Milestone[] {
  if (zeroAt === null) return [];
  const began = times.startedAt === zeroAt ? null : times.startedAt;
  const step = (action: string, side: 'startedAt' | 'endedAt') =>
    detail.operation.steps.find((found) => found.action === action)?.[side]?.toISOString() ?? null;
  const marks: [string, string | null][] = [
    ['detected', detectedAt?.toISOString() ?? null],
    [records.emergency ? 'declared' : 'begun', began],
    ['DNS moved', step('recovery.await-dns', 'endedAt')],
    ['no return', noReturnStep(detail)?.startedAt?.toISOString() ?? null],
    ...clocks.map(({ clock, stoppedAt }): [string, string | null] => [CLOCK_LABELS[clock], stoppedAt]),
  ];
  return marks
    .flatMap(([label, at]) => (at === null ? [] : { label, seconds: secondsAfter(zeroAt, at) }))
    .filter(({ seconds }) => seconds >= 0)
    .sort((a, b) => a.seconds - b.seconds);
}

function noReturnStep({ operation }: OperationDetail) {
  return operation.steps.find(({ irreversible }) => irreversible);
}

function noReturnOf(detail: OperationDetail): RecoveryRun['noReturn'] {
  const step = noReturnStep(detail);
  if (!step) return null;
  const { startedAt } = detail.operation;
  const began = startedAt && step.startedAt && step.attempt > 0 ? step.startedAt : null;
  return {
    step: step.position + 1,
    passedSeconds: began && startedAt ? (began.getTime() - startedAt.getTime()) / 1_000 : null,
  };
}

/* ---------- what may be lost ---------- */

async function rpoOf({ context, detail, records, zeroAt }: About): Promise<RpoRun | null> {
  const accepted = RpoContract.safeParse(records.accepted).data;
  if (!accepted) return null;
  const { operation } = detail;
  const declared = operation.steps.find(({ action }) => action === 'recovery.declare');
  const measured = declaredRpo(declared?.output);
  const worse = declared?.state === 'failed';
  const rate = await readOrderRate(context, operation.environment, zeroAt);
  const missed = records.clients?.value?.orders.missing ?? null;
  const ended = operation.endedAt !== null;
  return {
    status: worse ? 'held' : 'ok',
    word: worse
      ? 'became worse: the run stopped'
      : declared?.state === 'done'
        ? 'held at declaration'
        : 'accepted',
    accepted,
    acceptedBy: [
      { who: operation.requester.name, at: operation.createdAt.toISOString() },
      ...operation.decisions
        .filter(({ decision, digest }) => decision === 'approve' && digest === operation.digest)
        .map(({ person, decidedAt }) => ({ who: person.name, at: decidedAt.toISOString() })),
    ],
    orders: rate === null ? null : { count: Math.ceil(accepted.seconds * rate), perSecond: rate },
    measured: measured
      ? [
          {
            when: 'At declaration',
            bound: { seconds: measured.seconds, bytes: null, measuredAt: measured.measuredAt },
            status: measured.seconds > accepted.seconds ? 'critical' : 'ok',
          },
        ]
      : [],
    lastOrder: measured?.lastOrder
      ? { id: measured.lastOrder.id, region: declared?.region ?? '', at: measured.lastOrder.createdAt }
      : null,
    lost: lostWords({ ended, missed, records }),
  };
}

interface DeclaredRpo {
  seconds: number;
  measuredAt: string;
  lastOrder: { id: string; createdAt: string } | null;
}

function declaredRpo(output: unknown): DeclaredRpo | null {
  const rpo = typeof output === 'object' && output !== null && 'rpo' in output ? output.rpo : null;
  // Written by our own step, `recovery.declare`.
  return rpo as DeclaredRpo | null;
}

function lostWords(known: { ended: boolean; missed: number | null; records: RunRecords }): string {
  const { ended, missed, records } = known;
  if (!ended) return 'not known until orders are taken again; then listed one by one';
  if (missed === 0) return 'none that clients had acknowledged';
  if (missed !== null) return 'listed above, order by order';
  return records.clients === null
    ? 'not known: nothing tells what clients saw'
    : `not known: ${records.clients.value?.orders.reason ?? records.clients.error ?? 'nobody could be asked'}`;
}

/* ---------- fencing ---------- */

type Fence = RunRecords['fences'][number];

const FENCING_ACTIONS = ['recovery.freeze-writes', 'recovery.switch', 'recovery.fence-database'];

function fencingOf({ detail, records, asked, zeroAt }: About): FencingRun | null {
  const { operation } = detail;
  const fence = records.fences[0];
  const step = operation.steps.find(({ action }) => action === 'recovery.fence-database');
  const region = fence?.region ?? step?.region ?? null;
  if (region === null || (asked.lost === null && !fence)) return null;
  const fenced = fence ? fence.state !== 'pending' : step?.state === 'done' && !fellShort(step.output);
  const means = [
    ...operation.steps
      .filter(({ action, position }) => FENCING_ACTIONS.includes(action) && position < noReturnAt(detail))
      .map((one) => ({
        id: one.key,
        ...meansOutcome(one),
        name: one.title,
        note: one.endedAt && zeroAt ? formatClock(secondsAfter(zeroAt, one.endedAt.toISOString())) : '',
      })),
    ...(fence?.means ?? []).map(({ name, outcome, at }, i) => ({
      id: `watch-${name}-${i}`,
      status: MEANS_STATUS[outcome],
      word: outcome,
      name: `${fenceMeansName(name)}, by the watch`,
      // Why a try failed stands with the step itself; here it would push the column wide.
      note:
        outcome === 'done' && zeroAt
          ? formatClock(secondsAfter(zeroAt, at))
          : `${fence?.attempts ?? 0} tries`,
    })),
  ];
  return {
    region,
    word: fenced ? 'fenced' : 'not fenced',
    status: fenced ? 'ok' : step?.state === 'waiting' ? 'waiting' : 'warning',
    means,
    watch: fence?.state === 'pending' ? watchOf(fence) : null,
  };
}

/** Means are those before the promotion; what is frozen or switched later belongs to the way back. */
function noReturnAt(detail: OperationDetail): number {
  return noReturnStep(detail)?.position ?? Number.POSITIVE_INFINITY;
}

const MEANS_STATUS = { done: 'ok', unreachable: 'unknown', failed: 'critical' } as const;

/** When the elected worker looks again; the first time it does, as soon as the fence waits. */
function watchOf({ requestedAt, lastAttemptAt, attempts }: Fence): FencingRun['watch'] {
  const last = lastAttemptAt ?? requestedAt;
  return {
    triedAt: lastAttemptAt?.toISOString() ?? null,
    nextAt: new Date(last.getTime() + FENCE_TRIED_EVERY_SECONDS * 1_000).toISOString(),
    tries: attempts,
  };
}

/** AWS had no time for it: its Region was reached. */
function wasThrottled(output: unknown): boolean {
  return typeof output === 'object' && output !== null && 'throttled' in output && output.throttled === true;
}

function meansOutcome(step: { state: string; output: unknown }): { status: Status; word: string } {
  switch (step.state) {
    case 'done':
      return fellShort(step.output)
        ? { status: 'unknown', word: wasThrottled(step.output) ? 'throttled' : 'unreachable' }
        : { status: 'ok', word: 'done' };
    case 'skipped':
      return { status: 'held', word: 'not prepared' };
    case 'running':
      return { status: 'running', word: 'under way' };
    case 'failed':
      return { status: 'critical', word: 'failed' };
    case 'holding':
    case 'unknown':
      return { status: 'unknown', word: 'tried again' };
    default:
      return { status: 'waiting', word: 'next' };
  }
}

/* ---------- what is owed and written ---------- */

function debtOf(
  context: VerbContext,
  environment: string,
  { review }: Pick<RunRecords, 'review'>,
): RunDebt | null {
  if (review === null) return null;
  const state = debtState(
    { dueAt: review.dueAt.toISOString(), reviewedAt: review.reviewedAt?.toISOString() ?? null },
    context.now,
  );
  return {
    status: state === 'paid' ? 'ok' : state === 'overdue' ? 'warning' : 'waiting',
    text:
      state === 'paid'
        ? `A second person has reviewed it${review.verdict === 'objected' ? ' and has a concern' : ' and agrees'}.`
        : `Started without approval. Until a second person has reviewed it, ${review.owedBy}’s normal changes are held.`,
    dueAt: review.dueAt.toISOString(),
    paid: state === 'paid',
    href: routes.approvals({ ...within(context.estate, environment), tab: 'reviews', review: review.id }),
  };
}

function reportOf(id: string, { report }: RunRecords): RecoveryRun['report'] {
  if (report === null) return null;
  return {
    html: routes.api.report(id, 'html'),
    pdf: routes.api.report(id, 'pdf'),
    json: routes.api.report(id, 'json'),
    head: { seq: String(report.headSeq), hash: report.headHash },
    madeAt: report.signedAt.toISOString(),
  };
}

async function linksOf(about: About): Promise<RecoveryRun['links']> {
  const { context, detail, asked } = about;
  const { operation } = detail;
  const here = within(context.estate, operation.environment);
  return {
    breakGlass: await breakGlassOf(about),
    plan: await planHref(about, here),
    replay: operation.startedAt ? routes.replay(operation.id, here) : null,
    next:
      operation.state === 'done' || operation.state === 'incomplete'
        ? nextOf(context, operation.kind as RecoveryKind, asked, here)
        : null,
  };
}

/** What goes on without this console, while the run may need it: the bundle that a worker keeps on this machine. */
async function breakGlassOf({
  context,
  detail: { operation },
  asked: { lost, target },
}: About): Promise<RecoveryRun['links']['breakGlass']> {
  if (operation.kind !== 'failover' || operation.endedAt !== null) return null;
  const { environment } = operation;
  const plan = `failover-${lost}-to-${target}`;
  const bundle = (await listBundles(context, { environment })).find(({ name }) => name === plan);
  return bundle
    ? { href: routes.api.breakGlass({ plan, environment }), current: bundle.current, madeAt: bundle.madeAt }
    : null;
}

/** The plan as it would be made now, step by step with its proof; null once there is none any more. */
async function planHref(
  { asked, context, detail: { operation } }: About,
  here: { environment?: string },
): Promise<RecoveryRun['links']['plan']> {
  if (operation.endedAt !== null) return null;
  const situation = await readSituation(context, operation.environment);
  const id = findPlanId(situation, operation.kind as RecoveryKind, { ...asked });
  return id === null ? null : routes.recovery({ ...here, tab: 'plans', plan: id });
}

/** What goes back over the same way, by an operation of its own. */
function nextOf(
  { actor }: VerbContext,
  kind: RecoveryKind,
  { lost, region }: AskedRegions,
  here: { environment?: string },
): RecoveryRun['links']['next'] {
  const permission = permits(actor.grants, 'operation.request');
  if (kind === 'failover' && lost)
    return {
      label: `Fail back to ${lost}`,
      href: routes.recovery({ ...here, act: 'failback', target: lost }),
      permission,
    };
  if (kind === 'evacuate' && region)
    return {
      label: `Let readers back into ${region}`,
      href: routes.recovery({ ...here, act: 'return', region }),
      permission,
    };
  return null;
}

function secondsAfter(zeroAt: string, at: string): number {
  return (Date.parse(at) - Date.parse(zeroAt)) / 1_000;
}
