import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';

/** One row of `orders`, for salvage. */
export interface OrderRow {
  id: string;
  region: string;
  product: number;
  amount: string;
  customer: string;
  /** ISO. */
  createdAt: string;
}

/** How far a replica, or a primary, has come. */
export interface WalState {
  inRecovery: boolean;
  /** `pg_last_wal_receive_lsn()` of a replica, `pg_current_wal_lsn()` of a primary. */
  receivedLsn: string | null;
  /** Of a replica; null on a primary. */
  replayedLsn: string | null;
  /** Commit time of the last transaction replayed; of a primary: now. ISO, with microseconds. */
  lastCommitAt: string | null;
  timeline: number;
}

export interface LastOrder {
  id: string;
  /** ISO, with microseconds. */
  createdAt: string;
}

/** ConfigMap `shop-config` of an environment in a Region. */
export interface ShopConfig {
  /** Region or instance that takes the orders; null where none is named. */
  writerEndpoint: string | null;
  writeFreeze: boolean;
}

export type ProbeTask =
  /** As far as the server's first word: an accepted connection alone proves nothing. */
  | { kind: 'connect'; host: string; port: number; timeoutMs?: number }
  /** `via` the private network (`peering`, the default) or the public name (`internet`). */
  | { kind: 'http'; region: string; path: string; via?: 'peering' | 'internet' }
  /** A synthetic order at the Region's own shop; with an id, the same one is placed once. */
  | { kind: 'order'; orderId?: string }
  | { kind: 'order-exists'; orderId: string };

/** What a Job of image `meridian/probe` found from inside a Region; its log line is the evidence. */
export type ProbeResult =
  | { kind: 'connect'; outcome: 'open' | 'refused' | 'timeout'; ms: number; detail?: string }
  /** Status null: nothing answered, `detail` says why. */
  | {
      kind: 'http';
      status: number | null;
      ms: number;
      version: string | null;
      region: string | null;
      detail?: string;
    }
  /** `writer`: Region of the database that it was written to. */
  | {
      kind: 'order';
      status: number | null;
      orderId: string;
      ms: number;
      error: string | null;
      writer?: string | null;
    }
  | { kind: 'order-exists'; exists: boolean; ms: number };

export interface NewReplica {
  instanceId: string;
  sourceArn: string;
  class: string;
  multiAz: boolean;
  kmsKeyId: string | null;
  securityGroupIds: readonly string[];
  /**
   * `Key=Value` tag that proves whose it is when the call is repeated: `meridian:operation=OP-1001`. By it a repeat finds its
   * own.
   */
  operation: string;
}

export interface DatabaseChange {
  newInstanceId?: string;
  securityGroupIds?: readonly string[];
  backupRetentionDays?: number;
  multiAz?: boolean;
  parameterGroup?: string;
  deletionProtection?: boolean;
}

export interface PeeringState {
  id: string;
  requesterRegion: string;
  accepterRegion: string;
  status: string;
}

/**
 * What recovery needs of AWS, Kubernetes, the databases and DNS. The same promises as `AwsPort`: pinned to the Region,
 * bounded in time, account proven before a change, `UnansweredError` where nothing usable came back. Every method names the
 * Region that must answer for it first, except for DNS and Route 53.
 */
export interface RecoveryPort {
  // RDS
  /** The application's: the declared id, and what begins with it and a hyphen (fenced, rebuilt, of a drill). */
  listDatabases(region: string): Promise<DatabaseObservation[]>;
  findDatabase(region: string, instanceId: string): Promise<DatabaseObservation | null>;
  /** Not repeat-safe: look first (aws-facts 2.10). Backups are always said, RDS' default is one day. */
  promoteReplica(region: string, instanceId: string, backupRetentionDays: number): Promise<void>;
  /** Into the DB subnet group of the Region's VPC. Repeat-safe by the replica's tag. */
  createReplica(region: string, replica: NewReplica): Promise<void>;
  modifyDatabase(region: string, instanceId: string, change: DatabaseChange): Promise<void>;
  rebootDatabase(region: string, instanceId: string): Promise<void>;
  /**
   * A replica, without a final snapshot; automated backups go too. What is not there any more is done. A primary is refused,
   * but for a drill's throw-away copy: `-drill-` in its id, and this very operation in its tag.
   */
  deleteReplica(region: string, instanceId: string): Promise<void>;
  /** The same snapshot of the same instance asked for again is done. */
  createSnapshot(region: string, instanceId: string, snapshotId: string): Promise<void>;
  snapshotStatus(region: string, snapshotId: string): Promise<string | null>;
  /** By name tag in the Region's VPC; null where there is none of that name, refused where there are two. */
  findSecurityGroup(region: string, name: string): Promise<string | null>;

