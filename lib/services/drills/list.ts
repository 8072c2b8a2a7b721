import { permits } from '#lib/domain/access/access.ts';
import { type DrillEntry, drillCalendar } from '#lib/domain/recovery/drills.ts';
import type { DrillRun, Outlook } from '#lib/domain/recovery/facts.ts';
import type { DrillLevel } from '#lib/domain/recovery/params.ts';
import type { VerbContext } from '../context.ts';
import { readOutlook } from '../recovery/facts.ts';
import { assertPermitted } from '../verb.ts';

export interface DrillScheduleSummary {
  id: string;
  level: DrillLevel;
  region: string;
  cadence: 'once' | 'quarterly';
  nextDueAt: Date;
  reason: string;
  createdBy: { id: string; name: string };
  createdAt: Date;
  /** What was requested when it was last due. */
  operation: string | null;
  /** Why it was not requested when it was due. */
  refusal: string | null;
  /** Whether the reader may change or end it. */
  mayChange: boolean;
}

export interface DrillOverview {
  environment: string;
  /** Every level of every Region, by the quarter, what is most overdue first. */
  calendar: DrillEntry[];
  schedules: DrillScheduleSummary[];
  /** Drills and real runs that prove as much, of more than a year, newest first. */
  runs: readonly DrillRun[];
}

/** When each drill is due, by the quarter and by what people said, and what was held. */
export async function readDrills(context: VerbContext, environment: string): Promise<DrillOverview> {
  assertPermitted(context, 'read', {});
  const outlook = await readOutlook(context, environment);
  return drillsOf(outlook, await listSchedules(context, environment));
}

export function drillsOf(outlook: Outlook, schedules: DrillScheduleSummary[]): DrillOverview {
  return {
    environment: outlook.environment.name,
    calendar: drillCalendar(outlook),
    schedules,
    runs: outlook.facts.drills.runs,
  };
}

/** Every drill that somebody scheduled and nobody ended: at most one a level and Region. */
export async function listSchedules(
  context: VerbContext,
  environment: string,
): Promise<DrillScheduleSummary[]> {
  const rows = await context.database.prisma.drillSchedule.findMany({
    where: { environment, endedAt: null },
    include: { creator: { select: { id: true, name: true } } },
    orderBy: [{ nextDueAt: 'asc' }, { id: 'asc' }],
  });
  return rows.map((row) => ({
    id: row.id,
    level: row.level as DrillLevel,
    region: row.region,
    cadence: row.cadence === 'once' ? 'once' : 'quarterly',
    nextDueAt: row.nextDueAt,
    reason: row.reason,
    createdBy: row.creator,
    createdAt: row.createdAt,
    operation: row.operationId,
    refusal: row.refusal,
    mayChange: permits(context.actor.grants, 'drill.schedule', { regions: [row.region] }).allowed,
  }));
}
