import type pg from 'pg';
import type { Grant } from '#lib/domain/access/access.ts';
import type { AuditActor } from '#lib/domain/audit/entry.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Database } from '../data/database.ts';
import type { SeriesRequest, SeriesResult } from '../data/samples.ts';
import type { EngineClient } from '../ports/engine.ts';
import type { ObservationSet } from './observations/read.ts';
import type { Readings } from './readings.ts';

export type Via = 'console' | 'api' | 'cli';

/** Who acts: a person by session or by token, or the system itself. */
export interface Actor {
  audit: AuditActor;
  /** The person behind a session or a token: one person for the four-eyes rule. */
  personId: string | null;
  name: string;
  grants: readonly Grant[];
  /** Actions that the token carries; absent for a session. */
  tokenScopes?: readonly string[];
  /** When the session's password was last given, or its sign-in at the provider made; of a token, before it was made. */
  provedAt?: Date;
  /** How the person shows again who they are; absent for what is no session. */
  provesBy?: 'password' | 'provider';
}

/**
 * Makes a repeated request the same request (REST's Idempotency-Key): the first one's answer is stored in its verb's
 * transaction and given again.
 */
export interface Once {
  /** The answer of an earlier, finished call; throws when the key was used for another request. */
  find(): Promise<{ answer: unknown } | null>;
  /** As `find`, and holds the key until the transaction ends; throws ConflictError while another call holds it. */
  claim(connection: pg.PoolClient): Promise<{ answer: unknown } | null>;
  store(connection: pg.PoolClient, answer: unknown): Promise<void>;
}

/** What every verb is called with. */
export interface VerbContext {
  actor: Actor;
  database: Database;
  estate: Estate;
  engine: EngineClient;
  /** Time of this call; verbs read no other clock. */
  now: Date;
  requestId: string;
  via: Via;
  once?: Once;
  /** What was last seen, as pages share it for a moment. Absent wherever something is decided: that reads the database. */
  observations?: () => Promise<ObservationSet>;
  /** The plan of an operation, as pages share it. Absent wherever something is decided. */
  plans?: (operation: { id: string; digest: string }) => Promise<unknown>;
  /** Lines of charts, as pages share them. Absent wherever something is decided. */
  series?: (request: SeriesRequest) => Promise<SeriesResult>;
  /** What the page has read already, its bars among its parts. Absent wherever something is decided. */
  readings?: Readings;
}
