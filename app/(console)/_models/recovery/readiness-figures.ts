import { formatSeconds, formatShare, NBSP } from '#components/ui/format.ts';
import type { Check } from '#components/ui/model.ts';
import { switchOf } from '#lib/domain/recovery/dns-switch.ts';
import { factsOf } from '#lib/domain/recovery/facts.ts';
import { lintPlan } from '#lib/domain/recovery/lint.ts';
import { capacityWords, lossOf } from '#lib/domain/recovery/loss.ts';
import type { ReadinessCell, ReadinessCheck } from '#lib/domain/recovery/readiness.ts';
import { findScenario, type Scenario, scenarioId } from '#lib/domain/recovery/scenario.ts';
import { rankTargets, type Target } from '#lib/domain/recovery/targets.ts';
import { pathBetween } from '#lib/domain/recovery/topology.ts';
import type { Reason } from '#lib/domain/recovery/verdict.ts';
import { scenarioPlans } from '#lib/services/recovery/situation.ts';
import { type Frame, slowFreshSeconds, VERDICT_STATUS } from './frame.ts';

const DAY_SECONDS = 86_400;

/** A few characters of what the check measured; empty where the shape says all there is. */
export function figureOf(frame: Frame, cell: ReadinessCell): string {
  const scenario = findScenario(frame.situation.outlook, cell.scenario);
  if (!scenario || cell.verdict === 'unknown') return '';
  return FIGURES[cell.check]?.(frame, scenario, cell) ?? '';
}

type Figure = (frame: Frame, scenario: Scenario, cell: ReadinessCell) => string;

const FIGURES: Partial<Record<ReadinessCheck, Figure>> = {
  lag: (frame, scenario) => {
    const seconds = targetFacts(frame, scenario)?.lag.value;
    if (!seconds) return '';
    return seconds.idle
      ? 'idle'
      : seconds.seconds === null
        ? ''
        : `${formatSeconds(seconds.seconds)}${NBSP}s`;
  },
  backups: (frame, scenario) => {
    const days = targetFacts(frame, scenario)?.database.value?.backupRetentionDays;
    return days === undefined ? '' : days === 0 ? 'none' : `${days}${NBSP}d`;
  },
  'capacity-now': (frame, scenario) => {
    const short = survivorsOf(frame, scenario).reduce(
      (sum, { needed, ready }) => sum + Math.max(0, needed - (ready ?? 0)),
      0,
    );
    return short === 0 ? '' : `${short} short`;
  },
  'capacity-maximum': (frame, scenario) => {
    const short = survivorsOf(frame, scenario).reduce(
      (sum, { needed, usable }) => sum + Math.max(0, needed - usable),
      0,
    );
    return short === 0 ? '' : `${short} over`;
  },
  'capacity-peak': ({ situation: { outlook } }, scenario) => {
    const { peakRequestsPerSecond, requestsPerSecondPerNode } = outlook.estate.capacity;
    const most = lossOf(outlook, lostIn(scenario)).survivors.reduce((sum, { maximum }) => sum + maximum, 0);
    const share = (most * requestsPerSecondPerNode) / peakRequestsPerSecond;
    return share >= 1 ? '' : `${formatShare(share, 0)}${NBSP}%`;
  },
  network: (_, __, { verdict }) => (verdict === 'ok' ? '' : 'no path'),
  switch: (_, __, { verdict }) => (verdict === 'ok' ? 'ready' : 'none'),
  'accelerated-recovery': (_, __, { verdict }) => (verdict === 'ok' ? 'on' : 'off'),
  proof: (frame, _, { observedAt }) => {
    if (observedAt === null) return 'never';
    const days = (frame.context.now.getTime() - Date.parse(observedAt)) / 1_000 / DAY_SECONDS;
    return days < 1 ? 'today' : `${Math.floor(days)}${NBSP}d`;
  },
};

function lostIn(scenario: Scenario): string[] {
  return scenario.kind === 'region' ? [scenario.region] : [];
}

