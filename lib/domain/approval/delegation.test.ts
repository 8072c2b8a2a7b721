import { describe, expect, it } from 'vitest';
import { type Delegation, isInForce, mayDelegate } from './delegation.ts';

const NOW = new Date('2026-11-26T10:00:00.000Z');
const day = (days: number) => new Date(NOW.getTime() + days * 86_400_000);

const delegation = (from: string, to: string, over: Partial<Delegation> = {}): Delegation => ({
  id: `${from}-${to}`,
  from,
  to,
  startsAt: day(-1),
  endsAt: day(3),
  revokedAt: null,
  ...over,
});

describe('letting somebody decide in one’s name', () => {
  it.each<[string, Partial<Delegation>, Delegation[], string | null]>([
    ['is allowed', {}, [], null],
    ['not to oneself', { to: 'anna' }, [], 'own-delegate'],
    ['not for a time that is over', { startsAt: day(-3), endsAt: NOW }, [], 'over'],
    ['not backwards', { startsAt: day(2), endsAt: day(1) }, [], 'over'],
    ['not for ever', { endsAt: day(91) }, [], 'too-long'],
    ['not twice', {}, [delegation('anna', 'bela')], 'delegated'],
    ['again, once that was revoked', {}, [delegation('anna', 'bela', { revokedAt: NOW })], null],
    ['again, for a time after it', { startsAt: day(4), endsAt: day(5) }, [delegation('anna', 'bela')], null],
    ['to two people', {}, [delegation('anna', 'cora')], null],
    ['not by who decides for another', {}, [delegation('cora', 'anna')], 'delegation-chain'],
    ['not to who has handed theirs on', {}, [delegation('bela', 'cora')], 'delegation-chain'],
    [
      'to who will hand theirs on later',
      {},
      [delegation('bela', 'cora', { startsAt: day(2), endsAt: day(3) })],
      null,
    ],
    ['to who decides for others too', {}, [delegation('cora', 'bela')], null],
  ])('%s', (_, over, others, code) => {
    const wanted = { from: 'anna', to: 'bela', startsAt: NOW, endsAt: day(1), ...over };
    const verdict = mayDelegate(wanted, others, NOW);
    expect(verdict.allowed ? null : verdict.code).toBe(code);
    if (!verdict.allowed) expect(verdict.reason).toMatch(/\.$/);
  });
});

it.each<[string, Partial<Delegation>, boolean]>([
  ['from its first moment', { startsAt: NOW }, true],
  ['not before', { startsAt: day(1) }, false],
  ['not at its end', { endsAt: NOW }, false],
  ['not once revoked', { revokedAt: NOW }, false],
])('is in force %s', (_, over, inForce) => {
  expect(isInForce(delegation('anna', 'bela', over), NOW)).toBe(inForce);
});
