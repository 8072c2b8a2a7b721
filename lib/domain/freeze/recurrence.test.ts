import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstOccurrence,
  lastOccurrence,
  occurrencesBetween,
  type Recurrence,
  recurrenceProblem,
  recurrenceWords,
  standingAt,
} from './recurrence.ts';

const NIGHTLY: Recurrence = {
  start: '2026-10-01T22:00',
  rule: 'FREQ=DAILY',
  zone: 'Europe/Berlin',
  durationMinutes: 480,
  until: null,
};
const every = (changes: Partial<Recurrence>): Recurrence => ({ ...NIGHTLY, ...changes });

function inForceAt(recurrence: Recurrence, at: string): string | null {
  const { current } = standingAt(recurrence, new Date(at));
  return current && `${current.startsAt.slice(5, 16)} to ${current.endsAt.slice(5, 16)}`;
}

describe('a freeze of every night, 22:00 to 06:00', () => {
  it.each<[string, Partial<Recurrence>, string, string | null]>([
    ['in Berlin, in summer time', {}, '2026-10-20T21:00:00Z', '10-20T20:00 to 10-21T04:00'],
    ['not a moment before it begins', {}, '2026-10-20T19:59:59.999Z', null],
    ['from its first moment', {}, '2026-10-20T20:00:00Z', '10-20T20:00 to 10-21T04:00'],
    ['to its last', {}, '2026-10-21T03:59:59.999Z', '10-20T20:00 to 10-21T04:00'],
    ['not at its end', {}, '2026-10-21T04:00:00Z', null],
    // 2026-10-25, 03:00 CEST is 02:00 CET.
    ['while the clocks go back: an hour longer', {}, '2026-10-25T00:30:00Z', '10-24T20:00 to 10-25T05:00'],
    ['in the hour that comes twice, again', {}, '2026-10-25T01:30:00Z', '10-24T20:00 to 10-25T05:00'],
    ['until the clock reads 06:00 for good', {}, '2026-10-25T04:59:59Z', '10-24T20:00 to 10-25T05:00'],
    ['not at 06:00 of that morning', {}, '2026-10-25T05:00:00Z', null],
    ['in winter time the night after', {}, '2026-10-25T21:00:00Z', '10-25T21:00 to 10-26T05:00'],
    [
      'in New York, while the clocks go forward: an hour shorter',
      { zone: 'America/New_York', start: '2026-03-01T22:00' },
      '2026-03-08T05:00:00Z',
      '03-08T03:00 to 03-08T10:00',
    ],
    [
      'in New York the night after',
      { zone: 'America/New_York', start: '2026-03-01T22:00' },
      '2026-03-09T03:00:00Z',
      '03-09T02:00 to 03-09T10:00',
    ],
    [
      'in a zone that knows no clock change',
      { zone: 'Asia/Singapore' },
      '2026-10-25T15:00:00Z',
      '10-25T14:00 to 10-25T22:00',
    ],
    ['in UTC', { zone: 'UTC' }, '2026-10-25T23:00:00Z', '10-25T22:00 to 10-26T06:00'],
    ['not before its first night', {}, '2026-09-30T21:00:00Z', null],
    [
      'cut at its end',
      { until: '2026-10-20T22:00:00Z' },
      '2026-10-20T21:00:00Z',
      '10-20T20:00 to 10-20T22:00',
    ],
    ['not past its end', { until: '2026-10-20T22:00:00Z' }, '2026-10-20T22:00:00Z', null],
  ])('holds %s', (_, changes, at, held) => {
    expect(inForceAt(every(changes), at)).toBe(held);
  });

  it('says what comes next, and that after its end nothing does', () => {
    expect(standingAt(NIGHTLY, new Date('2026-10-20T12:00:00Z')).next?.startsAt).toBe(
      '2026-10-20T20:00:00.000Z',
    );
    expect(standingAt(NIGHTLY, new Date('2026-10-20T21:00:00Z')).next?.startsAt).toBe(
      '2026-10-21T20:00:00.000Z',
    );
    const ending = every({ until: '2026-10-21T00:00:00Z' });
    expect(standingAt(ending, new Date('2026-10-20T21:00:00Z')).next).toBeNull();
    expect(standingAt(ending, new Date('2026-12-01T00:00:00Z'))).toMatchObject({ current: null, next: null });
  });
});

