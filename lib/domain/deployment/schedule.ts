/** When a Region after the first may begin: both limits, of which the later holds. */
export interface NextStart {
  /** By the schedule of the strategy document: T+0, T+30, T+60. */
  plannedMs: number;
  /** The bake after the Region before was switched. */
  bakedMs: number;
  startMs: number;
}

/**
 * Next start = max(planned T, switch + bake): the seed's T+30 is start to start, and its 30 minutes of monitoring would be
 * shorter by however long the deployment itself takes (aws-facts C-10). Times in real ms; minutes already scaled.
 */
export function nextStart(given: {
  beganMs: number;
  plannedAfterMs: number;
  switchedBeforeMs: number;
  bakeMs: number;
}): NextStart {
  const plannedMs = given.beganMs + given.plannedAfterMs;
  const bakedMs = given.switchedBeforeMs + given.bakeMs;
  return { plannedMs, bakedMs, startMs: Math.max(plannedMs, bakedMs) };
}

/** Hours of a UTC day in which a Region has the fewest requests; `toHour` is the first hour after it, and may be past midnight. */
export interface LowTrafficWindow {
  /** 0–23 */
  fromHour: number;
  /** 0–23 */
  toHour: number;
  /** Of its busiest hour, 0–1. */
  share: number;
}

/** Requests a second, and when that was. */
export interface RateSample {
  atMs: number;
  value: number;
}

const HOUR_MS = 3_600_000;
const WINDOW_HOURS = 4;
/** Fewer hours of the day than this say nothing about when it is quiet. */
const HOURS_NEEDED = 20;

/** The four hours in a row with the fewest requests, by what was measured; null where too little of the day is known. */
export function lowTrafficWindow(samples: readonly RateSample[]): LowTrafficWindow | null {
  const byHour = Map.groupBy(samples, ({ atMs }) => hourOf(atMs));
  if (byHour.size < HOURS_NEEDED) return null;
  const means = Array.from({ length: 24 }, (_, hour) =>
    mean(byHour.get(hour)?.map(({ value }) => value) ?? []),
  );
  const known = means.filter((value) => value !== null);
  const overall = mean(known) ?? 0;
  const busiest = Math.max(...known);
  const quiet = Array.from({ length: 24 }, (_, fromHour) => ({
    fromHour,
    sum: Array.from({ length: WINDOW_HOURS }, (_, i) => means[(fromHour + i) % 24] ?? overall).reduce(
      (total, value) => total + value,
      0,
    ),
  })).reduce((best, one) => (one.sum < best.sum ? one : best));
  return {
    fromHour: quiet.fromHour,
    toHour: (quiet.fromHour + WINDOW_HOURS) % 24,
    share: busiest > 0 ? quiet.sum / WINDOW_HOURS / busiest : 1,
  };
}

/** Whether that moment is in the window. */
export function isInWindow(
  { fromHour, toHour }: Pick<LowTrafficWindow, 'fromHour' | 'toHour'>,
  atMs: number,
): boolean {
  const hour = hourOf(atMs);
  return fromHour < toHour ? hour >= fromHour && hour < toHour : hour >= fromHour || hour < toHour;
}

/** The first moment from then on that is in the window. */
export function nextInWindow(window: Pick<LowTrafficWindow, 'fromHour' | 'toHour'>, fromMs: number): number {
  if (isInWindow(window, fromMs)) return fromMs;
  const nextHour = Math.floor(fromMs / HOUR_MS) * HOUR_MS + HOUR_MS;
  for (let i = 0; i < 24; i += 1) {
    const atMs = nextHour + i * HOUR_MS;
    if (isInWindow(window, atMs)) return atMs;
  }
  return fromMs;
}

/** "02:00–06:00 UTC" */
export function windowWords({ fromHour, toHour }: Pick<LowTrafficWindow, 'fromHour' | 'toHour'>): string {
  const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
  return `${clock(fromHour)}–${clock(toHour)} UTC`;
}

function hourOf(atMs: number): number {
  return new Date(atMs).getUTCHours();
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
