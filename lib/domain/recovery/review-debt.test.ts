import { describe, expect, it } from 'vitest';
import { EMERGENCY_KINDS } from '../operation/kind.ts';
import { debtState, HELD_KINDS, mayRequest, mayReview, type ReviewDebt, reviewDueAt } from './review-debt.ts';

const NOW = new Date('2026-11-23T10:00:00.000Z');
const debt = (changes: Partial<ReviewDebt> = {}): ReviewDebt => ({
  id: 'd1',
  cause: 'emergency',
  operation: 'OP-1001',
  personId: 'olga',
  openedAt: '2026-11-23T03:00:00.000Z',
  dueAt: '2026-11-24T03:00:00.000Z',
  reviewedAt: null,
  ...changes,
});

it('is due a day later', () => {
  expect(reviewDueAt(new Date(debt().openedAt)).toISOString()).toBe(debt().dueAt);
  expect(reviewDueAt(NOW, 2).toISOString()).toBe('2026-11-23T12:00:00.000Z');
});

it.each<[Partial<ReviewDebt>, string]>([
  [{}, 'open'],
  [{ dueAt: NOW.toISOString() }, 'open'],
  [{ dueAt: '2026-11-23T09:59:59.999Z' }, 'overdue'],
  [{ dueAt: '2026-11-22T00:00:00.000Z', reviewedAt: NOW.toISOString() }, 'paid'],
])('%j is %s', (changes, state) => expect(debtState(debt(changes), NOW)).toBe(state));

describe('whether who owes a review may request', () => {
  const ask = (kind: string, changes: Partial<Parameters<typeof mayRequest>[1]> = {}) => ({
    personId: 'olga',
    kind,
    emergency: false,
    ...changes,
  });

  it.each<[string, ReviewDebt[], Parameters<typeof mayRequest>[1], boolean]>([
    ['nobody who owes none is stopped', [], ask('traffic-shift'), true],
    ['a change of theirs waits', [debt()], ask('traffic-shift'), false],
    ['a switchover waits', [debt()], ask('switchover'), false],
    ['another’s does not', [debt()], ask('traffic-shift', { personId: 'anna' }), true],
    ['not once it was reviewed', [debt({ reviewedAt: NOW.toISOString() })], ask('traffic-shift'), true],
    ['an emergency never waits', [debt()], ask('failover', { emergency: true }), true],
    ['nor does a failover asked for in the ordinary way', [debt()], ask('failover'), true],
    ['nor does what puts things back', [debt()], ask('traffic-revert'), true],
    ['nor does letting readers back', [debt()], ask('return'), true],
    ['nor does a second copy', [debt()], ask('rebuild'), true],
  ])('%s', (_, debts, request, allowed) => {
    expect(mayRequest(debts, request, NOW).allowed).toBe(allowed);
  });

  it('is told what to have reviewed, and by when', () => {
    const debts = [debt({ operation: 'OP-1002', dueAt: '2026-11-24T09:00:00.000Z' }), debt()];
    expect(mayRequest(debts, ask('traffic-shift'), NOW)).toEqual({
      allowed: false,
      code: 'review-debt',
      reason:
        'You acted in an emergency, and the review of OP-1001 and OP-1002 is due by 2026-11-24 03:00 UTC. Until somebody else has reviewed it, your changes wait; emergencies and what puts things back do not.',
    });
    const late = mayRequest([debt({ dueAt: '2026-11-22T03:00:00.000Z' })], ask('traffic-shift'), NOW);
    expect(late).toMatchObject({ reason: expect.stringContaining('was due by 2026-11-22 03:00 UTC') });
  });

  it('never holds what an emergency may start', () => {
    for (const kind of EMERGENCY_KINDS) expect(HELD_KINDS).not.toContain(kind);
  });
});

it.each<[string, Partial<ReviewDebt>, { personId: string; byToken: boolean }, string[], string | null]>([
  ['anybody else', {}, { personId: 'anna', byToken: false }, [], null],
  ['not who owes it', {}, { personId: 'olga', byToken: false }, [], 'own-debt'],
  ['not their token', {}, { personId: 'olga', byToken: true }, [], 'own-debt'],
  ['not who took part', {}, { personId: 'anna', byToken: false }, ['anna'], 'took-part'],
  ['no token', {}, { personId: 'anna', byToken: true }, [], 'token'],
  ['nobody twice', { reviewedAt: NOW.toISOString() }, { personId: 'anna', byToken: false }, [], 'reviewed'],
])('%s reviews', (_, changes, reviewer, involved, code) => {
  const verdict = mayReview(debt(changes), reviewer, involved);
  expect(verdict.allowed ? null : verdict.code).toBe(code);
});
