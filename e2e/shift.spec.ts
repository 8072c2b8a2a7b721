import { dnsShareForAmericans, missingOrders, shoppersShare } from './support/lab.ts';
import { workerOf } from './support/product.ts';
import {
  answer,
  approve,
  composer,
  composeShift,
  confirmInSheet,
  idIn,
  requestButton,
  requestShift,
  untilMidway,
} from './support/shift.ts';
import { expect, test } from './support/test.ts';

test('ten points leave us-east-1 and come back, though a worker is killed on the way', async ({
  signedIn,
}) => {
  test.setTimeout(300_000);
  const operator = await signedIn('operator');
  const approver = await signedIn('approver');

  await composeShift(operator, { points: 10, reason: 'Room for the sale on Friday' });
  const sheet = composer(operator);
  await expect(sheet.getByRole('row', { name: /^us-east-1/ })).toContainText('50.0 → 40.0 %');
  await expect(sheet.getByText('Route 53 answers and the zone was read.')).toBeVisible();
  await expect(sheet.getByText(/^If us-east-1 were lost then/)).toBeVisible();
  await expect(sheet.getByText('One approver who is not you.')).toBeVisible();
  await expect(requestButton(operator)).toBeEnabled();
  await test.step('the map shows both sides of it, by keyboard too', async () => {
    await expect(sheet.getByRole('img', { name: /us-east-1 gets 40\.0 %/ })).toBeVisible();
    await sheet.getByRole('button', { name: 'Before' }).press('Enter');
    await expect(sheet.getByRole('img', { name: /us-east-1 gets 50\.0 %/ })).toBeVisible();
  });
  const operation = await requestShift(operator);

  await test.step('nothing moves before somebody else agrees', async () => {
    await operator.goto(`/approvals?operation=${operation}`);
    await expect(operator.getByRole('button', { name: `Approve ${operation}` })).toBeDisabled();
    await expect(operator.getByText(/^Approving an operation needs the role approver/).first()).toBeVisible();
    expect(await dnsShareForAmericans('eu-west-1')).toBe(0);
  });

  await approve(approver, operation);

  const killed = await test.step('the worker that runs it is killed while resolvers follow', async () => {
    await operator.goto(`/operations/${operation}`);
    await untilMidway(operator);
    const worker = await workerOf(operation);
    process.kill(worker.pid, 'SIGKILL');
    return worker;
  });

  await test.step('another carries it on to the end', async () => {
    await expect(answer(operator)).toContainText(`${operation} done`, { timeout: 120_000 });
    expect((await workerOf(operation)).executor).not.toBe(killed.executor);
    await expect(operator.getByText('5 done', { exact: true })).toBeVisible();
  });

  await test.step('shoppers, DNS and both pages agree on the new split', async () => {
    await expect.poll(() => shoppersShare('eu-west-1', 20), { timeout: 30_000 }).toBeGreaterThan(0.34);
    expect(await dnsShareForAmericans('eu-west-1')).toBeGreaterThan(0.1);
    await operator.goto('/traffic');
    const row = operator.getByRole('row', { name: /^eu-west-1/ }).first();
    await expect(row).toContainText('40.0%');
    await expect(answer(operator)).toContainText('Measured traffic matches what is configured', {
      timeout: 60_000,
    });
    await operator.getByRole('link', { name: 'Overview' }).click();
    await operator.getByRole('button', { name: 'Table' }).click();
    const map = operator.getByRole('region', { name: 'The map as tables' });
    await expect(map.getByRole('row', { name: /^New York eu-west-1/ })).toBeVisible();
    expect(await missingOrders()).toEqual([]);
  });

  await test.step('the log tells who did what', async () => {
    await operator.goto(`/operations/${operation}`);
    await operator.getByRole('link', { name: 'Follow it in audit' }).click();
    const rows = (action: string, actor: string | RegExp) =>
      operator.getByRole('row').filter({ hasText: action }).filter({ hasText: actor });
    await expect(rows('operation.request', 'Mara Lindqvist')).toHaveCount(1);
    await expect(rows('operation.approve', 'Ji-woo Han')).toHaveCount(1);
    await expect(rows('operation.step', /worker/)).toHaveCount(5);
    await expect(rows('operation.end', 'All 5 steps passed.')).toHaveCount(1);
  });

  await test.step('one click puts the users back, by an operation of its own', async () => {
    await operator.goto(`/operations/${operation}`);
    await operator.getByRole('button', { name: 'Put it back' }).click();
    await confirmInSheet(operator, `Put ${operation} back`, 'The sale is over');
    const back = await idIn(operator.getByText(/^OP-\d+ puts the former weights back\.$/));
    await operator.goto(`/operations/${back}`);
    await expect(answer(operator)).toContainText(`${back} done`, { timeout: 120_000 });
    expect(await dnsShareForAmericans('eu-west-1')).toBe(0);
    await operator.goto(`/operations/${operation}`);
    await expect(operator.getByRole('button', { name: 'Put it back' })).toHaveAccessibleDescription(
      `${back} puts it back already.`,
    );
  });
});
