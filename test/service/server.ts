import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { ensureRoles } from '#launch/postgres/roles.ts';
import { ensurePostgres } from '#launch/postgres/server.ts';
import { migrate } from '#lib/data/migrate.ts';
import { migrateEngine } from '#lib/engine/dbos.ts';

export interface ServiceServer {
  superuserUrl: string;
  port: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    serviceServer: ServiceServer;
  }
}

export const OWNER = 'meridian_owner';
export const APPLICATION = 'meridian_app';
export const PASSWORD = 'test-only';
/** The migrated database that every test file's own is cloned from. */
export const TEMPLATE = 'meridian';

export function databaseUrl(port: number, role: string, database: string): string {
  return `postgresql://${role}:${PASSWORD}@127.0.0.1:${port}/${database}`;
}

/** One PostgreSQL server for all service tests, with a migrated template. */
export default async function startServer(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'meridian-service-'));
  chmodSync(dataDir, 0o755);
  const server = await ensurePostgres({ dataDir });
  const ownerUrl = databaseUrl(server.port, OWNER, TEMPLATE);
  await forgetfulDisk(server.superuserUrl);
  await ensureRoles(server.superuserUrl, {
    ownerUrl,
    applicationUrl: databaseUrl(server.port, APPLICATION, TEMPLATE),
  });
  await migrate({ ownerUrl, applicationRole: APPLICATION });
  await migrateEngine({ ownerUrl, applicationRole: APPLICATION });
  project.provide('serviceServer', { superuserUrl: server.superuserUrl, port: server.port });
  return async () => {
    await server.stop(5_000);
    rmSync(dataDir, { recursive: true, force: true });
  };
}

/** These databases live for seconds: nothing of theirs need survive a power cut. */
async function forgetfulDisk(superuserUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes'])
      await client.query(`alter system set ${setting} = off`);
    await client.query('select pg_reload_conf()');
  } finally {
    await client.end();
  }
}
