import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import type { LagObservation } from '#lib/domain/observation/kinds.ts';
import { sourceRegionOf } from '#lib/domain/recovery/topology.ts';
import { databaseRole } from '#lib/domain/replication/role.ts';
import type { RegionState } from '../regions/state.ts';
import { baseOf, type LinkBase, type LinkSource, type LinkStatus } from './link.ts';

export interface LinkPath {
  /** Peering as the estate names it, or null: traffic between the two has no private way. */
  peeringId: string | null;
  /** As EC2 says it; null when not observed. */
  status: string | null;
  /** Whether routes to the source stand in the replica's Region; null when not observed. */
  routed: boolean | null;
  rttMs: number | null;
}

/** Behind the primary by so much, as `ReplicaLag` says. */
export interface DatabaseLink extends LinkBase {
  kind: 'database';
  /** Withheld in the primary's slot; null when unknown. */
  bytes: number | null;
  /** RDS's word for the replication: replicating, error, stopped. */
  replication: string | null;
  thresholds: { warning: number; critical: number };
  source: { instanceId: string; endpoint: string | null };
  replica: { instanceId: string; endpoint: string | null };
  path: LinkPath;
}

/** One for each replica, from the Region that it really follows. */
export function databaseLinks(source: LinkSource): DatabaseLink[] {
  const replicas = source.regions.filter(
    ({ region, database }) => databaseRole(region, database.value) === 'replica',
  );
  return replicas.flatMap((replica) => {
    const followed = followedBy(replica, source);
    return followed ? [toLink(source, followed, replica)] : [];
  });
}

/** As RDS says; the writer while that is unknown. */
function followedBy(replica: RegionState, { regions, writer }: LinkSource): RegionState | undefined {
  const sourceRegion = replica.database.value && sourceRegionOf(replica.database.value);
  return regions.find(({ region }) => region.code === sourceRegion) ?? writer;
}

function toLink(source: LinkSource, followed: RegionState, replica: RegionState): DatabaseLink {
  const { estate } = source;
  const lag = replica.lag ?? { value: null, observedAt: null, error: 'its lag was not read yet' };
  const replication = replica.database.value?.replication ?? null;
  const key = { kind: 'database' as const, from: followed.region.code, to: replica.region.code };
  const base = baseOf(source, key, lag);
  return {
    ...base,
    kind: 'database',
    seconds: lag.value?.seconds ?? null,
    bytes: lag.value?.bytes ?? null,
    status: databaseStatus(lag.value, replication, base.stale),
    state: replication,
    replication,
    targetSeconds: replica.region.database.lagTargetSeconds ?? null,
    thresholds: estate.thresholds.databaseLagSeconds,
    source: endpointOf(followed),
    replica: endpointOf(replica),
    path: pathBetween(estate, followed.region, replica),
  };
}

/** What RDS says of the replication comes first: a lag that was read before it broke says nothing. Stale is unknown. */
function databaseStatus(lag: LagObservation | null, replication: string | null, stale: boolean): LinkStatus {
  if (replication !== null && !/^replicating/i.test(replication)) return 'broken';
  if (!lag || stale) return 'unknown';
  return lag.idle ? 'idle' : lag.class;
}

/** The instance that is there, which after a rebuild may have another name than the estate's. */
function endpointOf({ region, database }: RegionState) {
  return {
    instanceId: database.value?.instanceId ?? region.database.instanceId,
    endpoint: database.value?.endpoint ?? null,
  };
}

function pathBetween(estate: Estate, source: Region, replica: RegionState): LinkPath {
  const codes = [source.code, replica.region.code];
  const joins = ({ between }: { between: readonly string[] }) =>
    codes.every((code) => between.includes(code));
  const peering = estate.peerings.find(joins);
  const seen = replica.peering.value;
  return {
    peeringId: peering?.id ?? null,
    status: seen?.peerings.find(({ peerRegion }) => peerRegion === source.code)?.status ?? null,
    routed: seen ? seen.routesTo.includes(source.code) : null,
    rttMs: (peering ?? estate.distances.find(joins))?.rttMs ?? null,
  };
}
