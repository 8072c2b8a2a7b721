import { randomUUID } from 'node:crypto';
import { meridianOutput } from '../launch/command-line.ts';
import { submitSignIn } from './support/people.ts';
import { product } from './support/product.ts';
import { expect, test } from './support/test.ts';

/** Somebody of this story alone: the demo people's passwords stay as the other stories know them. */
async function newcomer(name: string): Promise<{ email: string; password: string }> {
  const email = `${randomUUID()}@example.test`;
  const added = await meridianOutput(['user', 'add', email, '--name', name, '--role', 'viewer', '--json'], {
    MERIDIAN_DATA: product.dataDir,
  });
  return { email, password: (JSON.parse(added) as { password: string }).password };
}

test('one changes their own password: every session ends, the old one is refused, the new one works @reads', async ({
  page,
  browser,
}) => {
  const { email, password } = await newcomer('Nina Falk');
  const changed = `another one, ${randomUUID()}`;
  await page.goto('/sign-in');
  await submitSignIn(page, email, password);
  await expect(page).toHaveTitle(/Overview/);
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await other.goto('/sign-in');
  await submitSignIn(other, email, password);
  await expect(other).toHaveTitle(/Overview/);

  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Change password' }).click();
  const sheet = page.getByRole('dialog', { name: 'Change password' });
  const current = sheet.getByLabel('Current password');
  const button = sheet.getByRole('button', { name: 'Change password' });
  await sheet.getByLabel('New password').fill(changed);
  await sheet.getByLabel('Once more').fill(changed);
  await test.step('a wrong one is told at its field', async () => {
    await current.fill('not my password');
    await button.click();
    await expect(current).toHaveAccessibleDescription(/is not your password/);
    // The refusal is shown a moment before the button may be pressed again.
    await expect(button).not.toHaveAttribute('aria-busy');
  });

  await current.fill(password);
  await button.click();
  const told = 'Your password was changed. Sign in with the new one.';
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(page.getByText(told)).toBeVisible();
  await other.goto('/traffic');
  await expect(other).toHaveURL(/\/sign-in/);
  await expect(other.getByText(told)).toBeVisible();
  await elsewhere.close();

  await submitSignIn(page, email, password);
  await expect(page.getByText('Not signed in.', { exact: true })).toBeVisible();
  await submitSignIn(page, email, changed);
  await expect(page).toHaveTitle(/Overview/);
});

test('an admin gives somebody another name @reads', async ({ signedIn }) => {
  const { email } = await newcomer('Before Marriage');
  const admin = await signedIn('admin');
  await admin.goto(`/settings/people?person=${encodeURIComponent(email)}`);
  await admin
    .getByRole('complementary', { name: 'Before Marriage' })
    .getByRole('button', { name: 'Rename' })
    .click();
  const asked = admin.getByRole('dialog', { name: 'Rename Before Marriage' });
  await asked.getByLabel('Name').fill('After Marriage');
  await asked.getByRole('button', { name: 'Rename' }).click();
  await expect(asked).toBeHidden();
  await expect(admin.getByRole('complementary', { name: 'After Marriage' })).toContainText(email);
  await expect(admin.getByRole('row', { name: /^After Marriage/ })).toContainText(email);
});
