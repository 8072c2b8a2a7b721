import { RRuleTemporal } from 'rrule-temporal';
import { toText } from 'rrule-temporal/totext';
import { Temporal } from 'temporal-polyfill';
import { ruleProblem } from './rule.ts';

/**
 * A window on the clock of one zone that comes again by a rule of RFC 5545. It lasts from the first moment at which that clock
 * reads the beginning until it reads the end for good: a night of 22:00 to 06:00 ends at 06:00 also when the clocks change in
 * it, and is then an hour longer or shorter. Where the clocks leap over the beginning, it begins with the leap.
 */
export interface Recurrence {
  /** Local time from which the rule counts, "2026-10-24T22:00". */
  start: string;
  /** RFC 5545, section 3.3.10, without UNTIL: "FREQ=WEEKLY;BYDAY=FR". */
  rule: string;
  /** IANA name. */
  zone: string;
  /** On the local clock. */
  durationMinutes: number;
  /** Nothing of it is in force from then on; null: for good. ISO 8601. */
  until: string | null;
}

export interface Occurrence {
  startsAt: string;
  endsAt: string;
}

/** A longer window is a freeze of its own. */
export const LONGEST_MINUTES = 31 * 24 * 60;
/** So many beginnings are looked at for one that overlaps the next. */
const LOOKED_AT = 600;
const LOOKED_AT_YEARS = 40;
const FIRST_WITHIN_YEARS = 10;
/** More than any clock change: a wall time this much later has not been reached yet. */
const CLOCK_CHANGE = { hours: 3 } as const;

export type RecurrenceProblem = { field: 'start' | 'rule' | 'zone' | 'durationMinutes'; message: string };

/** Why this cannot be kept as a freeze, or null. */
export function recurrenceProblem(recurrence: Recurrence): RecurrenceProblem | null {
  if (!isZone(recurrence.zone))
    return { field: 'zone', message: 'is not a time zone of the IANA database such as Europe/Berlin' };
  if (!isLocalMinute(recurrence.start))
    return { field: 'start', message: 'is not a local time such as 2026-11-27T22:00, from 1970 to 9000' };
  const wrong = ruleProblem(recurrence.rule);
  if (wrong !== null) return { field: 'rule', message: wrong };
  const walls = firstWalls(recurrence);
  if (typeof walls === 'string') return { field: 'rule', message: walls };
  const shortest = shortestGap(walls);
  if (shortest < 60) return { field: 'rule', message: 'recurs more often than hourly' };
  if (recurrence.durationMinutes > Math.min(shortest, LONGEST_MINUTES))
    return {
      field: 'durationMinutes',
      message:
        shortest < LONGEST_MINUTES
          ? `overlaps itself: it comes again ${shortest} minutes after it began`
          : `is longer than ${LONGEST_MINUTES} minutes: freeze that once, from and until a day`,
    };
  return null;
}

/** Beginnings on the local clock, or why there are none. */
function firstWalls(recurrence: Recurrence): Temporal.ZonedDateTime[] | string {
  const first = wallClock(recurrence.start);
  try {
    const walls = rule(recurrence).all(
      (wall, index) => index < LOOKED_AT && wall.year < first.year + LOOKED_AT_YEARS,
    );
    const begins = walls[0];
    if (!begins || begins.year > first.year + FIRST_WITHIN_YEARS)
      return `never occurs in the ${FIRST_WITHIN_YEARS} years after its start`;
    return walls;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    if (/Maximum/.test(said)) return 'never occurs';
    return `is not a rule of RFC 5545: ${said.slice(0, 160)}`;
  }
}

function shortestGap(walls: readonly Temporal.ZonedDateTime[]): number {
  return walls.slice(1).reduce((shortest, wall, index) => {
    const before = walls[index];
    const minutes = before ? (wall.epochMilliseconds - before.epochMilliseconds) / 60_000 : shortest;
    return Math.min(shortest, minutes);
  }, Number.POSITIVE_INFINITY);
}

