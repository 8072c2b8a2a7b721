import { monthBeside } from '#components/freezes/calendar-days.ts';
import type { CalendarEntry, CalendarModel } from '#components/freezes/model.ts';
import { isZone } from '#lib/domain/freeze/recurrence.ts';
import { type FreezesQuery, routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { readFreezeCalendar } from '#lib/services/freezes/calendar.ts';
import { listFreezes } from '#lib/services/freezes/list.ts';
import type { FreezesAsked } from './freeze-rows.ts';
import { coveredWords, EVERY_REGION, freezeTitle } from './freeze-words.ts';

const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const DAY_MS = 86_400_000;

/** A month of what is frozen, with a week around it: the days depend on the zone that it is looked at in. */
export async function calendarModel(
  context: VerbContext,
  environment: string,
  asked: FreezesAsked,
  here: { environment?: string },
): Promise<CalendarModel> {
  const month = monthOf(asked.month) ?? context.now.toISOString().slice(0, 7);
  const zone = asked.zone !== undefined && isZone(asked.zone) ? asked.zone : null;
  const first = Date.parse(`${month}-01T00:00:00Z`);
  const window = {
    from: new Date(first - 8 * DAY_MS).toISOString(),
    to: new Date(Date.parse(`${monthBeside(month, 1)}-01T00:00:00Z`) + 8 * DAY_MS).toISOString(),
  };
  const { items, more } = await readFreezeCalendar(context, { environment, ...window });
  const open = await listFreezes(context, { environment, limit: 200 });
  const at = (query: FreezesQuery) =>
    routes.freezes({ ...here, tab: 'calendar', ...(zone === null ? {} : { zone }), ...query });
  return {
    month,
    label: MONTH.format(first),
    zones: zonesOf(context, open.items, zone).map((name) => ({
      zone: name,
      href: routes.freezes({ ...here, tab: 'calendar', month, ...(name === null ? {} : { zone: name }) }),
    })),
    zone,
    entries: items.map(
      (entry): CalendarEntry => ({
        freeze: entry.freeze,
        href: at({ month, freeze: entry.freeze }),
        title: freezeTitle(entry),
        what: coveredWords(entry),
        region: entry.region ?? EVERY_REGION,
        recurs: entry.recurs,
        startsAt: entry.startsAt,
        endsAt: entry.endsAt,
        current: entry.freeze === asked.freeze,
      }),
    ),
    more,
    earlier: at({ month: monthBeside(month, -1) }),
    later: at({ month: monthBeside(month, 1) }),
    today: at({}),
  };
}

const MOST_ZONES = 8;

/** The reader's own, UTC, the one that is chosen, and those on whose clocks freezes and Regions go. */
function zonesOf(
  { estate }: VerbContext,
  freezes: readonly { recurrence: { zone: string } | null }[],
  chosen: string | null,
): (string | null)[] {
  const named = [
    ...(chosen === null ? [] : [chosen]),
    ...freezes.flatMap(({ recurrence }) => recurrence?.zone ?? []),
    ...estate.regions.map(({ support }) => support.timeZone),
  ];
  return [null, 'UTC', ...new Set(named.filter((zone) => zone !== 'UTC'))].slice(0, MOST_ZONES);
}

/** Months that both the calendar and the database know. */
function monthOf(text: string | undefined): string | null {
  return text !== undefined && /^(?:19[8-9]\d|[2-8]\d{3})-(?:0[1-9]|1[0-2])$/.test(text) ? text : null;
}
