import { answer, confirmInSheet, operationBar, requestShift, untilMidway } from './support/shift.ts';
import { PHONE } from './support/tags.ts';
import { expect, test } from './support/test.ts';

test.use(PHONE);

test('on a phone an approver approves, and aborts when it goes wrong', async ({ signedIn }) => {
  test.setTimeout(150_000);
  const operator = await signedIn('operator');
  const operation = await requestShift(operator, { points: 10, reason: 'Asked for on the train' });
  const approver = await signedIn('approver');
  await approver.goto('/');
  await approver.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Approve' }).click();
  await approver.getByRole('button', { name: `Approve ${operation}` }).tap();
  await expect(approver.getByText(`${operation} is approved and starts.`)).toBeVisible();
  await operationBar(approver).getByRole('link', { name: operation }).tap();
  await untilMidway(approver);
  await operationBar(approver).getByRole('button', { name: 'Abort' }).tap();
  await confirmInSheet(approver, `Abort ${operation}`, 'Seen from the train');
  await expect(answer(approver)).toContainText(`${operation} aborted`, { timeout: 45_000 });
});
