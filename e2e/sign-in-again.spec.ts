import { emailOf } from './support/people.ts';
import { product, query } from './support/product.ts';
import { expect, test } from './support/test.ts';

test('what cannot be undone asks who signed in long ago for their password, in the same form', async ({
  signedIn,
}) => {
  const page = await signedIn('operator', { anew: true });
  await test.step('whose last proof is an hour old', async () => {
    await query(
      `update session set proved_at = now() - interval '1 hour'
        where person_id = (select id from person where email = $1) and ended_at is null`,
      [emailOf('operator')],
    );
  });
  const form = page.getByRole('dialog', { name: /Switch over/ });
  const password = form.getByLabel(/^Your password/);
  await expect(async () => {
    await page.goto('/recovery?act=switchover&target=eu-west-1');
    await expect(password).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await form.getByLabel(/^Reason/).fill('A rehearsal');
  await form.getByLabel('Type ecommerce-db-eu-west-1').fill('ecommerce-db-eu-west-1');
  const open = form.getByRole('checkbox', { checked: false });
  await expect(async () => {
    while ((await open.count()) > 0) await open.first().check({ timeout: 2_000 });
    expect(await open.count()).toBe(0);
  }).toPass();
  const button = form.getByRole('button', { name: 'Request approval' });

  await test.step('a missing and a wrong one are told at the field', async () => {
    await expect(form.getByText('Give your password first: this cannot be undone.').first()).toBeVisible();
    await expect(button).toHaveAttribute('aria-disabled', 'true');
    await password.fill('not my password');
    await button.click();
    await expect(form.getByText('is not your password', { exact: true })).toBeVisible();
    await expect(form.getByLabel(/^Reason/)).toHaveValue('A rehearsal');
  });

  await test.step('the right one asks for it, and counts for what comes next', async () => {
    // Refused where the facts, and the plan with them, moved since the last look: a person asks again.
    await expect(async () => {
      while ((await open.count()) > 0) await open.first().check({ timeout: 2_000 });
      await password.fill(product.password);
      await button.click({ timeout: 2_000 });
      await page.waitForURL(/\/operations\/OP-\d+/, { timeout: 10_000 });
    }).toPass();
    const [proof] = await query<{ age: number }>(
      `select extract(epoch from now() - max(proved_at))::float8 as age from session
        where person_id = (select id from person where email = $1)`,
      [emailOf('operator')],
    );
    expect(proof?.age).toBeLessThan(60);
  });
});
