import { withoutEvents } from './support/events.ts';
import { changeWeightsByHand, lab } from './support/lab.ts';
import {
  answer,
  composer,
  composeShift,
  confirmInSheet,
  requestButton,
  requestShift,
} from './support/shift.ts';
import { expect, test } from './support/test.ts';

/** The collector reads the zone again within this. */
const ONCE_OBSERVED = { timeout: 45_000 };

test('one who requested cannot approve, even holding the role', async ({ signedIn }) => {
  const admin = await signedIn('admin');
  await admin.goto('/settings/people');
  await admin.getByRole('link', { name: 'Amara Obi' }).click();
  const panel = admin.getByRole('complementary', { name: 'Amara Obi' });
  await panel.getByLabel('Role').selectOption('operator');
  await panel.getByRole('button', { name: 'Grant', exact: true }).click();
  const grant = panel.getByRole('row').filter({ hasText: 'operator' });
  await expect(grant).toBeVisible();

  const both = await signedIn('approver2', { anew: true });
  const operation = await requestShift(both, { points: 4, reason: 'Approved by myself' });
  await both.goto(`/approvals?operation=${operation}`);
  await expect(both.getByText('You requested it, so someone else must decide.').first()).toBeVisible();
  await expect(both.getByRole('button', { name: `Approve ${operation}` })).toBeDisabled();
  await both.keyboard.press('Control+Enter');
  await both.goto(`/operations/${operation}`);
  await expect(answer(both)).toHaveText(`${operation} waits for an approver.`);

  await grant.getByRole('button', { name: 'Revoke' }).click();
  await expect(grant).toBeHidden();
});

test('a rejected request is closed, with the reason its requester reads', async ({ signedIn }) => {
  const operator = await signedIn('operator');
  const operation = await requestShift(operator, { points: 6, reason: 'Because I can' });
  const approver = await signedIn('approver');
  await approver.goto(`/approvals?operation=${operation}`);
  await expect(approver.getByRole('button', { name: 'Reject' })).toBeDisabled();
  await approver.getByLabel(/^Reason/).fill('Say what it is for');
  await approver.getByRole('button', { name: 'Reject' }).click();
  await expect(approver.getByText(`${operation} is rejected.`)).toBeVisible();
  await operator.goto(`/operations/${operation}`);
  await expect(answer(operator)).toHaveText(`${operation} rejected: Rejected: Say what it is for`);
});

test('a request sent twice in a hurry is one operation', async ({ signedIn }) => {
  const operator = await signedIn('operator');
  await composeShift(operator, { points: 7, reason: 'A nervous finger' });
  await expect(requestButton(operator)).toBeEnabled();
  await requestButton(operator).dblclick();
  await expect(operator.getByText(/OP-\d+ waits for approval\./)).toBeVisible();
  await operator.goto('/operations?state=awaiting-approval');
  await expect(operator.getByRole('row').filter({ hasText: 'us-east-1 −7.0 pt' })).toHaveCount(1);
});

test('a plan that changed since it was looked at is not requested', async ({ faults, signedIn }) => {
  const operator = await signedIn('operator');
  await withoutEvents(operator, faults);
  await composeShift(operator, { points: 10, reason: 'Looked at before lunch' });
  await expect(requestButton(operator)).toBeEnabled();
  await changeWeightsByHand('na', { 'us-east-1': 180, 'eu-west-1': 20, 'ap-southeast-1': 0 });
  const colleague = await signedIn('viewer');
  await colleague.goto('/traffic');
  await expect(colleague.getByRole('row', { name: /^North America/ })).toContainText('90', ONCE_OBSERVED);
  await requestButton(operator).click();
  await expect(composer(operator).getByText('The plan has changed since you looked at it.')).toBeVisible();
});

test('records changed between request and approval void the approval', async ({ signedIn }) => {
  const operator = await signedIn('operator');
  const operation = await requestShift(operator, { points: 10, reason: 'Approved too late' });
  await changeWeightsByHand('na', { 'us-east-1': 180, 'eu-west-1': 20, 'ap-southeast-1': 0 });
  await operator.goto('/traffic');
  await expect(operator.getByRole('row', { name: /^North America/ })).toContainText('90', ONCE_OBSERVED);
  const approver = await signedIn('approver');
  await approver.goto(`/approvals?operation=${operation}`);
  await expect(approver.getByText('The approvals are void.')).toBeVisible();
  await expect(approver.getByRole('main')).toContainText('Since it was requested, the live DNS records');
  await expect(approver.getByRole('button', { name: `Approve ${operation}` })).toBeDisabled();
  await operator.goto(`/operations/${operation}`);
  await expect(answer(operator)).toHaveText(`${operation} waits for an approver.`);
});

test('without Route 53’s control plane no shift can be composed, and the page says why', async ({
  signedIn,
}) => {
  const operator = await signedIn('operator');
  await operator.goto('/traffic');
  await lab.route53('down');
  await expect(operator.getByRole('button', { name: 'Shift traffic' })).toBeDisabled(ONCE_OBSERVED);
  await expect(operator.getByText(/^Route 53's control plane, in us-east-1, does not answer/)).toBeAttached();
  await lab.heal();
  await expect(operator.getByRole('link', { name: 'Shift traffic' })).toBeVisible(ONCE_OBSERVED);
});

test('a freeze refuses new shifts until it is lifted', async ({ signedIn }) => {
  const operator = await signedIn('operator');
  await operator.goto('/');
  await operator.getByRole('button', { name: 'Freeze changes' }).click();
  await confirmInSheet(operator, 'Freeze changes', 'Quarter end');
  await composeShift(operator, { points: 5, reason: 'Despite the freeze' });
  await expect(
    composer(operator)
      .getByText(/Quarter end/)
      .first(),
  ).toBeVisible();
  await expect(requestButton(operator)).toBeDisabled();
  await operator.goto('/freezes');
  const freeze = operator.getByRole('row', { name: /Quarter end/ }).filter({ hasText: 'frozen' });
  await freeze.getByRole('button', { name: 'Lift' }).click();
  await confirmInSheet(operator, 'Lift');
  await expect(freeze).toBeHidden();
  await composeShift(operator, { points: 5, reason: 'After the freeze' });
  await expect(requestButton(operator)).toBeEnabled();
});

test('a move past what the receiver can carry is refused with the numbers', async ({ signedIn }) => {
  const operator = await signedIn('operator');
  await composeShift(operator, { points: 45, reason: 'Far too much' });
  await expect(
    composer(operator)
      .getByText(/eu-west-1 cannot carry it: \d+ nodes would be needed/)
      .first(),
  ).toBeVisible();
  await expect(requestButton(operator)).toBeDisabled();
});

test('weights that make no sense are refused field by field', async ({ signedIn }) => {
  const operator = await signedIn('operator');
  await operator.goto('/traffic?compose=target');
  const sheet = composer(operator);
  await sheet.getByLabel('Reason').fill('A split that does not add up');
  await sheet.getByLabel('Wanted share of us-east-1, percent').fill('90');
  await expect(requestButton(operator)).toBeDisabled();
  await expect(sheet.getByText(/sum/i).first()).toBeVisible();
  await sheet.getByLabel('Wanted share of us-east-1, percent').fill('-5');
  await expect(requestButton(operator)).toBeDisabled();
});
