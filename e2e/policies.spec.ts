import type { Page } from '@playwright/test';
import { openDeployment } from './support/deployment.ts';
import { pipeline } from './support/pipeline.ts';
import { query } from './support/product.ts';
import { expect, test } from './support/test.ts';

const POLICIES = '/settings/people?tab=policies';
/** Deployed by no other story: its request is looked at, and not sent. */
const VERSION = 'v2.2.0';

/** Other stories ask as the default does. */
test.afterEach(async () => {
  await query(`delete from approval_policy where kind = 'deployment'`);
});

test('an admin asks more of deployments, the next request says so, and the general policy holds again', async ({
  signedIn,
}) => {
  test.setTimeout(120_000);
  const admin = await signedIn('admin');
  const operator = await signedIn('operator');
  await (await pipeline()).register(VERSION);

  await test.step('who may not is told which role may', async () => {
    await operator.goto(POLICIES);
    await expect(operator.getByRole('button', { name: 'Set a policy' })).toBeDisabled();
    await expect(operator.getByText(/needs the role admin/).first()).toBeAttached();
  });

  await test.step('what does not fit is refused at its field', async () => {
    const sheet = await openPolicy(admin);
    await sheet.getByLabel('Approvers').fill('ten');
    await expect(sheet.getByText('must be a whole number from 0 to 9', { exact: true })).toBeVisible();
    await expect(sheet.getByRole('button', { name: 'Set the policy' })).toBeDisabled();
    await admin.keyboard.press('Escape');
    await expect(sheet).toBeHidden();
  });

  await test.step('more is asked, and the sheet says of whom', async () => {
    const sheet = await openPolicy(admin);
    for (const part of ['What will change', 'What could go wrong', 'Who must agree'])
      await expect(sheet.getByRole('heading', { name: part })).toBeVisible();
    await sheet.getByLabel('Approvers').fill('2');
    await sheet.getByRole('button', { name: 'Add a rule' }).click();
    await expect(sheet.getByRole('table', { name: 'What will change' })).toContainText(
      /1\sapprover who did not ask → 2\sapprovers who did not ask, and 1 operator/,
    );
    await expect(sheet.getByText('It asks for nothing less than what holds now.')).toBeVisible();
    await expect(sheet.getByText(/^In production .* could agree at present\./)).toBeVisible();
    await sheet.getByLabel(/^Reason/).fill('The season has begun');
    await sheet.getByRole('button', { name: 'Set the policy' }).click();
    await expect(sheet).toBeHidden();
    await expect(line(admin)).toContainText(/2\sapprovers who did not ask, and 1 operator/);
    await expect(line(admin)).toContainText('this kind in production');
  });

  await test.step('the next request says so', async () => {
    await expect(agreement(operator)).resolves.toContain('2 approvers who are not you; and 1 operator.');
  });

  await test.step('it is removed, which asks for less', async () => {
    const sheet = await openPolicy(admin);
    await sheet.getByRole('button', { name: 'Remove it' }).click();
    await expect(sheet.getByText('It asks for less than what holds now.')).toBeVisible();
    await sheet.getByLabel(/^Reason/).fill('The season is over');
    await sheet.getByRole('button', { name: 'Remove the policy' }).click();
    await expect(sheet).toBeHidden();
    await expect(line(admin)).toContainText('default');
    await expect(agreement(operator)).resolves.toContain('One approver who is not you.');
    await admin.goto('/audit?action=policy.');
    await expect(admin.getByText('approval policy removed').first()).toBeVisible();
  });
});

/** The line that says who must agree to deployments of any risk. */
const line = (page: Page) => page.getByRole('row', { name: /^Deployment/ }).first();

async function openPolicy(page: Page) {
  await page.goto(POLICIES);
  await page.getByRole('button', { name: 'Change who must agree to: Deployment', exact: true }).click();
  return page.getByRole('dialog');
}

/** Who must agree, as the sheet of a new deployment says it; nothing is requested. */
async function agreement(page: Page): Promise<string> {
  const sheet = await openDeployment(page, VERSION);
  const words = sheet.getByText(/approvers? who (is|are) not you/);
  await expect(words).toBeVisible();
  return words.innerText();
}
