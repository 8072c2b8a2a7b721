import type pg from 'pg';

/** What services need of the durable engine. Every call joins the verb's transaction: no commit, no effect. */
export interface EngineClient {
  /**
   * Enqueues the run of an operation that was just put into `queued`; or of an emergency in `preempting`, which first takes
   * the environment from the operation `preempts`: that one's row already wishes to `yield`, and was woken.
   */
  start(
    connection: pg.PoolClient,
    operation: { id: string; environment: string; preempts?: string | null },
  ): Promise<void>;
  /** Wakes a waiting run so that it reads `desired` at once. Safe to repeat with the same key. */
  wake(connection: pg.PoolClient, operationId: string, key: string): Promise<void>;
}
