import type pg from 'pg';
import type { Database } from '../../data/database.ts';
import { ConflictError, ValidationError } from '../../errors.ts';
import type { Once } from '../context.ts';

/** A key stands for its request this long. */
const KEY_HOURS = 24;

export interface KeyedRequest {
  /** Person or token: a key is its actor's own. */
  actorId: string;
  key: string;
  /** Of method, path and body: the same key for anything else is refused. */
  hash: Buffer;
  /** HTTP status of the answer. */
  status: number;
}

interface StoredRow {
  hash: Buffer;
  response: unknown;
}

type Queryable = Pick<pg.ClientBase, 'query'>;

/**
 * A request under an Idempotency-Key. The answer is stored in the verb's transaction, so it exists exactly if the act
 * does; a lock that ends with the transaction tells a call that is still running from one that died, which leaves nothing.
 * Refusals are not stored: nothing was done, and the next try is judged afresh.
 */
export class IdempotentRequest implements Once {
  readonly #database: Database;
  readonly #request: KeyedRequest;
  #replayed = false;

  constructor(database: Database, request: KeyedRequest) {
    this.#database = database;
    this.#request = request;
  }

  /** Whether the answer is that of an earlier call. */
  get replayed(): boolean {
    return this.#replayed;
  }

  find(): Promise<{ answer: unknown } | null> {
    return this.#read(this.#database.pool);
  }

  async claim(connection: pg.PoolClient): Promise<{ answer: unknown } | null> {
    const { actorId, key } = this.#request;
    const { rows } = await connection.query<{ free: boolean }>(
      'select pg_try_advisory_xact_lock(hashtextextended($1, 7002)) as free',
      [`${actorId} ${key}`],
    );
    if (!rows[0]?.free) {
      throw new ConflictError(
        'A request with this Idempotency-Key is still running. Ask again in a moment with the same key for its answer.',
      );
    }
    return this.#read(connection);
  }

  async store(connection: pg.PoolClient, answer: unknown): Promise<void> {
    const { actorId, key, hash, status } = this.#request;
    await connection.query(
      `insert into idempotency_key (actor_id, key, request_hash, status, response) values ($1, $2, $3, $4, $5)
       on conflict (actor_id, key) do update set request_hash = excluded.request_hash, status = excluded.status,
         response = excluded.response, created_at = now()`,
      [actorId, key, hash, status, JSON.stringify(answer)],
    );
  }

  async #read(queryable: Queryable): Promise<{ answer: unknown } | null> {
    const { actorId, key, hash } = this.#request;
    const { rows } = await queryable.query<StoredRow>(
      `select request_hash as hash, response from idempotency_key
       where actor_id = $1 and key = $2 and created_at > now() - make_interval(hours => $3)`,
      [actorId, key, KEY_HOURS],
    );
    const stored = rows[0];
    if (!stored) return null;
    if (!stored.hash.equals(hash)) {
      throw new ValidationError('Nothing was done: the Idempotency-Key was used for another request.', {
        'Idempotency-Key': `was used within ${KEY_HOURS} h for a request with another path or body; take a new one`,
      });
    }
    this.#replayed = true;
    return { answer: stored.response };
  }
}
