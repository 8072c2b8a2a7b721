import type pg from 'pg';
import type { Database } from '../../data/database.ts';

/** What is done to an account ends its sessions. */
const SESSION_ENDINGS = ['account disabled', 'password changed', 'grants changed'] as const;
export type SessionEnding = (typeof SESSION_ENDINGS)[number];

/** Ends every session of a person, streams included; what they may do is read anew at the next sign-in. */
export async function endSessionsOf(
  connection: pg.PoolClient,
  personId: string,
  at: Date,
  reason: SessionEnding,
): Promise<number> {
  const { rowCount } = await connection.query(
    'update session set ended_at = $2, ended_reason = $3 where person_id = $1 and ended_at is null',
    [personId, at, reason],
  );
  return rowCount ?? 0;
}

/** What ended that session without its holder's sign-out, or null where it is open, unknown, or ended in any other way. */
export async function findSessionEnding(
  database: Pick<Database, 'prisma'>,
  sessionId: string,
): Promise<SessionEnding | null> {
  const session = await database.prisma.session.findUnique({
    where: { id: sessionId },
    select: { endedReason: true },
  });
  return SESSION_ENDINGS.find((ending) => ending === session?.endedReason) ?? null;
}
