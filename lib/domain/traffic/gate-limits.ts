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
    revertSample: environment.minSample,
    onThinTraffic: environment.onThinTraffic,
  };
}

/** Of a Region's requests about every eighth is an order; a sample of them is judged from a twentieth of the reads' on. */
const ORDERS_OF_SAMPLE = 1 / 20;

/**
 * Limits of a Region's orders: those of reads, with the round trip to the writer on top. Few orders pass while none of them
 * failed, and their message says what that proves: none of 10 is below 26 %, none of 144 below 2.1 %. To prove 0.1 % takes
 * 2,995 without an error, 100 min of ap-southeast-1's at 20 requests/s, so no step waits for that (docs/adr/0015). One that
 * failed among fewer than 1,000 holds until it has left the window; it reverts as it would among reads only from the
 * environment's whole sample on, before that only beyond doubt.
 */
export function writeLimits(estate: Estate, environment: Environment, region: string): GateLimits {
  const writer = estate.regions.find(({ servesWrites }) => servesWrites)?.code ?? region;
  const limits = gateLimits(estate, environment, roundTripMs(estate, region, writer));
  return { ...limits, minSample: Math.ceil(environment.minSample * ORDERS_OF_SAMPLE) };
}
