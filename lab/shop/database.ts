import pg from 'pg';
import { waitAtMost } from '#lab/kernel/within.ts';
import { errorCode, errorMessage, ShopFault } from './faults.ts';

export type Row = Record<string, unknown>;

export interface Query {
  text: string;
  values?: unknown[];
  /** The answer that waits for it is given up after this; 504 then. */
  timeoutMs: number;
}

/** Connections of one shop to the databases it talks to. */
export interface ShopDatabase {
  /** Rows of one statement; throws a ShopFault (502, 503, 504) when the database cannot answer. */
  rows(url: string, query: Query): Promise<Row[]>;
  close(): Promise<void>;
}

const CONNECTIONS_PER_DATABASE = 4;
const IDLE_CONNECTION_MS = 30_000;
const LONGEST_STATEMENT_MS = 2_000;

const GOODBYE_MS = 500;

const READ_ONLY = '25006';
const STATEMENT_TIMEOUT = '57014';
const UNDEFINED_TABLE = '42P01';

/** Small pools, one a database URL, whose statements see the tables of `schema`. */
export function createShopDatabase(schema: string): ShopDatabase {
  const pools = new Map<string, pg.Pool>();

  function poolFor(url: string): pg.Pool {
    const known = pools.get(url);
    if (known) return known;
    const pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS_PER_DATABASE,
      idleTimeoutMillis: IDLE_CONNECTION_MS,
      connectionTimeoutMillis: LONGEST_STATEMENT_MS,
      query_timeout: LONGEST_STATEMENT_MS,
      statement_timeout: LONGEST_STATEMENT_MS,
      application_name: 'shop',
      options: `-c search_path=${schema}`,
    });
    // An idle connection that breaks is replaced; a query that meets one that broke tells so itself.
    pool.on('error', () => undefined);
    // Between the pool and the query nobody else listens, and an error that nobody hears ends the lab.
    pool.on('connect', (client) => client.on('error', () => undefined));
    pools.set(url, pool);
    return pool;
  }

  return {
    async rows(url, { text, values, timeoutMs }) {
      try {
        const result = await withDeadline(poolFor(url).query<Row>(text, values), timeoutMs);
        return result.rows;
      } catch (error) {
        throw asFault(error);
      }
    },
    async close() {
      // A server that hangs never answers the goodbye.
      await waitAtMost(GOODBYE_MS, Promise.all([...pools.values()].map((pool) => pool.end())));
    },
  };
}

class DeadlineError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'DeadlineError';
  }
}

/** Settles as `work` does, or rejects after `timeoutMs`; the work itself goes on until its own limit. */
async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function asFault(error: unknown): ShopFault {
  const message = errorMessage(error);
  const code = errorCode(error);
  if (code === READ_ONLY) {
    return new ShopFault(503, 'The order was not taken: this database is read-only. Try again shortly.', {
      retryAfterSeconds: 5,
      cause: error,
    });
  }
  const timedOut = error instanceof DeadlineError || code === STATEMENT_TIMEOUT || /timeout/i.test(message);
  if (timedOut)
    return new ShopFault(504, `The database did not answer in time: ${message}.`, { cause: error });
  if (code === UNDEFINED_TABLE) {
    return new ShopFault(503, 'The database holds no catalogue yet. Try again shortly.', { cause: error });
  }
  return new ShopFault(502, `The database could not answer: ${message}.`, { cause: error });
}
