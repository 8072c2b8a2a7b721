import type { HealthCheckConfig } from '@aws-sdk/client-route-53';

/** A health check as Route 53 keeps it. */
export interface StoredHealthCheck {
  id: string;
  callerReference: string;
  /** Starts at 1; each update adds one. */
  version: number;
  config: HealthCheckConfig;
}

/** What one checker last saw. */
export interface Observation {
  /** AWS Region the checker is in. */
  region: string;
  /** The checker's address. */
  ipAddress: string;
  status: string;
  checkedAtMs: number;
}

/** Where the lab's own health check finds what it probes; ports of the lab are only known once it listens. */
export interface ProbeTarget {
  ipAddress: string;
  port: number;
}

export interface HealthVerdicts {
  /** Route 53's verdict, with Inverted, Disabled and fail-open defaults applied. An id that does not exist counts as healthy. */
  isHealthy(id: string): boolean;
  /** Share of checkers that see the endpoint healthy, 0–100. */
  percentHealthy(id: string): number;
  /** Last result of each checker that has one. */
  observations(id: string): Observation[];
  /** Last failure of each checker that had one. */
  lastFailures(id: string): Observation[];
  /** Called after a verdict changed. */
  onTransition(listener: (id: string, healthy: boolean) => void): void;
}

export interface HealthChecks extends HealthVerdicts {
  /** Points a health check of the estate at a listening endpoint. Survives a reset of the lab. */
  setTarget(id: string, target: ProbeTarget): void;
}

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
