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

export function openDatabase(options: { url: string; connections: number; name: string }): Database {
  const pool = new AmbientPool({
    connectionString: options.url,
    max: options.connections,
    application_name: options.name,
    connectionTimeoutMillis: 5_000,
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
