import type { WeightMatrix } from '../traffic/weights.ts';

/** Something that was seen, with the time it was true and why nothing newer is known, if so. */
export interface Observed<T> {
  /** Null when it was never seen. */
  value: T | null;
  /** ISO; null when never seen. */
  observedAt: string | null;
  /** Why the last attempt gave nothing new; null when it did. */
  error: string | null;
}

/** Where one record of a weighted set leads, and the health check that takes it out of the answers: all of it but the weight. */
export interface WeightedTarget {
  type: 'A' | 'AAAA';
  alias: { hostedZoneId: string; dnsName: string; evaluateTargetHealth: boolean };
  healthCheckId: string | null;
}

/** The records of weighted sets without their weights, by geography, then Region. */
export type RecordTargets = Record<string, Record<string, WeightedTarget[]>>;

export interface RecordsObservation {
  zoneId: string;
  /** Percent of each geography by Region, from the live weights. */
  weights: WeightMatrix;
  /** Live integer weights, 0–255, as they stand. */
  recordWeights: Record<string, Record<string, number>>;
  /** What stands beside the weights; an observation stored by an earlier version has none. */
  targets?: RecordTargets;
  /** SHA-256 of the record sets that a shift may change, canonical. */
  hash: string;
}

export interface HealthCheckObservation {
  region: string;
  healthy: boolean | null;
  percentHealthy: number | null;
}

export interface DatabaseObservation {
  instanceId: string;
  arn: string;
  role: 'primary' | 'replica';
  status: string;
  sourceArn: string | null;
  /** RDS StatusInfos `read replication`: replicating, error, stopped, …; null on a primary. */
  replication: string | null;
  class: string;
  engineVersion: string;
  multiAz: boolean;
  backupRetentionDays: number;
  endpoint: string | null;
  storageGiB: number;
  parameterGroup: string | null;
  securityGroupIds: string[];
  /** Their names; absent where nobody looked them up. A primary whose only group is the estate's deny-all is fenced. */
  securityGroupNames?: string[];
  kmsKeyId: string | null;
  deletionProtection: boolean;
  createdAt: string | null;
}

/** Every instance of the application's database in a Region, also those that were fenced and renamed. */
export interface DatabasesObservation {
  instances: DatabaseObservation[];
}

/** How far a Region's current database has come, asked by SQL, and the newest order in it: what an RPO is reckoned from (R-03). */
export interface PositionObservation {
  instanceId: string;
  inRecovery: boolean;
  /** `pg_last_wal_receive_lsn()` of a replica, `pg_current_wal_lsn()` of a primary. */
  receivedLsn: string | null;
  replayedLsn: string | null;
  /** Commit time of the last transaction replayed; of a primary: when it was asked. ISO. */
  lastCommitAt: string | null;
  timeline: number;
  /** `TransactionLogsGeneration` of a primary, bytes a second; null on a replica, or where nothing says. */
  walBytesPerSecond: number | null;
  lastOrder: { id: string; createdAt: string } | null;
}

/**
 * What the zone's own name servers answer: how often each Region came, by geography. The data plane of DNS goes on when its
 * control plane and its metrics, both in us-east-1, do not: a Region with weight that is never answered is one that
 * Route 53's checkers see failing (aws-facts B-06, part 3).
 */
export interface DnsObservation {
  answers: Record<string, Record<string, number>>;
}

/** ConfigMap `shop-config` of an environment in a Region: where its orders go, and whether they are frozen. */
export interface ShopConfigObservation {
  namespace: string;
  writerEndpoint: string | null;
  writeFreeze: boolean;
}

/** The data-plane switches in a Region's switch bucket: Regions that an object `serve/<region>` takes out of DNS. */
export interface SwitchObservation {
  bucket: string;
  off: string[];
}

export interface HealthCheckConfig {
  id: string;
  type: string;
  /** What is probed: `host:port/path`; null for a calculated check. */
  target: string | null;
  searchString: string | null;
  inverted: boolean;
  disabled: boolean;
  intervalSeconds: number | null;
  failureThreshold: number | null;
  /** Of a calculated check. */
  children: string[];
  healthThreshold: number | null;
}

/** The hosted zone as recovery sees it: which check each Region's records carry, and how it may be changed in an outage. */
export interface ZoneObservation {
  zoneId: string;
  /** Accelerated recovery (aws-facts B-06); null where Route 53 does not say. */
  acceleratedRecovery: boolean | null;
  /** Health check of the weighted records by Region; null where a record has none, or records of one Region differ. */
  recordChecks: Record<string, string | null>;
  checks: HealthCheckConfig[];
}

/** What the canaries of one Region saw of the others (R-05: reads and writes apart). */
export interface CanariesObservation {
  probes: {
    target: string;
    path: 'reads' | 'writes';
    /** Share of runs that succeeded in the latest period, 0–1. */
    success: number;
    at: string;
  }[];
}

