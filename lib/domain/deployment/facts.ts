import type { Freeze } from '../freeze/freeze.ts';
import type {
  AlarmsObservation,
  HealthCheckObservation,
  NodesObservation,
  Observed,
  RegistryObservation,
  ServiceObservation,
  TrafficObservation,
} from '../observation/kinds.ts';
import type { Release } from '../release/release.ts';
import type { LowTrafficWindow } from './schedule.ts';

/** What our own last switch in a Region left there. */
export interface RecordedSwitch {
  operation: string;
  /** What has served since, and what served before. */
  to: string;
  from: string;
  /** `sha256:…` of what served before; null where its image was not pinned. */
  fromDigest: string | null;
}

/** One Region as a deployment or a rollback is judged by. */
export interface DeployedRegion {
  code: string;
  service: Observed<ServiceObservation>;
  registry: Observed<RegistryObservation>;
  nodes: Observed<NodesObservation>;
  /** Null where the environment has no check of its own: its traffic alone tells how it is. */
  healthCheck: Observed<HealthCheckObservation> | null;
  alarms: Observed<AlarmsObservation>;
  traffic: Observed<TrafficObservation>;
  /** Latest first; empty where we never switched it. */
  switches: readonly RecordedSwitch[];
  /** Null where too little of a day was measured. */
  window: LowTrafficWindow | null;
}

/** What a deployment or a rollback of one environment rests on. */
export interface DeploymentFacts {
  now: Date;
  /** The operation that holds the environment, if any. */
  holder: { id: string; title: string } | null;
  freezes: readonly Freeze[];
  /** The environment's Regions, in its order. */
  regions: readonly DeployedRegion[];
}

/** Where a release was proven before it comes to production; null: nowhere. */
export interface StagingProof {
  operation: string;
  /** ISO. */
  at: string;
}

/** What is asked for, with what is known of it. */
export interface WantedRelease {
  version: string;
  release: Release | null;
  staging: StagingProof | null;
  /** Name of the environment that proves releases; null: the estate has none but this one. */
  stagedIn: string | null;
}
