import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { errorMessage, LaunchProblem } from '../problem.ts';
import { type DatabaseUrls, embeddedUrls, ensureRoles } from './roles.ts';
import { ensurePostgres, findRunningPort, type PostgresServer } from './server.ts';

export interface Database extends DatabaseUrls {
  /** Sentence fragment for the progress line: which server, started or adopted. */
  summary: string;
  /** Our own server; undefined when DATABASE_URL names another. */
  server?: PostgresServer;
}

/** Opens the database of `DATABASE_URL`, or starts the embedded one. Throws a LaunchProblem that says what to do. */
export async function openDatabase(dataDir: string): Promise<Database> {
  const external = process.env.DATABASE_URL;
  return external ? openExternal(external) : openEmbedded(dataDir);
}

async function openEmbedded(dataDir: string): Promise<Database> {
  const server = await ensurePostgres({ dataDir });
  const urls = embeddedUrls(dataDir, server.port);
  await ensureRoles(server.superuserUrl, urls);
  return {
    ...urls,
    server,
    summary: `${server.adopted ? 'found running' : 'started'} on 127.0.0.1:${server.port}`,
  };
}

async function openExternal(applicationUrl: string): Promise<Database> {
  const ownerUrl = process.env.MERIDIAN_OWNER_URL || applicationUrl;
  await assertAnswers('DATABASE_URL', applicationUrl);
  if (ownerUrl !== applicationUrl) await assertAnswers('MERIDIAN_OWNER_URL', ownerUrl);
  await assertSessionConnections(applicationUrl);
  const { host, pathname } = new URL(applicationUrl);
  return {
    applicationUrl: await withBoundedWaits(applicationUrl),
    ownerUrl,
    summary: `${host}${pathname}, as named by DATABASE_URL`,
  };
}

/** The URLs of the database a running Meridian uses, for commands beside it; undefined when it does not run. */
export function findDatabaseUrls(dataDir: string): DatabaseUrls | undefined {
  const external = process.env.DATABASE_URL;
  if (external) return { applicationUrl: external, ownerUrl: process.env.MERIDIAN_OWNER_URL || external };
  const port = findRunningPort(dataDir);
  return port === undefined ? undefined : embeddedUrls(dataDir, port);
}

async function assertAnswers(variable: string, url: string): Promise<void> {
  if (!URL.canParse(url)) {
    throw new LaunchProblem(
      `${variable} is not a URL of the form postgresql://user:password@host:5432/database.`,
    );
  }
  try {
    await withClient(url, (client) => client.query('select 1'));
  } catch (error) {
    throw new LaunchProblem(
      `The database named by ${variable} (${new URL(url).host}) does not answer: ${errorMessage(error)}. ` +
        'Start it or correct the URL; without DATABASE_URL Meridian runs a server of its own.',
    );
  }
}

/**
 * Meridian holds locks and listens for notifications over many statements, which a pooler in transaction mode
 * breaks silently. The proof: what one connection has set must still be there after another held a transaction.
 */
async function assertSessionConnections(url: string): Promise<void> {
  if (await keepsItsSession(url)) return;
  throw new LaunchProblem(
    `DATABASE_URL (${new URL(url).host}) leads to a connection pooler that does not keep sessions, so locks and notifications would be lost. ` +
      "Use the server's own address, or the pooler's session mode.",
  );
}

async function keepsItsSession(url: string): Promise<boolean> {
  const mark = `${process.pid}-${Date.now()}`;
  try {
    return await withClient(url, async (first) => {
      await first.query("select set_config('meridian.session', $1, false)", [mark]);
      return withClient(url, async (second) => {
        await second.query('begin');
        await second.query('select 1');
        // A pool of one connection lets the first wait for ever while the second is in its transaction.
        const answer = await Promise.race([readMark(first), delay(3_000, undefined, { ref: false })]);
        await second.query('rollback');
        return answer === mark;
      });
    });
  } catch (error) {
    if (errorMessage(error).includes('statement pooling')) return false;
    throw error;
  }
}

async function readMark(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query("select current_setting('meridian.session', true) as mark");
  return rows[0]?.mark ?? undefined;
}

/** The application's role has bounded waits on the embedded server; on another server the URL asks for them. */
async function withBoundedWaits(url: string): Promise<string> {
  const bounds = { lock_timeout: '2s', idle_in_transaction_session_timeout: '5s' };
  const missing = await withClient(url, async (client) => {
    const { rows } = await client.query(
      'select name from pg_settings where name = any($1) and setting = $2',
      [Object.keys(bounds), '0'],
    );
    return rows.map((row) => row.name);
  });
  const options = Object.entries(bounds)
    .filter(([name]) => missing.includes(name))
    .map(([name, value]) => `-c ${name}=${value}`);
  if (options.length === 0) return url;
  const bounded = new URL(url);
  bounded.searchParams.set(
    'options',
    [bounded.searchParams.get('options'), ...options].filter(Boolean).join(' '),
  );
  const asked = bounded.href.replaceAll('+', '%20'); // pg decodes a query's plus sign as a plus sign
  const accepted = await withClient(asked, (client) => client.query('select 1')).then(
    () => true,
    () => false, // some poolers refuse the parameter; the role's own settings then stand
  );
  return accepted ? asked : url;
}

const WEB_CONNECTIONS = 12;
const WORKER_CONNECTIONS = 12;

/** How many connections we may open against how many the server has, as a line to print. */
export async function connectionBudget(
  applicationUrl: string,
  { webs, workers }: { webs: number; workers: number },
): Promise<{ line: string; fits: boolean }> {
  const { rows } = await withClient(applicationUrl, (client) =>
    client.query(
      `select current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int as available`,
    ),
  );
  const available = Number(rows[0]?.available);
  const needed = webs * WEB_CONNECTIONS + workers * WORKER_CONNECTIONS;
  return {
    line: `connections: ${webs === 1 ? '' : `${webs} × `}web ${WEB_CONNECTIONS} + ${workers} × worker ${WORKER_CONNECTIONS} = ${needed} of ${available}`,
    fits: needed <= available,
  };
}

async function withClient<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // a lost session fails the query that uses it, which is where it is reported
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