/** What is in force at that moment, and what begins after it. Asked every second: the answer is kept for as long as it holds. */
export function standingAt(
  recurrence: Recurrence,
  now: Date,
): { current: Occurrence | null; next: Occurrence | null } {
  const kept = known(recurrence);
  const at = now.getTime();
  const { standing } = kept;
  if (standing && standing.fromMs <= at && at < standing.untilMs) return standing;
  const found = findStanding(recurrence, kept.rule, at);
  const ends = found.current?.endsAt ?? found.next?.startsAt;
  kept.standing = { ...found, fromMs: at, untilMs: ends ? Date.parse(ends) : Number.POSITIVE_INFINITY };
  return found;
}

function findStanding(recurrence: Recurrence, counted: RRuleTemporal, at: number) {
  let next: Occurrence | null = null;
  let wall = counted.previous(wallAt(recurrence, at).add(CLOCK_CHANGE), true);
  const latest = wall;
  while (wall) {
    const occurrence = occurrenceOf(recurrence, wall);
    if (occurrence && Date.parse(occurrence.startsAt) > at) next = occurrence;
    else {
      const current = occurrence && Date.parse(occurrence.endsAt) > at ? occurrence : null;
      return { current, next: next ?? following(recurrence, counted, latest) };
    }
    wall = counted.previous(wall, false);
  }
  return { current: null, next: next ?? following(recurrence, counted, latest) };
}

/** The first that is there on its day: the clocks may leap over all of one. */
function following(
  recurrence: Recurrence,
  counted: RRuleTemporal,
  after: Temporal.ZonedDateTime | null,
): Occurrence | null {
  let wall = after
    ? counted.next(after, false)
    : counted.next(wallClock(recurrence.start).subtract(CLOCK_CHANGE), true);
  for (let tries = 0; wall && wall.year < 9999 && tries < 4; tries += 1) {
    const occurrence = occurrenceOf(recurrence, wall);
    if (occurrence) return occurrence;
    wall = counted.next(wall, false);
  }
  return null;
}

/** Occurrences of which any part lies in the window, in order; `most` of them. */
export function occurrencesBetween(
  recurrence: Recurrence,
  window: { from: Date; to: Date },
  most = 2_000,
): Occurrence[] {
  const [from, to] = [window.from.getTime(), window.to.getTime()];
  const counted = known(recurrence).rule;
  const earliest = wallAt(recurrence, from)
    .subtract({ minutes: recurrence.durationMinutes })
    .subtract(CLOCK_CHANGE);
  const found: Occurrence[] = [];
  let wall = counted.next(earliest, true);
  const last = wallAt(recurrence, to).add(CLOCK_CHANGE).epochMilliseconds;
  while (wall && wall.epochMilliseconds < last && found.length < most) {
    const occurrence = occurrenceOf(recurrence, wall);
    if (occurrence && Date.parse(occurrence.endsAt) > from && Date.parse(occurrence.startsAt) < to)
      found.push(occurrence);
    wall = counted.next(wall, false);
  }
  return found;
}

/** "every weekday at 22:00 for 8 h, Europe/Berlin". */
export function recurrenceWords(recurrence: Omit<Recurrence, 'until'>): string {
  const { start, zone, durationMinutes } = recurrence;
  const [hours, minutes] = [Math.floor(durationMinutes / 60), durationMinutes % 60];
  const lasts = [hours > 0 ? `${hours} h` : null, minutes > 0 ? `${minutes} min` : null].filter(Boolean);
  const said = toText(rule(recurrence));
  const times = /;BY(?:HOUR|MINUTE)=/i.test(recurrence.rule)
    ? said.replace(/ UTC\b/, '')
    : `${said.replace(/ at [\d:, APMand]+ UTC/, '')} at ${start.slice(11)}`;
  return `${times} for ${lasts.join(' ')}, ${zone}`;
}

