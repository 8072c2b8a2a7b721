import type { ReckonedLoad } from '../capacity/load.ts';
import type { Estate } from '../estate/estate.ts';
import { staleAfterSeconds } from '../observation/kinds.ts';
import type { Check } from '../operation/plan.ts';
import { pass } from './check.ts';
import { oldest, staleness } from './freshness.ts';
import type { ShiftFacts } from './shift-facts.ts';

/** Requests a second over every Region that was measured. */
export function totalRequests(facts: ShiftFacts): number {
  return facts.regions.reduce((sum, region) => sum + (region.traffic.value?.requestsPerSecond ?? 0), 0);
}

/** Says what load the other checks reckon with, and what of it is assumed or old. */
export function checkLoad(estate: Estate, facts: ShiftFacts, { load, assumed }: ReckonedLoad): Check {
  const limit = trafficLimit(estate);
  const stale = facts.regions.flatMap(({ code, traffic }) => {
    const age = staleness(facts.now, traffic, limit);
    return age === null ? [] : [`${code} last reported its traffic ${age} ago`];
  });
  const missing = assumed.map(
    (code) => `${code} never reported its traffic; its planned share of peak counts`,
  );
  const doubts = [...missing, ...stale];
  const message = `Reckoned with ${formatLoad(load)} requests/s over all Regions`;
  const observedAt = oldest(...facts.regions.map(({ traffic }) => traffic.observedAt));
  if (doubts.length === 0) return pass('load', `${message}.`, observedAt);
  return { code: 'load', verdict: 'warn', message: `${message}: ${doubts.join('; ')}.`, observedAt };
}

function formatLoad(requestsPerSecond: number): string {
  return String(Number(requestsPerSecond.toFixed(1)));
}

/** Age past which a Region's traffic is not known any more, seconds. */
export function trafficLimit(estate: Estate): number {
  return staleAfterSeconds('traffic', estate.metrics.periodSeconds) * 2;
}
