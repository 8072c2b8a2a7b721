import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import type { LagObservation } from '#lib/domain/observation/kinds.ts';
import type { VerbContext } from '../context.ts';
import { isFresh, type RegionState, readEstateState } from '../regions/state.ts';

export interface LinkPath {
  /** Peering as the estate names it, or null: traffic between the two has no private way. */
  peeringId: string | null;
  /** As EC2 says it; null when not observed. */
  status: string | null;
  /** Whether routes to the source stand in the replica's Region; null when not observed. */
  routed: boolean | null;
  rttMs: number | null;
}

/** A replication path between two Regions, as it was last seen. */
export interface ReplicationLink {
  /** `us-east-1>eu-west-1:database` */
  id: string;
  kind: 'database';
  from: string;
  to: string;
  /** Behind the primary by so much, as `ReplicaLag` says; null when unknown. */
  seconds: number | null;
  /** Withheld in the primary's slot; null when unknown. */
  bytes: number | null;
  /** `idle`: the primary writes nothing, so the seconds grow though nothing is missing. */
  status: 'ok' | 'idle' | 'warning' | 'critical' | 'broken' | 'unknown';
  /** RDS's word for the replication: replicating, error, stopped. */
  replication: string | null;
  observedAt: string | null;
  /** Why nothing newer is known; null when it is. */
  error: string | null;
  stale: boolean;
  targetSeconds: number | null;
  thresholds: { warning: number; critical: number };
  source: { instanceId: string; endpoint: string | null };
  replica: { instanceId: string; endpoint: string | null };
  path: LinkPath;
}

/** Every database replication link of the environment, in the estate's order. Storage, cache and queue links are not read yet. */
export async function listLinks(
  context: VerbContext,
  environment: string,
): Promise<{ items: ReplicationLink[] }> {
  const state = await readEstateState(context, environment);
  const replicas = state.regions.filter(({ region, database }) =>
    database.value ? database.value.role === 'replica' : region.database.role === 'replica',
  );
  return {
    items: replicas.flatMap((replica) => {
      const source = sourceOf(replica, state.regions);
      return source ? [toLink(context, source, replica, state.staleAfterSeconds)] : [];
    }),
  };
}

/** The Region that the replica really follows, as RDS says; as the estate says while that is unknown. */
function sourceOf(replica: RegionState, regions: readonly RegionState[]): RegionState | undefined {
  const sourceRegion = replica.database.value?.sourceArn?.split(':')[3];
  return (
    regions.find(({ region }) => region.code === sourceRegion) ??
    regions.find(({ region }) => region.database.role === 'primary')
  );
}

function toLink(
  context: VerbContext,
  source: RegionState,
  replica: RegionState,
  staleAfterSeconds: number,
): ReplicationLink {
  const { estate, now } = context;
  const lag = replica.lag ?? { value: null, observedAt: null, error: 'lag of a former primary is not read' };
  const stale = !isFresh(lag.observedAt, now, staleAfterSeconds);
  const from = source.region.code;
  const to = replica.region.code;
  return {
    id: `${from}>${to}:database`,
    kind: 'database',
    from,
    to,
    seconds: lag.value?.seconds ?? null,
    bytes: lag.value?.bytes ?? null,
    status: linkStatus(lag.value, replica.database.value?.replication ?? null, stale),
    replication: replica.database.value?.replication ?? null,
    observedAt: lag.observedAt,
    error: lag.error,
    stale,
    targetSeconds: replica.region.database.lagTargetSeconds ?? null,
    thresholds: estate.thresholds.databaseLagSeconds,
    source: endpointOf(source),
    replica: endpointOf(replica),
    path: pathBetween(estate, source.region, replica),
  };
}

/** What RDS says of the replication comes first: a lag that was read before it broke says nothing. Stale is unknown. */
function linkStatus(
  lag: LagObservation | null,
  replication: string | null,
  stale: boolean,
): ReplicationLink['status'] {
  if (replication !== null && !/^replicating/i.test(replication)) return 'broken';
  if (!lag || stale) return 'unknown';
  return lag.idle ? 'idle' : lag.class;
}

function endpointOf({ region, database }: RegionState) {
  return { instanceId: region.database.instanceId, endpoint: database.value?.endpoint ?? null };
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
