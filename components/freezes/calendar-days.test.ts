import type { Route } from 'next';
import { expect, test } from 'vitest';
import { daysOf, monthBeside } from './calendar-days.ts';
import type { CalendarEntry } from './model.ts';

const entry = (startsAt: string, endsAt: string | null): CalendarEntry => ({
  freeze: startsAt,
  href: '/freezes' as Route,
  title: 'Nights',
  what: 'Every change',
  region: 'all Regions',
  recurs: true,
  startsAt,
  endsAt,
  current: false,
});

const told = (entries: CalendarEntry[], zone: string, month = '2026-10') =>
  daysOf(month, entries, zone).flatMap(({ date, entries: found }) =>
    found.map(({ from, to }) => `${date.slice(8)} ${from ?? '…'}–${to ?? '…'}`),
  );

test('whole weeks from Monday', () => {
  const days = daysOf('2026-11', [], 'UTC');
  expect(days).toHaveLength(42);
  expect([days[0]?.date, days.at(-1)?.date]).toEqual(['2026-10-26', '2026-12-06']);
  expect(days.filter(({ inMonth }) => inMonth)).toHaveLength(30);
  expect(daysOf('2027-02', [], 'UTC')).toHaveLength(28);
});

test.each<[string, CalendarEntry[], string, string[]]>([
  [
    'a night of the clock change in its own zone',
    [entry('2026-10-24T20:00:00Z', '2026-10-25T05:00:00Z')],
    'Europe/Berlin',
    ['24 22:00–…', '25 …–06:00'],
  ],
  [
    'the same night in another',
    [entry('2026-10-24T20:00:00Z', '2026-10-25T05:00:00Z')],
    'Asia/Singapore',
    ['25 04:00–13:00'],
  ],
  [
    'what ends at midnight',
    [entry('2026-10-10T09:00:00Z', '2026-10-11T00:00:00Z')],
    'UTC',
    ['10 09:00–24:00'],
  ],
  [
    'what lasts for days',
    [entry('2026-10-10T09:00:00Z', '2026-10-12T03:00:00Z')],
    'UTC',
    ['10 09:00–…', '11 …–…', '12 …–03:00'],
  ],
  ['what nobody has lifted', [entry('2026-10-31T09:00:00Z', null)], 'UTC', ['31 09:00–…', '01 …–…']],
])('%s', (_, entries, zone, days) => {
  expect(told(entries, zone)).toEqual(days);
});

test.each([
  ['2026-12', 1, '2027-01'],
  ['2026-01', -1, '2025-12'],
] as const)('beside %s', (month, step, other) => {
  expect(monthBeside(month, step)).toBe(other);
});
