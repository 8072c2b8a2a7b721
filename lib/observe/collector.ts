import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import type { ObservationKind } from '#lib/domain/observation/kinds.ts';
import type { AwsClients } from '../adapters/aws/clients.ts';
import type { ClusterClient } from '../adapters/kubernetes/cluster.ts';
import type { RegionFacts, SharedFacts } from './shared-facts.ts';
import type { SamplePoint, Seen } from './store.ts';

export interface CollectContext {
  estate: Estate;
  /** Absent for what belongs to no Region. */
  region?: Region;
  clients: AwsClients;
  cluster?: ClusterClient;
  shared: SharedFacts;
  nowMs: number;
}

/** An observation by its kind and name. */
export interface Covered {
  kind: ObservationKind;
  name: string;
}

export interface Collected {
  seen: Seen[];
  samples?: SamplePoint[];
  /** Looked for and not there, though the service answered: the last value stays, with why there is no newer one. */
  missing?: (Covered & { error: string })[];
  /** Asked again after so long, because more will be known then; absent: after its interval. */
  againInSeconds?: number;
}

/** Asks one service for one thing. Throws what the call threw; the loop turns that into "unknown since". */
export interface Collector {
  /** The service whose breaker and budget it counts on. */
  service: string;
  /** Observations that lose their freshness when it fails. */
  covers: (context: CollectContext) => Covered[];
  everySeconds: (periodSeconds: number) => number;
  collect: (context: CollectContext) => Promise<Collected>;
}

/** The Region of a collector that is only run for Regions. */
export function regionOf(context: CollectContext): Region {
  if (!context.region) throw new Error('This collector runs for a Region only.');
  return context.region;
}

/** What the Region's collectors know of each other. */
export function factsOf(context: CollectContext): RegionFacts {
  return context.shared.of(regionOf(context).code);
}

/** The client for the Region's cluster. */
export function clusterOf(context: CollectContext): ClusterClient {
  if (!context.cluster) throw new Error(`There is no client for the cluster of ${regionOf(context).code}.`);
  return context.cluster;
}
