import type {
  GateBand,
  GateLine,
  Look,
  RegionGate,
  SoakClock,
} from '#components/deployments/pipeline-model.ts';
import { formatNumber, NBSP } from '#components/ui/format.ts';
import { errorRateLowerBound, errorRateUpperBound } from '#lib/domain/traffic/gate.ts';
import { listOf } from './common.ts';
import {
  isPassed,
  plannedOf,
  type RunFacts,
  type RunStep,
  type Samples,
  type StoredLook,
  type StoredMetric,
  stepOf,
  switchOf,
} from './deployment-facts.ts';

/** A soak of a day looks thousands of times; the line keeps so many, the newest among them. */
const MOST_LOOKS = 120;

/** The gates of a run, one per Region that has been looked at, in the order of the run. */
export function gatesOf(facts: RunFacts, versionBefore: (region: string) => string | null): RegionGate[] {
  return facts.regions.flatMap(({ code }) => {
    const action = facts.kind === 'rollback' ? 'deploy.verify-back' : 'deploy.soak';
    const step = stepOf(facts, code, action);
    const looks = step?.looks ?? [];
    const last = looks.at(-1);
    return step && last ? [gateOf({ facts, region: code, step, looks, last, versionBefore })] : [];
  });
}

interface GateInput {
  facts: RunFacts;
  region: string;
  step: RunStep;
  looks: readonly StoredLook[];
  last: StoredLook;
  versionBefore: (region: string) => string | null;
}

function gateOf({ facts, region, step, looks, last, versionBefore }: GateInput): RegionGate {
  const baseline = plannedOf(facts, region, 'deploy.soak')?.input.baseline;
  const others = Array.isArray(baseline) ? baseline.filter((code) => typeof code === 'string') : [];
  const version = versionBefore(region);
  return {
    region,
    band: bandOf(last, facts.samples),
    word: wordOf(last, step, facts.samples),
    judgedAt: last.at,
    baselineOf:
      others.length === 0 || last.metrics.every((metric) => metric.baseline === null)
        ? null
        : `${listOf(others)}${version === null ? '' : ` on ${version}`}`,
    minSample: facts.samples.reads,
    soak:
      facts.kind === 'rollback'
        ? null
        : clockOf(step, last, switchOf(stepOf(facts, region, 'deploy.switch'))?.switchedAtMs),
    lines: last.metrics.map((metric) => lineOf(metric, thinned(looks))),
  };
}

/** Nothing was found wrong, and too little was measured to say that all is well. */
export function bandOf({ band, metrics }: StoredLook, least: Samples): GateBand {
  const against = metrics.filter((metric) => metric.band !== 'pass');
  const proven = against.some((metric) => metric.band !== 'unknown' && !isThin(metric, least));
  return band === 'hold' && !proven ? 'unknown' : band;
}

const isThin = ({ subject, samples }: StoredMetric, least: Samples) =>
  samples !== null && subject !== 'nodes' && samples < least[subject];

function wordOf(look: StoredLook, step: RunStep, least: Samples): string {
  const against = look.metrics.filter(({ band }) => band !== 'pass');
  const first =
    against.find(({ band }) => band === 'revert') ??
    against.find(({ band }) => band === 'hold') ??
    against[0];
  const why = first?.message ?? '';
  switch (bandOf(look, least)) {
    case 'pass':
      return `${isPassed(step) ? 'passed' : 'passes'}, ${look.metrics.length} of ${look.metrics.length}`;
    case 'unknown':
      return `cannot judge: ${why}`;
    case 'hold':
      return `holds: ${why}`;
    default:
      return `${step.state === 'failed' ? 'rolled back' : 'rolls back if it goes on'}: ${why}`;
  }
}

/** It counts from the switch, by the looks; a step that ended otherwise than by passing was turned round. */
function clockOf(step: RunStep, last: StoredLook, switchedAtMs: number | undefined): SoakClock {
  const skipped = typeof step.output === 'object' && step.output !== null && 'skipped' in step.output;
  const elapsed =
    switchedAtMs === undefined ? last.elapsedSeconds : (Date.parse(last.at) - switchedAtMs) / 1_000;
  const total = last.totalSeconds ?? elapsed;
  return {
    state: stateOf(step, skipped),
    elapsedSeconds: Math.max(0, elapsed),
    at: last.at,
    totalSeconds: total,
    declaredSeconds: last.declaredSeconds ?? total,
  };
}

function stateOf(step: RunStep, skipped: boolean): SoakClock['state'] {
  if (skipped) return 'skipped';
  if (isPassed(step)) return 'passed';
  if (step.state === 'running') return 'running';
  return step.state === 'holding' ? 'held' : 'turned';
}

/* ---------- lines ---------- */

const METRIC_NAMES = { errors: 'Errors', p95: 'p95', cpu: 'Processor', memory: 'Memory' } as const;

function lineOf(metric: StoredMetric, looks: readonly StoredLook[]): GateLine {
  const { subject, unit, passBelow, revertAbove, value, baseline } = metric;
  const scale = unit === 'share' ? 100 : 1;
  const scaled = (number: number | null) => (number === null ? null : number * scale);
  return {
    key: `${metric.metric} ${subject}`,
    label: subject === 'nodes' ? METRIC_NAMES[metric.metric] : `${METRIC_NAMES[metric.metric]}, ${subject}`,
    unit: unit === 'ms' ? 'ms' : '%',
    digits: unit === 'share' ? 2 : 0,
    passBelow: passBelow * scale,
    revertAbove: scaled(revertAbove),
    value: scaled(value),
    band: metric.band,
    samples: metric.samples,
    proves: provesOf(metric),
    baseline: scaled(baseline),
    message: metric.message,
    looks: looks.flatMap((look): Look[] => {
      const same = look.metrics.find((one) => one.metric === metric.metric && one.subject === subject);
      if (same === undefined) return [];
      return [{ elapsedSeconds: look.elapsedSeconds, value: scaled(same.value), band: same.band }];
    }),
  };
}

/** What the sample leaves possible of an error rate: at most where it passes, at least where it turns a run round. */
function provesOf({ metric, value, samples, band }: StoredMetric): string | null {
  if (metric !== 'errors' || value === null || samples === null || samples === 0) return null;
  const errors = Math.round(value * samples);
  const [words, bound] =
    band === 'revert'
      ? ['at least', errorRateLowerBound(errors, samples)]
      : ['at most', errorRateUpperBound(errors, samples)];
  return `${words} ${formatNumber(bound * 100, bound >= 0.01 ? 1 : 2)}${NBSP}%`;
}

/** Evenly fewer looks, the last one always among them. */
function thinned<T>(looks: readonly T[], most = MOST_LOOKS): readonly T[] {
  if (looks.length <= most) return looks;
  const every = Math.ceil(looks.length / most);
  return looks.filter((_, index) => (looks.length - 1 - index) % every === 0);
}
