import type { Environment, Estate } from '../estate/estate.ts';
import {
  type Banded,
  errorRateLowerBound,
  errorRateUpperBound,
  type GateLimits,
  judgeErrors,
  judgeLatency,
  percent,
  type Sli,
  sampleWords,
} from '../traffic/gate.ts';
import { gateLimits, writeLimits } from '../traffic/gate-limits.ts';

/** What was measured of one Region in the window; `error` where its CloudWatch did not answer: nothing of it is known then. */
export interface MeasuredTraffic {
  region: string;
  reads: Sli;
  writes: Sli;
  error: string | null;
}

export interface MeasuredUse {
  region: string;
  cpuPercent: number | null;
  memoryPercent: number | null;
  error: string | null;
}

export type MetricBand = 'pass' | 'hold' | 'revert' | 'unknown';

/** One line of a gate: a number against its limits, and against what the Regions with the version of before measure. */
export interface GateMetric {
  metric: 'errors' | 'p95' | 'cpu' | 'memory';
  subject: 'reads' | 'writes' | 'nodes';
  /** Null: not measured. */
  value: number | null;
  unit: 'share' | 'ms' | 'percent';
  passBelow: number;
  /** Null where no value reverts by itself. */
  revertAbove: number | null;
  /** Requests that it rests on; null where it rests on none. */
  samples: number | null;
  band: MetricBand;
  /** The same of Regions that still serve the version of before, in the same window; null where none does. */
  baseline: number | null;
  message: string;
}

/** One look of a gate at a Region. `thin`: nothing speaks against it, and too little was measured to say more. */
export interface GateLook {
  band: 'pass' | 'hold' | 'revert';
  thin: boolean;
  metrics: GateMetric[];
  /** What is not a pass, or that everything is. */
  message: string;
}

export interface GateInput {
  estate: Estate;
  environment: Environment;
  region: string;
  traffic: MeasuredTraffic | undefined;
  use: MeasuredUse | undefined;
  /** Regions that serve the version of before all along this window. */
  baseline: readonly MeasuredTraffic[];
  /** How long the window is, s: before two periods of the metrics have passed, nodes have had no time to report. */
  windowSeconds: number;
}

/** Whole periods that a window must be able to hold before silence of the nodes means something. */
const PERIODS_TO_REPORT = 2;

/**
 * The gate of the strategy document in three bands (aws-facts C-14): errors and p95 of reads, of writes with the round trip to
 * the writer, CPU and memory. Missing is unknown, and unknown holds. Under its limit but clearly worse than where the version
 * of before serves: hold. Beyond its limit there as well: not the release's doing, hold.
 */
export function judgeGate(input: GateInput): GateLook {
  const { estate, environment, region, traffic, use } = input;
  const early = input.windowSeconds < PERIODS_TO_REPORT * estate.metrics.periodSeconds;
  const reads = sliMetrics(input, 'reads', () => gateLimits(estate, environment, 0));
  const writes =
    traffic && traffic.error === null && traffic.writes.requests === 0
      ? []
      : sliMetrics(input, 'writes', (code) => writeLimits(estate, environment, code));
  const judged = [
    ...reads,
    ...writes,
    nodesMetric('cpu', { use, early }, estate.thresholds.gate.cpu),
    nodesMetric('memory', { use, early }, estate.thresholds.gate.memory),
  ];
  const metrics = judged.map(({ metric }) => metric);
  const against = judged.filter(({ metric }) => metric.band !== 'pass');
  const band = metrics.some((metric) => metric.band === 'revert')
    ? 'revert'
    : against.length > 0
      ? 'hold'
      : 'pass';
  const worst = against.filter(({ metric }) => band !== 'revert' || metric.band === 'revert');
  return {
    band,
    thin: band === 'hold' && against.every(({ thin }) => thin),
    metrics,
    message:
      band === 'pass'
        ? `${region}: ${metrics.map(({ message }) => message).join('; ')}`
        : `${region}: ${worst.map(({ metric }) => metric.message).join('; ')}`,
  };
}

