import { randomUUID } from 'node:crypto';
import { emailOf, submitSignIn } from './support/people.ts';
import { expect, test } from './support/test.ts';

test('an operator signs in with the password that the start printed @phone @reads', async ({ page }) => {
  await page.goto('/');
  await expect(page).toHaveURL(/\/sign-in/);
  await submitSignIn(page, emailOf('operator'));
  await expect(page).toHaveURL(/\/$/);
  await expect(page).toHaveTitle(/Overview/);
});

test('a wrong password and an unknown account are refused alike @reads', async ({ page }) => {
  await page.goto('/sign-in');
  await submitSignIn(page, emailOf('operator'), 'not the password');
  const refusal = page.locator('form').getByRole('alert');
  await expect(refusal).toHaveText(/^Not signed in\. Not signed in: that e-mail and password do not fit/);
  const said = await refusal.innerText();
  await submitSignIn(page, `${randomUUID()}@meridian.local`, 'not the password');
  await expect(page.getByLabel('E-mail')).not.toHaveValue(emailOf('operator'));
  await expect(refusal).toHaveText(said);
  await expect(page).toHaveURL(/\/sign-in/);
});

test('after ten wrong passwords an account waits, and says how long @reads', async ({ page }) => {
  const guessed = `${randomUUID()}@meridian.local`;
  await page.goto('/sign-in');
  for (let guess = 1; guess <= 10; guess += 1) {
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await submitSignIn(page, guessed, `guess ${guess}`);
    await answered;
    await expect(page.getByLabel('Password')).toBeEmpty();
  }
  await submitSignIn(page, guessed, 'one more');
  await expect(page.getByText('Wait a moment.')).toBeVisible();
  await expect(
    page.getByText(/Sign-in is paused after 10 failed tries\. Try again in 1[45] min/),
  ).toBeVisible();
});

test('one comes back to the page that asked to sign in, and never to another site @reads', async ({
  page,
}) => {
  await page.goto('/operations?state=done');
  await submitSignIn(page, emailOf('operator2'));
  await expect(page).toHaveURL(/\/operations\?state=done$/);
  await page.context().clearCookies();
  await page.goto('/sign-in?next=https://evil.example/');
  await submitSignIn(page, emailOf('operator2'));
  await expect(page).toHaveTitle(/Overview/);
  await page.context().clearCookies();
  await page.goto('/sign-in?next=//evil.example/');
  await submitSignIn(page, emailOf('operator2'));
  await expect(page).toHaveTitle(/Overview/);
});

test('signing out ends the session, also for a copy of its cookie @reads', async ({ page, browser }) => {
  await page.goto('/sign-in');
  await submitSignIn(page, emailOf('operator2'));
  await expect(page).toHaveTitle(/Overview/);
  const copy = await browser.newContext({ storageState: await page.context().storageState() });
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  const elsewhere = await copy.newPage();
  await elsewhere.goto('/traffic');
  await expect(elsewhere).toHaveURL(/\/sign-in/);
  await copy.close();
});
