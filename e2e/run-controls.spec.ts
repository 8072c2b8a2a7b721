import { weightsAreRead } from './support/calm.ts';
import { changeWeightsByHand, dnsShareForAmericans, lab, restoreWeights } from './support/lab.ts';
import {
  answer,
  confirmInSheet,
  operationBar,
  requestShift,
  startShift,
  stepState,
  untilMidway,
} from './support/shift.ts';
import { expect, test } from './support/test.ts';

test.describe.configure({ timeout: 150_000 });

/** A run under way answers in seconds; a busy machine gets more. */
const SOON = { timeout: 45_000 };

test('aborted midway, a shift puts the former weights back', async ({ signedIn }) => {
  const { operation, page } = await startShift(signedIn, { reason: 'A move that is called off' });
  await untilMidway(page);
  expect(await dnsShareForAmericans('eu-west-1')).toBeGreaterThan(0.1);
  await operationBar(page).getByRole('button', { name: 'Abort' }).click();
  await confirmInSheet(page, `Abort ${operation}`, 'The sale was moved');
  await expect(answer(page)).toContainText(`${operation} aborted`, SOON);
  expect(await dnsShareForAmericans('eu-west-1')).toBe(0);
  await expect(operationBar(page).getByText(`Last: ${operation} aborted`)).toBeVisible();
});

test('paused, a run waits; resumed, it goes on; reverted by one click, its users are back', async ({
  signedIn,
}) => {
  const { operation, page } = await startShift(signedIn, { reason: 'A move with a look in between' });
  await operationBar(page).getByRole('button', { name: 'Pause' }).click();
  await expect(answer(page)).toContainText(`${operation} paused`, SOON);
  await operationBar(page).getByRole('button', { name: 'Resume' }).click();
  await expect(stepState(page, 'Measured share and service levels', 'running')).toBeVisible(SOON);
  expect(await dnsShareForAmericans('eu-west-1')).toBeGreaterThan(0.1);
  await page.getByRole('button', { name: 'Revert', exact: true }).click();
  await confirmInSheet(page, `Revert ${operation}`);
  await expect(answer(page)).toContainText(`${operation} reverted`, SOON);
  expect(await dnsShareForAmericans('eu-west-1')).toBe(0);
});

test('records changed behind its back are not overwritten: the run holds until they are known again', async ({
  signedIn,
}) => {
  const { operation, page } = await startShift(signedIn, { reason: 'A move that meets another' });
  await untilMidway(page);
  await changeWeightsByHand('na', { 'us-east-1': 150, 'eu-west-1': 0, 'ap-southeast-1': 50 });
  await operationBar(page).getByRole('button', { name: 'Abort' }).click();
  await confirmInSheet(page, `Abort ${operation}`);
  await expect(answer(page)).toContainText('Someone else changed the records', SOON);
  await expect(answer(page)).toContainText('na: us-east-1 should be 160 and is 150');
  expect(await dnsShareForAmericans('ap-southeast-1')).toBeGreaterThan(0.1);
  await restoreWeights();
  await expect(answer(page)).toContainText(`${operation} aborted`, SOON);
});

test('what cannot be put back is left as it is, by a person with a reason, and the environment is free', async ({
  signedIn,
}) => {
  const { operation, page } = await startShift(signedIn, { reason: 'A move that another team overtakes' });
  await untilMidway(page);
  await changeWeightsByHand('na', { 'us-east-1': 150, 'eu-west-1': 0, 'ap-southeast-1': 50 });
  await expect(page.getByRole('button', { name: 'Leave as is' })).toBeHidden();
  await operationBar(page).getByRole('button', { name: 'Abort' }).click();
  await confirmInSheet(page, `Abort ${operation}`);
  await expect(answer(page)).toContainText('Someone else changed the records', SOON);
  await page.getByRole('button', { name: 'Leave as is' }).click();
  await confirmInSheet(page, `Leave ${operation} as it is`, 'The other team owns these records now');
  await expect(answer(page)).toContainText(`${operation} failed: Aborted on request.`, SOON);
  await expect(answer(page)).toContainText('“Put the former weights back” is unknown');
  await expect(answer(page)).toContainText('The other team owns these records now');
  expect(await dnsShareForAmericans('ap-southeast-1')).toBeGreaterThan(0.1);
  await expect(operationBar(page).getByText(`Last: ${operation} failed`)).toBeVisible();
});

test('the line is stopped: a run holds where it stands, and goes on when the freeze is lifted', async ({
  signedIn,
}) => {
  const { operation, page } = await startShift(signedIn, { reason: 'A move into a freeze' });
  await untilMidway(page);
  const approver = await signedIn('approver');
  await approver.goto('/');
  await approver.getByRole('button', { name: 'Freeze changes' }).click();
  await confirmInSheet(approver, 'Freeze changes', 'Payment provider is down');
  await expect(answer(page)).toContainText(`${operation} held`, SOON);
  await expect(answer(page)).toContainText('Payment provider is down');

  await approver.goto('/freezes');
  await approver
    .getByRole('row', { name: /Payment provider is down/ })
    .filter({ hasText: 'frozen' })
    .getByRole('button', { name: 'Lift' })
    .click();
  await confirmInSheet(approver, 'Lift');
  await expect(stepState(page, 'Measured share and service levels', 'running')).toBeVisible(SOON);
});

test('while one operation holds production, another may be requested but not started', async ({
  signedIn,
}) => {
  const { operation, page } = await startShift(signedIn, { reason: 'The first of two' });
  await operationBar(page).getByRole('button', { name: 'Pause' }).click();
  await expect(answer(page)).toContainText(`${operation} paused`, SOON);

  // What is planned on weights that have moved meanwhile could not be approved.
  await weightsAreRead();
  const second = await signedIn('operator2');
  const waiting = await requestShift(second, {
    points: 3,
    to: 'ap-southeast-1',
    reason: 'The second of two',
  });
  const approver = await signedIn('approver');
  await approver.goto(`/approvals?operation=${waiting}`);
  await expect(approver.getByText(new RegExp(`^${operation}, .* holds the environment`))).toBeVisible();
  await approver.getByRole('button', { name: `Approve ${waiting}` }).click();
  await expect(
    approver.getByText(new RegExp(`${waiting} cannot start: ${operation}, .* holds production`)),
  ).toBeVisible();
  await second.goto(`/operations/${waiting}`);
  await expect(answer(second)).toHaveText(`${waiting} waits for an approver.`);
});

test('a receiver that errs after the change sends its new users back by itself', async ({ signedIn }) => {
  const { operation, page } = await startShift(signedIn, {
    to: 'ap-southeast-1',
    reason: 'A move into trouble',
  });
  await untilMidway(page);
  await lab.failShop('ap-southeast-1', 0.1);
  await expect(answer(page)).toContainText(`${operation} reverted`, { timeout: 90_000 });
  await expect(answer(page)).toContainText(/ap-southeast-1 (reads|writes): \d+ errors .* reverts above 1/);
  expect(await dnsShareForAmericans('ap-southeast-1')).toBe(0);
});
