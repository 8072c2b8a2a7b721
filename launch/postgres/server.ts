import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { hintFor } from '../hints.ts';
import { firstClosedFolder } from '../identity.ts';
import { keptSecret } from '../keep.ts';
import { rotate, tailOf } from '../log-file.ts';
import { freePort, rememberedPort } from '../ports.ts';
import { errorMessage, LaunchProblem } from '../problem.ts';
import { commandLine, isRunning, sendSignal, waitUntilGone } from '../processes.ts';
import { type PostgresBinaries, postgresBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';

const START_TIMEOUT_MS = 30_000;
const START_ATTEMPTS = 8;
const MAX_CONNECTIONS = 100;

export interface PostgresServer {
  pid: number;
  port: number;
  /** True when the server already ran, left by a launcher that was killed. */
  adopted: boolean;
  /** URL of the bootstrap superuser, on the database `postgres`. Stays in the launcher. */
  superuserUrl: string;
  logFile: string;
  /** Fast shutdown; after `deadlineMs` an immediate one, then SIGKILL of that pid. */
  stop(deadlineMs: number): Promise<void>;
}

export interface PostgresOptions {
  /** Meridian's data folder; the cluster lies in `<dataDir>/postgres`. */
  dataDir: string;
}

/**
 * Starts the product's own PostgreSQL server on 127.0.0.1, or adopts the one that already runs on this data.
 * The server is detached, so that a Ctrl-C reaches the launcher alone and the database outlives the workers' drain.
 * Throws a LaunchProblem that says what to do when it cannot run.
 */
export async function ensurePostgres({ dataDir }: PostgresOptions): Promise<PostgresServer> {
  const binaries = await postgresBinaries();
  assertReachable(dataDir, binaries);
  const cluster = path.join(dataDir, 'postgres');
  const password = keptSecret(dataDir, 'postgres-superuser');
  await ensureCluster({ binaries, cluster, password });
  const logFile = path.join(dataDir, 'logs', 'postgres.log');
  fs.mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });

  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
    const running = await findRunning(cluster, password);
    if (running) return describe({ ...running, adopted: true }, password, logFile);
    const port = attempt === 1 ? await rememberedPort(dataDir, 'postgres') : await freePort();
    const pid = await startOnce({ binaries, cluster, port, logFile, password });
    if (pid !== undefined) return describe({ pid, port, adopted: false }, password, logFile);
    await delay(250 * attempt); // a server that was killed may still be letting go of its lock file and memory
  }
  const tail = tailOf(logFile, 8);
  throw new LaunchProblem(
    `PostgreSQL did not start. ${hintFor(tail) ?? `Its log, ${logFile}, ends with:`}\n${tail}`.trimEnd(),
  );
}

function assertReachable(dataDir: string, { identity }: PostgresBinaries): void {
  const closed = identity ? firstClosedFolder(dataDir) : undefined;
  if (!closed) return;
  throw new LaunchProblem(
    `PostgreSQL runs as user id ${identity?.uid}, because it refuses to run as root, and that user may not enter ${closed}. ` +
      `Run "chmod o+x ${closed}", or set MERIDIAN_DATA to a folder elsewhere.`,
  );
}

function describe(
  server: { pid: number; port: number; adopted: boolean },
  password: string,
  logFile: string,
): PostgresServer {
  return {
    ...server,
    logFile,
    superuserUrl: superuserUrl(server.port, password),
    stop: (deadlineMs) => stopServer(server.pid, deadlineMs),
  };
}

