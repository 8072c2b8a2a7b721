import { describe, expect, it } from 'vitest';
import { ApprovalRules } from './rule-input.ts';
import { type ApprovalRule, asksLess, mergeRules, ruleWords } from './rules.ts';

const rule = (over: Partial<ApprovalRule> = {}): ApprovalRule => ({
  role: 'approver',
  count: 1,
  perRegion: false,
  onCall: false,
  ...over,
});

describe('rules that ask for less', () => {
  it.each<[string, ApprovalRule[], ApprovalRule[], boolean]>([
    ['none before', [], [rule()], false],
    ['none after', [rule()], [], true],
    ['the same', [rule({ role: 'operator' })], [rule({ role: 'operator' })], false],
    ['fewer people', [rule({ count: 2 })], [rule()], true],
    ['more people', [rule()], [rule({ count: 2 })], false],
    ['another role', [rule({ role: 'admin' })], [rule({ role: 'operator' })], true],
    ['anywhere instead of in each Region', [rule({ perRegion: true })], [rule({ count: 3 })], true],
    ['at any hour', [rule({ onCall: true })], [rule()], true],
    ['a second rule beside the first', [rule()], [rule(), rule({ role: 'admin' })], false],
  ])('%s', (_, before, after, less) => {
    expect(asksLess(before, after)).toBe(less);
  });
});

it('of two lists keep what neither covers of the other', () => {
  const merged = mergeRules(
    [rule({ count: 1 }), rule({ role: 'operator' })],
    [rule({ count: 2 }), rule({ role: 'admin', perRegion: true })],
  );
  expect(merged.map(ruleWords)).toEqual(['1 operator', '2 approvers', '1 admin of each Region']);
  expect(asksLess([rule({ count: 2 }), rule({ role: 'operator' })], merged)).toBe(false);
});

it('are read with what was left out, and refused where they name no role that may agree', () => {
  expect(ApprovalRules.parse([{ role: 'operator' }])).toEqual([rule({ role: 'operator' })]);
  for (const wrong of [[{ role: 'viewer' }], [{ role: 'admin', count: 0 }], [{ role: 'admin', more: 1 }], {}])
    expect(ApprovalRules.safeParse(wrong).success).toBe(false);
});
