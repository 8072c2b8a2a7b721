import { describe, expect, it } from 'vitest';
import {
  blockingFreeze,
  coveringFreezes,
  type Freeze,
  type FreezeTarget,
  freezeReason,
  holdingFreeze,
  isInForce,
} from './freeze.ts';

const NOW = new Date('2026-11-23T10:00:00.000Z');

const freeze = (changes: Partial<Freeze> = {}): Freeze => ({
  id: 'f1',
  environment: null,
  region: null,
  kind: null,
  stopTheLine: false,
  reason: 'Peak season',
  startsAt: '2026-11-23T09:00:00.000Z',
  endsAt: '2026-11-23T11:00:00.000Z',
  ...changes,
});

const shift: FreezeTarget = {
  environment: 'production',
  regions: ['us-east-1', 'eu-west-1'],
  kind: 'traffic-shift',
};

describe('a freeze', () => {
  it.each<[string, Partial<Freeze>, FreezeTarget, boolean]>([
    ['of everything covers it', {}, shift, true],
    ['of its environment covers it', { environment: 'production' }, shift, true],
    ['of another environment does not', { environment: 'staging' }, shift, false],
    ['of one of its Regions covers it', { region: 'eu-west-1' }, shift, true],
    ['of another Region does not', { region: 'ap-southeast-1' }, shift, false],
    ['of its kind covers it', { kind: 'traffic-shift' }, shift, true],
    ['of another kind does not', { kind: 'deployment' }, shift, false],
    [
      'needs every part to fit',
      { environment: 'production', region: 'eu-west-1', kind: 'deployment' },
      shift,
      false,
    ],
    ['does not cover a revert', { stopTheLine: true }, { ...shift, kind: 'traffic-revert' }, false],
    ['does not cover a rollback', {}, { ...shift, kind: 'rollback' }, false],
    ['covers a failover asked for in the ordinary way', {}, { ...shift, kind: 'failover' }, true],
    ['does not cover one in an emergency', {}, { ...shift, kind: 'failover', emergency: true }, false],
    [
      'that stops the line does not cover an evacuation in an emergency',
      { stopTheLine: true },
      { ...shift, kind: 'evacuate', emergency: true },
      false,
    ],
    ['covers a switchover, emergency or not', {}, { ...shift, kind: 'switchover', emergency: true }, true],
    ['covers the return of readers', {}, { ...shift, kind: 'return' }, true],
    [
      'of a Region does not cover what touches none',
      { region: 'eu-west-1' },
      { ...shift, regions: [] },
      false,
    ],
  ])('%s', (_, changes, target, covered) => {
    expect(blockingFreeze([freeze(changes)], target, NOW) !== undefined).toBe(covered);
  });

  it.each<[string, string, string | null, boolean]>([
    ['before it starts', '2026-11-23T10:00:00.001Z', null, false],
    ['from its very start', '2026-11-23T10:00:00.000Z', null, true],
    ['until it ends', '2026-11-23T09:00:00.000Z', '2026-11-23T10:00:00.001Z', true],
    ['not at its end', '2026-11-23T09:00:00.000Z', '2026-11-23T10:00:00.000Z', false],
    ['without an end', '2020-01-01T00:00:00.000Z', null, true],
  ])('is in force %s: %s to %s', (_, startsAt, endsAt, inForce) => {
    expect(isInForce({ startsAt, endsAt }, NOW)).toBe(inForce);
  });

  it('the first that covers is named', () => {
    const freezes = [freeze({ id: 'a', kind: 'deployment' }), freeze({ id: 'b' }), freeze({ id: 'c' })];
    expect(blockingFreeze(freezes, shift, NOW)?.id).toBe('b');
    expect(coveringFreezes(freezes, shift, NOW).map(({ id }) => id)).toEqual(['b', 'c']);
  });

  it.each<[string, Partial<Freeze>, Partial<FreezeTarget & { begun: boolean }>, boolean]>([
    ['before its first step', {}, { begun: false }, true],
    ['not once that has begun', {}, { begun: true }, false],
    ['once it has begun, when it stops the line', { stopTheLine: true }, { begun: true }, true],
    ['not when it is of another environment', { environment: 'staging' }, { begun: false }, false],
    ['not a revert that is queued', {}, { begun: false, kind: 'traffic-revert' }, false],
    ['not a revert, even where it stops the line', { stopTheLine: true }, { kind: 'traffic-revert' }, false],
    ['not before it is in force', { startsAt: '2026-11-23T10:00:01.000Z' }, { begun: false }, false],
  ])('holds a run %s', (_, changes, run, holds) => {
    expect(holdingFreeze([freeze(changes)], { ...shift, begun: false, ...run }, NOW) !== undefined).toBe(
      holds,
    );
  });

  it('of several, the one that stops the line holds a run that has begun', () => {
    const freezes = [freeze({ id: 'a' }), freeze({ id: 'b', stopTheLine: true })];
    expect(holdingFreeze(freezes, { ...shift, begun: true }, NOW)?.id).toBe('b');
    expect(holdingFreeze(freezes, { ...shift, begun: false }, NOW)?.id).toBe('a');
  });

  it.each<[Partial<Freeze>, string]>([
    [{}, 'Changes are frozen until 2026-11-23 11:00 UTC: Peak season'],
    [{ endsAt: null }, 'Changes are frozen until it is released: Peak season'],
    [{ stopTheLine: true, endsAt: null }, 'The line is stopped until it is released: Peak season'],
  ])('says until when and why (%#)', (changes, reason) => {
    expect(freezeReason(freeze(changes))).toBe(reason);
  });
});
