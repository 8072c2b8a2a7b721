import { RefusedError } from '../../errors.ts';
import type { RecoveryPort } from '../../ports/recovery.ts';
import { describeInstance } from '../aws/database.ts';
import { errorCode } from '../aws/observe-calls.ts';
import type { CallOptions, PortContext } from '../aws/port-context.ts';
import { terminateSessions } from './client-sessions.ts';
import { sqlState } from './failures.ts';
import { createLoginReader } from './login.ts';
import { lastOrder, missingOrders, ordersSince } from './orders.ts';
import { type KeptSession, openSession, type Session, type SessionOptions } from './session.ts';
import { hasToken, writeToken } from './token.ts';
import { readWal } from './wal.ts';

type SqlCalls = Pick<
  RecoveryPort,
  'readWal' | 'lastOrder' | 'writeToken' | 'hasToken' | 'terminateSessions' | 'ordersSince' | 'missingOrders'
>;

/** Where a statement goes, and what it is called on record. */
interface Statement {
  action: string;
  region: string;
  instanceId: string;
}

/** A session with the address it leads to. */
interface Kept {
  host: string;
  session: KeptSession;
}

/**
 * SQL on one instance: its endpoint from RDS, the login from Secrets Manager, and one session for all calls of a step. One
 * that was open when the instance's door was shut outlives that, which is how a writer is sealed within a second
 * (aws-facts 2.4 step 6: a change of security groups cuts no established connection).
 */
export function sqlCalls(context: PortContext): SqlCalls {
  const { reading, record } = context;
  const readLogin = createLoginReader(context);

  const kept = new Map<string, Kept>();
  context.closed.addEventListener(
    'abort',
    () => {
      for (const { session } of kept.values()) void session.end();
      kept.clear();
    },
    { once: true },
  );

  /** How to log in to the instance, where it is now. */
  async function howToReach(
    { region, instanceId }: Statement,
    options: CallOptions,
  ): Promise<SessionOptions> {
    const [place, login] = await Promise.all([
      findPlace(region, instanceId, options),
      readLogin(region, options),
    ]);
    return {
      endpoint: { host: place.host, port: place.port },
      login: {
        user: login.username,
        password: login.password,
        database: login.dbname ?? place.database ?? login.username,
      },
      applicationName: `meridian ${context.sessionName}`,
      ...options,
    };
  }

  async function run<T>(
    statement: Statement,
    mutating: boolean,
    { use, options }: { use: (session: Session) => Promise<T>; options: CallOptions },
  ): Promise<T> {
    const { action, region, instanceId } = statement;
    const key = `${region} ${instanceId}`;
    const known = kept.get(key);
    const standing = known?.session.isOpen() ? known : undefined;
    const way = standing ? undefined : await howToReach(statement, options);
    const startedAt = Date.now();
    const host = way ? `${way.endpoint.host}:${way.endpoint.port}` : (standing?.host ?? '');
    const onRecord = (status: string) =>
      record({
        at: new Date(startedAt).toISOString(),
        service: 'postgresql',
        action,
        region,
        host,
        status,
        requestId: null,
        durationMs: Date.now() - startedAt,
        mutating,
        summary: null,
      });
    try {
      const session = way ? await openSession(way) : standing?.session;
      if (!session) throw new Error(`There is no session with ${instanceId}.`);
      kept.set(key, { host, session });
      const result = await session.use(options.abortSignal, use);
      onRecord('ok');
      return result;
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      onRecord(sqlState(cause) ?? errorCode(cause));
      throw error;
    }
  }

  async function findPlace(region: string, instanceId: string, options: CallOptions) {
    const instance = await describeInstance({ clients: reading, region, instanceId, ...options });
    const { Address: host, Port: port } = instance?.Endpoint ?? {};
    if (host && port) return { host, port, database: instance?.DBName };
    throw new RefusedError(
      'no-endpoint',
      instance
        ? `Cannot log in to ${instanceId} in ${region}: it is ${instance.DBInstanceStatus ?? 'in an unknown state'} and has no endpoint yet. Wait until it is available.`
        : `Cannot log in to ${instanceId}: RDS has no such instance in ${region}.`,
    );
  }

  const nameOf = ({ action, region, instanceId }: Statement) => `SQL ${action} on ${instanceId} in ${region}`;

  const read = <T>(statement: Statement, use: (session: Session) => Promise<T>) =>
    context.read(nameOf(statement), (options) => run(statement, false, { use, options }));

  const change = <T>(statement: Statement, use: (session: Session) => Promise<T>) =>
    context.change(nameOf(statement), statement.region, (options) => run(statement, true, { use, options }));

  return {
    readWal: (region, instanceId) => read({ action: 'ReadWal', region, instanceId }, readWal),
    lastOrder: (region, instanceId) => read({ action: 'LastOrder', region, instanceId }, lastOrder),
    writeToken: (region, instanceId, token) =>
      change({ action: 'WriteToken', region, instanceId }, (session) => writeToken(session, token)),
    hasToken: (region, instanceId, token) =>
      read({ action: 'HasToken', region, instanceId }, (session) => hasToken(session, token)),
    terminateSessions: (region, instanceId) =>
      change({ action: 'TerminateSessions', region, instanceId }, terminateSessions),
    ordersSince: (region, instanceId, since, limit, after) =>
      read({ action: 'OrdersSince', region, instanceId }, (session) =>
        ordersSince(session, { since, limit, after }),
      ),
    missingOrders: (region, instanceId, ids) =>
      read({ action: 'MissingOrders', region, instanceId }, (session) => missingOrders(session, ids)),
  };
}
