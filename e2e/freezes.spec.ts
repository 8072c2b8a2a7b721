import { composer, composeShift, confirmInSheet, requestButton, requestShift } from './support/shift.ts';
import { expect, test } from './support/test.ts';

test('a freeze that recurs refuses a shift by its name, until an approver lets it through once', async ({
  signedIn,
}) => {
  const operator = await signedIn('operator');
  await operator.goto('/freezes');
  await operator.getByRole('button', { name: 'Plan a freeze' }).click();
  const sheet = operator.getByRole('dialog');
  await sheet.getByLabel('Name').fill('Quiet week');
  await sheet.getByLabel('What').selectOption({ label: 'Traffic shifts' });
  await sheet.getByRole('button', { name: 'Again and again' }).click();
  await sheet.getByLabel('Time zone').fill('UTC');
  await sheet.getByLabel('First begins').fill(`${new Date().toISOString().slice(0, 10)}T00:00`);
  await sheet.getByLabel('Lasts, hours').fill('25');
  await sheet.getByLabel('Reason').fill('Everybody is at the offsite');
  await expect(sheet.getByText(/overlaps itself/)).toBeVisible();
  await sheet.getByLabel('Lasts, hours').fill('24');
  await expect(sheet.getByRole('table', { name: 'The next times' }).getByRole('row')).toHaveCount(6);
  await sheet.getByRole('button', { name: 'Freeze', exact: true }).click();
  await expect(operator.getByRole('heading', { level: 1 })).toContainText(
    /Traffic shifts are frozen by “Quiet week” until .*, set by .*: Everybody is at the offsite/,
  );
  await expect(operator.getByRole('link', { name: /^Shift in us-east-1: frozen/ })).toBeVisible();
  await expect(operator.getByRole('link', { name: /^Rollback in us-east-1: open/ })).toBeVisible();

  await composeShift(operator, { points: 4, reason: 'Despite the offsite' });
  await expect(
    composer(operator)
      .getByText(/frozen by “Quiet week”/)
      .first(),
  ).toBeVisible();
  await expect(composer(operator).getByRole('link', { name: 'The freeze' })).toBeVisible();
  await expect(requestButton(operator)).toBeDisabled();

  const approver = await signedIn('approver');
  await approver.goto('/freezes');
  await approver.getByRole('link', { name: 'Quiet week' }).click();
  await approver.getByRole('button', { name: 'Let a change through' }).click();
  const granting = approver.getByRole('dialog');
  await granting.getByLabel('Reason').fill('This one cannot wait');
  await granting.getByRole('button', { name: 'Let it through' }).click();
  await expect(granting).toBeHidden();

  const operation = await requestShift(operator, { points: 4, reason: 'With an exception' });
  await operator.goto('/freezes?tab=exceptions');
  await expect(operator.getByRole('row', { name: /This one cannot wait/ })).toContainText(operation);
  await expect(operator.getByRole('row', { name: /This one cannot wait/ })).toContainText('used');
  await operator.goto('/freezes?tab=calendar&zone=Asia/Singapore');
  await expect(operator.getByRole('link', { name: /from 08:00 Quiet week/ }).first()).toBeVisible();

  const other = await signedIn('operator2');
  await composeShift(other, { points: 4, reason: 'A second one' });
  await expect(
    composer(other)
      .getByText(/frozen by “Quiet week”/)
      .first(),
  ).toBeVisible();
  await expect(requestButton(other)).toBeDisabled();

  await operator.goto('/freezes');
  await operator
    .getByRole('row', { name: /Quiet week/ })
    .getByRole('button', { name: 'Lift Quiet week' })
    .click();
  await confirmInSheet(operator, 'Lift Quiet week', 'Everybody is back');
  await expect(operator.getByRole('heading', { level: 1 })).toHaveText('Nothing is frozen.');
});
