import { describe, expect, it } from 'vitest';
import { OPERATION_KINDS } from '../operation/kind.ts';
import { ACTION_KINDS, actionKindOf, kindsOf } from './action-kinds.ts';
import { checkFreezes, usedExceptions } from './check.ts';
import { type Asker, type FreezeException, usableBy } from './exception.ts';
import {
  blockingFreeze,
  coveringFreezes,
  type Freeze,
  type FreezeTarget,
  freezeReason,
  gateCoverage,
  holdingFreeze,
  isInForce,
} from './freeze.ts';
import { freezesAt, type StoredFreeze } from './stored.ts';

const NOW = new Date('2026-11-23T10:00:00.000Z');

const freeze = (changes: Partial<Freeze> = {}): Freeze => ({
  name: null,
  actionKind: null,
  by: 'Olga Operator',
  exceptions: [],
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
    [{}, 'Changes are frozen until 2026-11-23 11:00 UTC, set by Olga Operator: Peak season'],
    [{ endsAt: null }, 'Changes are frozen until it is released, set by Olga Operator: Peak season'],
    [
      { stopTheLine: true, endsAt: null },
      'The line is stopped until it is released, set by Olga Operator: Peak season',
    ],
    [
      { name: 'Quarter end', actionKind: 'deploy' },
      'Deployments are frozen by “Quarter end” until 2026-11-23 11:00 UTC, set by Olga Operator: Peak season',
    ],
  ])('says what, by which, until when, by whom and why (%#)', (changes, reason) => {
    expect(freezeReason(freeze(changes))).toBe(reason);
  });
});

describe('a freeze of an action kind', () => {
  it.each<[string, Partial<Freeze>, Partial<FreezeTarget>, boolean]>([
    ['covers every kind of it', { actionKind: 'shift' }, { kind: 'evacuate' }, true],
    ['does not cover another', { actionKind: 'deploy' }, { kind: 'traffic-shift' }, false],
    ['covers deployments', { actionKind: 'deploy' }, { kind: 'deployment' }, true],
    ['covers a failback among the failovers', { actionKind: 'failover' }, { kind: 'failback' }, true],
    ['does not cover an emergency', { actionKind: 'failover' }, { kind: 'failover', emergency: true }, false],
    [
      'covers a revert where it names rollbacks',
      { actionKind: 'rollback' },
      { kind: 'traffic-revert' },
      true,
    ],
    ['covers a rollback where it names rollbacks', { actionKind: 'rollback' }, { kind: 'rollback' }, true],
    ['covers what puts back, whatever its kind', { actionKind: 'rollback' }, { putsBack: true }, true],
    ['covers nothing else where it names rollbacks', { actionKind: 'rollback' }, {}, false],
    ['does not cover what puts back otherwise', { actionKind: 'shift' }, { putsBack: true }, false],
    ['does not cover a kind that nobody knows', { actionKind: 'shift' }, { kind: 'juggle' }, false],
    ['of everything covers a kind that nobody knows', {}, { kind: 'juggle' }, true],
  ])('%s', (_, changes, target, covered) => {
    expect(blockingFreeze([freeze(changes)], { ...shift, ...target }, NOW) !== undefined).toBe(covered);
  });

  it('of every kind of operation one is known', () => {
    for (const kind of OPERATION_KINDS) expect(ACTION_KINDS, kind).toContain(actionKindOf(kind));
    expect(ACTION_KINDS.flatMap(kindsOf).sort()).toEqual([...OPERATION_KINDS].sort());
    expect(actionKindOf('toString')).toBeNull();
  });
});

const exception = (changes: Partial<FreezeException> = {}): FreezeException => ({
  id: 'e1',
  environment: 'production',
  region: null,
  actionKind: 'shift',
  person: null,
  grantedBy: { id: 'ada', name: 'Ada Approver' },
  reason: 'The fix has to go out',
  startsAt: '2026-11-23T09:30:00.000Z',
  endsAt: '2026-11-23T10:30:00.000Z',
  once: false,
  usedBy: [],
  ...changes,
});

