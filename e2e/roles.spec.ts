import { emailOf, submitSignIn } from './support/people.ts';
import { nextAction, replay } from './support/replay.ts';
import { confirmInSheet } from './support/shift.ts';
import { expect, test } from './support/test.ts';

test('a viewer sees what they may not do, each with its reason @reads', async ({ signedIn }) => {
  const viewer = await signedIn('viewer');
  const refused = async (path: string, control: string, reason: RegExp) => {
    await viewer.goto(path);
    const button = viewer.getByRole('main').getByRole('button', { name: control }).first();
    await expect(button).toBeDisabled();
    await button.focus();
    await expect(button).toHaveAccessibleDescription(reason);
  };
  await refused('/', 'Freeze changes', /needs the role operator or approver or admin/);
  await refused('/traffic', 'Shift traffic', /^Requesting an operation needs the role operator/);
  await refused('/audit', 'Verify', /^Verifying the audit chain needs the role auditor or admin/);
  await refused('/freezes', 'Freeze changes', /needs the role operator or approver or admin/);
  await viewer.goto('/');
  await expect(viewer.getByText('refused').or(viewer.getByText('held')).first()).toBeVisible();
});

test('the action behind a button refuses a viewer who calls it, and the log has it', async ({ signedIn }) => {
  const operator = await signedIn('operator');
  await operator.goto('/');
  await operator.getByRole('button', { name: 'Freeze changes' }).click();
  const called = nextAction(operator);
  await confirmInSheet(operator, 'Freeze changes', 'Asked by an operator');
  const action = await called;

  const viewer = await signedIn('viewer');
  const answer = await replay(viewer, action);
  expect(await answer.text()).toContain('Freezing or releasing changes needs the role');
  await operator.goto('/freezes');
  await expect(
    operator.getByRole('row').filter({ has: operator.getByRole('button', { name: 'Lift' }) }),
  ).toHaveCount(1);

  const auditor = await signedIn('auditor');
  await auditor.goto('/audit?action=freeze.&outcome=refused');
  const row = auditor.getByRole('row').filter({ hasText: 'Vera Lund' }).first();
  await expect(row).toContainText('freeze.create');
  await expect(row).toContainText('refused');
});

test('somebody who is disabled is out at once, and in again when enabled', async ({ page, signedIn }) => {
  await page.goto('/sign-in');
  await submitSignIn(page, emailOf('cost'));
  await expect(page).toHaveTitle(/Overview/);

  const admin = await signedIn('admin');
  await admin.goto('/settings/people');
  await admin.getByRole('link', { name: 'Pia Costa' }).click();
  await admin.getByRole('button', { name: 'Disable', exact: true }).click();
  const asked = admin.getByRole('dialog');
  await expect(asked.getByRole('button', { name: 'Disable' })).toBeDisabled();
  await asked.getByRole('textbox').fill(emailOf('cost'));
  await asked.getByRole('button', { name: 'Disable' }).click();
  const enable = admin.getByRole('button', { name: 'Enable', exact: true });
  await expect(enable).toBeVisible();

  await expect(page).toHaveURL(/\/sign-in/);
  await submitSignIn(page, emailOf('cost'));
  await expect(page.getByText('Not signed in.')).toBeVisible();

  await enable.click();
  await expect(admin.getByRole('button', { name: 'Disable', exact: true })).toBeVisible();
  await submitSignIn(page, emailOf('cost'));
  await expect(page).toHaveTitle(/Overview/);
});

test('an admin cannot widen their own powers @reads', async ({ signedIn }) => {
  const admin = await signedIn('admin');
  await admin.goto('/settings/people');
  await admin.getByRole('link', { name: 'Sam Okafor' }).click();
  const panel = admin.getByRole('complementary', { name: 'Sam Okafor' });
  await expect(panel.getByRole('button', { name: 'Grant', exact: true })).toBeDisabled();
  await expect(panel.getByRole('button', { name: 'Disable' })).toBeDisabled();
});

test('an auditor verifies the chain and opens the row that was hashed @reads', async ({ signedIn }) => {
  const auditor = await signedIn('auditor');
  await auditor.goto('/audit');
  await auditor.getByRole('button', { name: 'Verify' }).click();
  await expect(auditor.getByRole('heading', { level: 1 })).toHaveText(/^The chain was whole/);
  await auditor
    .getByRole('link', { name: /^Row \d+,/ })
    .last()
    .click();
  await expect(auditor.getByText('recomputed, equal')).toBeVisible();
});