  // Network
  listPeerings(region: string): Promise<PeeringState[]>;
  /** The living one of the two Regions where there is one, whoever asked for it; else a new one, to be accepted in `to`. */
  createPeering(from: string, to: string): Promise<{ id: string }>;
  /** In the accepter's Region; accepted already is done. */
  acceptPeering(region: string, id: string): Promise<void>;
  /**
   * A route to the other Region's CIDR in every private route table; there already is done, one that leads nowhere is replaced,
   * one that works another way is refused.
   */
  ensureRoute(region: string, peeringId: string, toRegion: string): Promise<{ added: number }>;

  // Switch: objects `serve/<region>` in the bucket of `inRegion`
  readSwitch(inRegion: string, region: string): Promise<'on' | 'off'>;
  setSwitch(inRegion: string, region: string, to: 'on' | 'off'): Promise<void>;

  // Route 53: its control plane is in us-east-1
  listHealthChecks(): Promise<{ id: string; callerReference: string; type: string }[]>;
  /** The same caller reference answers with the same check. */
  createSwitchCheck(request: {
    inRegion: string;
    region: string;
    callerReference: string;
  }): Promise<{ id: string }>;
  createCalculatedCheck(request: {
    children: readonly string[];
    healthThreshold: number;
    callerReference: string;
  }): Promise<{ id: string }>;
  /**
   * Answers of the zone's own name servers to a resolver in that geography, counted by Region, by asking many times; under
   * `elsewhere` those that lead to none of the estate's load balancers, or nowhere.
   */
  askDns(geography: string, questions: number): Promise<Record<string, number>>;

  // Kubernetes
  readShopConfig(region: string, namespace: string): Promise<ShopConfig>;
  /** Changes what is given and leaves the rest as it is. */
  writeShopConfig(
    region: string,
    namespace: string,
    config: { writerEndpoint?: string; writeFreeze?: boolean },
  ): Promise<void>;
  /** The same name is the same probe: it runs once, and a repeat gets the same result. In the Region's first environment. */
  runProbe(region: string, task: ProbeTask, name: string): Promise<{ result: ProbeResult; job: string }>;

  // SQL, by the secret of a surviving Region
  readWal(region: string, instanceId: string): Promise<WalState>;
  lastOrder(region: string, instanceId: string): Promise<LastOrder | null>;
  /** Commits a row that names the token, then reads the position after the commit (aws-facts 2.4 step 5). */
  writeToken(region: string, instanceId: string, token: string): Promise<{ lsn: string }>;
  /** Whether the position is replayed and the row is there. */
  hasToken(region: string, instanceId: string, token: { name: string; lsn: string }): Promise<boolean>;
  /** Ends every client session but ours; how many were ended. */
  terminateSessions(region: string, instanceId: string): Promise<number>;
  /**
   * Orders committed after that time, oldest first, for the salvage set; some from the minute before may be among them. `after`:
   * the last one of the page before.
   */
  ordersSince(
    region: string,
    instanceId: string,
    since: string,
    limit: number,
    after?: Pick<OrderRow, 'id' | 'createdAt'>,
  ): Promise<OrderRow[]>;
  /** Those of these orders that are not there. */
  missingOrders(region: string, instanceId: string, ids: readonly string[]): Promise<string[]>;
}
