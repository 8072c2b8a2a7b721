import type { Database } from '../../data/database.ts';
import { NotFoundError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { type FenceMeans, readMeans } from '../fences/means.ts';
import { type ClientReport, readClientReport } from '../reports/client-report.ts';
import { assertPermitted } from '../verb.ts';

/** What stands beside the steps of a recovery: what is owed, fenced, measured by clients, salvaged and written of it. */
export interface RunRecords {
  accepted: unknown;
  emergency: boolean;
  overridden: readonly string[];
  review: { id: string; owedBy: string; dueAt: Date; reviewedAt: Date | null; verdict: string | null } | null;
  fences: {
    region: string;
    instanceId: string;
    state: string;
    requestedAt: Date;
    endedAt: Date | null;
    attempts: number;
    lastAttemptAt: Date | null;
    splitBrainAt: Date | null;
    means: FenceMeans[];
  }[];
  /** Null while nobody was asked what clients saw; `value` is null where nobody ever answered. */
  clients: { askedAt: Date; value: ClientReport | null; error: string | null } | null;
  report: { headSeq: bigint; headHash: string; signedAt: Date } | null;
  salvaged: number;
}

/** Throws NotFoundError. */
export async function readRunRecords(context: VerbContext, id: string): Promise<RunRecords> {
  assertPermitted(context, 'read', {});
  const found = await context.database.prisma.operation.findFirst({
    where: { id },
    select: {
      accepted: true,
      emergency: true,
      overridden: true,
      review: {
        select: {
          id: true,
          dueAt: true,
          reviewedAt: true,
          verdict: true,
          debtor: { select: { name: true } },
        },
      },
      fences: { orderBy: { requestedAt: 'asc' } },
      clientReport: { select: { askedAt: true, value: true, error: true } },
      report: { select: { headSeq: true, headHash: true, signedAt: true } },
      _count: { select: { salvage: true } },
    },
  });
  if (!found) throw new NotFoundError(`There is no operation ${id.slice(0, 20)}.`);
  const { review, clientReport } = found;
  return {
    accepted: found.accepted,
    emergency: found.emergency,
    overridden: found.overridden,
    review: review && {
      id: review.id,
      owedBy: review.debtor.name,
      dueAt: review.dueAt,
      reviewedAt: review.reviewedAt,
      verdict: review.verdict,
    },
    fences: found.fences.map((fence) => ({
      region: fence.region,
      instanceId: fence.instanceId,
      state: fence.state,
      requestedAt: fence.requestedAt,
      endedAt: fence.endedAt,
      attempts: fence.attempts,
      lastAttemptAt: fence.lastAttemptAt,
      splitBrainAt: fence.splitBrainAt,
      means: readMeans(fence.means),
    })),
    clients: clientReport && {
      askedAt: clientReport.askedAt,
      value: readClientReport(clientReport.value),
      error: clientReport.error,
    },
    report: found.report,
    salvaged: found._count.salvage,
  };
}

/** When a Region was declared failing within that time, by the elected worker's own word in the log; null where it was not. */
export async function findDetectedAt(
  context: VerbContext,
  asked: { environment: string; region: string; from: Date; until: Date },
): Promise<Date | null> {
  assertPermitted(context, 'read', {});
  const { rows } = await context.database.pool.query<{ at: Date }>(
    `select at from audit_entry
     where verb = 'region.detect' and environment = $1 and region = $2 and at between $3 and $4
       and (entry::jsonb) -> 'detail' ->> 'state' = 'failing'
     order by seq limit 1`,
    [asked.environment, asked.region, asked.from, asked.until],
  );
  return rows[0]?.at ?? null;
}

/** When an earlier run had last made another database the writer; null where none did. What was lost until then is not this run's. */
export async function findFormerPromotion(
  database: Database,
  run: { environment: string; startedAt: Date | null },
): Promise<Date | null> {
  if (run.startedAt === null) return null;
  const former = await database.prisma.operation.findFirst({
    where: {
      environment: run.environment,
      startedAt: { not: null },
      endedAt: { lt: run.startedAt },
      steps: { some: { action: 'recovery.promote', state: 'done' } },
    },
    orderBy: { endedAt: 'desc' },
    select: {
      steps: { where: { action: 'recovery.promote', state: 'done' }, select: { endedAt: true } },
    },
  });
  const promoted = (former?.steps ?? []).flatMap(({ endedAt }) => endedAt ?? []);
  return promoted.sort((a, b) => b.getTime() - a.getTime())[0] ?? null;
}

/** What was declared of a Region by the elected worker, as the log has it. */
export interface DeclaredState {
  region: string;
  at: Date;
  state: string;
}

/** Within that time, oldest first, and before it the last of each Region. */
export async function listDeclaredStates(
  context: VerbContext,
  asked: { environment: string; from: Date; until: Date },
): Promise<DeclaredState[]> {
  assertPermitted(context, 'read', {});
  const { rows } = await context.database.pool.query<DeclaredState>(
    `(select distinct on (region) region, at, (entry::jsonb) -> 'detail' ->> 'state' as state from audit_entry
      where verb = 'region.detect' and environment = $1 and at < $2 order by region, seq desc)
     union all
     (select region, at, (entry::jsonb) -> 'detail' ->> 'state' as state from audit_entry
      where verb = 'region.detect' and environment = $1 and at between $2 and $3 order by seq limit 500)
     order by at`,
    [asked.environment, asked.from, asked.until],
  );
  return rows;
}
