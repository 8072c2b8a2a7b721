import { formatClock } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import type { ClockModel, ClocksModel, Milestone } from './recovery-model.ts';

const MINUTE = 60;
/** The axis of every run, so that two runs are compared at a glance; a longer run gets the next that holds it. */
const AXES = [15, 30, 60, 120, 240, 480, 1440].map((minutes) => minutes * MINUTE);
const TICKS_OF_15 = [0, 60, 300, 600, 900];
const STEPS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

/** What is drawn of one clock at a moment. */
interface ClockFace {
  /** Seconds shown; null while it waits. */
  seconds: number | null;
  status: Status;
  word: string;
}

/** The figure of a clock and how it stands against its budget. */
export function faceOf(clock: ClockModel, zeroAt: string, nowMs: number): ClockFace {
  const zero = Date.parse(zeroAt);
  const budget = formatClock(clock.budgetSeconds);
  if (clock.state === 'waiting')
    return { seconds: null, status: 'waiting', word: clock.waitsFor ?? 'not begun' };
  if (clock.state === 'stopped' && clock.stoppedAt !== null) {
    const seconds = (Date.parse(clock.stoppedAt) - zero) / 1000;
    const over = seconds - clock.budgetSeconds;
    return over <= 0
      ? { seconds, status: 'ok', word: `within ${budget} by ${formatClock(-over)}` }
      : { seconds, status: 'critical', word: `over ${budget} by ${formatClock(over)}` };
  }
  const seconds = Math.max(0, (nowMs - zero) / 1000);
  if (clock.state === 'missed') return { seconds: null, status: 'critical', word: 'not proven by this run' };
  return { seconds, ...running(clock, seconds, budget) };
}

function running(clock: ClockModel, seconds: number, budget: string): Pick<ClockFace, 'status' | 'word'> {
  const over = seconds - clock.budgetSeconds;
  if (over > 0) return { status: 'critical', word: `over ${budget} by ${formatClock(over)}` };
  const { projected } = clock;
  if (projected === null || projected.highSeconds < seconds)
    return { status: 'running', word: `${formatClock(-over)} left of ${budget}` };
  const missBy = projected.lowSeconds - clock.budgetSeconds;
  if (missBy > 0) return { status: 'warning', word: `will miss ${budget} by ${formatClock(missBy)} or more` };
  return projected.highSeconds > clock.budgetSeconds
    ? { status: 'warning', word: `may miss ${budget}` }
    : { status: 'running', word: `expected within ${budget}` };
}

export interface Axis {
  endSeconds: number;
  ticks: readonly number[];
}

/** 0–15 min, or as much as the run needs. */
export function budgetAxis(model: ClocksModel, nowSeconds: number): Axis {
  // Redundancy may take hours; it must not squeeze what is measured in minutes.
  const short = model.clocks.filter(({ key }) => key !== 'redundancy');
  const running = short.some(({ state }) => state === 'running');
  const needed = Math.max(running ? nowSeconds : 0, ...stops({ ...model, clocks: short }));
  const endSeconds = AXES.find((end) => end >= needed) ?? needed;
  return endSeconds === TICKS_OF_15.at(-1)
    ? { endSeconds, ticks: TICKS_OF_15 }
    : { endSeconds, ticks: every(endSeconds) };
}

/** Only as long as this run and what is projected of it: the budgets may lie outside. */
export function runAxis(model: ClocksModel, nowSeconds: number): Axis {
  const projected = model.clocks.map((clock) => clock.projected?.highSeconds ?? 0);
  const endSeconds = Math.max(10, nowSeconds, ...stops(model), ...projected) * 1.15;
  return { endSeconds, ticks: every(endSeconds) };
}

function stops({ clocks, zeroAt }: ClocksModel): number[] {
  return clocks.map(({ stoppedAt }) =>
    stoppedAt === null ? 0 : (Date.parse(stoppedAt) - Date.parse(zeroAt)) / 1000,
  );
}

function every(endSeconds: number): number[] {
  const step = STEPS.find((seconds) => endSeconds / seconds <= 7) ?? 14_400;
  const ticks: number[] = [];
  for (let at = 0; at <= endSeconds; at += step) ticks.push(at);
  return ticks;
}

/** Of the chart’s width, percent; at the right stands what lies beyond the axis. */
const LEFT = 0.9;
const WIDTH = 86;

/** Percent of the chart’s width; beyond the end of the axis, the end. */
export function percentAt(seconds: number, { endSeconds }: Axis): number {
  return LEFT + (Math.min(Math.max(0, seconds), endSeconds) / endSeconds) * WIDTH;
}

/** Widths are reckoned for this chart, in px: no narrower one shows labels at all. */
const CHART_PX = 760;
const CHAR_PX = 6.1;
const GAP_PX = 12;

const widthOf = (text: string) => ((text.length * CHAR_PX + GAP_PX) / CHART_PX) * 100;

/** Labels of milestones on two lines: each with the line it stands on, or none where both are taken. */
export function placeMilestones(
  milestones: readonly Milestone[],
  axis: Axis,
): { milestone: Milestone; percent: number; line: 0 | 1 | null }[] {
  const ends: [number, number] = [0, 0];
  return milestones
    .toSorted((a, b) => a.seconds - b.seconds)
    .map((milestone) => {
      const percent = percentAt(milestone.seconds, axis);
      const line = ([0, 1] as const).find((candidate) => ends[candidate] <= percent) ?? null;
      if (line !== null)
        ends[line] = percent + widthOf(`${milestone.label} ${formatClock(milestone.seconds)}`);
      return { milestone, percent, line };
    });
}

/** Ticks whose label does not touch the label of now. */
export function roomyTicks(axis: Axis, nowSeconds: number): readonly number[] {
  const now = percentAt(nowSeconds, axis);
  return axis.ticks.filter((tick) => Math.abs(percentAt(tick, axis) - now) > widthOf('now 0:00') * 0.85);
}
