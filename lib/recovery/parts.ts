import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Database } from '../data/database.ts';
import type { ActionRegistry } from '../operations/action.ts';
import type { AwsPort, CallRecord } from '../ports/aws.ts';
import type { EngineClient } from '../ports/engine.ts';
import type { SigningKey } from '../services/audit/heads.ts';

/** One attempt of the watcher, for the session that its calls are signed with. */
export interface WatchAttempt {
  operation: { id: string; epoch: bigint };
  stepKey: string;
  record(call: CallRecord): void;
}

/** What the elected worker does about recovery is given, besides what it reads. */
export interface RecoveryParts {
  database: Database;
  estate: Estate;
  log: (message: string, fields?: Record<string, unknown>) => void;
  /** This worker's name in the audit log. */
  executorId: string;
  /** Seals reports. */
  key: SigningKey;
  actions: ActionRegistry;
  /** Runs what a policy starts. */
  engine: EngineClient;
  /** Closed when the attempt is over. */
  awsFor(attempt: WatchAttempt): AwsPort & { close(): void };
  /** Where clients' own measurements are; undefined where nobody measures. */
  clientReportUrl: string | undefined;
  now(): Date;
}

/** Everything that is said of a worker's own act in the audit log. */
export function workerActor({ executorId }: RecoveryParts) {
  return { actor: { kind: 'worker' as const, id: executorId }, via: 'system' as const };
}