/** The moment at which its first occurrence begins; null where it has none. */
export function firstOccurrence(recurrence: Recurrence): Occurrence | null {
  return following(recurrence, known(recurrence).rule, null);
}

/** Whether the rule counts its occurrences. */
export function endsByItself(rule: string): boolean {
  return /(?:^|[;:])COUNT=/i.test(rule);
}

/** Its last occurrence, where the rule itself ends; null where it goes on, or ends with the freeze alone. */
export function lastOccurrence(recurrence: Recurrence): Occurrence | null {
  if (!endsByItself(recurrence.rule)) return null;
  const walls = known(recurrence).rule.all();
  for (const wall of walls.reverse()) {
    const occurrence = occurrenceOf(recurrence, wall);
    if (occurrence) return occurrence;
  }
  return null;
}

function occurrenceOf(
  { zone, durationMinutes, until }: Recurrence,
  wall: Temporal.ZonedDateTime,
): Occurrence | null {
  const begins = wall.toPlainDateTime();
  const start = firstReading(begins, zone);
  const end = lastReading(begins.add({ minutes: durationMinutes }), zone);
  const cut = until === null ? end : Math.min(end, Date.parse(until));
  return start < cut
    ? { startsAt: new Date(start).toISOString(), endsAt: new Date(cut).toISOString() }
    : null;
}

/** The first moment at which the zone's clock reads that time or a later one. */
function firstReading(wall: Temporal.PlainDateTime, zone: string): number {
  const read = wall.toZonedDateTime(zone, { disambiguation: 'compatible' });
  if (read.toPlainDateTime().equals(wall)) return read.epochMilliseconds;
  return read.getTimeZoneTransition('previous')?.epochMilliseconds ?? read.epochMilliseconds;
}

/** The moment from which the zone's clock reads that time or a later one for good. */
function lastReading(wall: Temporal.PlainDateTime, zone: string): number {
  const read = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  if (read.toPlainDateTime().equals(wall)) return read.epochMilliseconds;
  return read.getTimeZoneTransition('previous')?.epochMilliseconds ?? read.epochMilliseconds;
}

interface Kept {
  rule: RRuleTemporal;
  standing?: { current: Occurrence | null; next: Occurrence | null; fromMs: number; untilMs: number };
}

const MOST_KEPT = 500;
const keptRules = new Map<string, Kept>();

function known(recurrence: Recurrence): Kept {
  const key = JSON.stringify([
    recurrence.start,
    recurrence.rule,
    recurrence.zone,
    recurrence.durationMinutes,
    recurrence.until,
  ]);
  const kept = keptRules.get(key) ?? { rule: rule(recurrence) };
  keptRules.delete(key);
  keptRules.set(key, kept);
  const oldest = keptRules.keys().next().value;
  if (keptRules.size > MOST_KEPT && oldest !== undefined) keptRules.delete(oldest);
  return kept;
}

/** The rule counted on the local clock, written as UTC: which moment a reading is, is decided afterwards. */
function rule(recurrence: Pick<Recurrence, 'rule' | 'start'>): RRuleTemporal {
  return new RRuleTemporal({
    rruleString: recurrence.rule.replace(/^RRULE:/i, '').toUpperCase(),
    dtstart: wallClock(recurrence.start),
    temporal: Temporal,
    strict: true,
    cache: false,
  });
}

function wallClock(local: string): Temporal.ZonedDateTime {
  return Temporal.PlainDateTime.from(local).toZonedDateTime('UTC');
}

function wallAt({ zone }: Recurrence, atMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(atMs)
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toZonedDateTime('UTC');
}

function isLocalMinute(text: string): boolean {
  if (!/^(?:19[7-9]\d|[2-8]\d{3})-\d\d-\d\dT\d\d:\d\d$/.test(text)) return false;
  try {
    return Temporal.PlainDateTime.from(text, { overflow: 'reject' }).toString().startsWith(text);
  } catch {
    return false;
  }
}

/** A name of the IANA database; an offset is none, it knows no clock change. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,49}$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
