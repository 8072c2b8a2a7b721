import type { Freeze } from '../freeze/freeze.ts';
import type {
  AlarmsObservation,
  DatabaseObservation,
  HealthCheckObservation,
  LagObservation,
  NodeGroupObservation,
  NodesObservation,
  Observed,
  RecordsObservation,
  TrafficObservation,
} from '../observation/kinds.ts';
import type { WeightMatrix } from './weights.ts';

export interface RegionFacts {
  code: string;
  nodes: Observed<NodesObservation>;
  nodeGroup: Observed<NodeGroupObservation>;
  healthCheck: Observed<HealthCheckObservation>;
  database: Observed<DatabaseObservation>;
  alarms: Observed<AlarmsObservation>;
  /** Request rate, error share and p95 over the last minute, by CloudWatch. */
  traffic: Observed<TrafficObservation>;
  /** Replica lag as judged (idle is ok); null on a primary. */
  lag: Observed<LagObservation> | null;
  version: string | null;
}

export interface ShiftFacts {
  now: Date;
  records: Observed<RecordsObservation>;
  regions: readonly RegionFacts[];
  /** The operation that holds the environment, if any. */
  holder: { id: string; title: string } | null;
  freezes: readonly Freeze[];
}

export interface ShiftChange {
  before: WeightMatrix;
  after: WeightMatrix;
  sharesBefore: Record<string, number>;
  sharesAfter: Record<string, number>;
}
