import type { CalendarEntry } from './model.ts';
import { localTime } from './zones.ts';

export interface CalendarDay {
  /** "2026-11-27" */
  date: string;
  inMonth: boolean;
  entries: readonly DayEntry[];
}

/** An entry on one of its days. */
export interface DayEntry {
  entry: CalendarEntry;
  /** "22:00" where it begins that day; null where it goes on from the day before. */
  from: string | null;
  /** "06:00" where it ends that day; null where it goes on. */
  to: string | null;
}

const DAY_MS = 86_400_000;

/** Whole weeks from Monday that hold the month "2026-11", with what is frozen on each day of that zone. */
export function daysOf(month: string, entries: readonly CalendarEntry[], zone: string): CalendarDay[] {
  const spans = entries.map((entry) => spanOf(entry, zone));
  return datesOf(month).map((date) => ({
    date,
    inMonth: date.startsWith(month),
    entries: spans
      .filter(({ first, last }) => first.date <= date && (last === null || date <= last.date))
      .map(({ entry, first, last }) => ({
        entry,
        from: first.date === date ? first.time : null,
        to: last?.date === date ? last.time : null,
      })),
  }));
}

/** First and last day of an entry; what ends at midnight ends the day before, at 24:00. */
function spanOf(entry: CalendarEntry, zone: string) {
  const first = localTime(Date.parse(entry.startsAt), zone);
  if (entry.endsAt === null) return { entry, first, last: null };
  const end = localTime(Date.parse(entry.endsAt), zone);
  const before = localTime(Date.parse(entry.endsAt) - 1, zone);
  return { entry, first, last: end.time === '00:00' ? { date: before.date, time: '24:00' } : end };
}

function datesOf(month: string): string[] {
  const first = new Date(`${month}-01T00:00:00Z`);
  const monday = first.getTime() - ((first.getUTCDay() + 6) % 7) * DAY_MS;
  const next = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1);
  const weeks = Math.ceil((next - monday) / DAY_MS / 7);
  return Array.from({ length: weeks * 7 }, (_, day) =>
    new Date(monday + day * DAY_MS).toISOString().slice(0, 10),
  );
}

/** The month before or after "2026-11". */
export function monthBeside(month: string, step: 1 | -1): string {
  const first = new Date(`${month}-01T00:00:00Z`);
  return new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + step, 1)).toISOString().slice(0, 7);
}
