export interface Sli {
  requests: number;
  errors: number;
  /** Null where nothing was measured. */
  p95Ms: number | null;
}

export interface GateLimits {
  /** Pass below these. */
  errorRate: number;
  p95Ms: number;
  /** Revert above these. Between the two: hold (aws-facts C-14). */
  revertErrorRate: number;
  revertP95Ms: number;
  /** Fewer requests than this prove nothing. */
  minSample: number;
  /** From so many requests on the rate itself reverts; with fewer only errors that leave no doubt. */
  revertSample: number;
  onThinTraffic: 'hold' | 'pass-with-note';
}

export interface GateVerdict {
  /** "us-east-1 reads" */
  subject: string;
  sli: Sli;
  limits: GateLimits;
  band: 'pass' | 'hold' | 'revert';
  /** "us-east-1 reads: 0 errors in 240 requests, below 1.2 %; p95 131 ms". */
  message: string;
  /** Upper end of the error rate that the sample leaves possible, 95 % one-sided. */
  errorRateBelow: number | null;
}

/**
 * Judges one SLI of one Region. Missing numbers and thin samples never pass by themselves: unknown is not safe. A thin
 * sample still reverts when its errors leave no doubt. Limits of writes are the read limits plus the measured round trip
 * to the writer (DECISIONS, Gates name their SLI). What a pass of a sample proves stands in its message (docs/adr/0015).
 */
export function judgeSli(subject: string, sli: Sli, limits: GateLimits): GateVerdict {
  const below = sli.requests === 0 ? null : errorRateUpperBound(sli.errors, sli.requests);
  const { band, because } = bandOf(sli, limits);
  const seen =
    sli.requests === 0 ? '' : `${sampleWords(sli)}, below ${percent(below ?? 1)}; ${p95Words(sli)}`;
  const message = `${subject}: ${[seen, because].filter(Boolean).join('; ')}`;
  return { subject, sli, limits, band, message, errorRateBelow: below };
}

/** A band, with why it is not a pass. */
export interface Banded {
  band: GateVerdict['band'];
  because: string;
}

function bandOf(sli: Sli, limits: GateLimits): Banded {
  const errors = judgeErrors(sli, limits);
  const latency = judgeLatency(sli, limits);
  const both = sli.p95Ms === null ? [latency, errors] : [errors, latency];
  return WORST_FIRST.flatMap((band) => both.find((one) => one.band === band) ?? [])[0] ?? errors;
}

/**
 * What the errors alone say. A thin sample never passes by itself. Under `revertSample` one error may be more than the limit
 * that reverts: such a sample reverts when the lower bound of its rate is above the limit, and holds otherwise.
 */
export function judgeErrors({ requests, errors }: Sli, limits: GateLimits): Banded {
  if (requests > 0 && failsSurely(errors, requests, limits))
    return { band: 'revert', because: `reverts above ${percent(limits.revertErrorRate)}` };
  if (requests === 0 || requests < limits.minSample) return thinly(requests, limits);
  const rate = errors / requests;
  if (rate < limits.errorRate) return { band: 'pass', because: '' };
  const passes = `passes below ${percent(limits.errorRate)}`;
  if (rate <= limits.revertErrorRate) return { band: 'hold', because: passes };
  const chance = `above ${percent(limits.revertErrorRate)} by no more than chance explains in so few`;
  return { band: 'hold', because: `${passes}, ${chance}` };
}

function failsSurely(errors: number, requests: number, limits: GateLimits): boolean {
  const judgedByRate = requests >= Math.max(limits.minSample, limits.revertSample);
  const rate = judgedByRate ? errors / requests : errorRateLowerBound(errors, requests);
  return rate > limits.revertErrorRate;
}

/** What the response times alone say. */
export function judgeLatency({ requests, p95Ms }: Sli, limits: GateLimits): Banded {
  if (requests === 0 || requests < limits.minSample) return thinly(requests, limits);
  if (p95Ms === null) return { band: 'hold', because: 'without response times nothing passes' };
  if (p95Ms > limits.revertP95Ms)
    return { band: 'revert', because: `reverts above ${limits.revertP95Ms} ms` };
  if (p95Ms >= limits.p95Ms) return { band: 'hold', because: `passes below ${limits.p95Ms} ms` };
  return { band: 'pass', because: '' };
}

function thinly(requests: number, { minSample, onThinTraffic }: GateLimits): Banded {
  return {
    band: onThinTraffic === 'pass-with-note' ? 'pass' : 'hold',
    because:
      requests === 0
        ? 'no requests measured, which proves nothing'
        : `${minSample} requests are needed to judge`,
  };
}

