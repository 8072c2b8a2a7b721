import { expect, test } from '@playwright/test';

const password = process.env.MERIDIAN_E2E_PASSWORD ?? '';

test('an operator signs in with the password that the start printed @phone', async ({ page }) => {
  await page.goto('/');
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel('E-mail').fill('operator@meridian.local');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page).toHaveTitle(/Overview/);
});

test('a wrong password is refused and leaves one at the form', async ({ page }) => {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill('operator@meridian.local');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.locator('form').getByRole('alert')).toBeVisible();
  await expect(page).toHaveURL(/\/sign-in/);
});
