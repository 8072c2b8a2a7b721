/** A calendar day in UTC, `YYYY-MM-DD`. */
export type Day = string;

export const DAY_MS = 86_400_000;

export const dayOf = (ms: number): Day => new Date(ms).toISOString().slice(0, 10);
export const startOf = (day: Day): number => Date.parse(`${day}T00:00:00Z`);
export const addDays = (day: Day, count: number): Day => dayOf(startOf(day) + count * DAY_MS);

/** A day that exists: 2026-02-30 does not. */
export function isDay(text: string | undefined): text is Day {
  return (
    text !== undefined &&
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(startOf(text)) &&
    dayOf(startOf(text)) === text
  );
}

export function daysIn(month: Day): number {
  const first = new Date(startOf(month));
  return new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
}

/** Every day from `start` to before `end`. */
export function daysBetween(start: Day, end: Day): Day[] {
  const count = Math.max(0, Math.round((startOf(end) - startOf(start)) / DAY_MS));
  return Array.from({ length: count }, (_, index) => addDays(start, index));
}

export interface Period {
  start: Day;
  /** Exclusive. */
  end: Day;
}

/** The range cut at midnights or at the firsts of months. */
export function periodsOf(start: Day, end: Day, granularity: 'DAILY' | 'MONTHLY'): Period[] {
  if (granularity === 'DAILY')
    return daysBetween(start, end).map((day) => ({ start: day, end: addDays(day, 1) }));
  const periods: Period[] = [];
  for (let from = start; from < end; ) {
    const nextMonth = addDays(`${from.slice(0, 7)}-01`, daysIn(from));
    const to = nextMonth < end ? nextMonth : end;
    periods.push({ start: from, end: to });
    from = to;
  }
  return periods;
}