export function sampleWords({ requests, errors }: Sli): string {
  return `${errors} ${errors === 1 ? 'error' : 'errors'} in ${requests} ${requests === 1 ? 'request' : 'requests'}`;
}

function p95Words({ p95Ms }: Sli): string {
  return p95Ms === null ? 'no response times' : `p95 ${Math.round(p95Ms)} ms`;
}

/** Whether the verdict holds only because too little was measured. */
export function isThin({ band, sli, limits }: GateVerdict): boolean {
  return band === 'hold' && sli.requests < limits.minSample;
}

const WORST_FIRST = ['revert', 'hold', 'pass'] as const;

/** The worst band of several verdicts; `hold` when there is none to judge. */
export function worstBand(verdicts: readonly GateVerdict[]): GateVerdict['band'] {
  return WORST_FIRST.find((band) => verdicts.some((verdict) => verdict.band === band)) ?? 'hold';
}

export interface ShareVerdict {
  within: boolean;
  /** Outside the tolerance by more than chance explains. */
  clearlyOutside: boolean;
  /** Enough requests to judge shares to the tolerance. */
  enough: boolean;
  differences: { region: string; configured: number; measured: number; points: number }[];
  message: string;
}

/** Requests needed to tell a share to ± 5 points with 95 % confidence (DECISIONS: about 400 independent resolver caches). */
export const SHARE_SAMPLE = 400;

/** Requests that one visitor makes go where the first one went, so they count for about half as many choices. */
const REQUESTS_PER_CHOICE = 2;
/** Standard deviations that 95 % of samples stay within. */
const DEVIATIONS = 1.96;

/** Compares measured with configured shares (0–1), each Region within `tolerancePoints` (aws-facts 2.1). */
export function judgeShares(
  configured: Record<string, number>,
  requests: Record<string, number>,
  tolerancePoints: number,
): ShareVerdict {
  const total = Object.values(requests).reduce((sum, count) => sum + count, 0);
  const differences = Object.entries(configured).map(([region, share]) => {
    const measured = total === 0 ? 0 : (requests[region] ?? 0) / total;
    return { region, configured: share, measured, points: (measured - share) * 100 };
  });
  const worst = [...differences].sort((a, b) => Math.abs(b.points) - Math.abs(a.points))[0];
  const said = differences.map(({ region, measured }) => `${region} ${(measured * 100).toFixed(1)} %`);
  const by = worst ? `; ${worst.region} differs by ${Math.abs(worst.points).toFixed(1)} points` : '';
  return {
    within: total > 0 && differences.every(({ points }) => Math.abs(points) <= tolerancePoints + ROUNDING),
    clearlyOutside: differences.some(
      ({ configured: share, points }) => Math.abs(points) > tolerancePoints + chancePoints(share, total),
    ),
    enough: total >= SHARE_SAMPLE,
    differences,
    message: total === 0 ? 'no requests measured' : `measured ${said.join(', ')} of ${total} requests${by}`,
  };
}

/** How far, in points, chance alone takes the share of a sample from the true one. */
function chancePoints(share: number, requests: number): number {
  if (requests === 0) return 100;
  return DEVIATIONS * Math.sqrt((share * (1 - share) * REQUESTS_PER_CHOICE) / requests) * 100;
}

const ROUNDING = 1e-9;

/** Exact one-sided 95 % upper bound of a rate (Clopper–Pearson). */
export function errorRateUpperBound(errors: number, requests: number): number {
  if (errors >= requests) return 1;
  return rateWhere(errors / requests, 1, (rate) => binomialAtMost(errors, requests, rate) <= 0.05);
}

/** Exact one-sided 99.9 % lower bound of a rate: asked again every few seconds, so it must rarely be wrong. */
export function errorRateLowerBound(errors: number, requests: number): number {
  if (errors === 0) return 0;
  const seen = Math.min(1, errors / requests);
  return rateWhere(0, seen, (rate) => 1 - binomialAtMost(errors - 1, requests, rate) > 0.001);
}

/** The lowest rate between the two from which on `holds`, by bisection. */
function rateWhere(from: number, to: number, holds: (rate: number) => boolean): number {
  let low = from;
  let high = to;
  for (let round = 0; round < 40; round += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function binomialAtMost(k: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i += 1) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return sum;
}

/** Small rates need their digits, large ones do not: 0.012 %, 0.55 %, 1.2 %. */
export function percent(share: number): string {
  const value = share * 100;
  const digits = value >= 1 || value === 0 ? 1 : value >= 0.1 ? 2 : 3;
  return `${Number(value.toFixed(digits))} %`;
}
