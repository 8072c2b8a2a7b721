import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { ensureRoles } from '#launch/postgres/roles.ts';
import { ensurePostgres, type PostgresServer } from '#launch/postgres/server.ts';
import { migrate } from '#lib/data/migrate.ts';
import { migrateEngine } from '#lib/engine/dbos.ts';
import { stopOnInterrupt } from '../interrupt.ts';

const OWNER = 'meridian_owner';
const APPLICATION = 'meridian_app';
const PASSWORD = 'bench-only';

export interface BenchDatabase {
  name: string;
  /** The role that the product runs as. */
  applicationUrl: string;
  ownerUrl: string;
}

/** A PostgreSQL server of the bench's own, set up exactly as the product's. */
export class BenchServer {
  readonly dataDir: string;
  readonly #server: PostgresServer;
  readonly #ended: () => void;

  private constructor(dataDir: string, server: PostgresServer) {
    this.dataDir = dataDir;
    this.#server = server;
    this.#ended = stopOnInterrupt(() => this.stop());
  }

  static async start(): Promise<BenchServer> {
    const dataDir = benchFolder('database');
    const server = await ensurePostgres({ dataDir });
    const bench = new BenchServer(dataDir, server);
    await ensureRoles(server.superuserUrl, bench.#urls('meridian'));
    return bench;
  }

  /** A migrated, empty database. */
  async createDatabase(name: string): Promise<BenchDatabase> {
    await query(this.#server.superuserUrl, `create database ${name} owner ${OWNER}`);
    await query(this.#server.superuserUrl, `grant connect on database ${name} to ${APPLICATION}`);
    const urls = this.#urls(name);
    await migrate({ ownerUrl: urls.ownerUrl, applicationRole: APPLICATION });
    await migrateEngine({ ownerUrl: urls.ownerUrl, applicationRole: APPLICATION });
    return { name, ...urls };
  }

  async version(): Promise<string> {
    const rows = await query<{ version: string }>(
      this.#server.superuserUrl,
      `select current_setting('server_version') as version`,
    );
    return rows[0]?.version.split(' ')[0] ?? 'unknown';
  }

  /** Milliseconds that the server has spent on statements of this database, of all its sessions. */
  async activeMs(database: BenchDatabase): Promise<number> {
    const rows = await query<{ ms: number }>(
      this.#server.superuserUrl,
      'select active_time::float8 as ms from pg_stat_database where datname = $1',
      [database.name],
    );
    return rows[0]?.ms ?? Number.NaN;
  }

  async stop(): Promise<void> {
    this.#ended();
    await this.#server.stop(10_000);
    fs.rmSync(this.dataDir, { recursive: true, force: true });
  }

  #urls(name: string): { applicationUrl: string; ownerUrl: string } {
    const url = (role: string) => `postgresql://${role}:${PASSWORD}@127.0.0.1:${this.#server.port}/${name}`;
    return { applicationUrl: url(APPLICATION), ownerUrl: url(OWNER) };
  }
}

/** A new folder that the database's own account may pass. */
export function benchFolder(purpose: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `meridian-bench-${purpose}-`));
  fs.chmodSync(folder, process.getuid?.() === 0 ? 0o755 : 0o700);
  return folder;
}

/** Runs one statement in a session of its own. */
export async function query<Row extends object>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values.length > 0 ? [...values] : undefined)).rows;
  } finally {
    await client.end();
  }
}