export interface StorageObservation {
  bucket: string;
  versioned: boolean;
  rules: {
    id: string;
    enabled: boolean;
    destination: string;
    /** Replication Time Control (aws-facts B-17). */
    timeControl: boolean;
    deleteMarkers: boolean;
    /** SourceSelectionCriteria and ReplicaKmsKeyID for encrypted objects (B-18). */
    encrypted: boolean;
    /** Seconds behind, modelled by CloudWatch's ReplicationLatency; null where nothing says. */
    latencySeconds: number | null;
    pendingOperations: number | null;
  }[];
}

export interface CacheObservation {
  replicationGroup: string;
  globalDatastore: string | null;
  role: 'primary' | 'secondary' | 'standalone';
  /** Region of the Global Datastore's primary, which this one follows; absent in what an earlier version stored. */
  primaryRegion?: string | null;
  status: string;
  lagSeconds: number | null;
}

export interface QueueObservation {
  cluster: string;
  status: string;
  /** Replicators into this Region. */
  replicators: {
    name: string;
    sourceRegion: string;
    state: string;
    /** Messages not yet there; null where nothing says. */
    messageLag: number | null;
    /** Seconds behind, by MSK's ReplicationLatency; absent in what an earlier version stored. */
    latencySeconds?: number | null;
  }[];
}

export interface NodesObservation {
  ready: number;
  total: number;
}

export interface NodeGroupObservation {
  minimum: number;
  maximum: number;
  desired: number;
  status: string;
}

export interface ClusterObservation {
  name: string;
  arn: string;
  version: string;
  status: string;
  endpointHost: string;
}

export interface DeploymentObservation {
  name: string;
  version: string;
  image: string;
  desired: number;
  ready: number;
  // Absent in what an earlier version stored.
  /** Of its pods; null: it has none. */
  colour?: string | null;
  /** Pods of the current template. */
  updated?: number;
  available?: number;
  /** `sha256:…` of an image that is pinned to it; null where only a tag names it. */
  digest?: string | null;
}

export interface ServiceObservation {
  namespace: string;
  service: string;
  /** Version that the Service's selector names: what users are served. */
  liveVersion: string | null;
  deployments: DeploymentObservation[];
  /** Colour of the pods that the Service selects; absent in what an earlier version stored. */
  liveColour?: string | null;
  /** When its selector was last written, ISO, by the Service's `managedFields`; null where they do not say. */
  liveSince?: string | null;
}

/** A repository of years would make every observation large, and what is released is among the newest. */
export const MOST_REGISTRY_IMAGES = 200;

/** The application's repository in a Region's ECR, named by the repository. */
export interface RegistryObservation {
  repository: string;
  /** Whether a tag, once given, stays with its image. */
  immutableTags: boolean;
  /** The newest first, at most MOST_REGISTRY_IMAGES. */
  images: {
    digest: string;
    tags: string[];
    /** ISO. */
    pushedAt: string | null;
    /** Null where it was never scanned. */
    scan: { status: string; critical: number; high: number } | null;
  }[];
}

export interface PeeringObservation {
  peerings: { id: string; peerRegion: string; status: string }[];
  /** Active routes to peers' CIDRs, by peer Region. */
  routesTo: string[];
}

export interface AlarmsObservation {
  inAlarm: { name: string; reason: string; since: string }[];
  total: number;
}

export interface IdentityObservation {
  account: string;
  arn: string;
}

export interface CostLine {
  /** Region code, or `global`. */
  region: string;
  component: 'compute' | 'database' | 'cache' | 'storage' | 'network' | 'cdn' | 'dns' | 'queue' | 'other';
  /** Cost Explorer's service name. */
  service: string;
  dollars: number;
}

export interface CostObservation {
  /** First day of the month, and the day after the last day counted, ISO dates. */
  from: string;
  toExclusive: string;
  lines: CostLine[];
  daily: { date: string; dollars: number }[];
  /** Whole-month forecast by Cost Explorer, dollars; null where it had too little data. */
  forecastDollars: number | null;
  estimated: boolean;
}

/** Replica lag, judged: a value that rises a second a second while nothing is missing is an idle primary, not lag (aws-facts B-09). */
export interface LagObservation {
  /** `ReplicaLag` as CloudWatch says it; null when not replicating (-1) or missing. */
  seconds: number | null;
  /** Bytes that the slot for this replica withholds on the primary; null when unknown. */
  bytes: number | null;
  class: 'ok' | 'warning' | 'critical' | 'unknown';
  idle: boolean;
}

/** What CloudWatch measured at a Region's load balancer over the last minute. */
export interface TrafficObservation {
  requestsPerSecond: number;
  /** 0–1; null with no requests. */
  errorRate: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  reads: { requestsPerSecond: number; errorRate: number | null; p95Ms: number | null };
  writes: { requestsPerSecond: number; errorRate: number | null; p95Ms: number | null };
  cpu: number | null;
  memory: number | null;
}

