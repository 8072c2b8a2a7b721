import { expect, type Locator, type Page } from '@playwright/test';
import type { RegionCode } from './lab.ts';
import type { SignedIn } from './test.ts';

/** A move of some users of North America, as the composer asks for it. */
export interface Shift {
  points: number;
  reason: string;
  from?: RegionCode;
  to?: RegionCode;
}

export const composer = (page: Page): Locator => page.getByRole('complementary', { name: 'Shift traffic' });
export const requestButton = (page: Page): Locator =>
  composer(page).getByRole('button', { name: 'Request approval' });

/** Opens the composer by the page's own button and fills it in; nothing is requested yet. */
export async function composeShift(page: Page, shift: Shift): Promise<void> {
  await page.goto('/traffic');
  await page.getByRole('link', { name: 'Shift traffic' }).click();
  const sheet = composer(page);
  await sheet.getByLabel('Users in').selectOption({ label: 'North America' });
  await sheet.getByLabel('From', { exact: true }).selectOption(shift.from ?? 'us-east-1');
  await sheet.getByLabel('To', { exact: true }).selectOption(shift.to ?? 'eu-west-1');
  await sheet
    .getByRole('spinbutton', { name: 'Points of all traffic, North America' })
    .fill(String(shift.points));
  await sheet.getByLabel('Reason').fill(shift.reason);
}

/** Asks for the shift, or for the one composed already, and returns the operation's id as the console says it. */
export async function requestShift(page: Page, shift?: Shift): Promise<string> {
  if (shift) await composeShift(page, shift);
  const requested = page.getByText(/^OP-\d+ waits for approval\.$/);
  // Refused where the facts, and the plan with them, moved between the last look and the click: a person asks again.
  await expect(async () => {
    await expect(requestButton(page)).not.toHaveAttribute('aria-disabled', 'true');
    await requestButton(page).click();
    await expect(requested).toBeVisible({ timeout: 10_000 });
  }).toPass({ timeout: 60_000 });
  return idIn(requested);
}

/** Approves in the inbox and returns once the console has said that it starts. */
export async function approve(page: Page, operation: string): Promise<void> {
  await page.goto(`/approvals?operation=${operation}`);
  await page.getByRole('button', { name: `Approve ${operation}` }).click();
  await expect(page.getByText(`${operation} is approved and starts.`)).toBeVisible();
}

/** A shift requested by the operator and approved by the approver, open on the operator's page. */
export async function startShift(
  signedIn: SignedIn,
  shift: Omit<Shift, 'points'> & Partial<Shift>,
): Promise<{ operation: string; page: Page }> {
  const page = await signedIn('operator');
  const operation = await requestShift(page, { points: 10, ...shift });
  await approve(await signedIn('approver'), operation);
  await page.goto(`/operations/${operation}`);
  return { operation, page };
}

/** The sentence over an operation's page: what it is and where it stands. */
export const answer = (page: Page): Locator => page.getByRole('heading', { level: 1 });

/** How an operation's timeline marks a step: "running", "done", "held", "failed", "not begun". */
export const stepState = (page: Page, title: string, state: string): Locator =>
  page
    .getByRole('row')
    .filter({ has: page.getByText(title) })
    .getByRole('img', { name: state, exact: true });

/** Until the users have been sent elsewhere and resolvers follow: the middle of a run, four seconds long. */
export async function untilMidway(page: Page): Promise<void> {
  await expect(stepState(page, 'Wait for resolvers to follow', 'running')).toBeVisible({ timeout: 60_000 });
}

/** Aborts, reverts or freezes by the sheet that every dangerous act opens. */
export async function confirmInSheet(page: Page, verb: string, reason?: string): Promise<void> {
  const sheet = page.getByRole('dialog');
  for (const part of ['What will change', 'What could go wrong', 'Who must agree']) {
    await expect(sheet.getByRole('heading', { name: part })).toBeVisible();
  }
  if (reason) await sheet.getByLabel('Reason').fill(reason);
  await sheet.getByRole('button', { name: verb }).click();
  await expect(sheet).toBeHidden();
}

/** The bar that every page has; Abort is its last control. */
export const operationBar = (page: Page): Locator => page.getByRole('region', { name: 'Operation' });

/** The operation that a message of the console names, once it is there. */
export async function idIn(text: Locator): Promise<string> {
  await expect(text).toBeVisible();
  const id = /OP-\d+/.exec(await text.innerText())?.[0];
  if (!id) throw new Error('The console named no operation.');
  return id;
}
