import type { DrillLevelChoice, DrillRow, DrillsModel } from '#components/recovery/model.ts';
import { formatClock } from '#components/ui/format.ts';
import type { Permission, Status } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { CLOCK_WORDS } from '#lib/domain/recovery/clocks.ts';
import type { DrillEntry } from '#lib/domain/recovery/drills.ts';
import type { DrillRun } from '#lib/domain/recovery/facts.ts';
import { DRILL_LEVELS, type DrillLevel } from '#lib/domain/recovery/params.ts';
import type { ReviewDebt } from '#lib/domain/recovery/review-debt.ts';
import { durationWords } from '#lib/domain/recovery/words.ts';
import { routes } from '#lib/routes.ts';
import {
  type DrillOverview,
  type DrillScheduleSummary,
  drillsOf,
  listSchedules,
} from '#lib/services/drills/list.ts';
import { readStepHistory } from '#lib/services/recovery/history.ts';
import { plansOf, unprovenSteps } from '#lib/services/recovery/plans.ts';
import { listReportSummaries } from '#lib/services/reports/read.ts';
import type { ReportSummary } from '#lib/services/reports/report.ts';
import { listUnpaidDebts } from '#lib/services/reviews/debts.ts';
import { requestPermission, tryPlan } from './acts.ts';
import type { Frame } from './frame.ts';

const DAY_MS = 86_400_000;
/** The strip shows what was held in three quarters and what is due in the next. */
const PAST_DAYS = 275;
const AHEAD_DAYS = 95;
/** As many as stand beside the levels; all of them stand in the plans. */
const LISTED_STEPS = 20;

export const LEVELS: Readonly<Record<DrillLevel, { label: string; hint: string; what: string }>> = {
  readiness: {
    label: 'Readiness',
    hint: 'Evaluates everything now and keeps it. Changes nothing.',
    what: 'evaluates everything, changes nothing',
  },
  tabletop: {
    label: 'Tabletop',
    hint: 'Tries every call that the plan for its loss would make, without making it.',
    what: 'tries every call of the plan, makes none',
  },
  promotion: {
    label: 'Promotion',
    hint: 'Makes a throw-away replica, promotes and deletes it. Never a replica that production needs.',
    what: 'promotes a throw-away replica',
  },
  evacuation: {
    label: 'Read evacuation',
    hint: 'Sends the Region’s readers away and back. Orders stay.',
    what: 'sends its readers away and back',
  },
  switchover: {
    label: 'Switchover',
    hint: 'Moves the writer to the Region and back, with no order lost.',
    what: 'moves the writer there and back',
  },
};

const LEVEL_CHOICES: readonly DrillLevelChoice[] = DRILL_LEVELS.map((value) => ({
  value,
  label: LEVELS[value].label,
  hint: LEVELS[value].hint,
}));

/** What was practised, what is due by the quarter and by people’s word, and which steps nobody has proven. */
export async function drillsModel(frame: Frame): Promise<DrillsModel> {
  const { context, environment, situation } = frame;
  const { now, actor, database } = context;
  const overview = drillsOf(situation.outlook, await listSchedules(context, environment));
  const lastIds = overview.calendar.flatMap(({ last }) => last?.operation ?? []);
  const summaries = await listReportSummaries(context, [...new Set(lastIds)]);
  const debts = actor.personId ? await listUnpaidDebts(database, actor.personId) : [];
  const unproven = unprovenSteps(plansOf(situation, await readStepHistory(database, environment)));
  return {
    from: new Date(now.getTime() - PAST_DAYS * DAY_MS).toISOString(),
    to: new Date(now.getTime() + AHEAD_DAYS * DAY_MS).toISOString(),
    rows: overview.calendar.map((entry) => drillRow(frame, entry, { overview, summaries, debts })),
    unprovenInAll: unproven.length,
    unproven: unproven.slice(0, LISTED_STEPS).map(({ title, lastRunAt, plans: of }) => ({
      step: title,
      plan: of.length === 1 ? planName(of[0] ?? '') : `${of.length} plans`,
      provenAt: lastRunAt,
      status: lastRunAt === null ? 'unknown' : 'warning',
    })),
    schedule: {
      permission: schedulePermission(frame),
      regions: situation.outlook.environment.regions,
      levels: LEVEL_CHOICES,
    },
  };
}

