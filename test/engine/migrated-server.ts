import { chmodSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { ensureRoles } from '#launch/postgres/roles.ts';
import { ensurePostgres, type PostgresServer } from '#launch/postgres/server.ts';
import { migrate } from '#lib/data/migrate.ts';
import { migrateEngine } from '#lib/engine/dbos.ts';
import { WORLD } from './world.ts';

/** The migrated database that each test's own is cloned from. */
export const TEMPLATE = 'meridian';
const PASSWORD = 'test-only';

export function databaseUrl(port: number, role: string, database: string): string {
  return `postgresql://${role}:${PASSWORD}@127.0.0.1:${port}/${database}`;
}

/** A new folder that PostgreSQL's own account may pass through. */
export function dataFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'meridian-engine-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** A server on an empty folder, with roles, all migrations, and the world of scripted workers in its template. */
export async function startMigratedServer(dataDir: string): Promise<PostgresServer> {
  const server = await ensurePostgres({ dataDir });
  const ownerUrl = databaseUrl(server.port, 'meridian_owner', TEMPLATE);
  await ensureRoles(server.superuserUrl, {
    ownerUrl,
    applicationUrl: databaseUrl(server.port, 'meridian_app', TEMPLATE),
  });
  await migrate({ ownerUrl, applicationRole: 'meridian_app' });
  await migrateEngine({ ownerUrl, applicationRole: 'meridian_app' });
  await queryOnce(ownerUrl, WORLD);
  return server;
}

/** One query on a connection of its own; without values, several statements. */
export async function queryOnce<Row extends object>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values.length > 0 ? values : undefined)).rows;
  } finally {
    await client.end();
  }
}
