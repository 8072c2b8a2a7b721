import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from './generated/client.ts';
import { AmbientPool, inTransactionOn } from './pool.ts';

/** One process's way to the database: Prisma and pg over the same connections. */
export interface Database {
  prisma: PrismaClient;
  pool: AmbientPool;
  /** One transaction for a verb: guarded write, then enqueue or send, audit last. */
  inTransaction<T>(work: (connection: pg.PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * A new connection knows no table and no plan: the first page over it takes the database ten times as long. Shorter than what
 * load balancers and firewalls keep an idle connection for (350 s on AWS).
 */
const IDLE_MS = 300_000;

export function openDatabase(options: { url: string; connections: number; name: string }): Database {
  const pool = new AmbientPool({
    connectionString: options.url,
    max: options.connections,
    application_name: options.name,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
  });
  // An idle connection that the server drops must not end the process; the next query opens another.
  pool.on('error', () => undefined);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    prisma,
    pool,
    inTransaction: (work) => inTransactionOn(pool, work),
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** The unique index a Prisma write ran into, or undefined for any other error. */
export function violatedIndex(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code === '23505' && 'constraint' in error) return String(error.constraint);
  if (error.code !== 'P2002' || !('meta' in error)) return undefined;
  const meta = error.meta as { driverAdapterError?: { cause?: { constraint?: { index?: string } } } };
  return meta.driverAdapterError?.cause?.constraint?.index;
}

/** SQLSTATEs and errno names of a database that is busy, restarting or away: the same call may succeed in a moment. */
const PASSING =
  /^(55P03|57014|57P0[123]|53[0-9A-Z]{3}|08[0-9A-Z]{3}|40001|40P01|25P03|ECONN|ETIMEDOUT|EPIPE)/;

/** Why the database could not serve this call now, or undefined for an error that waiting does not mend. */
export function databaseTrouble(error: unknown): string | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = innerCause(cause)) {
    const code = 'code' in cause ? String(cause.code) : '';
    if (PASSING.test(code)) return code;
    if (/^(timeout exceeded when trying to connect|Connection terminated)/.test(cause.message))
      return cause.message;
  }
  return undefined;
}

/** Prisma keeps the driver's error in `meta`, others in `cause`. */
function innerCause(error: Error): unknown {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: { originalCode?: string } } } };
  const code = meta?.driverAdapterError?.cause?.originalCode;
  return code ? Object.assign(new Error('database error'), { code }) : error.cause;
}
