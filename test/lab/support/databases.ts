import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createChaos } from '#lab/kernel/chaos.ts';
import { createClock } from '#lab/kernel/clock.ts';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { createMetricStore } from '#lab/kernel/metric-store.ts';
import { createNameRegistry } from '#lab/kernel/names.ts';
import { createRandom } from '#lab/kernel/random.ts';
import { createStateStore } from '#lab/kernel/state.ts';
import { createLinks, type Links } from '#lab/links/index.ts';
import { createDatabases, type DatabaseControl } from '#lab/postgres/index.ts';
import { type Estate, parseEstate } from '#lib/domain/estate/estate.ts';
import { bringTemplate } from '../template.ts';

export const US = 'us-east-1';
export const EU = 'eu-west-1';
export const AP = 'ap-southeast-1';

export const PRIMARY = 'ecommerce-db-us-east-1';
export const EU_REPLICA = 'ecommerce-db-eu-west-1';
export const AP_REPLICA = 'ecommerce-db-ap-southeast-1';
export const STAGING = 'ecommerce-staging-db-us-east-1';

/** The estate that ships with the product. */
export function shippedEstate(): Estate {
  const parsed = parseEstate(readFileSync(new URL('../../../estate.yaml', import.meta.url), 'utf8'));
  if (!parsed.ok)
    throw new Error(parsed.problems.map(({ field, message }) => `${field} ${message}`).join('; '));
  return parsed.estate;
}

/** A network whose missing pairs tests can close. */
export function createTestNetwork(missing: [string, string][]) {
  const listeners: (() => void)[] = [];
  const absent = new Set(missing.flatMap(([a, b]) => [`${a}>${b}`, `${b}>${a}`]));
  return {
    reachable: (from: string, to: string) => !absent.has(`${from}>${to}`),
    onChange: (listener: () => void) => void listeners.push(listener),
    join(a: string, b: string) {
      absent.delete(`${a}>${b}`);
      absent.delete(`${b}>${a}`);
      for (const listener of listeners) listener();
    },
  };
}

/** A folder that PostgreSQL's own account may pass through. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'meridian-lab-'));
  chmodSync(folder, 0o755);
  return folder;
}

export interface ContextOptions {
  dataDir: string;
  timeScale?: number;
  estate?: Estate;
  log?: LabContext['log'];
}

export function createTestContext({
  dataDir,
  timeScale = 600,
  estate = shippedEstate(),
  log = () => undefined,
}: ContextOptions): LabContext {
  const clock = createClock(timeScale);
  return {
    estate,
    dataDir,
    clock,
    random: createRandom(7),
    chaos: createChaos(20),
    metrics: createMetricStore(clock),
    names: createNameRegistry(),
    state: createStateStore(path.join(dataDir, 'state')),
    log,
  };
}

export interface TestLab {
  ctx: LabContext;
  network: ReturnType<typeof createTestNetwork>;
  links: Links;
  databases: DatabaseControl & LabPart;
  /** Ends everything; the folder stays. */
  stop(): Promise<void>;
  remove(): void;
}

export async function startDatabases(options: Partial<ContextOptions> = {}): Promise<TestLab> {
  const dataDir = options.dataDir ?? temporaryFolder();
  await bringTemplate(dataDir);
  const ctx = createTestContext({ ...options, dataDir });
  const network = createTestNetwork([[EU, AP]]);
  const links = await createLinks(ctx, network);
  const databases = await createDatabases(ctx, links);
  return {
    ctx,
    network,
    links,
    databases,
    async stop() {
      await databases.close();
      await links.close();
      ctx.state.flush();
    },
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

/** One statement on a connection of its own. */
export async function queryAt<Row extends object>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000, query_timeout: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