interface Judged {
  metric: GateMetric;
  thin: boolean;
}

function sliMetrics(
  input: GateInput,
  subject: 'reads' | 'writes',
  limitsOf: (region: string) => GateLimits,
): Judged[] {
  const { region, traffic } = input;
  const limits = limitsOf(region);
  const shapes = {
    errors: { unit: 'share', passBelow: limits.errorRate, revertAbove: limits.revertErrorRate },
    p95: { unit: 'ms', passBelow: limits.p95Ms, revertAbove: limits.revertP95Ms },
  } as const;
  if (!traffic || traffic.error !== null) {
    const why = traffic?.error ?? 'nothing was measured';
    return (['errors', 'p95'] as const).map((metric) => ({
      thin: false,
      metric: {
        metric,
        subject,
        value: null,
        ...shapes[metric],
        samples: null,
        band: 'unknown',
        baseline: null,
        message: `${metric} of ${subject} not known: ${why}`,
      },
    }));
  }
  const sli = traffic[subject];
  const peers = input.baseline
    .filter(({ error }) => error === null)
    .map((one) => ({ sli: one[subject], limits: limitsOf(one.region), region: one.region }))
    .filter((one) => one.sli.requests >= one.limits.minSample);
  const thin = sli.requests < limits.minSample;
  return [
    {
      thin,
      metric: {
        metric: 'errors',
        subject,
        value: sli.requests === 0 ? null : sli.errors / sli.requests,
        ...shapes.errors,
        samples: sli.requests,
        baseline: errorRateOf(peers),
        ...worded(`${sampleWords(sli)} of ${subject}`, compareErrors(sli, judgeErrors(sli, limits), peers)),
      },
    },
    {
      thin,
      metric: {
        metric: 'p95',
        subject,
        value: sli.p95Ms,
        ...shapes.p95,
        samples: sli.requests,
        baseline: slowestOf(peers),
        ...worded(
          `p95 of ${subject} ${sli.p95Ms === null ? 'not measured' : `${Math.round(sli.p95Ms)} ms`}`,
          compareLatency(sli, judgeLatency(sli, limits), subject === 'reads' ? peers : [], peers),
        ),
      },
    },
  ];
}

interface Peer {
  sli: Sli;
  limits: GateLimits;
  region: string;
}

/** Worse than the Regions with the version of before by more than chance explains, or no worse than they are. */
function compareErrors(sli: Sli, verdict: Banded, peers: readonly Peer[]): Banded {
  if (peers.length === 0) return verdict;
  if (
    verdict.band === 'revert' &&
    peers.every((peer) => judgeErrors(peer.sli, peer.limits).band === 'revert')
  )
    return everywhere(peers);
  const requests = peers.reduce((sum, peer) => sum + peer.sli.requests, 0);
  const errors = peers.reduce((sum, peer) => sum + peer.sli.errors, 0);
  if (
    verdict.band === 'pass' &&
    errorRateLowerBound(sli.errors, sli.requests) > errorRateUpperBound(errors, requests)
  )
    return {
      band: 'hold',
      because: `clearly more than the ${percent(errors / requests)} of ${named(peers)}, which ${serve(peers)} the version of before`,
    };
  return verdict;
}

/** How much slower is not chance, of two p95: half as slow again, and so many ms at least. */
const SLOWER = { factor: 1.5, ms: 30 } as const;

/** Orders are compared with nobody: each Region has another way to the writer. */
function compareLatency(
  sli: Sli,
  verdict: Banded,
  comparable: readonly Peer[],
  peers: readonly Peer[],
): Banded {
  if (
    verdict.band === 'revert' &&
    peers.length > 0 &&
    peers.every((peer) => judgeLatency(peer.sli, peer.limits).band === 'revert')
  )
    return everywhere(peers);
  const slowest = slowestOf(comparable);
  if (verdict.band !== 'pass' || slowest === null || sli.p95Ms === null) return verdict;
  if (sli.p95Ms <= Math.max(slowest * SLOWER.factor, slowest + SLOWER.ms)) return verdict;
  return {
    band: 'hold',
    because: `clearly slower than the ${Math.round(slowest)} ms of ${named(comparable)}, which ${serve(comparable)} the version of before`,
  };
}

