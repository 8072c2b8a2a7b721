import type { Estate } from '../estate/estate.ts';
import type { Observed, TrafficObservation } from '../observation/kinds.ts';
import { steadyLoad } from './capacity.ts';

export interface ReckonedLoad {
  /** Requests a second over all Regions; see `steadyLoad`. */
  load: number;
  /** Regions that never reported their traffic: reckoned with their planned share of peak. */
  assumed: string[];
}

/** The load that rules reckon with. What a Region last reported counts however old; what it never did, at peak. */
export function reckonLoad(
  estate: Estate,
  regions: readonly { code: string; traffic: Observed<TrafficObservation> }[],
): ReckonedLoad {
  const { peakRequestsPerSecond } = estate.capacity;
  const reported = regions.reduce((sum, { traffic }) => sum + (traffic.value?.requestsPerSecond ?? 0), 0);
  const assumed = regions.filter(({ traffic }) => traffic.value === null).map(({ code }) => code);
  const planned = estate.regions
    .filter(({ code }) => assumed.includes(code))
    .reduce((sum, { plan }) => sum + plan.trafficShare * peakRequestsPerSecond, 0);
  return { load: steadyLoad(reported + planned, peakRequestsPerSecond), assumed };
}
