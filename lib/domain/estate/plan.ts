import type { Estate, Region } from './estate.ts';

/** What the estate plans for a Region, dollars a month (aws-facts 1A). */
export function plannedDollars({ plan }: Pick<Region, 'plan'>): number {
  return plan.compute + plan.database + plan.cache + plan.storage + plan.network;
}

/** Planned dollars a month for each point of all traffic that the Region serves; 0 where it is planned to serve none. */
export function dollarsPerPoint(region: Pick<Region, 'plan'>): number {
  const points = region.plan.trafficShare * 100;
  return points > 0 ? plannedDollars(region) / points : 0;
}

/** Planned dollars a month for each node that the Region's share of peak needs; 0 where it is planned to serve none. */
export function dollarsPerNode(
  region: Pick<Region, 'plan'>,
  { peakRequestsPerSecond, requestsPerSecondPerNode }: Estate['capacity'],
): number {
  const nodes = (region.plan.trafficShare * peakRequestsPerSecond) / requestsPerSecondPerNode;
  return nodes > 0 ? region.plan.compute / nodes : 0;
}

/** What the estate plans in all, global services included, dollars a month. */
export function plannedTotal(estate: Pick<Estate, 'regions' | 'globalPlan'>): number {
  const regional = estate.regions.reduce((sum, region) => sum + plannedDollars(region), 0);
  return regional + estate.globalPlan.cdn + estate.globalPlan.dns;
}
