import { lab } from './support/lab.ts';
import { query } from './support/product.ts';
import { carryOut } from './support/recovery.ts';
import { expect, test } from './support/test.ts';

const REGION = 'ap-southeast-1';

/** Nothing acts by itself in the tests after it; a Region that it could not bring back is as it was at first. */
test.afterEach(async () => {
  await query(`update recovery_policy set on_failing = 'recommend', accepts = '{}'`);
  if (test.info().status !== test.info().expectedStatus) await lab.reset();
});

test('a Region that fails is left by policy alone, and the page says what it did', async ({ signedIn }) => {
  test.setTimeout(300_000);
  const operator = await signedIn('operator');
  const admin = await signedIn('admin');

  await test.step('whose switch is prepared', async () => {
    await operator.goto(`/recovery?act=prepare-switch&region=${REGION}`);
    await carryOut(signedIn, {
      page: operator,
      form: operator.getByRole('dialog', { name: /Prepare the switch/ }),
      reason: 'Readers are to leave it by its switch',
    });
  });

  await test.step('and whose environment an admin lets Meridian act in', async () => {
    await admin.goto('/settings/people?tab=policies');
    await admin.getByLabel('Meridian').selectOption({ label: 'sends its readers elsewhere by itself' });
    for (const box of await admin
      .getByRole('group', { name: /^Accepted ahead/ })
      .getByRole('checkbox')
      .all())
      await box.check();
    await admin.getByLabel(/^Reason/).fill('Readers wait for nobody at night');
    await admin.getByRole('button', { name: 'Set policy' }).click();
    await expect(admin.getByText('The policy of production is set.')).toBeVisible();
  });

  await test.step('is evacuated with nobody asked', async () => {
    await lab.outage(REGION, 'drop');
    const acted = async () => {
      const [act] = await query<{ state: string; reason: string | null; operation: string | null }>(
        `select a.state, a.reason, o.state as operation from policy_act a
           left join operation o on o.id = a.operation_id where region = $1 order by opened_at desc limit 1`,
        [REGION],
      );
      return act ? `${act.state}, ${act.operation ?? act.reason}` : 'not seen failing yet';
    };
    await expect.poll(acted, { timeout: 180_000, intervals: [1_000] }).toBe('started, done');
    await operator.goto('/recovery');
    await expect(operator.getByText(`sent the readers of ${REGION} elsewhere`)).toBeVisible();
    await operator.goto('/operations');
    await operator
      .getByRole('row', { name: new RegExp(`Evacuate ${REGION}`) })
      .getByRole('link')
      .first()
      .click();
    await expect(operator.getByText('nobody was asked').first()).toBeVisible();
  });

  await test.step('and gets its readers back from people', async () => {
    await lab.heal();
    await admin.goto('/settings/people?tab=policies');
    await admin.getByLabel('Meridian').selectOption({ label: 'recommends, and people decide' });
    await admin.getByLabel(/^Reason/).fill('The test is over');
    await admin.getByRole('button', { name: 'Set policy' }).click();
    await expect(admin.getByText('The policy of production is set.')).toBeVisible();
    const form = operator.getByRole('dialog', { name: /Let readers back/ });
    await expect(async () => {
      await operator.goto(`/recovery?act=return&region=${REGION}`);
      await expect(form.getByLabel(/^Reason/)).toBeVisible({ timeout: 2_000 });
      await form.getByLabel(/^Reason/).fill('It answers again');
      await expect(form.getByRole('button', { name: 'Request approval' })).not.toHaveAttribute(
        'aria-disabled',
        'true',
        { timeout: 1_000 },
      );
    }).toPass({ timeout: 90_000 });
    await carryOut(signedIn, { page: operator, form, reason: 'It answers again' });
  });
});
