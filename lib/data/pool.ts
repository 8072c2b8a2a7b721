import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';

interface AmbientTransaction {
  connection: pg.PoolClient;
  savepoints: number;
  /** Settles when the statement that was sent last has ended. */
  last: Promise<unknown>;
  ended: boolean;
}

const ambient = new AsyncLocalStorage<AmbientTransaction>();

/** What a nested BEGIN, COMMIT or ROLLBACK of Prisma becomes inside the ambient transaction. */
function nestedControl(text: string, savepoint: string): string | undefined {
  if (text === 'BEGIN') return `SAVEPOINT ${savepoint}`;
  if (text === 'COMMIT') return `RELEASE SAVEPOINT ${savepoint}`;
  if (text === 'ROLLBACK') return `ROLLBACK TO SAVEPOINT ${savepoint}`;
  return undefined;
}

// pg overloads `query` and `connect` for callbacks, promises and submittables; a subclass can only forward them
// untyped, so the two casts stand here alone (DECISIONS: one transaction for a verb).
type Forward = (...args: unknown[]) => unknown;

/**
 * A pool that sends every query, Prisma's own included, to the connection of the transaction it is called in.
 * Outside `inTransaction` it is a plain pool.
 */
export class AmbientPool extends pg.Pool {
  override query = ((...args: unknown[]) => {
    const transaction = ambient.getStore();
    if (transaction) return sendInTurn(transaction, args);
    return (pg.Pool.prototype.query as Forward).apply(this, args);
  }) as typeof pg.Pool.prototype.query;

  override connect = ((callback?: unknown) => {
    const transaction = ambient.getStore();
    if (!transaction || callback) return (pg.Pool.prototype.connect as Forward).call(this, callback);
    return Promise.resolve(nestedConnection(transaction));
  }) as typeof pg.Pool.prototype.connect;
}

type Reads = readonly (() => Promise<unknown>)[];
type ReadsOf<All extends Reads> = { -readonly [Each in keyof All]: Awaited<ReturnType<All[Each]>> };

/**
 * Runs reads that do not need each other side by side; inside a transaction one after the other, whose connection takes one
 * statement at a time, and where savepoints would end each other (3B001).
 */
export async function sideBySide<const All extends Reads>(...reads: All): Promise<ReadsOf<All>> {
  const answers: unknown[] = [];
  if (ambient.getStore()) for (const read of reads) answers.push(await read());
  else answers.push(...(await Promise.all(reads.map((read) => read()))));
  // In the order of the reads, which no type of a loop can say.
  return answers as ReadsOf<All>;
}

/** A connection takes one statement at a time, and Prisma reads the relations of a row side by side: each waits its turn. */
function sendInTurn(transaction: AmbientTransaction, args: unknown[]): Promise<unknown> {
  const { connection } = transaction;
  const turn = transaction.last.then(() => {
    // Sent now, it would be committed alone, or inside whatever has the connection next.
    if (transaction.ended) throw new Error('A statement was sent after its transaction had ended.');
    return (connection.query as Forward).apply(connection, args);
  });
  transaction.last = turn.catch(() => undefined);
  return turn;
}

function nestedConnection(transaction: AmbientTransaction): pg.PoolClient {
  transaction.savepoints += 1;
  const savepoint = `nested_${transaction.savepoints}`;
  return new Proxy(transaction.connection, {
    get(connection, key) {
      if (key === 'release') return () => undefined;
      if (key === 'query') {
        return (query: string | { text: string }, ...rest: unknown[]) => {
          const text = typeof query === 'string' ? query : query.text;
          const control = nestedControl(text, savepoint);
          const sent =
            control === undefined ? query : typeof query === 'string' ? control : { ...query, text: control };
          return sendInTurn(transaction, [sent, ...rest]);
        };
      }
      const value: unknown = Reflect.get(connection, key);
      return typeof value === 'function' ? value.bind(connection) : value;
    },
  });
}

/**
 * Runs `work` in one transaction that pg, Prisma, `audit_append` and the engine's client share; commits when it
 * resolves, rolls back when it throws. Never nest, never run statements of one transaction in parallel.
 */
export async function inTransactionOn<T>(
  pool: AmbientPool,
  work: (connection: pg.PoolClient) => Promise<T>,
): Promise<T> {
  if (ambient.getStore()) throw new Error('A verb may not open a transaction inside another.');
  const connection = await pool.connect();
  let broken: Error | undefined;
  // A session that the server ends fails the statement under way; its event, unheard, would end the process.
  const onLost = (failure: Error) => {
    broken = failure;
  };
  connection.on('error', onLost);
  const transaction: AmbientTransaction = {
    connection,
    savepoints: 0,
    last: Promise.resolve(),
    ended: false,
  };
  try {
    await connection.query('BEGIN');
    const result = await ambient.run(transaction, () => work(connection));
    await end(transaction);
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await end(transaction);
    await connection.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    connection.removeListener('error', onLost);
    connection.release(broken);
  }
}

/** Takes no statement more, and waits for the one under way. */
async function end(transaction: AmbientTransaction): Promise<void> {
  transaction.ended = true;
  await transaction.last;
}
