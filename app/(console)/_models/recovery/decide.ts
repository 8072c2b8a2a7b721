import type {
  ChoosableTarget,
  DecideModel,
  DecideOption,
  OptionLine,
  ProjectedClock,
  SeenLine,
} from '#components/recovery/decide-model.ts';
import type { RpoOffer } from '#components/recovery/request-model.ts';
import {
  formatBytes,
  formatClock,
  formatSeconds,
  formatSignedMoney,
  NBSP,
  plural,
} from '#components/ui/format.ts';
import type { Permission, Section, Sentence, Status } from '#components/ui/model.ts';
import { policyFor } from '#lib/domain/approval/approval.ts';
import type { PlannedStep, RecoveryClock } from '#lib/domain/operation/plan.ts';
import { type History, projectClocks, RECOVERY_CLOCKS, SEED_BUDGETS } from '#lib/domain/recovery/clocks.ts';
import type { Vantage } from '#lib/domain/recovery/detection.ts';
import { factsOf, known } from '#lib/domain/recovery/facts.ts';
import { lossOf } from '#lib/domain/recovery/loss.ts';
import type { RecoveryOption } from '#lib/domain/recovery/options.ts';
import { type Recommendation, recommendOption } from '#lib/domain/recovery/recommend.ts';
import { refusedOrders } from '#lib/domain/recovery/refused-orders.ts';
import type { DataAtRisk } from '#lib/domain/recovery/rpo.ts';
import { type DecideOptionKey, routes } from '#lib/routes.ts';
import { listPolicies } from '#lib/services/approvals/policies.ts';
import { type RunHistory, readRunHistory, readStepHistory } from '#lib/services/recovery/history.ts';
import { decisionOf, type RecoveryDecision } from '#lib/services/recovery/options.ts';
import { downSince, LOOKED_AT } from '#lib/services/recovery/situation.ts';
import { count, listOf, worstStatus } from '../common.ts';
import { tryPlan } from './acts.ts';
import { type Frame, freshSeconds, sightFreshSeconds } from './frame.ts';
import { targetModel } from './ranking.ts';
import { requestModel } from './request.ts';
import { canaryFigure, SIGHT_STATUS } from './witnesses.ts';

const KEYS = { wait: 'wait', evacuate: 'reads', failover: 'full' } as const satisfies Record<
  RecoveryOption['kind'],
  DecideOptionKey
>;

interface Deciding {
  frame: Frame;
  lost: string;
  decision: RecoveryDecision;
  /** Whether the lost Region takes the orders, or took them when it was last seen. */
  writes: boolean;
  /** Since when it is seen down; null while it is not. */
  since: string | null;
  chosen: DecideOptionKey;
  target: string | null;
  /** The target that the address names, whatever its rank has become; null where it names none. */
  preferred: string | null;
}

/** One screen to decide about a lost Region: who sees it, what may be lost, the ways on, who takes over, and the request. */
export async function decideModel(
  frame: Frame,
  query: { lost: string; option?: string | undefined; target?: string | undefined },
): Promise<DecideModel> {
  const { context, environment, situation } = frame;
  const { lost } = query;
  const history = await readStepHistory(context.database, environment);
  const preferred = situation.outlook.environment.regions.find((code) => code === query.target);
  const decision = decisionOf(situation, history, { lost, target: preferred });
  const writes = situation.topology.writer === lost;
  const recommended = recommendOption(decision.options, {
    detection: situation.detection,
    lost,
    writes,
  });
  const full = decision.options.find(({ kind }) => kind === 'failover');
  const wanted =
    Object.values(KEYS).find((key) => key === query.option) ??
    (recommended ? KEYS[recommended.kind] : writes ? 'full' : 'reads');
  // Nobody can ask for a promotion that has no target: its column says why.
  const chosen = wanted !== 'full' || full?.target ? wanted : writes ? 'wait' : 'reads';
  const deciding: Deciding = {
    frame,
    lost,
    decision,
    writes,
    since: downSince(situation.detection, lost),
    chosen,
    target: full?.target ?? null,
    preferred: preferred ?? null,
  };
  const rpo = rpoOffer(deciding, full?.risk ?? null, full?.contract ?? null);
  return {
    at: context.now.toISOString(),
    ...answerOf(deciding),
    back: routes.recovery({ ...frame.here, region: lost }),
    lost,
    ...zeroOf(deciding),
    seen: seenLines(deciding),
    unseen: unseenWords(deciding),
    rpo,
    options: await optionModels(deciding, { history, recommended }),
    targets: chosen === 'full' ? targetModels(deciding) : [],
    request: await requestOf(deciding, rpo),
  };
}