function superuserUrl(port: number, password: string): string {
  return `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
}

async function stopServer(pid: number, deadlineMs: number): Promise<void> {
  const steps: { signal: NodeJS.Signals; waitMs: number }[] = [
    { signal: 'SIGINT', waitMs: deadlineMs }, // fast: ends sessions, writes a checkpoint
    { signal: 'SIGQUIT', waitMs: 2_000 }, // immediate: recovers at the next start
    { signal: 'SIGKILL', waitMs: 2_000 },
  ];
  for (const { signal, waitMs } of steps) {
    sendSignal(pid, signal);
    if (await waitUntilGone(pid, waitMs)) return;
  }
}

/** postmaster.pid: pid, data folder, start time, port, socket folder, address, shared memory, status. */
function readPostmaster(cluster: string): { pid: number; port: number; ready: boolean } | undefined {
  const file = path.join(cluster, 'postmaster.pid');
  if (!fs.existsSync(file)) return undefined;
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || !Number.isInteger(port)) return undefined;
  return { pid, port, ready: lines[7]?.trim() === 'ready' };
}

async function findRunning(
  cluster: string,
  password: string,
): Promise<{ pid: number; port: number } | undefined> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const postmaster = readPostmaster(cluster);
    if (!postmaster || !isPostgres(postmaster.pid)) return undefined;
    if (postmaster.ready && (await accepts(postmaster.port, password))) return postmaster;
    await delay(50); // still recovering, or shutting down
  }
  throw new LaunchProblem(
    `A PostgreSQL server runs on ${cluster} and has not answered for ${START_TIMEOUT_MS / 1000} s. ` +
      `End it (kill -INT ${readPostmaster(cluster)?.pid}) and start again.`,
  );
}

/** The port of the server that runs on this data folder, or undefined when none does. */
export function findRunningPort(dataDir: string): number | undefined {
  const postmaster = readPostmaster(path.join(dataDir, 'postgres'));
  return postmaster && isPostgres(postmaster.pid) ? postmaster.port : undefined;
}

function isPostgres(pid: number): boolean {
  return isRunning(pid) && /postgres/.test(commandLine(pid) ?? '');
}

/** True when the server answers our password; false while it starts or stops. */
async function accepts(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: superuserUrl(port, password),
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => undefined); // a server going down ends the session; the answer below is what counts
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (errorMessage(error).includes('password authentication failed')) {
      throw new LaunchProblem(
        'The database refuses the password in secrets/postgres-superuser of the data folder. ' +
          'Put the file back from a backup, or set MERIDIAN_DATA to a new folder to begin anew.',
      );
    }
    return false;
  } finally {
    await client.end();
  }
}

interface StartRequest {
  binaries: PostgresBinaries;
  cluster: string;
  port: number;
  logFile: string;
  password: string;
}

/** The pid once the server accepts connections; undefined when it ended instead (its log says why). */
async function startOnce(request: StartRequest): Promise<number | undefined> {
  const { binaries, cluster, port, logFile, password } = request;
  rotate(logFile);
  const log = fs.openSync(logFile, 'a', 0o600);
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `max_connections=${MAX_CONNECTIONS}`,
    'log_timezone=UTC',
  ];
  const server = spawn(
    path.join(binaries.binDir, 'postgres'),
    ['-D', cluster, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...binaries.identity, cwd: cluster, env: binaries.env, detached: true, stdio: ['ignore', log, log] },
  );
  fs.closeSync(log);
  server.unref();
  const ended = new Promise<'ended'>((resolve) => {
    server.once('exit', () => resolve('ended'));
    server.once('error', (error) => {
      fs.appendFileSync(logFile, `${errorMessage(error)}\n`);
      resolve('ended');
    });
  });
  const ready = waitUntilReady({ cluster, port, password, timeoutMs: START_TIMEOUT_MS });
  const outcome = await Promise.race([ended, ready.done]);
  ready.cancel();
  return outcome === 'ready' ? server.pid : undefined;
}

function waitUntilReady(target: { cluster: string; port: number; password: string; timeoutMs: number }) {
  const stop = new AbortController();
  const poll = async (): Promise<'ready' | 'late'> => {
    const deadline = performance.now() + target.timeoutMs;
    while (!stop.signal.aborted && performance.now() < deadline) {
      const postmaster = readPostmaster(target.cluster);
      if (postmaster?.port === target.port && postmaster.ready) {
        if (await accepts(target.port, target.password)) return 'ready';
      }
      await delay(20);
    }
    return 'late';
  };
  return { done: poll(), cancel: () => stop.abort() };
}
