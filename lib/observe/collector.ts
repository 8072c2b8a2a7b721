import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import type { ObservationKind } from '#lib/domain/observation/kinds.ts';
import type { PrimaryActivity } from '#lib/domain/replication/lag.ts';
import type { AwsClients } from '../adapters/aws/clients.ts';
import type { ClusterClient } from '../adapters/kubernetes/cluster.ts';
import type { SamplePoint, Seen } from './store.ts';

/** What one Region's collectors know of the others' last round, for numbers that need two Regions. */
export interface SharedFacts {
  /** What the primary said of itself, and when. */
  primary: (PrimaryActivity & { atMs: number }) | null;
  /** Requests a second of the last minute, by Region. */
  requests: Map<string, { perSecond: number; atMs: number }>;
}

export interface CollectContext {
  estate: Estate;
  /** Absent for what belongs to no Region. */
  region?: Region;
  clients: AwsClients;
  cluster?: ClusterClient;
  shared: SharedFacts;
  nowMs: number;
}

export interface Collected {
  seen: Seen[];
  samples?: SamplePoint[];
}

/** Asks one service for one thing. Throws what the call threw; the loop turns that into "unknown since". */
export interface Collector {
  /** The service whose breaker and budget it counts on. */
  service: string;
  /** Observations that lose their freshness when it fails. */
  covers: (context: CollectContext) => { kind: ObservationKind; name: string }[];
  everySeconds: (periodSeconds: number) => number;
  collect: (context: CollectContext) => Promise<Collected>;
}

/** The Region of a collector that is only run for Regions. */
export function regionOf(context: CollectContext): Region {
  if (!context.region) throw new Error('This collector runs for a Region only.');
  return context.region;
}
