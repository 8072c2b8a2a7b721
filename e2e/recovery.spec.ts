import { lab, missingOrders, shoppersShare } from './support/lab.ts';
import { agree, carryOut, clock, request, untilDone } from './support/recovery.ts';
import { answer } from './support/shift.ts';
import { expect, test } from './support/test.ts';

test.describe.configure({ mode: 'serial' });

/** The seed's split, measured to ±5 points as a shift's own verification does. */
const HOME_SHARES = [
  ['us-east-1', 0.5],
  ['eu-west-1', 0.3],
  ['ap-southeast-1', 0.2],
] as const;

/** The failover of the first test; the second begins where it ended. */
let failover: string;

test('us-east-1 is lost, eu-west-1 takes over, and what was lost is told', async ({ signedIn }) => {
  test.setTimeout(900_000);
  // A second try begins on the estate that the first did.
  if (test.info().retry > 0) await lab.reset();
  const operator = await signedIn('operator');
  const approver = await signedIn('approver');

  await test.step('eu-west-1 and ap-southeast-1 are connected, as readiness demands', async () => {
    await operator.goto('/recovery?act=connect-regions&from=eu-west-1&to=ap-southeast-1');
    await carryOut(signedIn, {
      page: operator,
      form: operator.getByRole('dialog', { name: /Connect/ }),
      reason: 'A failover to Ireland has to rebuild Singapore',
    });
  });

  await test.step('the console says within a minute what is lost and what can be done', async () => {
    await lab.outage('us-east-1', 'drop');
    await operator.goto('/recovery');
    await expect(answer(operator)).toContainText('us-east-1 has been failing for', { timeout: 60_000 });
    await operator.getByRole('link', { name: 'Decide: Fail over from us-east-1' }).click();
    await expect(answer(operator)).toContainText('eu-west-1 can take over.');
  });

  failover = await test.step('operator and approver accept what may be lost', async () => {
    const operation = await request({
      page: operator,
      form: operator.getByRole('complementary', { name: /^Fail over/ }),
      reason: 'us-east-1 answers nobody',
      typed: 'us-east-1',
    });
    await agree(approver, operation);
    return operation;
  });

  await test.step('orders return in eu-west-1 and ap-southeast-1 is rebuilt', async () => {
    await untilDone(operator, failover);
    await expect(answer(operator)).toContainText('eu-west-1 took over from us-east-1: orders after');
    for (const name of ['Writes restored', 'Reads normal', 'Redundancy restored'])
      await expect(clock(operator, name).locator('.big')).toHaveText(/^\d+:\d\d$/);
    const missing = await missingOrders();
    await expect(
      operator.getByText(
        missing === 0
          ? /^no acknowledged order is missing/
          : new RegExp(`^${missing}\\sacknowledged orders? `),
      ),
    ).toBeVisible();
    await operator.goto('/');
    await operator.getByRole('button', { name: 'Table' }).click();
    const map = operator.getByRole('region', { name: 'The map as tables' });
    await expect(map.getByRole('row', { name: /^New York eu-west-1/ })).toBeVisible();
    expect(await shoppersShare('us-east-1', 20)).toBe(0);
  });
});

test('us-east-1 is won back by a failback that loses nothing', async ({ signedIn }) => {
  test.setTimeout(600_000);
  const operator = await signedIn('operator');
  await lab.heal();
  const lostBefore = await missingOrders();
  const failback = await test.step('back and fenced, it is rebuilt and gets the writer again', async () => {
    await operator.goto('/recovery');
    await expect(answer(operator)).toContainText('us-east-1 answers again and is fenced', {
      timeout: 120_000,
    });
    await operator.goto('/recovery?act=failback&target=us-east-1');
    return carryOut(signedIn, {
      page: operator,
      form: operator.getByRole('dialog', { name: /Fail back/ }),
      reason: 'us-east-1 has been calm',
      typed: 'ecommerce-db-us-east-1',
    });
  });

  await expect(answer(operator)).toContainText('us-east-1 is the writer');

  await test.step('users are at 50/30/20 again and nothing was lost on the way back', async () => {
    for (const [region, share] of HOME_SHARES) {
      const isNear = async () => Math.abs((await shoppersShare(region, 20)) - share) <= 0.05;
      await expect.poll(isNear, { timeout: 60_000 }).toBe(true);
    }
    expect(await missingOrders()).toBe(lostBefore);
  });

  await test.step('the reports tell the story', async () => {
    await operator.goto('/recovery?tab=reports');
    for (const operation of [failover, failback]) {
      const row = operator.getByRole('row').filter({ hasText: operation });
      await expect(row).toContainText('done');
      const href = await row.getByRole('link', { name: 'JSON' }).getAttribute('href');
      const report = await operator.request.get(href ?? '');
      expect(report.ok()).toBe(true);
      expect(JSON.stringify(await report.json())).toContain(operation);
    }
  });
});
