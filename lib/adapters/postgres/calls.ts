import { RefusedError } from '../../errors.ts';
import type { RecoveryPort } from '../../ports/recovery.ts';
import { describeInstance } from '../aws/database.ts';
import { errorCode } from '../aws/observe-calls.ts';
import type { CallOptions, PortContext } from '../aws/port-context.ts';
import { terminateSessions } from './client-sessions.ts';
import { sqlState } from './failures.ts';
import { createLoginReader } from './login.ts';
import { lastOrder, missingOrders, ordersSince } from './orders.ts';
import { type Session, withSession } from './session.ts';
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

/** SQL on one instance: its endpoint from RDS, the login from Secrets Manager, a session for each call. */
export function sqlCalls(context: PortContext): SqlCalls {
  const { reading, record } = context;
  const readLogin = createLoginReader(context);

  async function run<T>(
    { action, region, instanceId }: Statement,
    mutating: boolean,
    { use, options }: { use: (session: Session) => Promise<T>; options: CallOptions },
  ): Promise<T> {
    const [place, login] = await Promise.all([
      findPlace(region, instanceId, options),
      readLogin(region, options),
    ]);
    const startedAt = Date.now();
    const onRecord = (status: string) =>
      record({
        at: new Date(startedAt).toISOString(),
        service: 'postgresql',
        action,
        region,
        host: `${place.host}:${place.port}`,
        status,
        requestId: null,
        durationMs: Date.now() - startedAt,
        mutating,
        summary: null,
      });
    try {
      const result = await withSession(
        {
          endpoint: { host: place.host, port: place.port },
          login: {
            user: login.username,
            password: login.password,
            database: login.dbname ?? place.database ?? login.username,
          },
          applicationName: `meridian ${context.sessionName}`,
          ...options,
        },
        use,
      );
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
    ordersSince: (region, instanceId, since, limit) =>
      read({ action: 'OrdersSince', region, instanceId }, (session) => ordersSince(session, since, limit)),
    missingOrders: (region, instanceId, ids) =>
      read({ action: 'MissingOrders', region, instanceId }, (session) => missingOrders(session, ids)),
  };
}
