import type { DatabaseObservation, ShopConfigObservation } from '#lib/domain/observation/kinds.ts';
import type { WeightMatrix } from '#lib/domain/traffic/weights.ts';

/** What collectors saw last of a Region, as far as a plan needs it. */
export interface RegionTopology {
  code: string;
  /** Its current database (`currentDatabase` in the domain); null where it has none that is not fenced, or none was seen. */
  database: DatabaseObservation | null;
  /** `shop-config` of the environment there; null where it was never seen. */
  shopConfig: ShopConfigObservation | null;
  /** Whether its weighted records carry the switch that peers' buckets hold. */
  switchPrepared: boolean;
  /** Whether any of those switches has it off now. */
  switchedOff: boolean;
  /** Regions that it reaches over a peering of their own with routes both ways (aws-facts B-05). */
  reaches: readonly string[];
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
export function topologyOf(topology: RecoveryTopology, code: string): RegionTopology {
  return (
    topology.regions.find((region) => region.code === code) ?? {
      code,
      database: null,
      shopConfig: null,
      switchPrepared: false,
      switchedOff: false,
      reaches: [],
    }
  );
}
