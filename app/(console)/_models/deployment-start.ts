import type { LaneStart } from '#components/deployments/pipeline-model.ts';
import { nextInWindow, nextStart, windowWords } from '#lib/domain/deployment/schedule.ts';
import { isEnded, isPuttingBack } from '#lib/domain/operation/state.ts';
import { utcSecond } from '#lib/domain/time/utc.ts';
import { duration } from './common.ts';
import {
  isoOf,
  PlannedWait,
  plannedOf,
  type RunFacts,
  stepOf,
  switchOf,
  waitOf,
} from './deployment-facts.ts';

/** When a Region begins: the later of two moments, and why; null once it has begun, or where nothing keeps it. */
export function startOf(facts: RunFacts, region: string): LaneStart | null {
  if (isFirstToCome(facts, region))
    return {
      at: facts.startAt?.toISOString() ?? null,
      why: 'At the time it was asked for, once it is approved.',
    };
  const wait = stepOf(facts, region, 'deploy.wait');
  const input = PlannedWait.safeParse(plannedOf(facts, region, 'deploy.wait')?.input).data;
  if (!input || (wait && wait.state !== 'waiting' && wait.state !== 'running')) return null;
  if (isEnded(facts.state) || isPuttingBack(facts.state)) return null;
  const before = input.after.replace(/^switch-/, '');
  const bake = `${input.bakeMinutes} min`;
  const switched = switchOf(facts.steps.find(({ key }) => key === input.after))?.switchedAtMs;
  if (switched === undefined || facts.startedAt === null)
    return {
      at: null,
      why: `${bake} after ${before} is switched, or at T+${input.plannedMinutes} if that is later${quietWords(input.window)}`,
    };
  const inMs = (minutes: number) => (minutes * 60_000) / facts.timeScale;
  const times =
    waitOf(wait) ??
    nextStart({
      beganMs: facts.startedAt.getTime(),
      plannedAfterMs: inMs(input.plannedMinutes),
      switchedBeforeMs: switched,
      bakeMs: inMs(input.bakeMinutes),
    });
  const later = Math.max(times.plannedMs, times.bakedMs);
  const startMs = input.window ? nextInWindow(input.window, later) : later;
  const scaled = facts.timeScale === 1 ? '' : ` (${duration(inMs(input.bakeMinutes) / 1_000)} here)`;
  const clock = (ms: number) => utcSecond(isoOf(ms));
  const why =
    times.bakedMs >= times.plannedMs
      ? `${bake}${scaled} after ${before} was switched at ${clock(switched)}. Planned for T+${input.plannedMinutes}, ${clock(times.plannedMs)}, which is not later.`
      : `Planned for T+${input.plannedMinutes}, ${clock(times.plannedMs)}; ${bake}${scaled} after the switch of ${before} is ${clock(times.bakedMs)}, which is earlier.`;
  return { at: isoOf(startMs), why: startMs > later ? `${why}${quietWords(input.window)}.` : why };
}

/** The first Region of a run that was asked for a time and has not begun. */
function isFirstToCome({ regions, startedAt, startAt, state }: RunFacts, region: string): boolean {
  return startAt !== null && startedAt === null && !isEnded(state) && regions[0]?.code === region;
}

function quietWords(window: { fromHour: number; toHour: number } | undefined): string {
  return window === undefined ? '' : `, in its quiet hours ${windowWords(window)}`;
}
