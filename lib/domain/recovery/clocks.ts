import type { PlannedStep, RecoveryClock } from '../operation/plan.ts';
import { clockWords, durationWords, listOf } from './words.ts';

export const RECOVERY_CLOCKS = ['writes', 'reads', 'redundancy'] as const satisfies readonly RecoveryClock[];

/** What each clock counts to (aws-facts B-08). */
export const CLOCK_WORDS = {
  writes: 'writes restored',
  reads: 'reads normal',
  redundancy: 'redundancy restored',
} as const satisfies Record<RecoveryClock, string>;

const NOT_YET = {
  writes: 'writes not restored',
  reads: 'reads not normal',
  redundancy: 'redundancy not restored',
} as const satisfies Record<RecoveryClock, string>;

/**
 * What the strategy document allows, seconds, by the clock that each figure can be read against (aws-facts C-02): its "RTO
 * 5 minutes" is the promotion (L226, L410), "reconfigure < 10" rebuilds the third Region (L423), "verify < 15" ends with
 * every service operational (L432). Detection, "< 1 minute" (L403), ends before any of the clocks can stop.
 */
export const SEED_BUDGETS = {
  detection: { seconds: 60, line: 'L403', says: 'Detect failure (< 1 minute)' },
  writes: { seconds: 300, line: 'L410', says: 'Promote EU-WEST-1 (< 5 minutes)' },
  redundancy: { seconds: 600, line: 'L423', says: 'Reconfigure replication (< 10 minutes)' },
  reads: { seconds: 900, line: 'L432', says: 'Verify (< 15 minutes)' },
} as const satisfies Record<RecoveryClock | 'detection', { seconds: number; line: string; says: string }>;

/** What is known of a step of the run: times are ISO, null while it has not come so far. */
export interface StepTimes {
  key: string;
  clock?: RecoveryClock;
  state: 'waiting' | 'running' | 'done' | 'skipped' | 'failed' | 'unknown';
  startedAt: string | null;
  endedAt: string | null;
}

export interface RunTimes {
  /** When the run began; null while it waits. */
  startedAt: string | null;
  /**
   * When users began to miss something, where that is known: the Region first seen down, or orders frozen in a planned move.
   * Clocks then count from there.
   */
  outageAt: string | null;
  endedAt: string | null;
  steps: readonly StepTimes[];
  now: string;
}

export interface Clock {
  clock: RecoveryClock;
  label: string;
  state: 'running' | 'stopped' | 'not-applicable';
  /** What it counts from: the outage where it is known, else the start of the run. ISO. */
  from: string | null;
  stoppedAt: string | null;
  /** Null where it does not apply. */
  seconds: number | null;
  /** "4:07"; a dash where it does not apply. */
  shown: string;
  budgetSeconds: number;
  /** Over what the strategy document allows for it. */
  overBudget: boolean;
  message: string;
}

/**
 * The three clocks of a run. Each counts from when the outage began, where that is known, and stops when the last step that
 * carries it has passed; a run that ended without them leaves it running, because nothing was restored. A clock that no step
 * carries does not apply, nor one of a run that was put back before anybody missed anything.
 */
export function clocksOf(run: RunTimes): Clock[] {
  return RECOVERY_CLOCKS.map((clock) => clockOf(run, clock));
}

function clockOf(run: RunTimes, clock: RecoveryClock): Clock {
  const { seconds: budgetSeconds } = SEED_BUDGETS[clock];
  const label = CLOCK_WORDS[clock];
  const steps = run.steps.filter((step) => step.clock === clock);
  const from = run.outageAt ?? run.startedAt;
  const none = { clock, label, from, stoppedAt: null, budgetSeconds, overBudget: false };
  if (steps.length === 0 || from === null) {
    const why = from === null ? 'the run has not begun' : 'nothing in this run changes it';
    return { ...none, state: 'not-applicable', seconds: null, shown: '–', message: `${label}: ${why}.` };
  }
  // What was skipped was not seen: a look at redundancy that found none leaves the clock running.
  const passed = steps.every(({ state }) => state === 'done');
  const stoppedAt = passed
    ? (steps
        .flatMap(({ endedAt }) => endedAt ?? [])
        .sort()
        .at(-1) ?? run.now)
    : null;
  if (!stoppedAt && run.endedAt !== null && run.outageAt === null) {
    const message = `${label}: the run ended before it, and nothing had been out.`;
    return { ...none, state: 'not-applicable', seconds: null, shown: '–', message };
  }
  const seconds = Math.max(0, (Date.parse(stoppedAt ?? run.now) - Date.parse(from)) / 1_000);
  const overBudget = seconds > budgetSeconds;
  const budget = `${durationWords(budgetSeconds)} by the strategy document, ${SEED_BUDGETS[clock].line}`;
  const message = stoppedAt
    ? `${label} after ${clockWords(seconds)} (${budget}).`
    : `${NOT_YET[clock]} after ${clockWords(seconds)} (${budget}).`;
  return {
    ...none,
    state: stoppedAt ? 'stopped' : 'running',
    stoppedAt,
    seconds,
    shown: clockWords(seconds),
    overBudget,
    message,
  };
}

