import pg from 'pg';
import { findDatabaseUrls } from '../../launch/postgres/database.ts';

/** Where the product under test runs; the global setup started it. */
export const product = {
  get url(): string {
    return given('MERIDIAN_E2E_URL');
  },
  get dataDir(): string {
    return given('MERIDIAN_E2E_DATA');
  },
  get password(): string {
    return given('MERIDIAN_E2E_PASSWORD');
  },
};

function given(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(
    `${name} is not set: the global setup starts the product, so run these tests by Playwright.`,
  );
}

/** Asks the product's own database, for what no page shows: process ids, and what a test has to tidy up. */
export async function query<Row extends pg.QueryResultRow>(
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const urls = findDatabaseUrls(product.dataDir);
  if (!urls) throw new Error(`No database runs on ${product.dataDir}.`);
  const client = new pg.Client({ connectionString: urls.applicationUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(sql, [...parameters]);
    return rows;
  } finally {
    await client.end();
  }
}

/** The process that acted last for the operation. */
export async function workerOf(operation: string): Promise<{ executor: string; pid: number }> {
  const [worker] = await query<{ executor: string; pid: number }>(
    `select worker.executor_id as executor, worker.pid
       from operation_event event join worker on worker.executor_id = event.executor
      where event.operation_id = $1 order by event.id desc limit 1`,
    [operation],
  );
  if (!worker) throw new Error(`No worker has begun ${operation} yet.`);
  return worker;
}

/** The operation that holds production, or undefined. */
export async function findActiveOperation(): Promise<string | undefined> {
  const [active] = await query<{ id: string }>(
    `select id from operation where environment = 'production'
       and state in ('queued', 'running', 'paused', 'holding', 'aborting', 'reverting')`,
  );
  return active?.id;
}