/* ---------- the answer ---------- */

function answerOf(deciding: Deciding): Pick<DecideModel, 'status' | 'answer' | 'detail'> {
  const { decision, frame, lost, since, target, writes } = deciding;
  const { detection, correlated, detectionTime } = decision;
  const { holder } = frame.situation.outlook.facts;
  const orders = frame.situation.detection?.orders;
  const status: Status =
    detection === null
      ? 'unknown'
      : ({ serving: 'ok', suspect: 'warning', failing: 'critical', unknown: 'unknown' } as const)[
          detection.state
        ];
  const way = !writes
    ? `Orders are written elsewhere, in ${frame.situation.topology.writer ?? 'no Region that is known'}.`
    : target === null
      ? 'No Region can take over as things stand.'
      : `${target} can take over.`;
  const held = holder ? `${holder.id} runs: ${holder.title}.` : 'Nothing runs.';
  const refused = refusedOrders(frame.situation.outlook);
  const verb = detection?.state === 'failing' ? 'has been failing' : 'is suspected';
  const answer: Sentence =
    since === null
      ? `${detection?.reason ?? `Nobody says whether ${lost} serves: no worker looks at it now.`} ${way}`
      : [
          `${lost} ${verb} for `,
          { since },
          `. ${orders?.state === 'down' ? 'Orders fail everywhere. ' : ''}${way}`,
        ];
  return {
    status,
    answer,
    detail: [
      ...(refused ? [refused.message] : []),
      held,
      ...(correlated ? ['More than one Region looks down at once.'] : []),
      ...(since === null ? [] : [detection?.reason ?? '']),
      detectionTime.message,
    ].join(' '),
  };
}

function zeroOf({ frame, since, lost }: Deciding): Pick<DecideModel, 'zeroAt' | 'zeroIs'> {
  const at = since ?? frame.context.now.toISOString();
  const clock = `${at.slice(11, 19)} UTC`;
  return {
    zeroAt: at,
    zeroIs: since === null ? `now: ${lost} is not seen failing` : `the first sight of it, ${clock}`,
  };
}

function seenLines(deciding: Deciding): SeenLine[] {
  const { decision, frame } = deciding;
  return (decision.detection?.vantages ?? []).map((vantage) => ({
    id: vantage.id,
    status: SIGHT_STATUS[vantage.sees],
    who: capital(vantage.name),
    what: sightWords(deciding, vantage),
    since: vantage.sees === 'down' ? vantage.since : null,
    at: vantage.at,
    withinSeconds: sightFreshSeconds(frame, vantage.id),
  }));
}

