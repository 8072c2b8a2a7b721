import type { Page } from '@playwright/test';
import { confirmInSheet } from './support/shift.ts';
import { expect, test } from './support/test.ts';

/** Registries are read again within this. */
const ONCE_OBSERVED = { timeout: 45_000 };
const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`;

interface Draft {
  version: string;
  digest: string;
}

/** Opens the sheet and fills in what a release is. */
async function draft(page: Page, { version, digest }: Draft) {
  await page.goto('/deployments?tab=releases');
  await page.getByRole('button', { name: 'Register a release' }).click();
  const sheet = page.getByRole('dialog', { name: 'Register a release' });
  await sheet.getByLabel('Version').fill(version);
  await sheet.getByLabel('Image digest').fill(digest);
  await sheet.getByLabel('Schema change').selectOption('expand');
  await sheet.getByLabel('Statement on compatibility').fill('Adds a column that older code does not read.');
  await sheet.getByLabel('Change link').fill('https://git.example.com/shop/pull/812');
  return sheet;
}

const register = (page: Page) =>
  page.getByRole('dialog').getByRole('button', { name: 'Register', exact: true });

test('a release is registered as one image for good, and says that no registry has it', async ({
  signedIn,
}) => {
  const operator = await signedIn('operator');
  const sheet = await draft(operator, { version: 'latest', digest: digestOf('7') });
  await expect(sheet.getByRole('alert')).toContainText('a tag that moves from image to image');
  await expect(register(operator)).toBeDisabled();
  await sheet.getByLabel('Version').fill('v7.0.0');
  await register(operator).click();
  await expect(operator).toHaveURL(/\/deployments\/releases\/v7\.0\.0/);
  await expect(operator.getByRole('heading', { level: 1 })).toHaveText(
    'v7.0.0 cannot be deployed: its image is not in the registry of us-east-1, eu-west-1 and ap-southeast-1.',
    ONCE_OBSERVED,
  );
  await expect(operator.getByRole('link', { name: 'https://git.example.com/shop/pull/812' })).toBeVisible();

  const again = await draft(operator, { version: 'v7.0.0', digest: digestOf('8') });
  await register(operator).click();
  await expect(again.getByText(/A version is one image for good/)).toBeVisible();
  await operator.goto('/deployments?tab=releases');
  const row = operator.getByRole('row').filter({ hasText: 'v7.0.0' });
  await expect(row).toContainText('not in every registry');
  await expect(row).toContainText('0 of 3');
});

test('a release that is bad is cleared by somebody else', async ({ signedIn }) => {
  const operator = await signedIn('operator');
  await draft(operator, { version: 'v7.1.0', digest: digestOf('9') });
  await register(operator).click();
  await operator.getByRole('button', { name: 'Mark bad' }).click();
  await confirmInSheet(operator, 'Mark v7.1.0 bad', 'Orders fail');
  await expect(operator.getByRole('heading', { level: 1 })).toHaveText('v7.1.0 is bad: Orders fail');
  const clear = operator.getByRole('main').getByRole('button', { name: 'Clear' });
  await expect(clear).toBeDisabled();
  await clear.focus();
  await expect(clear).toHaveAccessibleDescription(/needs the role approver/);

  const approver = await signedIn('approver');
  await approver.goto('/deployments?tab=releases&state=bad');
  await approver.getByRole('link', { name: 'v7.1.0' }).click();
  await approver.getByRole('button', { name: 'Clear' }).click();
  await confirmInSheet(approver, 'Clear v7.1.0', 'It was the test');
  await expect(approver.getByRole('button', { name: 'Mark bad' })).toBeVisible();
  await expect(approver.getByText('is bad: Orders fail')).toBeHidden();
});

test('versions stand side by side, and numbers say what they rest on', async ({ signedIn }) => {
  const viewer = await signedIn('viewer');
  await viewer.goto('/deployments');
  await expect(viewer.getByRole('heading', { level: 1 })).toHaveText(
    /^All 3 Regions of production serve v/,
    ONCE_OBSERVED,
  );
  await viewer.getByRole('link', { name: 'Versions' }).click();
  await viewer.waitForURL(/tab=versions/);
  const row = viewer.getByRole('row').filter({ hasText: 'ap-southeast-1' });
  await expect(row).toContainText(/v\d+\.\d+\.\d+/);
  await expect(row).toContainText(/\d+ of \d+/);
  await viewer.getByRole('link', { name: 'Numbers' }).click();
  await expect(viewer.getByRole('row').filter({ hasText: 'Change failure rate' })).toContainText(
    /no deployment ended|of \d+ deployment/,
  );
  const button = viewer.getByRole('button', { name: 'Register a release' });
  await expect(button).toBeDisabled();
  await button.focus();
  await expect(button).toHaveAccessibleDescription(/needs the role operator/);
});
