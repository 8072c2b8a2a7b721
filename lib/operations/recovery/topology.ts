import type {
  CacheObservation,
  DatabaseObservation,
  ShopConfigObservation,
  ZoneObservation,
} from '#lib/domain/observation/kinds.ts';
import { switchOf } from '#lib/domain/recovery/dns-switch.ts';
import { factsOf, type Outlook, requireDeclared } from '#lib/domain/recovery/facts.ts';
import { recoveryLoad } from '#lib/domain/recovery/load.ts';
import { currentDatabase, pathBetween, writerOf, writerRegion } from '#lib/domain/recovery/topology.ts';
import type { WeightMatrix } from '#lib/domain/traffic/weights.ts';

/** What collectors saw last of a Region, as far as a plan needs it. */
export interface RegionTopology {
  code: string;
  /** Its current database (`currentDatabase` in the domain); null where it has none that is not fenced, or none was seen. */
  database: DatabaseObservation | null;
  /** `shop-config` of the environment there; null where it was never seen. */
  shopConfig: ShopConfigObservation | null;
  /** Regions whose buckets hold a switch that its weighted records obey; none where it was not prepared. */
  switchIn: readonly string[];
  /** Whether any of those switches has it off now. */
  switchedOff: boolean;
  /** Regions to which it has no peering with routes both ways, for sure (aws-facts B-05); a doubt is no lack. */
  noPathTo: readonly string[];
  /** The application's cache there, and what it is in its Global Datastore; null where it was never seen. */
  cache: (Pick<CacheObservation, 'role'> & { group: string }) | null;
  /** Regions whose events a replicator brings into its queue; null where that was never seen. */
  eventsFrom: readonly string[] | null;
}

/**
 * The facts that plans of recovery are made from. They enter the plan and with it the digest that an approval binds to, so
 * nothing in here may change by itself from one look to the next (ADR 0010).
 */
export interface RecoveryTopology {
  /** In the environment's order. */
  regions: readonly RegionTopology[];
  /** Region whose database takes the orders, or took them when it was last seen; null for none or several. */
  writer: string | null;
  /** Percent of each geography by Region, from the live weights, or the last that were seen. */
  weights: WeightMatrix;
  /** All requests a second as rules see them (`steadyLoad`): how many nodes a Region needs is reckoned from it. */
  requestsPerSecond: number;
  /** When orders stopped being written in the lost Region, ISO; null while they may still be. */
  writesEndedAt: string | null;
  /** Commit time up to which the present writer had everything when it was promoted, ISO; null where it is not known. */
  divergedAt: string | null;
}

/** The Region's facts; nothing known where the topology does not have it. */
export function regionTopology(topology: RecoveryTopology, code: string): RegionTopology {
  return (
    topology.regions.find((region) => region.code === code) ?? {
      code,
      database: null,
      shopConfig: null,
      switchIn: [],
      switchedOff: false,
      noPathTo: [],
      cache: null,
      eventsFrom: null,
    }
  );
}

/**
 * The topology as it was last seen. Old observations count here: the plan of a failover is about a Region that answers no
 * more, and each step looks again before it acts.
 */
export function recoveryTopology(
  outlook: Outlook,
  known: Pick<RecoveryTopology, 'writesEndedAt' | 'divergedAt'>,
): RecoveryTopology {
  const { environment, facts } = outlook;
  const zone = facts.zone.value;
  return {
    regions: environment.regions.map((code) => {
      const region = factsOf(facts, code);
      const declaredId = requireDeclared(outlook, code).database.instanceId;
      const listed = currentDatabase(region.databases.value?.instances ?? [], declaredId);
      return {
        code,
        database: listed ?? region.database.value,
        shopConfig: region.shopConfig.value,
        switchIn: zone === null ? [] : preparedIn(outlook, zone, code),
        switchedOff: facts.regions.some((peer) => peer.switch.value?.off.includes(code)),
        noPathTo: environment.regions.filter(
          (other) => other !== code && pathBetween(outlook, code, other).state === 'missing',
        ),
        cache: cacheOf(region.cache.value),
        eventsFrom: region.queue.value?.replicators.map(({ sourceRegion }) => sourceRegion).sort() ?? null,
      };
    }),
    writer: writerRegion(writerOf(outlook)),
    weights: facts.records.value?.weights ?? {},
    requestsPerSecond: recoveryLoad(outlook),
    ...known,
  };
}

/** Without its lag, which changes by itself. */
function cacheOf(seen: CacheObservation | null): RegionTopology['cache'] {
  return seen && { group: seen.replicationGroup, role: seen.role };
}

/** Half a switch is none: it is prepared anew. */
function preparedIn(outlook: Outlook, zone: ZoneObservation, code: string): string[] {
  const { prepared, inRegions } = switchOf(outlook, zone, code);
  return prepared ? inRegions : [];
}
