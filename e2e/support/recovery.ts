import { expect, type Locator, type Page } from '@playwright/test';
import { product, query } from './product.ts';
import { answer, idIn } from './shift.ts';
import type { SignedIn } from './test.ts';

/** A run may be told done so long after its start: three databases are built anew on a loaded machine, ms. */
const RUN_MS = 300_000;
/** What stands in the way of a request goes by itself so soon: a Region that is back is fenced, and its checkers look, ms. */
const PERMITTED_MS = 120_000;
const GOES_ON = new Set(['queued', 'running', 'aborting', 'reverting']);

/** What is asked for on a page of its own (`/recovery/decide`) or in a sheet over Recovery. */
export interface Ask {
  page: Page;
  /** The complementary region or dialog that holds the form. */
  form: Locator;
  reason: string;
  /** What the form wants typed, if it does. */
  typed?: string;
}

/** Takes every tick that the form asks for, gives the reason, requests, and returns the operation's id. */
export async function request({ page, form, reason, typed }: Ask): Promise<string> {
  const button = form.getByRole('button', { name: 'Request approval' });
  await form.getByLabel(/^Reason/).fill(reason);
  if (typed !== undefined) await form.getByLabel(`Type ${typed}`).fill(typed);
  await prove(form);
  await expect(async () => {
    await acceptAll(form);
    await expect(button).not.toHaveAttribute('aria-disabled', 'true');
    await button.click();
    // Refused where the facts, and the plan with them, moved between the last look and the click.
    await page.waitForURL(/\/operations\/OP-\d+/, { timeout: 10_000 });
  }).toPass({ timeout: PERMITTED_MS });
  return idIn(answer(page));
}

/** Ticks come and go with the facts: until none is open. */
async function acceptAll(form: Locator): Promise<void> {
  const open = form.getByRole('checkbox', { checked: false });
  while ((await open.count()) > 0) await open.first().check({ timeout: 2_000 });
}

/** Gives the password again where the session's proof has become too old for what cannot be undone. */
async function prove(form: Locator): Promise<void> {
  const field = form.getByLabel(/^Your password/);
  if (await field.isVisible()) await field.fill(product.password);
}

/** Approves in the inbox, with the loss accepted where the request carries one. */
export async function agree(page: Page, operation: string): Promise<void> {
  await page.goto(`/approvals?operation=${operation}`);
  const button = page.getByRole('button', { name: `Approve ${operation}` });
  await expect(button).toBeVisible();
  await expect(() => acceptAll(page.getByRole('main'))).toPass({ timeout: 30_000 });
  await prove(page.getByRole('main'));
  await button.click();
  await expect(page.getByText(`${operation} is approved and starts.`)).toBeVisible();
}

/** Requests with one person, approves with the other, and returns when it has ended well, on the run's own page. */
export async function carryOut(signedIn: SignedIn, ask: Ask): Promise<string> {
  const operation = await request(ask);
  await agree(await signedIn('approver'), operation);
  await untilDone(ask.page, operation);
  return operation;
}

/** Until the run goes no further by itself; then it must have ended well. */
export async function untilDone(page: Page, operation: string): Promise<void> {
  await page.goto(`/operations/${operation}`);
  const told = async () => {
    const [row] = await query<{ state: string; outcome: string | null }>(
      'select state, outcome from operation where id = $1',
      [operation],
    );
    return row && !GOES_ON.has(row.state) ? `${row.state}: ${row.outcome}` : undefined;
  };
  await expect.poll(told, { timeout: RUN_MS, intervals: [1_000] }).toBeDefined();
  expect(await told()).toMatch(/^done/);
}

/** One of the three clocks of a run's page: "Writes restored" with how long it took, "1:07". */
export const clock = (page: Page, name: string): Locator =>
  page.locator('.clock').filter({ hasText: name }).first();
