import type { DeploymentPort } from './deployment.ts';
import type { RecoveryPort } from './recovery.ts';

/** One call to AWS or Kubernetes, as it stands in the evidence of a step. */
export interface CallRecord {
  at: string;
  service: string;
  action: string;
  region: string;
  /** Host that answered: proves which AWS (or lab) was spoken to. */
  host: string;
  /** HTTP status, or the error's name when there was no answer. */
  status: string;
  requestId: string | null;
  durationMs: number;
  mutating: boolean;
  /** What came of it, in a few words: "PENDING C0123", "3 of 14 ready". */
  summary: string | null;
}

export interface RecordTarget {
  hostedZoneId: string;
  dnsName: string;
  evaluateTargetHealth: boolean;
}

/** One record of a weighted alias set, as Route 53 holds it. */
export interface WeightedRecord {
  name: string;
  type: 'A' | 'AAAA';
  setIdentifier: string;
  /** 0–255 */
  weight: number;
  alias: RecordTarget;
  healthCheckId: string | null;
}

export interface NodeGroupState {
  minimum: number;
  maximum: number;
  desired: number;
  status: string;
}

/** AWS was asked and gave no usable answer: throttled, failing, silent or unreadable. A change may have been made or not. */
export class UnansweredError extends Error {
  /** It was there and had no time for us: nothing was done, and the same may be asked again. */
  readonly throttled: boolean;

  constructor(message: string, options: ErrorOptions & { throttled?: boolean } = {}) {
    super(message, options);
    this.name = 'UnansweredError';
    this.throttled = options.throttled ?? false;
  }
}

/**
 * AWS as the operations use it. Every client is pinned to the Region of the resource; every mutating call first proves
 * that its credentials belong to the estate's account. Calls time out; a timeout of a mutation is `unknown`, never retried
 * blindly. What AWS did not answer rejects with an UnansweredError, what it refused with the refusal.
 */
export interface AwsPort extends RecoveryPort, DeploymentPort {
  /** The weighted sets of these names, in Route 53's order. */
  listWeightedRecords(names: readonly string[]): Promise<WeightedRecord[]>;
  /** Upserts all records in one atomic batch; resolves with the change id once accepted (not yet in sync). */
  changeWeightedRecords(
    records: readonly WeightedRecord[],
    comment: string,
  ): Promise<{ changeId: string; status: string }>;
  changeStatus(changeId: string): Promise<'PENDING' | 'INSYNC'>;
  describeNodeGroup(region: string): Promise<NodeGroupState>;
  /** Sets the scaling configuration; `token` makes a repeat the same request. */
  updateNodeGroup(
    region: string,
    scaling: { minimum: number; maximum: number; desired: number },
    token: string,
  ): Promise<{ updateId: string }>;
  nodeGroupUpdateStatus(region: string, updateId: string): Promise<string>;
  /** Ready nodes by the Kubernetes API of the Region's cluster. */
  countReadyNodes(region: string): Promise<number>;
  /** Traffic and SLI of each Region's load balancer over a window ending now; of these Regions, or of all. */
  measureTraffic(
    window: { fromMs: number; toMs: number },
    regions?: readonly string[],
  ): Promise<TrafficMeasurement[]>;
}

export interface SliMeasurement {
  requests: number;
  errors: number;
  /** Null where nothing was measured: unknown, not zero. */
  p95Ms: number | null;
}

export interface TrafficMeasurement {
  region: string;
  reads: SliMeasurement;
  writes: SliMeasurement;
  /** Set when the Region's CloudWatch did not answer: its numbers are unknown. */
  error: string | null;
}
