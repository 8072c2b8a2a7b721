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
 * Judges one SLI of one Region. Missing numbers and thin samples never pass by themselves: unknown is not safe.
 * Limits of writes are the read limits plus the measured round trip to the writer (DECISIONS, Gates name their SLI).
 */
export function judgeSli(subject: string, sli: Sli, limits: GateLimits): GateVerdict {
  const verdict = (
    band: GateVerdict['band'],
    message: string,
    errorRateBelow: number | null,
  ): GateVerdict => ({
    subject,
    sli,
    limits,
    band,
    message,
    errorRateBelow,
  });
  const thin = limits.onThinTraffic === 'pass-with-note' ? 'pass' : 'hold';
  if (sli.requests === 0 || sli.p95Ms === null) {
    return verdict(thin, `${subject}: no requests measured, which proves nothing`, null);
  }
  const below = errorRateUpperBound(sli.errors, sli.requests);
  const rate = sli.errors / sli.requests;
  const errors = `${sli.errors} ${sli.errors === 1 ? 'error' : 'errors'} in ${sli.requests} requests`;
  const seen = `${subject}: ${errors}, below ${percent(below)}; p95 ${Math.round(sli.p95Ms)} ms`;
  if (sli.requests < limits.minSample)
    return verdict(thin, `${seen}; ${limits.minSample} requests are needed to judge`, below);
  if (rate > limits.revertErrorRate)
    return verdict('revert', `${seen}; reverts above ${percent(limits.revertErrorRate)}`, below);
  if (sli.p95Ms > limits.revertP95Ms)
    return verdict('revert', `${seen}; reverts above ${limits.revertP95Ms} ms`, below);
  if (rate >= limits.errorRate)
    return verdict('hold', `${seen}; passes below ${percent(limits.errorRate)}`, below);
  if (sli.p95Ms >= limits.p95Ms) return verdict('hold', `${seen}; passes below ${limits.p95Ms} ms`, below);
  return verdict('pass', seen, below);
}

/** Whether the verdict holds only because too little was measured. */
export function isThin({ band, sli, limits }: GateVerdict): boolean {
  return band === 'hold' && (sli.p95Ms === null || sli.requests < limits.minSample);
}

const WORST_FIRST = ['revert', 'hold', 'pass'] as const;

/** The worst band of several verdicts; `hold` when there is none to judge. */
export function worstBand(verdicts: readonly GateVerdict[]): GateVerdict['band'] {
  return WORST_FIRST.find((band) => verdicts.some((verdict) => verdict.band === band)) ?? 'hold';
}

export interface ShareVerdict {
  within: boolean;
  /** Enough requests to judge shares to the tolerance. */
  enough: boolean;
  differences: { region: string; configured: number; measured: number; points: number }[];
  message: string;
}

/** Requests needed to tell a share to ± 5 points with 95 % confidence (DECISIONS: about 400 independent resolver caches). */
export const SHARE_SAMPLE = 400;

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
  const within = total > 0 && differences.every(({ points }) => Math.abs(points) <= tolerancePoints);
  const said = differences.map(({ region, measured }) => `${region} ${percent(measured)}`).join(', ');
  const by = worst ? `; ${worst.region} differs by ${Math.abs(worst.points).toFixed(1)} points` : '';
  return {
    within,
    enough: total >= SHARE_SAMPLE,
    differences,
    message: `measured ${said} of ${total} requests${by}`,
  };
}

/** Exact one-sided 95 % upper bound of a rate (Clopper–Pearson), by bisection on the binomial distribution. */
export function errorRateUpperBound(errors: number, requests: number): number {
  if (errors >= requests) return 1;
  let low = errors / requests;
  let high = 1;
  for (let round = 0; round < 40; round += 1) {
    const middle = (low + high) / 2;
    if (binomialAtMost(errors, requests, middle) > 0.05) low = middle;
    else high = middle;
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

function percent(share: number): string {
  const value = share * 100;
  return `${value >= 10 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(value < 1 ? 2 : 1) : value.toFixed(3)} %`;
}