function survivorsOf({ situation: { outlook } }: Frame, scenario: Scenario) {
  return scenario.kind === 'region' ? lossOf(outlook, [scenario.region]).survivors : [];
}

function targetOf({ situation: { outlook, topology } }: Frame, scenario: Scenario): Target | undefined {
  const lost = lostIn(scenario);
  return topology.writer !== null && lost.includes(topology.writer)
    ? rankTargets(outlook, lost)[0]
    : undefined;
}

function targetFacts(frame: Frame, scenario: Scenario) {
  const target = targetOf(frame, scenario);
  return target && factsOf(frame.situation.outlook.facts, target.region);
}

/** What a check was judged from, line by line, where its sentence draws several together. */
export function evidenceOf(frame: Frame, cell: ReadinessCell): Check[] {
  const scenario = findScenario(frame.situation.outlook, cell.scenario);
  return scenario ? (EVIDENCE[cell.check]?.(frame, scenario) ?? []) : [];
}

type Evidence = (frame: Frame, scenario: Scenario) => Check[];

const EVIDENCE: Partial<Record<ReadinessCheck, Evidence>> = {
  replica: (frame, scenario) => reasonsOf(frame, scenario, ['promotable', 'replica', 'source']),
  lag: (frame, scenario) => reasonsOf(frame, scenario, ['data-at-risk']),
  parity: (frame, scenario) => reasonsOf(frame, scenario, ['parity', 'version']),
  'capacity-now': (frame, scenario) => capacityLines(frame, scenario),
  'capacity-maximum': (frame, scenario) => capacityLines(frame, scenario),
  network: ({ situation: { outlook }, ...frame }, scenario) => {
    const left = outlook.environment.regions.filter((code) => !lostIn(scenario).includes(code));
    const pairs = left.flatMap((from, index) =>
      left.slice(index + 1).map((to) => pathBetween(outlook, from, to)),
    );
    return pairs.map(({ from, to, state, message, observedAt }) => ({
      id: `${from} ${to}`,
      status: state === 'open' ? 'ok' : state === 'missing' ? 'critical' : 'unknown',
      text: message,
      at: observedAt,
      withinSeconds: slowFreshSeconds(frame),
    }));
  },
  switch: ({ situation: { outlook }, ...frame }, scenario) => {
    const { value, observedAt } = outlook.facts.zone;
    if (value === null) return [];
    const regions = scenario.kind === 'region' ? [scenario.region] : outlook.environment.regions;
    return regions.map((region) => {
      const { prepared, message } = switchOf(outlook, value, region);
      return {
        id: region,
        status: prepared ? 'ok' : 'critical',
        text: message,
        at: observedAt,
        withinSeconds: slowFreshSeconds(frame),
      };
    });
  },
  plan: (frame, scenario) => {
    const steps = scenarioPlans(frame.situation)[scenarioId(scenario)] ?? [];
    return lintPlan(frame.situation.outlook, steps, scenario).map((trap) => ({
      id: `${trap.stepKey} ${trap.code}`,
      status: trap.severity === 'refused' ? 'critical' : 'warning',
      text: trap.message,
      reason: trap.correction,
    }));
  },
};

function capacityLines(frame: Frame, scenario: Scenario): Check[] {
  return survivorsOf(frame, scenario).map((after) => ({
    id: after.region,
    status: after.class === 'ok' ? 'ok' : after.class === 'unknown' ? 'unknown' : 'warning',
    text: capacityWords(after),
    at: after.observedAt,
    withinSeconds: slowFreshSeconds(frame),
  }));
}

function reasonsOf(frame: Frame, scenario: Scenario, codes: readonly string[]): Check[] {
  const reasons: readonly Reason[] = targetOf(frame, scenario)?.reasons ?? [];
  return reasons
    .filter(({ code }) => codes.includes(code))
    .map(({ code, verdict, message, observedAt }) => ({
      id: code,
      status: VERDICT_STATUS[verdict],
      text: message,
      ...(observedAt === null ? {} : { at: observedAt, withinSeconds: slowFreshSeconds(frame) }),
    }));
}
