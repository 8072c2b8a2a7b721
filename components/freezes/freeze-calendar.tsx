'use client';

import Link from 'next/link';
import { ButtonLink } from '#components/ui/button.tsx';
import { useHydrated, useNow } from '#components/ui/clock.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import { type CalendarDay, type DayEntry, daysOf } from './calendar-days.ts';
import type { CalendarEntry, CalendarModel } from './model.ts';
import { isKnownZone, localTime, localWords, readersZone } from './zones.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** A month of freezes in one zone, as a grid and as a list. */
export function FreezeCalendar({ calendar }: { calendar: CalendarModel }) {
  const hydrated = useHydrated();
  const now = useNow();
  const own = hydrated ? readersZone() : 'UTC';
  const zone = calendar.zone !== null && isKnownZone(calendar.zone) ? calendar.zone : own;
  const days = daysOf(calendar.month, calendar.entries, zone);
  const today = localTime(now, zone).date;
  const zones = calendar.zones.map(({ zone: name, href }) => ({
    label: name ?? 'Yours',
    href,
    current: name === calendar.zone,
  }));
  return (
    <>
      <CellHead
        padded
        title={calendar.label}
        note={`days and times in ${zone}`}
        right={
          <span className="inline calendar-tools">
            <LinkTabs label="Time zone of the calendar" items={zones} />
            <ButtonLink href={calendar.earlier} scroll={false}>
              Earlier
            </ButtonLink>
            <ButtonLink href={calendar.today} scroll={false}>
              Today
            </ButtonLink>
            <ButtonLink href={calendar.later} scroll={false}>
              Later
            </ButtonLink>
          </span>
        }
      />
      <div className="band freeze-month">
        <table aria-label={`Freezes in ${calendar.label}`}>
          <thead>
            <tr>
              {WEEKDAYS.map((day) => (
                <th key={day} scope="col">
                  {day}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weeksOf(days).map((week) => (
              <tr key={week[0]?.date}>
                {week.map((day) => (
                  <Day key={day.date} day={day} today={day.date === today} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <CellHead padded title="In order" note={calendar.more ? 'there are more than are shown' : undefined} />
      {calendar.entries.length === 0 ? (
        <div className="pad">
          <Empty title={`Nothing is frozen in ${calendar.label}.`}>
            A freeze of one time and each time of one that recurs stand here.
          </Empty>
        </div>
      ) : (
        <List entries={calendar.entries} zone={zone} />
      )}
    </>
  );
}

function weeksOf(days: readonly CalendarDay[]): CalendarDay[][] {
  return Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
}

/** So many stand in a day's cell; the list has the rest. */
const SHOWN = 3;

function Day({ day, today }: { day: CalendarDay; today: boolean }) {
  const more = day.entries.length - SHOWN;
  return (
    <td className={day.inMonth ? undefined : 'beside'} aria-current={today ? 'date' : undefined}>
      <span className="day">{Number(day.date.slice(8))}</span>
      {day.entries.length === 0 ? null : (
        <span className="count">
          <StatusShape status="held" /> {day.entries.length}
          <span className="sr">{day.entries.length === 1 ? 'freeze' : 'freezes'}</span>
        </span>
      )}
      <ul>
        {day.entries.slice(0, SHOWN).map((found) => (
          <li key={`${found.entry.freeze} ${found.entry.startsAt}`}>
            <Link
              href={found.entry.href}
              scroll={false}
              title={`${found.entry.title}: ${found.entry.what}, ${found.entry.region}`}
              aria-current={found.entry.current ? 'true' : undefined}
            >
              <b>{timesOf(found)}</b> {found.entry.title}
            </Link>
          </li>
        ))}
        {more > 0 ? <li className="muted">{more} more</li> : null}
      </ul>
    </td>
  );
}

function timesOf({ from, to }: DayEntry): string {
  if (from === null && to === null) return 'all day';
  if (from === null) return `to ${to}`;
  return to === null ? `from ${from}` : `${from}–${to}`;
}

function List({ entries, zone }: { entries: readonly CalendarEntry[]; zone: string }) {
  return (
    <div className="scroll">
      <table className="fold one">
        <thead>
          <tr>
            <th>From</th>
            <th>Until</th>
            <th>Freeze</th>
            <th>Holds</th>
            <th>Region</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={`${entry.freeze} ${entry.startsAt}`}>
              <td className="nowrap">{localWords(entry.startsAt, zone)}</td>
              <td className="nowrap" data-l="Until">
                {entry.endsAt === null ? 'until lifted' : localWords(entry.endsAt, zone)}
              </td>
              <td className="full" data-l="Freeze">
                <Link className="link" href={entry.href} scroll={false}>
                  {entry.title}
                </Link>
                {entry.recurs ? <span className="muted"> recurs</span> : null}
              </td>
              <td className="full" data-l="Holds">
                {entry.what}
              </td>
              <td data-l="Region">{entry.region}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
