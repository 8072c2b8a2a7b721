import type { Locator, Page } from '@playwright/test';

/** Opens the sheet of a new deployment with that release, which was not in staging; nothing is requested. */
export async function openDeployment(page: Page, version: string): Promise<Locator> {
  await page.goto('/deployments');
  await page
    .getByRole('button', { name: 'New deployment' })
    .or(page.getByRole('link', { name: 'New deployment' }))
    .click();
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel('Release', { exact: true }).selectOption(version);
  await sheet.getByLabel(/^Why without staging/).fill('Staging is being rebuilt');
  return sheet;
}
