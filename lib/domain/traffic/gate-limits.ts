import type { Environment, Estate } from '../estate/estate.ts';
import type { GateLimits } from './gate.ts';
import { roundTripMs } from './solve.ts';

/** Limits of the estate's gate; writes get the round trip to the writer on top (aws-facts C-15). */
export function gateLimits(estate: Estate, environment: Environment, addedMs: number): GateLimits {
  return {
    errorRate: estate.thresholds.gate.errorRate,
    p95Ms: estate.thresholds.gate.p95Ms + addedMs,
    revertErrorRate: estate.thresholds.rollback.errorRate,
    revertP95Ms: estate.thresholds.rollback.p95Ms + addedMs,
    minSample: environment.minSample,
    onThinTraffic: environment.onThinTraffic,
  };
}

/** Limits of a Region's orders. They are a tenth of requests: their own sample is judged for speed and for outright failure. */
export function writeLimits(estate: Estate, environment: Environment, region: string): GateLimits {
  const writer = estate.regions.find(({ servesWrites }) => servesWrites)?.code ?? region;
  const limits = gateLimits(estate, environment, roundTripMs(estate, region, writer));
  return {
    ...limits,
    minSample: Math.ceil(environment.minSample / 20),
    errorRate: limits.revertErrorRate,
  };
}
