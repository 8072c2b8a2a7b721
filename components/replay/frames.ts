import type { MapModel } from '#components/map/model.ts';
import { formatSeconds, NBSP } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import type { Course, RegionState, ReplayModel, ReplayStep } from './model.ts';

/** The newest frame that is not later than the moment; the first before all of them. */
export function frameAt(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((times[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The state that was in force at the moment; the first before all of them. */
export function stateAt<T extends { from: number }>(states: readonly T[], at: number): T | undefined {
  return states.findLast(({ from }) => from <= at) ?? states[0];
}

export const valueAt = (course: Course, frame: number): number | null => course[frame] ?? null;

/** How a step stood at the moment. */
export function stepStatusAt(step: ReplayStep, at: number): Status {
  if (step.from === null || at < step.from) return 'waiting';
  return step.until === null || at < step.until ? 'running' : step.status;
}

/** Steps under way at the moment; else the last that ended. */
export function stepsAt(steps: readonly ReplayStep[], at: number): readonly ReplayStep[] {
  const running = steps.filter((step) => stepStatusAt(step, at) === 'running');
  if (running.length > 0) return running;
  const last = steps.findLast((step) => step.until !== null && step.until <= at);
  return last === undefined ? [] : [last];
}

/** Where the next or former beginning of a step or mark is; the end of the run where there is none. */
export function nextStop(model: ReplayModel, at: number, direction: 1 | -1): number {
  const { marks, steps, times } = model;
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
  const stops = [
    ...steps.flatMap(({ from }) => (from === null ? [] : [from])),
    ...marks.map((mark) => mark.at),
  ]
    .filter((stop) => stop >= first && stop <= last)
    .toSorted((a, b) => a - b);
  return direction === 1
    ? (stops.find((stop) => stop > at + 0.5) ?? last)
    : (stops.findLast((stop) => stop < at - 0.5) ?? first);
}

/** Values of a frame never grow old: they are what was known then. */
const EVER = Number.POSITIVE_INFINITY;
const UNKNOWN: Omit<RegionState, 'from'> = {
  status: 'unknown',
  word: 'Not known',
  capabilities: 'not known',
  database: 'not known',
};

export function regionStateAt(states: readonly RegionState[], at: number): Omit<RegionState, 'from'> {
  return stateAt(states, at) ?? UNKNOWN;
}

/** The map as it was. */
export function mapAt(model: ReplayModel, at: number): MapModel {
  const frame = frameAt(model.times, at);
  const iso = new Date((model.times[frame] ?? at) * 1000).toISOString();
  const reading = (course: Course) => ({ value: valueAt(course, frame), at: iso, withinSeconds: EVER });
  return {
    at: iso,
    figures: 'measured',
    regions: model.regions.map((region) => {
      const state = regionStateAt(region.states, at);
      return {
        code: region.code,
        lat: region.lat,
        lon: region.lon,
        href: region.href,
        status: state.status,
        trouble: null,
        capabilities: state.capabilities,
        share: reading(region.share),
        requests: reading(region.requests),
      };
    }),
    flows: model.flows.flatMap(({ share, named, ...flow }) =>
      named[frame] === true ? [{ ...flow, share: valueAt(share, frame) }] : [],
    ),
    links: model.links.flatMap(({ id, from, to, seconds, states }) => {
      const state = stateAt(states, at);
      if (state === undefined || state.absent === true) return [];
      const value = valueAt(seconds, frame);
      const figure = state.missing
        ? 'no path'
        : value === null
          ? 'not known'
          : `${formatSeconds(value)}${NBSP}s`;
      return [{ id, from, to, status: state.status, missing: state.missing, figure }];
    }),
    geographies: model.geographies,
  };
}

/** The highest value of a strip, and zero at least. */
export function highest(courses: readonly Course[]): number {
  return courses.reduce(
    (most, course) => course.reduce<number>((top, value) => Math.max(top, value ?? 0), most),
    0,
  );
}
