import { expect, type Page } from '@playwright/test';
import { lab, liveWeights, restoreWeights, wasDisturbed } from './lab.ts';
import { findActiveOperation, query } from './product.ts';
import type { SignedIn } from './test.ts';

/**
 * Leaves the estate as the next test expects it: no fault, no freeze, nobody disabled, nothing asked for or running, every user at home. Costs next to
 * nothing after a test that changed nothing. A Region that was in trouble keeps its bad minute: tests trouble
 * ap-southeast-1, and move users to eu-west-1.
 */
export async function calmDown(signedIn: SignedIn): Promise<void> {
  if (wasDisturbed()) await lab.heal();
  await query('update "freeze" set lifted_at = now(), lifted_by = created_by where lifted_at is null');
  await query(
    `update person set disabled_at = null where disabled_at is not null and email like '%@meridian.local'`,
  );
  await query(
    `update operation set state = 'withdrawn', outcome = 'Withdrawn after the test that asked for it.', ended_at = now()
      where state = 'awaiting-approval'`,
  );
  // Before the abort: a run that finds weights it does not know puts nothing back.
  let restored = await restoreWeights();
  const active = await findActiveOperation();
  if (active) await abort(await signedIn('operator'), active);
  restored = (await restoreWeights()) || restored;
  // A run that was stopped has put its own weights back just now.
  if (restored || active) await weightsAreRead();
}

async function abort(page: Page, operation: string): Promise<void> {
  await page.goto(`/operations/${operation}`);
  const button = page.getByLabel('Operation', { exact: true }).getByRole('button', { name: 'Abort' });
  if ((await button.getAttribute('aria-disabled')) !== 'true') {
    await button.click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: `Abort ${operation}` })
      .click();
  }
  await expect.poll(findActiveOperation, { timeout: 60_000 }).toBeUndefined();
}

/** Until what is stored of the zone is what it says now: what the collector asked before a change may be stored after it. */
export async function weightsAreRead(): Promise<void> {
  const isRead = async () => {
    const [row] = await query<{ weights: Record<string, Record<string, number>> }>(
      `select value -> 'recordWeights' as weights from observation where kind = 'records'`,
    );
    const live = await liveWeights();
    return live.every(({ geography, region, weight }) => row?.weights[geography]?.[region] === weight);
  };
  await expect.poll(isRead, { timeout: 30_000 }).toBe(true);
}
