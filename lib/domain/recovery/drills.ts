import type { OperationKind } from '../operation/kind.ts';
import type { PlannedStep } from '../operation/plan.ts';
import { type DrillRun, declaredRegions, type Outlook } from './facts.ts';
import { DRILL_LEVELS, type DrillLevel } from './params.ts';
import { writerOf, writerRegion } from './topology.ts';
import { durationWords } from './words.ts';

/** "Test failover regularly - quarterly failover drills", L761. */
export const DRILL_EVERY_MONTHS = 3;
/** So long before it is due a drill is announced. */
const ANNOUNCED_DAYS = 14;
const DAY_MS = 86_400_000;

/** Last plus a quarter, by the calendar: 23 November comes again on 23 February, 30 November on the last of February. */
export function nextDue(last: Date): Date {
  const month = last.getUTCMonth() + DRILL_EVERY_MONTHS;
  const lastDay = new Date(Date.UTC(last.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const due = new Date(last);
  due.setUTCMonth(month, Math.min(last.getUTCDate(), lastDay));
  return due;
}

export interface DrillEntry {
  level: DrillLevel;
  region: string;
  state: 'never' | 'overdue' | 'due' | 'ok';
  /** The last one that ended well, and the operation. */
  last: DrillRun | null;
  /** When it is due; null for one that never was: it is due now. ISO. */
  dueAt: string | null;
  message: string;
}

/** What each kind of operation that ended well proves of the same Region. */
const PROVES: Partial<Record<OperationKind, DrillLevel>> = {
  failover: 'switchover',
  switchover: 'switchover',
  failback: 'switchover',
  evacuate: 'evacuation',
};

/** The level that a real run of this kind counts for; undefined for kinds that prove none. */
export function levelProvenBy(kind: OperationKind): DrillLevel | undefined {
  return PROVES[kind];
}

/**
 * Levels of the same Region that a level contains (aws-facts 2.9). A promotion and a switchover name the Region that takes the
 * orders, the others the one that is lost: neither says anything of the other.
 */
const CONTAINS: Record<DrillLevel, readonly DrillLevel[]> = {
  readiness: ['readiness'],
  tabletop: ['readiness', 'tabletop'],
  promotion: ['promotion'],
  evacuation: ['readiness', 'evacuation'],
  switchover: ['promotion', 'switchover'],
};

/** Levels of the Region that was left which a run contains: who left it for real need not try the calls again. */
const CONTAINS_OF_LEFT: readonly DrillLevel[] = ['readiness', 'tabletop'];

/** Levels that make sense for a Region: nobody promotes, or moves the writer to, a Region that is not promotable. */
function levelsFor(promotable: boolean, isWriter: boolean): DrillLevel[] {
  return DRILL_LEVELS.filter((level) => {
    if (level === 'promotion' || level === 'switchover') return promotable && !isWriter;
    return true;
  });
}

/** The calendar: every level of every Region of the environment, quarterly, what is most overdue first. */
export function drillCalendar(outlook: Outlook): DrillEntry[] {
  const { facts } = outlook;
  const writer = writerRegion(writerOf(outlook));
  const rank = { never: 0, overdue: 0, due: 1, ok: 2 } as const;
  return declaredRegions(outlook)
    .flatMap(({ code, promotable }) =>
      levelsFor(promotable, code === writer).map((level) =>
        entryOf(facts.drills.runs, level, code, facts.now),
      ),
    )
    .sort((a, b) => rank[a.state] - rank[b.state] || (a.dueAt ?? '').localeCompare(b.dueAt ?? ''));
}

function entryOf(runs: readonly DrillRun[], level: DrillLevel, region: string, now: Date): DrillEntry {
  const last = lastProof(runs, level, region);
  if (!last) {
    const message = `The ${level} drill of ${region} was never held; it is due now.`;
    return { level, region, state: 'never', last: null, dueAt: null, message };
  }
  const due = nextDue(new Date(last.at));
  const leftDays = (due.getTime() - now.getTime()) / DAY_MS;
  const state = leftDays < 0 ? 'overdue' : leftDays <= ANNOUNCED_DAYS ? 'due' : 'ok';
  const how = last.real ? `proven by ${last.operation}, for real,` : `held by ${last.operation}`;
  const when = durationWords((now.getTime() - Date.parse(last.at)) / 1_000);
  const next =
    state === 'overdue'
      ? `overdue since ${due.toISOString().slice(0, 10)}`
      : `due by ${due.toISOString().slice(0, 10)}`;
  return {
    level,
    region,
    state,
    last,
    dueAt: due.toISOString(),
    message: `The ${level} drill of ${region} was ${how} ${when} ago; it is ${next}.`,
  };
}

function lastProof(runs: readonly DrillRun[], level: DrillLevel, region: string): DrillRun | null {
  return (
    runs
      .filter(
        (run) =>
          (run.region === region && CONTAINS[run.level].includes(level)) ||
          (run.left === region && CONTAINS_OF_LEFT.includes(level)),
      )
      .sort((a, b) => b.at.localeCompare(a.at))[0] ?? null
  );
}

export interface StepProof {
  key: string;
  title: string;
  /** When it last passed, for real or in a drill. ISO; null for never. */
  lastRunAt: string | null;
  /** Never run, or not since a quarter (PRODUCT.md, idea 12). */
  unproven: boolean;
  message: string;
}

/** When each step of a plan last ran, and which have to be tried before anybody leans on them. */
export function proofOf(
  steps: readonly Pick<PlannedStep, 'key' | 'title'>[],
  lastRuns: Readonly<Record<string, string>>,
  now: Date,
): StepProof[] {
  return steps.map(({ key, title }) => {
    const lastRunAt = lastRuns[key] ?? null;
    if (lastRunAt === null)
      return { key, title, lastRunAt, unproven: true, message: `“${title}” has never run.` };
    const unproven = now.getTime() > nextDue(new Date(lastRunAt)).getTime();
    const age = durationWords(Math.max(0, now.getTime() - Date.parse(lastRunAt)) / 1_000);
    const tail = unproven ? ', longer than a quarter' : '';
    return { key, title, lastRunAt, unproven, message: `“${title}” last ran ${age} ago${tail}.` };
  });
}
