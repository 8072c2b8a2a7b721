import { describe, expect, test } from 'vitest';
import { freezeBlocker, freezeRequest, minutesOf, recurrenceOf, repeats } from './freeze-form.ts';
import type { FreezeValues } from './model.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');

const values = (changes: Partial<FreezeValues> = {}): FreezeValues => ({
  name: '',
  environment: 'production',
  region: '',
  kind: '',
  recurs: false,
  zone: 'Europe/Berlin',
  start: '',
  end: '',
  rule: '',
  hours: '8',
  reason: 'a sale',
  incidentUrl: '',
  ...changes,
});

const NIGHTS = { recurs: true, start: '2026-11-23T22:00', rule: 'FREQ=DAILY' };

test.each<[string, Partial<FreezeValues>, boolean, RegExp | undefined]>([
  ['nothing is missing', {}, false, undefined],
  ['a zone is none', { zone: 'Mars' }, false, /time zone/],
  ['an end that has passed', { end: '2026-11-23T10:30' }, false, /has passed/],
  [
    'an end before its beginning',
    { start: '2026-11-24T10:00', end: '2026-11-24T09:00' },
    false,
    /end before/,
  ],
  ['a beginning that is no time', { start: '12026-11-24T10:00' }, false, /beginning is not/],
  ['an end that is no time', { end: '12026-11-24T10:00' }, false, /end is not/],
  ['no reason', { reason: ' x ' }, false, /reason/],
  ['nothing is missing, recurring', NIGHTS, false, undefined],
  ['no beginning, recurring', { ...NIGHTS, start: '' }, false, /first begins/],
  ['no rule', { ...NIGHTS, rule: ' ' }, false, /comes again/],
  ['no duration', { ...NIGHTS, hours: 'long' }, false, /how many hours/],
  ['rollbacks, not accepted', { kind: 'group:rollback' }, false, /Accept/],
  ['rollbacks, accepted', { kind: 'group:rollback' }, true, undefined],
])('what blocks it: %s', (_, changes, accepted, blocker) => {
  const found = freezeBlocker(values(changes), accepted, NOW);
  if (blocker) expect(found).toMatch(blocker);
  else expect(found).toBeUndefined();
});

describe('what is sent', () => {
  test('of a freeze of one time, in the zone of the form', () => {
    const asked = values({
      start: '2026-11-24T09:00',
      end: '2026-11-24T18:00',
      kind: 'group:deploy',
      name: ' Sale ',
    });
    expect(freezeRequest(asked, false)).toEqual({
      name: 'Sale',
      environment: 'production',
      region: null,
      actionKind: 'deploy',
      kind: null,
      reason: 'a sale',
      incidentUrl: null,
      startsAt: '2026-11-24T08:00:00.000Z',
      endsAt: '2026-11-24T17:00:00.000Z',
      recurrence: null,
      acknowledged: [],
    });
  });

  test('of one that recurs, on the local clock', () => {
    const asked = freezeRequest(values({ ...NIGHTS, environment: '', kind: 'evacuate', hours: '7,5' }), true);
    expect(asked).toMatchObject({
      environment: null,
      actionKind: null,
      kind: 'evacuate',
      recurrence: {
        start: '2026-11-23T22:00',
        rule: 'FREQ=DAILY',
        zone: 'Europe/Berlin',
        durationMinutes: 450,
      },
      acknowledged: [],
    });
    expect(asked).not.toHaveProperty('startsAt');
  });

  test('of rollbacks, with the warning that was accepted', () => {
    expect(freezeRequest(values({ kind: 'group:rollback' }), true).acknowledged).toEqual(['rollback-frozen']);
  });
});

test.each([
  ['8', 480],
  ['0.5', 30],
  ['1,25', 75],
  ['-1', Number.NaN],
  ['', Number.NaN],
])('%s hours', (hours, minutes) => {
  expect(minutesOf(hours)).toBe(minutes);
});

test('rules follow the first day', () => {
  const rules = Object.fromEntries(repeats('2026-11-27T22:00').map(({ value, rule }) => [value, rule]));
  expect(rules).toMatchObject({
    week: 'FREQ=WEEKLY;BYDAY=FR',
    month: 'FREQ=MONTHLY;BYMONTHDAY=27',
    last: 'FREQ=MONTHLY;BYDAY=-1FR',
    own: null,
  });
  expect(recurrenceOf(values({ ...NIGHTS, hours: '' }))).toBeNull();
});
