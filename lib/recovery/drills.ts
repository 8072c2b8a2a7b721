import { announceChange } from '../data/audit.ts';
import { requestDueDrills } from '../services/drills/request-due.ts';
import { enqueueNotification } from '../services/notifications/enqueue.ts';
import type { RecoveryParts } from './parts.ts';

/** A drill is announced so long before it is due. */
const AHEAD = '1 day';

/** Tells people once of every scheduled drill that is due within a day, or was due. */
export async function noticeDrills({ database }: RecoveryParts): Promise<number> {
  return database.inTransaction(async (connection) => {
    const { rows } = await connection.query<{
      id: string;
      environment: string;
      level: string;
      region: string;
      reason: string;
      dueAt: Date;
    }>(
      `update drill_schedule set noticed_for = next_due_at
       where ended_at is null and next_due_at <= now() + $1::interval and noticed_for is distinct from next_due_at
       returning id, environment, level, region, reason, next_due_at as "dueAt"`,
      [AHEAD],
    );
    for (const { id, dueAt, ...drill } of rows) {
      await enqueueNotification(connection, 'drill.due', { drill: id, ...drill, dueAt: dueAt.toISOString() });
      await announceChange(connection, 'recovery', `drill/${id}`);
    }
    return rows.length;
  });
}

/** Requests every scheduled drill whose time has come (lib/services/drills/request-due.ts). */
export async function requestDrills({ database, estate, engine, now }: RecoveryParts): Promise<void> {
  await requestDueDrills({ database, estate, engine, now: now() });
}
