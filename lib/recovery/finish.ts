import { ACTIVE_STATES } from '#lib/domain/operation/state.ts';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import { RECOVERY_PARAMS } from '#lib/domain/recovery/params.ts';
import { writeReport } from '../services/reports/write.ts';
import { askClients } from './clients.ts';
import { fileFences } from './fence-rows.ts';
import type { RecoveryParts } from './parts.ts';
import { fileSalvage } from './salvage.ts';

const KINDS = Object.keys(RECOVERY_PARAMS) as RecoveryKind[];
/** A run that ended longer ago, under a version that wrote no reports, gets none. */
const LOOK_BACK = '1 day';

/** What runs now: its fences and salvaged orders are filed as they come, and clients are asked what they see. */
export async function followRuns(parts: RecoveryParts): Promise<number> {
  const running = await parts.database.prisma.operation.findMany({
    where: { state: { in: [...ACTIVE_STATES] }, kind: { in: KINDS }, startedAt: { not: null } },
    select: { id: true },
  });
  for (const { id } of running) {
    try {
      await fileRun(parts, id);
    } catch (error) {
      // Another environment's fences are filed all the same; this one is tried again with the next look.
      sayUnfiled(parts, 'what a run leaves was not filed', { id, error });
    }
  }
  return running.length;
}

/** Writes the report of every recovery and drill that has ended and has none. Resolves with how many were written. */
export async function reportEnded(parts: RecoveryParts): Promise<number> {
  const { rows } = await parts.database.pool.query<{ id: string }>(
    `select id from operation o
     where started_at is not null and ended_at is not null and ended_at > now() - $1::interval and kind = any ($2)
       and not exists (select 1 from recovery_report r where r.operation_id = o.id)
     order by ended_at limit 10`,
    [LOOK_BACK, KINDS],
  );
  let written = 0;
  for (const { id } of rows) {
    try {
      await fileRun(parts, id);
      if (await writeReport(parts, id)) written += 1;
    } catch (error) {
      // One that cannot be written must not keep the others from theirs; it is tried again with the next look.
      sayUnfiled(parts, 'a report was not written', { id, error });
    }
  }
  return written;
}

async function fileRun(parts: RecoveryParts, id: string): Promise<void> {
  await fileFences(parts, id);
  await fileSalvage(parts, id);
  await askClients(parts, id);
}

function sayUnfiled(
  { log }: RecoveryParts,
  what: string,
  { id, error }: { id: string; error: unknown },
): void {
  log(what, { operation: id, reason: error instanceof Error ? error.message : String(error) });
}
