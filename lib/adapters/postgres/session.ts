import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { RefusedError } from '../../errors.ts';
import { UnansweredError } from '../../ports/aws.ts';
import { isUnansweredSql, isUntrusted } from './failures.ts';

export interface Endpoint {
  host: string;
  port: number;
}

export interface Login {
  user: string;
  password: string;
  database: string;
}

export interface SessionOptions {
  endpoint: Endpoint;
  login: Login;
  /** Names the session in `pg_stat_activity`. */
  applicationName: string;
  /** Ends the session in the midst of a statement too. */
  abortSignal: AbortSignal;
}

export interface Session {
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

const CONNECT_MS = 3_000;
const STATEMENT_MS = 5_000;
/** On top of the server's own limit: for an answer that never arrives. */
const ANSWER_MS = STATEMENT_MS + 1_000;
const GOODBYE_MS = 500;
const LONGEST_NAME = 63;
/** What `pg` says when the server answers that it has no TLS. */
const NO_TLS = 'The server does not support SSL connections';

/** A session that stays open between the calls of one step, and the statements that go through it. */
export interface KeptSession {
  /** Throws as `openSession` does; after that the session is of no use any more. */
  use<T>(abortSignal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T>;
  /** Whether it can be used again. */
  isOpen(): boolean;
  end(): Promise<void>;
}

/**
 * Logs in. TLS, with a certificate that Node trusts (RDS' authorities come by NODE_EXTRA_CA_CERTS); a server that offers none
 * is spoken to over loopback alone, where nobody listens in. What gave no usable answer rejects with an UnansweredError; a
 * statement under way then has been done or not.
 */
export async function openSession(options: SessionOptions): Promise<KeptSession> {
  const { endpoint } = options;
  const place = `${endpoint.host}:${endpoint.port}`;
  const client = await told(place, () => connect(options));
  let open = true;
  client.once('end', () => {
    open = false;
  });
  return {
    isOpen: () => open,
    async use(abortSignal, work) {
      try {
        return await told(place, () => untilAborted(work(sessionOf(client)), abortSignal));
      } catch (error) {
        open = false; // a statement may still be under way in it
        await goodbye(client);
        throw error;
      }
    },
    async end() {
      open = false;
      await goodbye(client);
    },
  };
}

/** Runs `use` with a session of its own and ends it. Throws as `openSession` does. */
export async function withSession<T>(
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(options);
  try {
    return await session.use(options.abortSignal, use);
  } finally {
    await session.end();
  }
}

/** Failures of the session in words, and by the class that says whether anybody answered. */
async function told<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUntrusted(error)) {
      throw new RefusedError(
        'untrusted-certificate',
        `Did not log in to PostgreSQL at ${place}: its certificate is not trusted (${error.code}). Name its authority in NODE_EXTRA_CA_CERTS; for RDS that is AWS' certificate bundle.`,
      );
    }
    if (!isUnansweredSql(error)) throw error;
    throw new UnansweredError(`PostgreSQL at ${place} gave no usable answer: ${error.message}`, {
      cause: error,
    });
  }
}

async function connect(options: SessionOptions): Promise<pg.Client> {
  try {
    return await open(options, true);
  } catch (error) {
    if (!(error instanceof Error) || error.message !== NO_TLS) throw error;
    if (isLoopback(options.endpoint.host)) return open(options, false);
    throw new RefusedError(
      'no-tls',
      `Did not log in to PostgreSQL at ${options.endpoint.host}: it offers no TLS, and the way there is not private. Switch TLS on at the server.`,
    );
  }
}

async function open(
  { endpoint, login, applicationName, abortSignal }: SessionOptions,
  ssl: boolean,
): Promise<pg.Client> {
  const client = new pg.Client({
    ...endpoint,
    ...login,
    ssl,
    application_name: applicationName.slice(0, LONGEST_NAME),
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    lock_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
  });
  // A session that breaks also fails the statement that uses it, which is where it is told.
  client.on('error', () => undefined);
  try {
    await untilAborted(client.connect(), abortSignal);
    return client;
  } catch (error) {
    await goodbye(client);
    throw error;
  }
}

function sessionOf(client: pg.Client): Session {
  return {
    async rows<Row extends object>(text: string, values: readonly unknown[] = []) {
      const { rows } = await client.query<Row>(text, [...values]);
      return rows;
    },
  };
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

/** Takes leave, and does not wait for a server that is gone. */
async function goodbye(client: pg.Client): Promise<void> {
  const ended = client.end().catch(() => undefined);
  await Promise.race([ended, delay(GOODBYE_MS, undefined, { ref: false })]);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