/** Every kind of observation and the shape of its value. */
export interface ObservationValues {
  records: RecordsObservation;
  'health-check': HealthCheckObservation;
  database: DatabaseObservation;
  nodes: NodesObservation;
  'node-group': NodeGroupObservation;
  cluster: ClusterObservation;
  service: ServiceObservation;
  registry: RegistryObservation;
  peering: PeeringObservation;
  alarms: AlarmsObservation;
  identity: IdentityObservation;
  cost: CostObservation;
  lag: LagObservation;
  traffic: TrafficObservation;
  databases: DatabasesObservation;
  'shop-config': ShopConfigObservation;
  switch: SwitchObservation;
  zone: ZoneObservation;
  canaries: CanariesObservation;
  storage: StorageObservation;
  cache: CacheObservation;
  queue: QueueObservation;
  position: PositionObservation;
  dns: DnsObservation;
}
export type ObservationKind = keyof ObservationValues;

/** Seconds between two observations of a kind, for a metric period of so many seconds. Cost follows AWS's price of asking. */
export function expectedEverySeconds(kind: ObservationKind | 'metrics', periodSeconds: number): number {
  switch (kind) {
    case 'metrics':
    case 'records':
    case 'health-check':
    case 'database':
    case 'nodes':
    case 'service':
    case 'alarms':
    case 'lag':
    case 'traffic':
    case 'databases':
    case 'shop-config':
    case 'switch':
    case 'canaries':
    case 'position':
    case 'dns':
    case 'registry':
      return periodSeconds;
    case 'node-group':
    case 'cluster':
    case 'identity':
    case 'peering':
    case 'zone':
    case 'storage':
    case 'cache':
    case 'queue':
      return periodSeconds * 6;
    case 'cost':
      return 6 * 3600;
    default:
      return kind satisfies never;
  }
}

/** Age past which a value keeps its number but loses its status: three expected intervals (aws-facts part 3), 15 s at least. */
export function staleAfterSeconds(kind: ObservationKind | 'metrics', periodSeconds: number): number {
  return Math.max(15, expectedEverySeconds(kind, periodSeconds) * 3);
}

/** Metrics of a Region, kept as series under the Region's code. Shares are 0–1. */
export const REGION_METRICS = {
  requests: 'requests/s',
  errorRate: 'share',
  p50Ms: 'ms',
  p95Ms: 'ms',
  p99Ms: 'ms',
  'reads.requests': 'requests/s',
  'reads.errorRate': 'share',
  'reads.p95Ms': 'ms',
  'writes.requests': 'requests/s',
  'writes.errorRate': 'share',
  'writes.p95Ms': 'ms',
  cpu: 'share',
  memory: 'share',
  nodes: 'nodes',
  'db.connections': 'connections',
  'db.lagSeconds': 's',
  'db.slotLagBytes': 'bytes',
  'db.walBytesPerSecond': 'bytes/s',
  'share.measured': 'share',
  'share.configured': 'share',
} as const;
export type RegionMetric = keyof typeof REGION_METRICS;

/**
 * How a Region stood, 1 for yes and 0 for no, kept as series so that a run can be looked at again: averaged they are the part
 * of a time for which it was so. Under the Region's code.
 */
export const STANDING_METRICS = {
  /** Route 53's checkers see it healthy. */
  'health.up': 'share',
  /** Its current database takes orders. */
  'db.writer': 'share',
  /** Its current database is a replica that replicates. */
  'db.follows': 'share',
} as const;
export type StandingMetric = keyof typeof STANDING_METRICS;

/** Under `<from>><to>`, 1 or 0: that end of the way has an active peering and a route. A way is open when both ends are. */
export const PATH_METRIC = { name: 'path.open', unit: 'share' } as const;

/** Under `<geography>><Region>`: part of what DNS answers there that names the Region; nothing for a Region that is not named. */
export const ANSWERS_METRIC = { name: 'dns.share', unit: 'share' } as const;

/** What clients measured themselves while a recovery ran, kept as series under `clients`. */
export const CLIENT_METRICS = { 'orders.perSecond': 'orders/s', 'reads.answered': 'share' } as const;
export type ClientMetric = keyof typeof CLIENT_METRICS;
export const CLIENTS = 'clients';

/** Series about a way from one place to another are kept under this subject. */
export function linkSubject(from: string, to: string): string {
  return `${from}>${to}`;
}

/** Metrics of a storage, cache or queue link, kept as series under the link's id. */
export const LINK_METRICS = {
  lagSeconds: 's',
  pendingOperations: 'operations',
  pendingMessages: 'messages',
} as const;
export type LinkMetric = keyof typeof LINK_METRICS;

/** A replication path between two Regions; `name` where there may be several: a rule's id, a replicator's name. */
export interface LinkKey {
  kind: 'database' | 'storage' | 'cache' | 'queue';
  from: string;
  to: string;
  name?: string;
}

/** `us-east-1>eu-west-1:storage:to-eu-west-1`: in URLs, in the API, and what series are kept under. */
export function linkId({ kind, from, to, name }: LinkKey): string {
  return `${from}>${to}:${kind}${name === undefined ? '' : `:${name}`}`;
}
