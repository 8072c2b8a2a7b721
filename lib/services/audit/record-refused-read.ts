import { announceChange, appendAudit } from '../../data/audit.ts';
import type { ForbiddenError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';

/** Writes to the log that the actor was not shown what is at that route of the API or the console. */
export async function recordRefusedRead(
  { actor, database, requestId, via }: VerbContext,
  route: string,
  error: ForbiddenError,
): Promise<void> {
  await database.inTransaction(async (connection) => {
    await appendAudit(connection, {
      verb: 'data.read',
      actor: actor.audit,
      via,
      requestId,
      outcome: 'refused',
      rule: error.code,
      message: error.message.slice(0, 500),
      detail: { route },
    });
    await announceChange(connection, 'audit', 'data.read');
  });
}
