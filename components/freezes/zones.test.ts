import { expect, test } from 'vitest';
import { instantIn, isKnownZone, localTime } from './zones.ts';

test.each([
  ['UTC', '2026-11-27T22:00', '2026-11-27T22:00:00.000Z'],
  ['Europe/Berlin', '2026-07-01T22:00', '2026-07-01T20:00:00.000Z'],
  ['Europe/Berlin', '2026-10-24T22:00', '2026-10-24T20:00:00.000Z'],
  ['Europe/Berlin', '2026-10-25T06:00', '2026-10-25T05:00:00.000Z'],
  ['Asia/Kolkata', '2026-11-27T22:00', '2026-11-27T16:30:00.000Z'],
  ['Pacific/Kiritimati', '2026-01-01T00:00', '2025-12-31T10:00:00.000Z'],
  // Twice that night: the first.
  ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  // Never that night: as much later as the clocks leap.
  ['America/New_York', '2026-03-08T02:30', '2026-03-08T07:30:00.000Z'],
  ['Mars/Olympus', '2026-03-08T02:30', null],
  ['UTC', '2026-03-08', null],
  ['UTC', '2026-13-08T00:00', null],
])('%s, %s', (zone, local, instant) => {
  expect(instantIn(zone, local)).toBe(instant);
});

test('what a clock reads is what it was set to, but in the hour that does not exist', () => {
  for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'])
    for (
      let at = Date.parse('2026-01-01T00:00:00Z');
      at < Date.parse('2027-01-01T00:00:00Z');
      at += 10_800_000
    ) {
      const { date, time } = localTime(at, zone);
      const again = instantIn(zone, `${date}T${time}`);
      expect(again && localTime(Date.parse(again), zone)).toEqual({ date, time });
    }
});

test.each([
  ['Europe/Berlin', true],
  ['+02:00', false],
  ['', false],
  ['Europe/Atlantis', false],
])('%s is a zone: %s', (zone, known) => {
  expect(isKnownZone(zone)).toBe(known);
});