function everywhere(peers: readonly Peer[]): Banded {
  return {
    band: 'hold',
    because: `so is ${named(peers)}, which ${serve(peers)} the version of before: not the release’s doing, as far as can be told. Look at what they share`,
  };
}

function named(peers: readonly Peer[]): string {
  return peers.map(({ region }) => region).join(' and ');
}

const serve = (peers: readonly Peer[]) => (peers.length === 1 ? 'serves' : 'serve');

function errorRateOf(peers: readonly Peer[]): number | null {
  const requests = peers.reduce((sum, { sli }) => sum + sli.requests, 0);
  return requests === 0 ? null : peers.reduce((sum, { sli }) => sum + sli.errors, 0) / requests;
}

function slowestOf(peers: readonly Peer[]): number | null {
  const known = peers.flatMap(({ sli }) => sli.p95Ms ?? []);
  return known.length === 0 ? null : Math.max(...known);
}

function worded(seen: string, { band, because }: Banded): Pick<GateMetric, 'band' | 'message'> {
  return { band, message: because === '' ? seen : `${seen}, ${because}` };
}

function nodesMetric(
  metric: 'cpu' | 'memory',
  { use, early }: { use: MeasuredUse | undefined; early: boolean },
  limit: number,
): Judged {
  const value = (metric === 'cpu' ? use?.cpuPercent : use?.memoryPercent) ?? null;
  const passBelow = Math.round(limit * 1_000) / 10;
  const name = metric === 'cpu' ? 'CPU' : 'memory';
  const shape = {
    metric,
    subject: 'nodes',
    unit: 'percent',
    passBelow,
    revertAbove: null,
    samples: null,
    baseline: null,
  } as const;
  if (value === null)
    return {
      thin: early && use !== undefined && use.error === null,
      metric: {
        ...shape,
        value,
        band: 'unknown',
        message: `${name} of the nodes not known: ${use?.error ?? (early ? 'nothing was measured yet' : 'nothing was measured')}`,
      },
    };
  const said = `${name} ${value.toFixed(0)} %`;
  return {
    thin: false,
    metric:
      value < passBelow
        ? { ...shape, value, band: 'pass', message: said }
        : { ...shape, value, band: 'hold', message: `${said}, passes below ${passBelow} %` },
  };
}

/** Since when a limit is passed without a break, real ms. */
export interface AlertClock {
  errorsSinceMs: number | null;
  p95SinceMs: number | null;
}

export const QUIET: AlertClock = { errorsSinceMs: null, p95SinceMs: null };

/**
 * How long each limit has been passed. The strategy document gives its triggers of a rollback no duration, so those of its
 * alerts are taken: 2 min of errors, 5 min of latency (aws-facts 2.3). A look that knows nothing stops no clock.
 */
export function runAlertClock(before: AlertClock, metrics: readonly GateMetric[], nowMs: number): AlertClock {
  const since = (metric: GateMetric['metric'], began: number | null): number | null => {
    const own = metrics.filter((one) => one.metric === metric);
    if (own.some(({ band }) => band === 'revert')) return began ?? nowMs;
    return own.some(({ band }) => band === 'unknown') ? began : null;
  };
  return {
    errorsSinceMs: since('errors', before.errorsSinceMs),
    p95SinceMs: since('p95', before.p95SinceMs),
  };
}

/** Ms until a limit has been passed for long enough to roll back: 0 or less is now; null where none is passed. */
export function untilRollbackMs(
  clock: AlertClock,
  durations: { errorsMs: number; p95Ms: number },
  nowMs: number,
): number | null {
  const left = [
    ...(clock.errorsSinceMs === null ? [] : [clock.errorsSinceMs + durations.errorsMs - nowMs]),
    ...(clock.p95SinceMs === null ? [] : [clock.p95SinceMs + durations.p95Ms - nowMs]),
  ];
  return left.length === 0 ? null : Math.min(...left);
}
