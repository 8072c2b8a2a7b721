import type { Random } from '#lab/kernel/random.ts';

/** Milliseconds that a pod works on one request, at a load given as a share of the stated capacity. */
export type ServiceTimeModel = (random: Random, utilisation: number) => number;

const MEDIAN_MS = 15;
const SIGMA = 0.42;
/** Added for each unit of load below the stated capacity: a busier processor answers later. */
const BUSY_SLOPE = 0.4;
/** Beyond the stated capacity requests queue: at twice the capacity the median is about seven times the idle one. */
const OVERLOAD_SLOPE = 6;
const LONGEST_STRETCH = 40;

/**
 * Log-normal work (median 15 ms, p95 about 30 ms when idle), stretched by load. The stated capacity is the rate a node
 * carries within its objectives, so the stretch is mild up to it and steep beyond it.
 */
export const modelledServiceMs: ServiceTimeModel = (random, utilisation) =>
  MEDIAN_MS * Math.exp(SIGMA * standardNormal(random)) * stretch(utilisation);

/** How many times longer work takes at this load than when idle. */
export function stretch(utilisation: number): number {
  const busy = BUSY_SLOPE * Math.min(1, Math.max(0, utilisation));
  const overload = OVERLOAD_SLOPE * Math.max(0, utilisation - 1);
  return Math.min(LONGEST_STRETCH, 1 + busy + overload);
}

/** Box–Muller; the draw is kept off zero, whose logarithm is not finite. */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