/** "Failover: us-east-1 is lost, …" as "failover"; names inside it are kept as they are written. */
function planName(title: string): string {
  const name = title.split(':')[0] ?? title;
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function schedulePermission({ context, situation }: Frame): Permission {
  const { regions } = situation.outlook.environment;
  const anywhere = regions.some(
    (region) => permits(context.actor.grants, 'drill.schedule', { regions: [region] }).allowed,
  );
  return anywhere ? { allowed: true } : permits(context.actor.grants, 'drill.schedule', { regions });
}

interface Around {
  overview: DrillOverview;
  summaries: ReadonlyMap<string, ReportSummary>;
  debts: readonly ReviewDebt[];
}

function drillRow(frame: Frame, entry: DrillEntry, { overview, summaries, debts }: Around): DrillRow {
  const { level, region, last } = entry;
  const scheduled = overview.schedules.find((one) => one.level === level && one.region === region);
  const due = dueOf(frame, entry, scheduled);
  return {
    id: `${level}-${region}`,
    name: LEVELS[level].label,
    region,
    what: LEVELS[level].what,
    last: last
      ? {
          at: last.at,
          operation: { id: last.operation, href: routes.operation(last.operation, frame.here) },
          status: 'ok',
          word: last.real ? 'for real' : 'held',
        }
      : null,
    achieved: last ? achievedWords(summaries.get(last.operation)) : '',
    ...due,
    marks: marksOf(overview.runs, entry, { ...due, at: due.due ?? frame.context.now.toISOString() }),
    start: startOf(frame, { level, region }, debts),
  };
}

/** What people said, where it is sooner than the quarter's end or nothing else is due. */
function dueOf(
  { context }: Frame,
  { state, dueAt }: DrillEntry,
  scheduled: DrillScheduleSummary | undefined,
): Pick<DrillRow, 'due' | 'status' | 'word'> {
  const now = context.now.getTime();
  const planned = scheduled?.nextDueAt.getTime();
  if (planned !== undefined && planned >= now)
    return { due: new Date(planned).toISOString(), status: 'waiting', word: 'scheduled' };
  const due = planned ?? (dueAt === null ? now : Date.parse(dueAt));
  const late = durationWords(Math.max(0, now - due) / 1_000);
  const at = new Date(due).toISOString();
  if (planned !== undefined) {
    const refused = scheduled?.refusal ? ', not requested' : '';
    return { due: at, status: 'critical', word: `overdue, ${late}${refused}` };
  }
  switch (state) {
    case 'never':
      return { due: null, status: 'critical', word: 'never held' };
    case 'overdue':
      return { due: at, status: 'critical', word: `overdue, ${late}` };
    case 'due':
      return { due: at, status: 'warning', word: 'due' };
    case 'ok':
      return { due: at, status: 'ok', word: 'proven' };
    default:
      return state satisfies never;
  }
}

function marksOf(
  runs: readonly DrillRun[],
  { level, region }: DrillEntry,
  next: { at: string; status: Status; word: string },
): DrillRow['marks'] {
  const held = runs
    .filter((run) => run.level === level && run.region === region)
    .map(({ at, real, operation }) => ({
      at,
      status: 'ok' as Status,
      label: `${real ? 'for real' : 'held'}, ${operation}`,
    }));
  const status: Status = next.status === 'critical' ? 'critical' : 'waiting';
  return [...held.reverse(), { at: next.at, status, label: next.word }];
}

/** "writes restored 0:24, reads normal 0:19", else how long all of it took. */
function achievedWords(summary: ReportSummary | undefined): string {
  if (!summary) return '';
  const stopped = summary.clocks.flatMap(({ clock, seconds, state }) =>
    state === 'stopped' && seconds !== null
      ? `${CLOCK_WORDS[clock as keyof typeof CLOCK_WORDS] ?? clock} ${formatClock(seconds)}`
      : [],
  );
  return stopped.length > 0 ? stopped.join(', ') : `${formatClock(summary.seconds)} in all`;
}

function startOf(
  frame: Frame,
  params: { level: DrillLevel; region: string },
  debts: readonly ReviewDebt[],
): DrillRow['start'] {
  const tried = tryPlan(frame, { kind: 'drill', params });
  return {
    label: 'Start',
    href: routes.recovery({ ...frame.here, tab: 'drills', act: 'drill', ...params }),
    permission: requestPermission(frame, { kind: 'drill', debts }, tried),
  };
}
