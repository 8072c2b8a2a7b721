import { expect, test } from 'vitest';
import type { Policy } from '#lib/domain/approval/approval.ts';
import {
  type PolicyValues,
  policyBlocker,
  policyProblems,
  policyRequest,
  policyValues,
  previewFields,
  withRule,
} from './policy-form.ts';

const KEY = { environment: 'production', kind: 'deployment', risk: '*' } as const;
const SET: Policy = {
  ...KEY,
  needed: 2,
  rules: [{ role: 'operator', count: 1, perRegion: false, onCall: false }],
  expiresMinutes: 240,
  tokensApprove: false,
};

const values = (over: Partial<PolicyValues> = {}): PolicyValues => ({ ...policyValues([SET], KEY), ...over });

test('begins with what is asked there now, and with what would be replaced', () => {
  expect(values()).toMatchObject({ needed: '2', expiresMinutes: '240', replaces: { needed: 2 } });
  expect(policyValues([SET], { ...KEY, kind: 'drill' })).toMatchObject({ needed: '1', replaces: null });
});

test.each<[string, Partial<PolicyValues>, string]>([
  ['no number of approvers', { needed: '' }, 'needed'],
  ['too many approvers', { needed: '10' }, 'needed'],
  ['half an approver', { needed: '1.5' }, 'needed'],
  ['no time at all', { expiresMinutes: '0' }, 'expiresMinutes'],
  ['more than a year', { expiresMinutes: '525601' }, 'expiresMinutes'],
  ['a rule for nobody', { rules: withRule([]).map((rule) => ({ ...rule, count: '0' })) }, 'rules.0.count'],
])('refused by its field: %s', (_, over, field) => {
  expect(Object.keys(policyProblems(values(over)))).toEqual([field]);
  expect(policyRequest(values(over))).toBeNull();
  expect(policyBlocker(values(over), 'the audit asks for it')).toMatch(/whole number/);
});

test.each<[string, Partial<PolicyValues>, string, RegExp | undefined]>([
  ['nothing changed', {}, 'the audit asks for it', /Change something/],
  ['no reason', { needed: '3' }, ' x ', /reason/],
  ['everything fits', { needed: '3' }, 'the audit asks for it', undefined],
  ['removed', { removes: true, needed: 'many' }, 'the audit asks for it', undefined],
  ['what held is made a policy of its own', { replaces: null }, 'for good', undefined],
])('what blocks it: %s', (_, over, reason, blocker) => {
  const found = policyBlocker(values(over), reason);
  if (blocker) expect(found).toMatch(blocker);
  else expect(found).toBeUndefined();
});

test('asks for what was typed, or for nothing where it is removed', () => {
  const typed = values({ needed: ' 3 ', rules: withRule(values().rules), tokensApprove: true });
  expect(policyRequest(typed)).toEqual({
    ...KEY,
    asked: {
      needed: 3,
      rules: [...SET.rules, ...SET.rules],
      expiresMinutes: 240,
      tokensApprove: true,
    },
  });
  expect(policyRequest(values({ removes: true }))).toEqual({ ...KEY, asked: null });
});

test('a preview’s fields are those of the form', () => {
  expect(previewFields({ 'asked.rules.0.role': 'is none', environment: 'is none' })).toEqual({
    'rules.0.role': 'is none',
    environment: 'is none',
  });
});
