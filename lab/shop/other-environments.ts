import pg from 'pg';
import { waitAtMost } from '#lab/kernel/within.ts';

const GOODBYE_MS = 500;

/**
 * Gives an environment that shares another's database tables of its own in it: a PostgreSQL schema of its name, with
 * production's structure and catalogue and no orders. `masterUrl` is the schema owner's on the writer. Safe to repeat.
 */
export async function ensureEnvironmentTables(masterUrl: string, environmentSchema: string): Promise<void> {
  const schema = pg.escapeIdentifier(environmentSchema);
  const client = new pg.Client({
    connectionString: masterUrl,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  // A connection that breaks also fails the query that uses it, or the next one.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`
      create schema if not exists ${schema};
      create table if not exists ${schema}.products (like public.products including all);
      create table if not exists ${schema}.orders (like public.orders including all);
      insert into ${schema}.products select * from public.products on conflict do nothing;
      grant usage on schema ${schema} to public;
      grant select on ${schema}.products to public;
      grant select, insert, update, delete on ${schema}.orders to public;
    `);
  } finally {
    await waitAtMost(GOODBYE_MS, client.end());
  }
}