function sightWords({ frame, lost }: Deciding, { decisive, detail, id, sees }: Vantage): string {
  if (id.startsWith('canary-'))
    return canaryFigure(frame, { from: id.slice('canary-'.length), region: lost, sees });
  return decisive ? detail : `${detail} (not counted)`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What is silent, and therefore not counted as seen. */
function unseenWords({ frame, lost }: Deciding): string | null {
  const { outlook } = frame.situation;
  const { canaries, traffic } = factsOf(outlook.facts, lost);
  const silent = [
    ...(known(outlook, 'traffic', traffic).known ? [] : ['Metrics']),
    ...(known(outlook, 'canaries', canaries).known ? [] : ['canary']),
  ];
  if (silent.length === 0) return null;
  return `${capital(listOf(silent))} of ${lost} itself ${silent.length === 1 && silent[0] === 'canary' ? 'is' : 'are'} silent. Silence is never counted as failure.`;
}

/* ---------- what may be lost ---------- */

function rpoOffer(
  { frame, since, target, lost, writes }: Deciding,
  risk: DataAtRisk | null,
  bound: RpoOffer['bound'] | null,
): Section<RpoOffer> {
  if (risk === null || bound === null) {
    const message = !writes
      ? `Orders are not written in ${lost}: nothing is promoted, and nothing can be lost.`
      : (risk?.message ?? 'No Region could take over, so nothing was reckoned.');
    const title = writes ? 'What may be lost is not known' : 'Nothing may be lost';
    return { ok: false, problem: { title, message: writes ? `${message} Unknown is not safe.` : message } };
  }
  const ordersPerSecond = orderRate(frame, lost);
  const final = since !== null && risk.endedBy === 'outage';
  return {
    ok: true,
    value: {
      bound,
      when: final ? `up to when ${lost} was lost` : `while ${target} still hears ${lost}`,
      withinSeconds: final ? null : freshSeconds(frame),
      orders: ordersPerSecond === null ? null : Math.ceil(bound.seconds * ordersPerSecond),
      ordersPerSecond,
      lastOrder: risk.lastOrder && { ...risk.lastOrder, at: risk.lastOrder.createdAt, region: null },
    },
  };
}

/** Orders a second before anything failed: of all Regions while they report, else by what the lost one had and its share. */
function orderRate({ situation }: Frame, lost: string): number | null {
  const { outlook } = situation;
  const rates = outlook.facts.regions.map(({ traffic }) => known(outlook, 'traffic', traffic).value?.writes);
  if (rates.every((rate) => rate !== undefined))
    return rates.reduce((sum, rate) => sum + (rate?.requestsPerSecond ?? 0), 0);
  const last = factsOf(outlook.facts, lost).traffic.value?.writes.requestsPerSecond;
  const share = lossOf(outlook, [lost]).sharesBefore[lost] ?? 0;
  return last === undefined || share <= 0 ? null : last / share;
}

/* ---------- the options ---------- */

async function optionModels(
  deciding: Deciding,
  given: { history: History; recommended: Recommendation | null },
): Promise<DecideOption[]> {
  const { frame, decision, lost } = deciding;
  const { context, environment } = frame;
  const policies = await listPolicies(context.database);
  const runs = await readRunHistory(context.database, environment);
  // A failover has a step that cannot be undone.
  const needed = (kind: string) =>
    policyFor(policies, environment, kind, kind === 'failover' ? 'high' : 'ordinary').needed;
  return decision.options.map((option): DecideOption => {
    const key = KEYS[option.kind];
    const { recommended } = given;
    return {
      key,
      title: { wait: 'Wait', reads: 'Reads only', full: 'Full failover' }[key],
      href: routes.decide({ ...frame.here, lost, option: key, target: deciding.preferred ?? undefined }),
      selected: key === deciding.chosen,
      recommended: recommended?.kind === option.kind ? recommended.reason : null,
      permission: permissionOf(deciding, option),
      clocks: clocksOf(deciding, option, given.history),
      lines: linesOf(deciding, option, { needed, runs }),
    };
  });
}

/** Looking at it is free; what stands against it is said. */
function permissionOf(deciding: Deciding, option: RecoveryOption): Permission {
  if (option.refusal !== null) return { allowed: false, reason: option.refusal };
  if (option.kind !== 'evacuate') return { allowed: true };
  const tried = tryPlan(deciding.frame, { kind: 'evacuate', params: { region: deciding.lost } });
  return tried.ok ? { allowed: true } : { allowed: false, reason: tried.reason };
}

function clocksOf(
  deciding: Deciding,
  option: RecoveryOption,
  history: History,
): Record<RecoveryClock, ProjectedClock> {
  const steps = stepsOf(deciding, option);
  const projected = projectClocks(steps, history, 0);
  const stopped = readsStopped(deciding);
  const of = (clock: RecoveryClock): ProjectedClock => {
    const { p50Seconds, p95Seconds, unproven } = projected[clock];
    const budgetSeconds = SEED_BUDGETS[clock].seconds;
    const stoppedSeconds = clock === 'reads' ? stopped : null;
    if (p50Seconds === null || p95Seconds === null)
      return {
        budgetSeconds,
        history: null,
        stoppedSeconds,
        note: option.kind === 'wait' ? 'not by itself' : 'not by this',
      };
    const way = steps.slice(0, steps.findLastIndex((step) => step.clock === clock) + 1);
    const runs = way.flatMap(({ key, action }) => (history[key] ?? history[action])?.runs ?? []);
    if (runs.length === 0) return { budgetSeconds, history: null, stoppedSeconds, note: 'never run here' };
    return {
      budgetSeconds,
      history: { medianSeconds: p50Seconds, p95Seconds, runs: Math.min(...runs) },
      stoppedSeconds,
      note:
        unproven.length === 0 ? null : `at least: ${plural(unproven.length, 'step')} on the way never ran`,
    };
  };
  return Object.fromEntries(RECOVERY_CLOCKS.map((clock) => [clock, of(clock)])) as Record<
    RecoveryClock,
    ProjectedClock
  >;
}

function stepsOf({ frame, lost, target }: Deciding, { kind }: RecoveryOption): readonly PlannedStep[] {
  if (kind === 'wait' || (kind === 'failover' && target === null)) return [];
  const params = kind === 'evacuate' ? { region: lost } : { lost, target, accept: LOOKED_AT };
  const tried = tryPlan(frame, { kind, params });
  return tried.ok ? tried.planned.plan.steps : [];
}

/**
 * Seconds from 0:00 until resolvers sent nobody there any more, once the checkers took the Region out and those who go on
 * answer within the gate; null before, and where that is not seen.
 */
function readsStopped({ decision, frame, lost, since }: Deciding): number | null {
  const checkers = decision.detection?.vantages.find(({ id }) => id === 'route53');
  if (since === null || checkers?.sees !== 'down' || checkers.since === null) return null;
  const { outlook } = frame.situation;
  const { dns, thresholds } = outlook.estate;
  const goneAt = Date.parse(checkers.since) + dns.ttlSeconds * 1_000;
  if (goneAt > outlook.facts.now.getTime()) return null;
  const well = outlook.facts.regions
    .filter(({ code }) => code !== lost)
    .every(({ traffic }) => {
      const reads = known(outlook, 'traffic', traffic).value?.reads;
      return reads !== undefined && (reads.errorRate ?? 0) <= thresholds.gate.errorRate;
    });
  return well ? Math.max(0, (goneAt - Date.parse(since)) / 1_000) : null;
}

/** The same rows for every option, in the same order. */
function linesOf(
  deciding: Deciding,
  option: RecoveryOption,
  { needed, runs }: { needed: (kind: string) => number; runs: RunHistory },
): OptionLine[] {
  return [
    { term: 'Orders lost', ...ordersLine(deciding, option) },
    { term: 'Capacity after', ...capacityLine(option) },
    {
      term: 'Residency',
      status: option.residency.length === 0 ? 'ok' : 'warning',
      text: option.residency.join(' ') || 'all data stays where it must',
    },
    {
      term: 'Price, a month',
      status: 'ok',
      text: option.price === null ? 'as now' : formatSignedMoney(option.price.monthlyDollars),
    },
    { term: 'Undo', ...undoLine(option, runs) },
    { term: 'Must agree', status: 'ok', text: agreeWords(option, needed) },
  ];
}

function ordersLine({ lost, writes }: Deciding, { kind, risk }: RecoveryOption): Omit<OptionLine, 'term'> {
  if (kind !== 'failover')
    return writes
      ? { status: 'warning', text: `none, unless ${lost} is gone for good; nobody can order meanwhile` }
      : { status: 'ok', text: 'none' };
  if (risk === null) return { status: 'ok', text: 'none: nothing is promoted' };
  if (risk.seconds === null) return { status: 'unknown', text: 'not known' };
  const bytes = risk.bytes === null ? 'bytes unknown' : formatBytes(risk.bytes);
  return { status: 'warning', text: `at most ${formatSeconds(risk.seconds)}${NBSP}s, ${bytes}` };
}

function capacityLine({ capacity }: RecoveryOption): Omit<OptionLine, 'term'> {
  if (capacity.length === 0) return { status: 'critical', text: 'no Region is left' };
  const parts = capacity.map(
    ({ region, needed, ready, maximum }) =>
      `${region} ${needed} of ${ready ?? 'unknown'} ready${ready !== null && needed > ready ? `, ${maximum} at most` : ''}`,
  );
  const status = worstStatus(
    capacity.map(
      ({ class: fits }) =>
        (({ ok: 'ok', 'pre-scale': 'warning', short: 'warning', unknown: 'unknown' }) as const)[fits],
    ),
  );
  return { status, text: parts.join('; ') };
}

function undoLine({ kind }: RecoveryOption, runs: RunHistory): Omit<OptionLine, 'term'> {
  const usual = (back: string) =>
    runs[back] ? `usually ${formatClock(runs[back].p50Seconds)}` : 'never run here';
  switch (kind) {
    case 'wait':
      return { status: 'ok', text: 'nothing to undo' };
    case 'evacuate':
      return { status: 'ok', text: `a return, ${usual('return')}` };
    case 'failover':
      return { status: 'warning', text: `a failback of its own, ${usual('failback')}` };
    default:
      return kind satisfies never;
  }
}

function agreeWords({ kind }: RecoveryOption, needed: (kind: string) => number): string {
  if (kind === 'wait') return 'nobody';
  const approvers = needed(kind);
  return approvers === 0 ? 'nobody' : `${count(approvers, 'approver')}, or an emergency`;
}

/* ---------- target and request ---------- */

function targetModels({ frame, decision, lost, target }: Deciding): ChoosableTarget[] {
  if (target === null) return [];
  return decision.targets.map((candidate) => ({
    ...targetModel(frame, candidate),
    href: routes.decide({ ...frame.here, lost, option: 'full', target: candidate.region }),
    selected: candidate.region === target,
  }));
}

async function requestOf(deciding: Deciding, rpo: Section<RpoOffer>): Promise<DecideModel['request']> {
  const { frame, chosen, lost, target } = deciding;
  const keep = { ...frame.here, lost, option: chosen };
  if (chosen === 'reads') {
    const keepHref = routes.decide({ ...keep, target: deciding.preferred ?? undefined });
    return requestModel(frame, { kind: 'evacuate', params: { region: lost } }, { keepHref });
  }
  if (chosen === 'wait' || target === null) return null;
  const offer = rpo.ok ? rpo.value : null;
  const model = await requestModel(
    frame,
    { kind: 'failover', params: { lost, target, accept: offer?.bound ?? LOOKED_AT } },
    { rpo: offer, keepHref: routes.decide({ ...keep, target }) },
  );
  if (offer) return model;
  const unknown = {
    allowed: false,
    code: 'unknown-loss',
    reason: 'What may be lost is not known, so nobody can accept it.',
  } as const;
  return {
    ...model,
    permission: unknown,
    emergency: model.emergency && { ...model.emergency, permission: unknown },
  };
}
