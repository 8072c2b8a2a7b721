import { listOf } from '#lib/domain/recovery/words.ts';
import { othersOf, type PlanningFacts } from '../planning.ts';
import { type RegionTopology, regionTopology } from '../topology.ts';

/**
 * What does not follow the orders to the target by itself, and no step sees to, as sentences for whoever reads the end of the
 * run: a cache that is a secondary takes no writes (aws-facts B-10, B-12), and a replicator of events leads one way.
 */
export function leftBesideDatabase(facts: PlanningFacts, target: string, lost?: string): string[] {
  const unreached = othersOf(facts, target, lost ?? target).filter((code) => {
    const { eventsFrom } = regionTopology(facts.topology, code);
    return eventsFrom !== null && !eventsFrom.includes(target);
  });
  return [
    ...cacheDebts(regionTopology(facts.topology, target)),
    ...(unreached.length > 0
      ? [
          `Events written in ${target} do not reach ${listOf(unreached)}: create a replicator that leads there.`,
        ]
      : []),
  ];
}

function cacheDebts({ code, cache }: RegionTopology): string[] {
  if (cache === null) return [`The cache of ${code} was never seen: look whether it takes writes.`];
  if (cache.role !== 'secondary') return [];
  return [
    `${cache.group} in ${code} is a secondary and takes no writes: fail its Global Datastore over (aws elasticache failover-global-replication-group --region ${code}).`,
  ];
}