describe('a window that the clocks leap over', () => {
  // 2026-03-08 in New York: 02:00 EST is 03:00 EDT.
  const small = (start: string, durationMinutes: number) =>
    every({ zone: 'America/New_York', start: `2026-03-01T${start}`, durationMinutes });

  it.each<[string, Recurrence, string | null]>([
    [
      'begins with the leap, where its beginning does not exist',
      small('02:30', 60),
      '03-08T07:00 to 03-08T07:30',
    ],
    ['ends with the leap, where its end does not exist', small('01:30', 60), '03-08T06:30 to 03-08T07:00'],
    ['is not there where neither exists', small('02:15', 30), null],
  ])('%s', (_, recurrence, found) => {
    const day = { from: new Date('2026-03-08T05:00:00Z'), to: new Date('2026-03-09T04:00:00Z') };
    const [first] = occurrencesBetween(recurrence, day);
    expect(first ? `${first.startsAt.slice(5, 16)} to ${first.endsAt.slice(5, 16)}` : null).toBe(found);
  });

  it('has its next on the day after', () => {
    expect(standingAt(small('02:15', 30), new Date('2026-03-08T06:00:00Z')).next?.startsAt).toBe(
      '2026-03-09T06:15:00.000Z',
    );
  });

  it('every hour leaves none of the hour out that comes twice', () => {
    const hourly = every({ rule: 'FREQ=HOURLY', start: '2026-10-24T00:00', durationMinutes: 60 });
    for (
      let at = Date.parse('2026-10-24T22:30:00Z');
      at < Date.parse('2026-10-25T06:00:00Z');
      at += 1_800_000
    )
      expect(standingAt(hourly, new Date(at)).current, new Date(at).toISOString()).not.toBeNull();
  });
});

describe('occurrences in a window', () => {
  const month = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-12-01T00:00:00Z') };

  it.each<[string, Partial<Recurrence>, string[]]>([
    [
      'fridays',
      { rule: 'FREQ=WEEKLY;BYDAY=FR', start: '2026-11-01T18:00', durationMinutes: 60 },
      ['06', '13', '20', '27'],
    ],
    ['the last friday', { rule: 'RRULE:FREQ=MONTHLY;BYDAY=-1FR' }, ['27']],
    [
      'every other week from its start',
      { rule: 'FREQ=WEEKLY;INTERVAL=2', start: '2026-11-03T09:00' },
      ['03', '17'],
    ],
    ['a number of times', { rule: 'FREQ=DAILY;COUNT=2', start: '2026-11-10T09:00' }, ['10', '11']],
    [
      'one that began before it',
      { rule: 'FREQ=YEARLY', start: '2025-10-31T20:00', durationMinutes: 1_440 },
      ['31'],
    ],
    ['none', { rule: 'FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24' }, []],
  ])('are %s', (_, changes, days) => {
    const found = occurrencesBetween(every(changes), month);
    expect(found.map(({ startsAt }) => startsAt.slice(8, 10))).toEqual(days);
  });

  it('agree with what is in force all through a year with both clock changes', () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata']) {
      const recurrence = every({ zone, start: '2026-01-01T22:00', rule: 'FREQ=WEEKLY;BYDAY=SA,SU' });
      const window = { from: new Date('2026-01-02T00:00:00Z'), to: new Date('2027-01-01T00:00:00Z') };
      const all = occurrencesBetween(recurrence, window);
      for (let at = window.from.getTime(); at < window.to.getTime(); at += 9_000_000) {
        const listed =
          all.find((one) => Date.parse(one.startsAt) <= at && at < Date.parse(one.endsAt)) ?? null;
        expect(standingAt(recurrence, new Date(at)).current, `${zone} ${new Date(at).toISOString()}`).toEqual(
          listed,
        );
      }
    }
  });

  it.each<[string, Partial<Recurrence>, string | null]>([
    ['of a rule that counts', { rule: 'FREQ=DAILY;COUNT=25' }, '2026-10-26T05:00:00.000Z'],
    [
      'of one that is cut first',
      { rule: 'FREQ=DAILY;COUNT=25', until: '2026-10-04T00:00:00Z' },
      '2026-10-04T00:00:00.000Z',
    ],
    ['none of a rule that goes on', {}, null],
  ])('end with the last: %s', (_, changes, endsAt) => {
    expect(lastOccurrence(every(changes))?.endsAt ?? null).toBe(endsAt);
  });

  it('begin with the first', () => {
    expect(firstOccurrence(every({ rule: 'FREQ=WEEKLY;BYDAY=FR' }))?.startsAt).toBe(
      '2026-10-02T20:00:00.000Z',
    );
  });
});

