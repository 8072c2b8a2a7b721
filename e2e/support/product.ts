import pg from 'pg';
import { findDatabaseUrls } from '../../launch/postgres/database.ts';

/** A product under test. */
export interface Product {
  url: string;
  dataDir: string;
  password: string;
}

/** Environment variable with the products that the global setup started: JSON, one a worker of Playwright. */
export const PRODUCTS = 'MERIDIAN_E2E_PRODUCTS';

/** Where the product of this worker runs. */
export const product: Readonly<Product> = {
  get url(): string {
    return mine().url;
  },
  get dataDir(): string {
    return mine().dataDir;
  },
  get password(): string {
    return mine().password;
  },
};

function mine(): Product {
  const products = JSON.parse(process.env[PRODUCTS] ?? '[]') as Product[];
  const found = products[Number(process.env.TEST_PARALLEL_INDEX)];
  if (found) return found;
  throw new Error(
    `${PRODUCTS} has no product for this worker: the global setup starts them, so run these tests by Playwright.`,
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
