import type { Environment, Estate, Region } from '../estate/estate.ts';
import type { Freeze } from '../freeze/freeze.ts';
import {
  type AlarmsObservation,
  type CacheObservation,
  type CanariesObservation,
  type DatabaseObservation,
  type DatabasesObservation,
  type DnsObservation,
  type HealthCheckObservation,
  type IdentityObservation,
  type LagObservation,
  type NodeGroupObservation,
  type NodesObservation,
  type ObservationKind,
  type Observed,
  type PeeringObservation,
  type PositionObservation,
  type QueueObservation,
  type RecordsObservation,
  type ServiceObservation,
  type ShopConfigObservation,
  type StorageObservation,
  type SwitchObservation,
  staleAfterSeconds,
  type TrafficObservation,
  type ZoneObservation,
} from '../observation/kinds.ts';
import { type Known, knownNow } from '../observation/known.ts';
import { onceFor } from '../once-for.ts';
import type { Home } from './home.ts';
import type { LeftOrders } from './left-run.ts';
import type { DrillLevel } from './params.ts';

/** Region whose loss takes the control planes of Route 53, IAM and CloudFront along, and the metrics of health checks (B-06, R-01). */
export const CONTROL_PLANE_REGION = 'us-east-1';

/** All that was seen of one Region. */
export interface RecoveryRegionFacts {
  code: string;
  /** The current one, by `currentDatabase`. */
  database: Observed<DatabaseObservation>;
  /** All of them, also those that were fenced and renamed. */
  databases: Observed<DatabasesObservation>;
  /** Of a replica, judged; never seen on a primary. */
  lag: Observed<LagObservation>;
  position: Observed<PositionObservation>;
  nodes: Observed<NodesObservation>;
  nodeGroup: Observed<NodeGroupObservation>;
  healthCheck: Observed<HealthCheckObservation>;
  traffic: Observed<TrafficObservation>;
  alarms: Observed<AlarmsObservation>;
  peering: Observed<PeeringObservation>;
  shopConfig: Observed<ShopConfigObservation>;
  /** The switches that lie in this Region's bucket. */
  switch: Observed<SwitchObservation>;
  canaries: Observed<CanariesObservation>;
  storage: Observed<StorageObservation>;
  cache: Observed<CacheObservation>;
  queue: Observed<QueueObservation>;
  identity: Observed<IdentityObservation>;
  service: Observed<ServiceObservation>;
}

/** Somebody who may approve and is not disabled. */
export interface ApproverFacts {
  name: string;
  /** Regions that their grants cover; null: every one. */
  regions: readonly string[] | null;
}

/** A drill, or a real run that proves as much, that ended well. */
export interface DrillRun {
  operation: string;
  level: DrillLevel;
  /** The Region that takes the orders, of a promotion and a switchover; the one that is lost, of any other level. */
  region: string;
  /** The Region that a real failover left for it. */
  left?: string;
  /** When it ended. ISO. */
  at: string;
  real: boolean;
}

export interface DrillFacts {
  /** When each step last passed, for real or in a drill, by step key. ISO. */
  steps: Readonly<Record<string, string>>;
  runs: readonly DrillRun[];
}

/** Everything that the rules of recovery rest on, as data: stored observations of one environment, and who is there. */
export interface RecoveryFacts {
  now: Date;
  environment: string;
  /** In the environment's order. */
  regions: readonly RecoveryRegionFacts[];
  zone: Observed<ZoneObservation>;
  records: Observed<RecordsObservation>;
  dns: Observed<DnsObservation>;
  freezes: readonly Freeze[];
  /** The operation that holds the environment, if any; `leaves` is the Region that a recovery under way leaves. */
  holder: { id: string; title: string; kind: string; leaves?: string | null } | null;
  /** Orders that a run has left refused which stopped half-way; absent or null where none has, or nobody is seen kept out. */
  left?: LeftOrders | null;
  approvers: readonly ApproverFacts[];
  drills: DrillFacts;
  /** Where this console, its database and its workers stand. */
  home: Home;
}

/** What the rules look at together. */
export interface Outlook {
  estate: Estate;
  environment: Environment;
  facts: RecoveryFacts;
}

const NEVER_SEEN: Observed<never> = { value: null, observedAt: null, error: null };

/** A Region of which nothing was ever observed: what facts begin with. */
function unseenRegion(code: string): RecoveryRegionFacts {
  return {
    code,
    database: NEVER_SEEN,
    databases: NEVER_SEEN,
    lag: NEVER_SEEN,
    position: NEVER_SEEN,
    nodes: NEVER_SEEN,
    nodeGroup: NEVER_SEEN,
    healthCheck: NEVER_SEEN,
    traffic: NEVER_SEEN,
    alarms: NEVER_SEEN,
    peering: NEVER_SEEN,
    shopConfig: NEVER_SEEN,
    switch: NEVER_SEEN,
    canaries: NEVER_SEEN,
    storage: NEVER_SEEN,
    cache: NEVER_SEEN,
    queue: NEVER_SEEN,
    identity: NEVER_SEEN,
    service: NEVER_SEEN,
  };
}

const byCode = onceFor(
  ({ regions }: RecoveryFacts) => new Map(regions.map((region) => [region.code, region])),
);

/** What was seen of the Region; nothing where the facts do not have it. */
export function factsOf(facts: RecoveryFacts, code: string): RecoveryRegionFacts {
  return byCode(facts).get(code) ?? unseenRegion(code);
}

/** The observation if it still counts: three of its intervals, 15 s at least (aws-facts part 3). */
export function known<T>({ estate, facts }: Outlook, kind: ObservationKind, observed: Observed<T>): Known<T> {
  return knownNow(facts.now, observed, staleAfterSeconds(kind, estate.metrics.periodSeconds));
}

const declared = onceFor(({ regions }: Estate) => new Map(regions.map((region) => [region.code, region])));

/** The Regions of the environment as the estate declares them, in its order. */
export function declaredRegions({ estate, environment }: Outlook): Region[] {
  return environment.regions.flatMap((code) => declared(estate).get(code) ?? []);
}

/** The Region as declared. Throws for a code that the estate does not have: ask only about its own. */
export function requireDeclared({ estate }: Outlook, code: string): Region {
  const region = declared(estate).get(code);
  if (!region) throw new Error(`The estate has no Region ${code}.`);
  return region;
}