describe('an exception', () => {
  const excepted = (exceptions: FreezeException[], changes: Partial<Freeze> = {}) =>
    checkFreezes([freeze({ ...changes, exceptions })], shift, NOW)[0];

  it.each<[string, FreezeException[], Partial<Freeze>, boolean]>([
    ['lets through what it names', [exception()], {}, true],
    ['and through what stops the line', [exception()], { stopTheLine: true, endsAt: null }, true],
    ['not in another environment', [exception({ environment: 'staging' })], {}, false],
    ['not another kind of action', [exception({ actionKind: 'deploy' })], {}, false],
    ['not before it was granted', [exception({ startsAt: '2026-11-23T10:00:00.001Z' })], {}, false],
    ['not at its end', [exception({ endsAt: NOW.toISOString() })], {}, false],
    ['not where one Region of two stays frozen', [exception({ region: 'eu-west-1' })], {}, false],
    ['in the one Region that is frozen', [exception({ region: 'eu-west-1' })], { region: 'eu-west-1' }, true],
    ['not in another Region', [exception({ region: 'us-east-1' })], { region: 'eu-west-1' }, false],
    [
      'where each Region has its own',
      [exception({ region: 'eu-west-1' }), exception({ id: 'e2', region: 'us-east-1' })],
      {},
      true,
    ],
  ])('lets through: %s', (_, exceptions, changes, passes) => {
    expect(excepted(exceptions, changes)?.verdict).toBe(passes ? 'pass' : 'refuse');
  });

  it('is named by a check of its own, with who granted it, and kept with it', () => {
    const checks = checkFreezes([freeze({ name: 'Quarter end', exceptions: [exception()] })], shift, NOW);
    expect(checks).toEqual([
      {
        code: 'freeze',
        verdict: 'pass',
        freeze: 'f1',
        observedAt: null,
        message:
          'Excepted. Changes are frozen by “Quarter end” until 2026-11-23 11:00 UTC, set by Olga Operator: Peak season.',
      },
      {
        code: 'freeze-exception',
        verdict: 'warn',
        freeze: 'f1',
        exceptions: ['e1'],
        observedAt: null,
        message: 'Ada Approver lets it through until 2026-11-23 10:30 UTC: The fix has to go out.',
      },
    ]);
    expect(usedExceptions(checks)).toEqual(['e1']);
  });

  it('from one freeze lets nothing through another, which is named', () => {
    const [check, ...others] = checkFreezes(
      [freeze({ exceptions: [exception()] }), freeze({ id: 'f2' }), freeze({ id: 'f3' })],
      shift,
      NOW,
    );
    expect(check).toMatchObject({ verdict: 'refuse', freeze: 'f2' });
    expect(check?.message).toContain('One more freeze covers it.');
    expect(others).toEqual([]);
  });

  it.each<[string, Partial<FreezeException>, Asker | undefined, boolean]>([
    ['anybody’s', {}, { personId: 'olga' }, true],
    ['nobody’s in particular', {}, undefined, true],
    ['not of who granted it', {}, { personId: 'ada' }, false],
    ['of the person it names', { person: 'olga' }, { personId: 'olga' }, true],
    ['not of another person', { person: 'otto' }, { personId: 'olga' }, false],
    ['not nobody’s where it names a person', { person: 'otto' }, undefined, false],
    ['once, unused', { once: true }, { personId: 'olga' }, true],
    [
      'not once used by another',
      { once: true, usedBy: ['OP-1'] },
      { personId: 'olga', operation: 'OP-2' },
      false,
    ],
    ['not once used, for a new one', { once: true, usedBy: ['OP-1'] }, { personId: 'olga' }, false],
    ['once used by itself', { once: true, usedBy: ['OP-1'] }, { personId: 'olga', operation: 'OP-1' }, true],
    ['used by many', { usedBy: ['OP-1', 'OP-2'] }, { personId: 'olga' }, true],
  ])('lets requests through: %s', (_, changes, asker, usable) => {
    expect(usableBy([exception(changes)], asker).length === 1).toBe(usable);
  });

  it('at a gate is what the run goes through by, where nothing else holds it', () => {
    const run = { ...shift, begun: false };
    const excepting = freeze({ exceptions: [exception()] });
    expect(gateCoverage([excepting], run, NOW)).toMatchObject({
      holding: undefined,
      passing: [{ id: 'e1' }],
    });
    expect(gateCoverage([excepting, freeze({ id: 'f2' })], run, NOW)).toMatchObject({
      holding: { id: 'f2' },
      passing: [],
    });
    expect(gateCoverage([excepting], { ...run, begun: true }, NOW).passing).toEqual([]);
  });
});

describe('a freeze that recurs', () => {
  const stored: StoredFreeze = {
    ...freeze({ startsAt: '2026-11-01T21:00:00.000Z', endsAt: null }),
    recurrence: {
      start: '2026-11-01T22:00',
      rule: 'FREQ=DAILY',
      zone: 'Europe/Berlin',
      durationMinutes: 480,
    },
  };

  it.each<[string, string, boolean]>([
    ['by day', '2026-11-23T12:00:00Z', false],
    ['by night', '2026-11-23T23:00:00Z', true],
  ])('stands by its occurrence %s', (_, at, inForce) => {
    const [now] = freezesAt([stored], new Date(at));
    expect(now).toMatchObject({ startsAt: '2026-11-23T21:00:00.000Z', endsAt: '2026-11-24T05:00:00.000Z' });
    expect(now && isInForce(now, new Date(at))).toBe(inForce);
  });

  it('is gone after its end', () => {
    expect(freezesAt([{ ...stored, endsAt: '2026-11-20T00:00:00.000Z' }], NOW)).toEqual([]);
  });
});
