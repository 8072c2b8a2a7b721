import { z } from 'zod';
import { occurrencesBetween } from '#lib/domain/freeze/recurrence.ts';
import { storedRecurrence } from '../../data/freezes.ts';
import { ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { Instant } from '../instant.ts';
import { assertPermitted, parseInput } from '../verb.ts';

const LONGEST_DAYS = 92;
const MOST_FREEZES = 500;
const MOST_ENTRIES = 2_000;

export const FreezeCalendarInput = z.strictObject({
  environment: z.string().max(40).optional(),
  from: Instant,
  to: Instant,
});

/** A time at which a freeze is, was or will be in force. */
export interface CalendarEntry {
  freeze: string;
  name: string | null;
  environment: string | null;
  region: string | null;
  actionKind: string | null;
  kind: string | null;
  stopTheLine: boolean;
  reason: string;
  recurs: boolean;
  startsAt: string;
  /** Null: until somebody lifts it. */
  endsAt: string | null;
}

/** When what is frozen within a window of at most three months, by its beginnings; lifted freezes end when they were lifted. */
export async function readFreezeCalendar(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: CalendarEntry[]; more: boolean }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(FreezeCalendarInput, raw);
  const window = { from: new Date(input.from), to: new Date(input.to) };
  if (window.to <= window.from)
    throw new ValidationError('There is no calendar of that.', { to: 'is not after from' });
  if (window.to.getTime() - window.from.getTime() > LONGEST_DAYS * 86_400_000)
    throw new ValidationError('There is no calendar of that.', {
      to: `is more than ${LONGEST_DAYS} days later`,
    });
  const rows = await context.database.prisma.freeze.findMany({
    where: {
      startsAt: { lt: window.to },
      AND: [
        { OR: [{ endsAt: null }, { endsAt: { gt: window.from } }] },
        { OR: [{ liftedAt: null }, { liftedAt: { gt: window.from } }] },
        input.environment ? { OR: [{ environment: input.environment }, { environment: null }] } : {},
      ],
    },
    orderBy: [{ startsAt: 'desc' }, { id: 'desc' }],
    take: MOST_FREEZES + 1,
  });
  const items = rows.slice(0, MOST_FREEZES).flatMap((row) => entriesOf(row, window));
  items.sort((a, b) => a.startsAt.localeCompare(b.startsAt) || a.freeze.localeCompare(b.freeze));
  return {
    items: items.slice(0, MOST_ENTRIES),
    more: rows.length > MOST_FREEZES || items.length > MOST_ENTRIES,
  };
}

interface CalendarRow {
  id: string;
  name: string | null;
  environment: string | null;
  region: string | null;
  actionKind: string | null;
  kind: string | null;
  stopTheLine: boolean;
  reason: string;
  startsAt: Date;
  endsAt: Date | null;
  liftedAt: Date | null;
  rule: string | null;
  zone: string | null;
  localStart: string | null;
  durationMinutes: number | null;
}

function entriesOf(row: CalendarRow, window: { from: Date; to: Date }): CalendarEntry[] {
  const { id, name, environment, region, actionKind, kind, stopTheLine, reason } = row;
  const recurrence = storedRecurrence(row);
  const said = {
    name,
    environment,
    region,
    actionKind,
    kind,
    stopTheLine,
    reason,
    recurs: recurrence !== null,
  };
  const until = earlier(row.endsAt, row.liftedAt)?.toISOString() ?? null;
  const spans =
    recurrence === null
      ? [{ startsAt: row.startsAt.toISOString(), endsAt: until }]
      : occurrencesBetween({ ...recurrence, until }, window);
  return spans
    .filter(({ startsAt, endsAt }) => endsAt === null || startsAt < endsAt)
    .map((span) => ({ freeze: id, ...said, ...span }));
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
