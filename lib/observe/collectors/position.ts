import type { Estate } from '#lib/domain/estate/estate.ts';
import { expectedEverySeconds, type PositionObservation } from '#lib/domain/observation/kinds.ts';
import { isRejectedLogin } from '../../adapters/postgres/failures.ts';
import { createLoginReader } from '../../adapters/postgres/login.ts';
import { lastOrder } from '../../adapters/postgres/orders.ts';
import { type Session, withSession } from '../../adapters/postgres/session.ts';
import { readWal } from '../../adapters/postgres/wal.ts';
import { type CollectContext, type Collector, factsOf, regionOf } from '../collector.ts';
import type { FollowedDatabase } from '../shared-facts.ts';

/** The secret, the way there and the statements together. */
const LONGEST_MS = 6_000;
/** A secret that was rotated is read again after this, and at once when a login is refused. */
const LOGIN_MS = 10 * 60_000;

/**
 * How far the Region's current database has come and the newest order in it, asked by SQL: what an RPO is reckoned from. None
 * where the estate names no secret to log in with.
 */
export function positionCollectors(estate: Estate): Collector[] {
  if (!estate.regions.some(({ database }) => database.secretArn)) return [];
  let login: { read: ReturnType<typeof createLoginReader>; until: number } | undefined;

  function loginOf({ clients, nowMs }: CollectContext) {
    if (!login || nowMs >= login.until)
      login = { read: createLoginReader({ estate, reading: clients }), until: nowMs + LOGIN_MS };
    return login;
  }

  async function ask(context: CollectContext, database: FollowedDatabase): Promise<PositionObservation> {
    const { code } = regionOf(context);
    const abortSignal = AbortSignal.timeout(LONGEST_MS);
    const { username, password, dbname } = await loginOf(context).read(code, { abortSignal });
    return withSession(
      {
        endpoint: endpointOf(database),
        login: { user: username, password, database: dbname ?? database.databaseName ?? username },
        applicationName: 'meridian observer',
        abortSignal,
      },
      (session) => readPosition(context, database.instanceId, session),
    );
  }

  const position: Collector = {
    service: 'postgresql',
    covers: (context) => [{ kind: 'position', name: regionOf(context).database.instanceId }],
    everySeconds: (period) => expectedEverySeconds('position', period),
    async collect(context) {
      const { code, database: declared } = regionOf(context);
      const { database } = factsOf(context);
      const name = declared.instanceId;
      // Whoever asks RDS runs in the same round.
      if (database === undefined) return { seen: [], againInSeconds: 0 };
      if (database?.endpoint == null) {
        const error = database
          ? `${database.instanceId} has no endpoint yet`
          : `RDS has no database in ${code} to ask`;
        return { seen: [], missing: [{ kind: 'position', name, error }] };
      }
      try {
        return { seen: [{ kind: 'position', name, value: await ask(context, database) }] };
      } catch (error) {
        if (isRejectedLogin(error)) login = undefined;
        throw error;
      }
    },
  };
  return [position];
}

async function readPosition(
  context: CollectContext,
  instanceId: string,
  session: Session,
): Promise<PositionObservation> {
  // First the order, then the position: so it is among what the position says is there.
  const order = await lastOrder(session);
  const { inRecovery, receivedLsn, replayedLsn, lastCommitAt, timeline } = await readWal(session);
  const wal = inRecovery ? undefined : factsOf(context).primary?.wal.at(-1);
  return {
    instanceId,
    inRecovery,
    receivedLsn,
    replayedLsn,
    lastCommitAt,
    timeline,
    walBytesPerSecond: wal?.bytesPerSecond ?? null,
    lastOrder: order,
  };
}

function endpointOf({ endpoint }: FollowedDatabase): { host: string; port: number } {
  const at = endpoint?.lastIndexOf(':') ?? -1;
  return { host: endpoint?.slice(0, at) ?? '', port: Number(endpoint?.slice(at + 1)) };
}
