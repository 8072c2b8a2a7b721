import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { NOW } from '#components/gallery/fixtures/base.ts';
import { policyForm, policyPreview, policySettings } from '#components/gallery/fixtures/settings.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import type { PolicyKey } from '#lib/domain/approval/change.ts';
import { ApprovalPolicies } from './approval-policies.tsx';
import type { ApprovalPoliciesModel, PolicyActions, PolicyFormModel } from './model.ts';
import PolicySheet from './policy-sheet.tsx';

afterEach(cleanup);

const DEPLOYMENT = { environment: 'production', kind: 'deployment', risk: '*' } as const;
const SWITCHOVER = { ...DEPLOYMENT, kind: 'switchover' } as const;

const actionsWith = (over: Partial<PolicyActions> = {}): PolicyActions => ({
  preview: async () => ({ ok: true, preview: policyPreview }),
  change: async () => ({ ok: true }),
  ...over,
});

function sheetOf(over: Partial<PolicyActions>, chosen: PolicyKey = DEPLOYMENT) {
  const actions = actionsWith(over);
  const element = (form: PolicyFormModel) => (
    <ClockProvider at={NOW} frozen>
      <PolicySheet chosen={chosen} form={form} actions={actions} onClose={() => undefined} />
    </ClockProvider>
  );
  const { rerender } = render(element(policyForm));
  return { update: (form: PolicyFormModel) => rerender(element(form)) };
}

const type = (label: string | RegExp, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));
const isOff = (name: string) => screen.getByRole('button', { name }).getAttribute('aria-disabled') === 'true';

test('a policy is set with what it asks, why, and what it replaces', async () => {
  const change = vi.fn(actionsWith().change);
  sheetOf({ change });
  for (const name of ['What will change', 'What could go wrong', 'Who must agree'])
    expect(screen.getByRole('heading', { name: new RegExp(name) })).toBeDefined();
  type('Approvers', '2');
  press('Add a rule');
  const rule = within(screen.getByRole('group', { name: 'Rule 1' }));
  fireEvent.change(rule.getByLabelText('Role'), { target: { value: 'approver' } });
  fireEvent.click(rule.getByRole('checkbox', { name: /of each Region/ }));
  fireEvent.click(screen.getByRole('checkbox', { name: 'API tokens may approve' }));
  press('Set the policy');
  expect(change).not.toHaveBeenCalled();
  type(/^Reason/, ' the audit asks for it ');
  press('Set the policy');
  await waitFor(() => expect(change).toHaveBeenCalled());
  expect(change.mock.calls[0]).toEqual([
    {
      ...DEPLOYMENT,
      asked: {
        needed: 2,
        rules: [{ role: 'approver', count: 1, perRegion: true, onCall: false }],
        expiresMinutes: 1440,
        tokensApprove: true,
      },
      reason: 'the audit asks for it',
      replaces: null,
    },
  ]);
});

test('what will change is said in words, and who could agree at present', async () => {
  sheetOf({});
  expect(await screen.findByText('Deployment in production: must agree')).toBeDefined();
  expect(screen.getByText('2 approvers who did not ask, and 1 operator')).toBeDefined();
  expect(screen.getByText(/nobody could agree to in full at present/)).toBeDefined();
});

test('what does not fit is refused at its field, and is not sent', () => {
  const change = vi.fn(actionsWith().change);
  sheetOf({ change });
  type(/^Reason/, 'the audit asks for it');
  type('Approvers', 'many');
  expect(screen.getByLabelText('Approvers').getAttribute('aria-invalid')).toBe('true');
  expect(screen.getByText('must be a whole number from 0 to 9')).toBeDefined();
  press('Set the policy');
  expect(change).not.toHaveBeenCalled();
});

test('what the server says of a field stands at it', async () => {
  sheetOf({
    change: async () => ({
      ok: false,
      code: 'validation',
      message: 'The policy was not set: no such kind of operation.',
      fields: { kind: 'is not one of deployment' },
    }),
  });
  type('Approvers', '2');
  type(/^Reason/, 'the audit asks for it');
  press('Set the policy');
  expect(await screen.findByText('is not one of deployment')).toBeDefined();
});

test('who may not loosen it is told so before it is sent', async () => {
  const refusal = 'The policy was not loosened: you may request or approve operations yourself.';
  sheetOf({ preview: async () => ({ ok: true, preview: { ...policyPreview, refusal } }) }, SWITCHOVER);
  type('Approvers', '0');
  type(/^Reason/, 'it takes too long');
  await waitFor(() => expect(screen.getAllByText(/was not loosened/).length).toBeGreaterThan(0));
  expect(isOff('Set the policy')).toBe(true);
});

test('one that is set can be removed, and nothing else is asked for then', async () => {
  const change = vi.fn(actionsWith().change);
  sheetOf({ change }, SWITCHOVER);
  expect(isOff('Set the policy')).toBe(true);
  press('Remove it');
  expect(screen.queryByLabelText('Approvers')).toBeNull();
  type(/^Reason/, 'the general one is enough');
  press('Remove the policy');
  await waitFor(() => expect(change).toHaveBeenCalled());
  expect(change.mock.calls[0]).toMatchObject([{ ...SWITCHOVER, asked: null, replaces: { needed: 2 } }]);
});

test('one that another admin changed meanwhile is looked at again first', () => {
  const { update } = sheetOf({}, SWITCHOVER);
  type('Approvers', '3');
  type(/^Reason/, 'the audit asks for it');
  expect(isOff('Set the policy')).toBe(false);
  update({ ...policyForm, set: policyForm.set.map((policy) => ({ ...policy, needed: 4 })) });
  expect(isOff('Set the policy')).toBe(true);
  press('Look again');
  expect((screen.getByLabelText('Approvers') as HTMLInputElement).value).toBe('4');
});

test('who may not change policies reads which role may, at every button', () => {
  const approvals = policySettings.approvals as ApprovalPoliciesModel;
  const reason = 'Changing approval policies needs the role admin.';
  render(
    <ClockProvider at={NOW} frozen>
      <ApprovalPolicies
        approvals={{ ...approvals, permission: { allowed: false, reason } }}
        actions={actionsWith()}
      />
    </ClockProvider>,
  );
  expect(isOff('Set a policy')).toBe(true);
  expect(screen.getAllByText(reason)).toHaveLength(approvals.rows.length + 1);
});

test('a line’s button opens the sheet for that kind', async () => {
  render(
    <ClockProvider at={NOW} frozen>
      <ApprovalPolicies
        approvals={policySettings.approvals as ApprovalPoliciesModel}
        actions={actionsWith()}
      />
    </ClockProvider>,
  );
  press('Change who must agree to: Switchover');
  const kind = await screen.findByLabelText('Kind of operation');
  expect((kind as HTMLSelectElement).value).toBe('switchover');
  expect((screen.getByLabelText('Approvers') as HTMLInputElement).value).toBe('2');
});