/** How long a step took before, for real or in drills. */
export interface StepHistory {
  p50Seconds: number;
  p95Seconds: number;
  runs: number;
}

/** By step key, and by action for steps that never ran under that key. */
export type History = Readonly<Record<string, StepHistory>>;

export interface ClockProjection {
  clock: RecoveryClock;
  /** From the outage; null where nothing in the plan restores it. */
  p50Seconds: number | null;
  p95Seconds: number | null;
  /** Steps on the way that never ran: their time is missing from the sums. */
  unproven: string[];
  message: string;
}

/**
 * When each clock would stop, from what the plan's own steps took before (aws-facts B-08: own history, never "5 minutes").
 * Steps of a group run at once, so the slowest counts. p95s are added as if everything were slow together: a pessimist's
 * sum. `elapsedSeconds` is what has passed since the outage and what detection still takes.
 */
export function projectClocks(
  steps: readonly PlannedStep[],
  history: History,
  elapsedSeconds: number,
): Record<RecoveryClock, ClockProjection> {
  const project = (clock: RecoveryClock): ClockProjection => {
    const last = steps.findLastIndex((step) => step.clock === clock);
    if (last < 0) {
      const message = `${CLOCK_WORDS[clock]}: not by this.`;
      return { clock, p50Seconds: null, p95Seconds: null, unproven: [], message };
    }
    const way = inGroups(steps.slice(0, last + 1));
    const known = (step: PlannedStep) => history[step.key] ?? history[step.action];
    const sum = (part: (past: StepHistory) => number) =>
      way.reduce(
        (total, group) => total + Math.max(0, ...group.flatMap((step) => known(step) ?? []).map(part)),
        elapsedSeconds,
      );
    const unproven = way
      .flat()
      .filter((step) => !known(step))
      .map(({ title }) => title);
    const [p50Seconds, p95Seconds] = [sum((past) => past.p50Seconds), sum((past) => past.p95Seconds)];
    const message = projectionWords(clock, p50Seconds, p95Seconds, unproven);
    return { clock, p50Seconds, p95Seconds, unproven, message };
  };
  return { writes: project('writes'), reads: project('reads'), redundancy: project('redundancy') };
}

/**
 * When the clocks of a run that is under way will stop, seconds from the outage: what has passed, and what the steps that are
 * left on the way took before. Null where one of them never ran: nothing is said of what nobody knows.
 */
export function projectRun(
  steps: readonly PlannedStep[],
  run: RunTimes,
  history: History,
): Record<RecoveryClock, { lowSeconds: number; highSeconds: number } | null> {
  const from = run.outageAt ?? run.startedAt;
  const nowMs = Date.parse(run.now);
  const left = (step: PlannedStep, usualSeconds: number) => {
    const { state, startedAt } = run.steps.find(({ key }) => key === step.key) ?? WAITING;
    if (state === 'done' || state === 'skipped') return 0;
    const passed = startedAt === null ? 0 : (nowMs - Date.parse(startedAt)) / 1_000;
    return Math.max(0, usualSeconds - passed);
  };
  const isLeft = ({ key }: PlannedStep) => {
    const { state } = run.steps.find((step) => step.key === key) ?? WAITING;
    return state !== 'done' && state !== 'skipped';
  };
  const project = (clock: RecoveryClock) => {
    const last = steps.findLastIndex((step) => step.clock === clock);
    if (last < 0 || from === null || run.endedAt !== null) return null;
    const way = inGroups(steps.slice(0, last + 1).filter(isLeft));
    const known = (step: PlannedStep) => history[step.key] ?? history[step.action];
    if (way.flat().some((step) => !known(step))) return null;
    const sum = (part: (past: StepHistory) => number) =>
      way.reduce(
        (total, group) =>
          total +
          Math.max(
            0,
            ...group.flatMap((step) => {
              const past = known(step);
              return past ? left(step, part(past)) : [];
            }),
          ),
        (nowMs - Date.parse(from)) / 1_000,
      );
    return { lowSeconds: sum((past) => past.p50Seconds), highSeconds: sum((past) => past.p95Seconds) };
  };
  return { writes: project('writes'), reads: project('reads'), redundancy: project('redundancy') };
}

const WAITING: Pick<StepTimes, 'state' | 'startedAt'> = { state: 'waiting', startedAt: null };

function projectionWords(
  clock: RecoveryClock,
  p50Seconds: number,
  p95Seconds: number,
  unproven: readonly string[],
): string {
  const times = `${clockWords(p50Seconds)}, ${clockWords(p95Seconds)} when all is slow`;
  if (unproven.length === 0) return `${CLOCK_WORDS[clock]} ${times} after the outage.`;
  const named = unproven.length > 3 ? `${unproven.length} steps` : `“${listOf(unproven)}”`;
  const ran = unproven.length === 1 ? 'has' : 'have';
  return `${CLOCK_WORDS[clock]} at least ${times} after the outage; ${named} ${ran} never run and ${unproven.length === 1 ? 'comes' : 'come'} on top.`;
}

function inGroups(steps: readonly PlannedStep[]): PlannedStep[][] {
  const groups: PlannedStep[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last && step.group !== undefined && last[0]?.group === step.group) last.push(step);
    else groups.push([step]);
  }
  return groups;
}
