import { describe, expect, it } from 'vitest';
import { OPERATION_KINDS } from '../operation/kind.ts';
import { DEFAULT_POLICY, type Policy } from './approval.ts';
import { askedThere, loosens, policyChanges, withoutPolicy, withPolicy } from './change.ts';

const ENVIRONMENTS = ['production', 'staging'];

const policy = (over: Partial<Policy>): Policy => ({ ...DEFAULT_POLICY, ...over });
const strict = policy({ kind: 'deployment', needed: 2 });

const changed = (before: readonly Policy[], after: readonly Policy[]) =>
  policyChanges(before, after, ENVIRONMENTS).map(({ environment, kind, risk }) =>
    [environment, kind, risk].join(' '),
  );

describe('what a policy changes', () => {
  it('is only where something else is asked', () => {
    const set = withPolicy([], policy({ environment: 'production', kind: 'deployment', needed: 2 }));
    expect(changed([], set)).toEqual(['production deployment ordinary', 'production deployment high']);
    expect(changed(set, set)).toEqual([]);
    expect(changed([], withPolicy([], policy({ environment: 'staging', kind: 'drill' })))).toEqual([]);
  });

  it('is by risk, where the policy is', () => {
    const set = withPolicy([], policy({ kind: 'deployment', risk: 'high', needed: 2 }));
    expect(changed([], set)).toEqual(['production deployment high', 'staging deployment high']);
  });

  it('of every kind is of every kind but what puts things back', () => {
    const changes = policyChanges([], [policy({ needed: 2 })], ENVIRONMENTS);
    const kinds = [...new Set(changes.map(({ kind }) => kind))];
    expect(kinds).toHaveLength(OPERATION_KINDS.length - 3);
    for (const kind of ['rollback', 'traffic-revert', 'recovery-revert']) expect(kinds).not.toContain(kind);
  });

  it.each<[string, readonly Policy[], readonly Policy[], boolean]>([
    ['one more', [], [strict], false],
    ['one fewer', [strict], [policy({ kind: 'deployment' })], true],
    ['removed, where the default asks less', [strict], withoutPolicy([strict], strict), true],
    ['removed, where the default asks more', [policy({ kind: 'deployment', needed: 0 })], [], false],
    ['less time', [], [policy({ kind: 'deployment', expiresMinutes: 60 })], false],
    ['tokens', [], [policy({ kind: 'deployment', tokensApprove: true })], true],
    [
      'a wider one in the place of a stricter one',
      [strict],
      [strict, policy({ environment: 'production', kind: '*' })],
      true,
    ],
  ])('loosens: %s', (_, before, after, less) => {
    expect(loosens(policyChanges(before, after, ENVIRONMENTS))).toBe(less);
  });
});

describe('what is asked there', () => {
  it('is by the policy for just that, else by the one that holds in its stead', () => {
    const set = [policy({ needed: 3 }), strict];
    const key = { environment: '*', risk: '*' } as const;
    expect(askedThere(set, { ...key, kind: 'deployment' }).needed).toBe(2);
    expect(askedThere(set, { ...key, kind: 'deployment', environment: 'staging' }).needed).toBe(2);
    expect(askedThere(set, { ...key, kind: 'drill' }).needed).toBe(3);
    expect(askedThere(set, { ...key, kind: 'rollback' }).needed).toBe(0);
    expect(askedThere([], { ...key, kind: '*' })).toEqual({
      needed: 1,
      rules: [],
      expiresMinutes: 1_440,
      tokensApprove: false,
    });
  });
});