it.each<[Partial<Recurrence>, string]>([
  [{}, 'every day at 22:00 for 8 h, Europe/Berlin'],
  [
    { rule: 'FREQ=WEEKLY;BYDAY=FR', durationMinutes: 90 },
    'every week on Friday at 22:00 for 1 h 30 min, Europe/Berlin',
  ],
  [{ rule: 'FREQ=DAILY;BYHOUR=9', zone: 'UTC' }, 'every day at 9 AM for 8 h, UTC'],
  [
    { rule: 'FREQ=HOURLY;INTERVAL=6', durationMinutes: 30 },
    'every 6 hours at 22:00 for 30 min, Europe/Berlin',
  ],
])('is said in words: %j', (changes, words) => {
  expect(recurrenceWords(every(changes))).toBe(words);
});

describe('a rule', () => {
  it.each<[string, Partial<Recurrence>, string | null, RegExp]>([
    ['as it should be', {}, null, /^$/],
    ['of a night that ends when the next begins', { durationMinutes: 1_440 }, null, /^$/],
    ['of every hour', { rule: 'FREQ=HOURLY', durationMinutes: 60 }, null, /^$/],
    ['every minute', { rule: 'FREQ=MINUTELY' }, 'rule', /more often than hourly/],
    ['every second', { rule: 'FREQ=SECONDLY;INTERVAL=7200' }, 'rule', /more often than hourly/],
    ['twice an hour', { rule: 'FREQ=HOURLY;BYMINUTE=0,30' }, 'rule', /more often than hourly/],
    ['that overlaps itself', { durationMinutes: 1_441 }, 'durationMinutes', /comes again 1440 minutes after/],
    [
      'that overlaps itself at the end of a month',
      { rule: 'FREQ=MONTHLY;BYMONTHDAY=1,-1', durationMinutes: 2_880 },
      'durationMinutes',
      /overlaps itself/,
    ],
    [
      'that lasts longer than a month',
      { rule: 'FREQ=YEARLY', durationMinutes: 44_641 },
      'durationMinutes',
      /longer/,
    ],
    ['that never occurs', { rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, 'rule', /never occurs/],
    ['that never occurs, by day', { rule: 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30' }, 'rule', /never occurs/],
    [
      'that does not occur soon',
      { rule: 'FREQ=YEARLY;INTERVAL=40;BYMONTH=1' },
      'rule',
      /never occurs in the 10 years/,
    ],
    ['that is none', { rule: 'every friday' }, 'rule', /is not a rule such as/],
    ['without a frequency', { rule: 'BYDAY=FR' }, 'rule', /says no FREQ/],
    ['with a day that does not exist', { rule: 'FREQ=WEEKLY;BYDAY=XX' }, 'rule', /BYDAY/],
    ['with an hour that does not exist', { rule: 'FREQ=DAILY;BYHOUR=25' }, 'rule', /BYHOUR/],
    ['that says a thing twice', { rule: 'FREQ=DAILY;FREQ=WEEKLY' }, 'rule', /twice/],
    ['with an unknown part', { rule: 'FREQ=DAILY;BYEASTER=1' }, 'rule', /BYEASTER/],
    ['with a part of every object', { rule: 'FREQ=DAILY;CONSTRUCTOR=1' }, 'rule', /not known/],
    ['with its end inside', { rule: 'FREQ=DAILY;UNTIL=20271231T000000Z' }, 'rule', /field of its own/],
    ['that RFC 5545 does not allow', { rule: 'FREQ=WEEKLY;BYDAY=2MO' }, 'rule', /not a rule of RFC 5545/],
    ['in no zone', { zone: 'Europe/Atlantis' }, 'zone', /not a time zone/],
    ['in an offset', { zone: '+02:00' }, 'zone', /not a time zone/],
    ['from a day that does not exist', { start: '2026-02-30T22:00' }, 'start', /local time/],
    ['from a moment', { start: '2026-02-20T22:00:00Z' }, 'start', /local time/],
  ])('%s', (_, changes, field, message) => {
    const problem = recurrenceProblem(every(changes));
    expect(problem?.field ?? null).toBe(field);
    expect(problem?.message ?? '').toMatch(message);
  });

  it('is not counted anew every second', () => {
    const recurrence = every({ start: '2020-01-01T22:00' });
    const first = standingAt(recurrence, new Date('2026-10-20T21:00:00Z'));
    const second = standingAt({ ...recurrence }, new Date('2026-10-20T21:00:01Z'));
    expect(second.current).toBe(first.current);
    expect(standingAt(recurrence, new Date('2026-10-21T04:00:00Z')).current).toBeNull();
    expect(standingAt(recurrence, new Date('2026-10-20T20:30:00Z')).current).toEqual(first.current);
  });
});

describe('any rule that is accepted', () => {
  const list = (least: number, most: number) =>
    fc
      .uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 3 })
      .map((values) => values.join(','));
  const part = (name: string, value: fc.Arbitrary<string>) =>
    fc.option(value, { nil: null }).map((given) => (given === null ? '' : `;${name}=${given}`));
  const RULE = fc
    .tuple(
      fc.constantFrom('HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'),
      part('INTERVAL', fc.integer({ min: 1, max: 400 }).map(String)),
      part('COUNT', fc.integer({ min: 1, max: 50 }).map(String)),
      part('BYMONTH', list(1, 12)),
      part(
        'BYMONTHDAY',
        list(-31, 31).map((days) => days.replace(/(^|,)0(?=,|$)/g, '$11')),
      ),
      part(
        'BYDAY',
        fc
          .subarray(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], { minLength: 1 })
          .map((days) => days.join(',')),
      ),
      part('BYHOUR', list(0, 23)),
    )
    .map(([frequency, ...parts]) => `FREQ=${frequency}${parts.join('')}`);
  const AT = fc.integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2066-01-01T00:00:00Z') });

  it('answers at every moment, and the same as its list', () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        RULE,
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
        fc.array(AT, { minLength: 3, maxLength: 3 }),
        (rule, zone, moments) => {
          const recurrence = every({ rule, zone, start: '2026-03-01T01:30', durationMinutes: 45 });
          if (recurrenceProblem(recurrence) !== null) return;
          accepted += 1;
          for (const at of moments) {
            const { current, next } = standingAt(recurrence, new Date(at));
            const window = { from: new Date(at), to: new Date(at + 86_400_000) };
            const [first] = occurrencesBetween(recurrence, window);
            const soonest =
              current ?? (next && Date.parse(next.startsAt) < window.to.getTime() ? next : null);
            expect(soonest).toEqual(first ?? null);
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(accepted).toBeGreaterThan(10);
  }, 60_000);
});
