import { expect, it } from 'vitest';
import { dutyOf } from './support.ts';

const dublin = {
  support: { hours: 'business' as const, timeZone: 'Europe/Dublin', from: '09:00', to: '18:00' },
};
const newYork = { support: { hours: '24/7' as const, timeZone: 'America/New_York' } };

it.each([
  ['2026-11-23T10:00:00Z', { awake: true, localTime: '10:00', hours: 'until 18:00' }],
  ['2026-11-23T09:00:00Z', { awake: true, localTime: '09:00', hours: 'until 18:00' }],
  ['2026-11-23T18:00:00Z', { awake: false, localTime: '18:00', hours: 'from 09:00' }],
  ['2026-11-23T03:12:00Z', { awake: false, localTime: '03:12', hours: 'from 09:00' }],
  ['2026-11-27T20:00:00Z', { awake: false, localTime: '20:00', hours: 'from 09:00 on Monday' }],
  ['2026-11-27T03:00:00Z', { awake: false, localTime: '03:00', hours: 'from 09:00' }],
  ['2026-11-28T10:00:00Z', { awake: false, localTime: '10:00', hours: 'from 09:00 on Monday' }],
  ['2026-07-06T08:30:00Z', { awake: true, localTime: '09:30', hours: 'until 18:00' }],
])('Dublin at %s', (now, duty) => expect(dutyOf(dublin, new Date(now))).toEqual(duty));

it('24/7 is always awake', () => {
  expect(dutyOf(newYork, new Date('2026-11-22T08:00:00Z'))).toEqual({
    awake: true,
    localTime: '03:00',
    hours: '24/7',
  });
});
