import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { PAGES } from './support/pages.ts';
import { requestShift } from './support/shift.ts';
import { expect, test } from './support/test.ts';

const THEMES = ['light', 'dark'] as const;

test('no page has a serious barrier, in light and in dark @reads', async ({ signedIn }) => {
  test.setTimeout(600_000);
  const page = await signedIn('operator');
  await expectNoBarriers(page, PAGES);
});

test('nor has a request that waits, in the inbox and on its own page', async ({ signedIn }) => {
  const page = await signedIn('operator');
  const operation = await requestShift(page, { points: 8, reason: 'To be looked at' });
  await expectNoBarriers(page, [
    { name: 'One operation', path: `/operations/${operation}` },
    { name: 'One request', path: `/approvals?operation=${operation}` },
  ]);
});

test('nor has the sign-in page @reads', async ({ page }) => {
  await expectNoBarriers(page, [{ name: 'Sign in', path: '/sign-in' }]);
});

async function expectNoBarriers(page: Page, pages: readonly { name: string; path: string }[]): Promise<void> {
  const barriers: string[] = [];
  for (const { name, path } of pages) {
    await page.goto(path);
    // A sheet that stands open hides the page under it from readers.
    const answer = page.getByRole('heading', { level: 1 }).or(page.getByRole('dialog'));
    await expect(answer.first()).toBeVisible();
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
      // What stands on a page is the same in both; dark changes its colours alone.
      // The legacy mode looks from inside the page itself, which has no frames of elsewhere; the other opens a tab each time.
      const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
      const { violations } = await (colorScheme === 'dark' ? axe.withRules('color-contrast') : axe).analyze();
      barriers.push(
        ...violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${name}, ${colorScheme}: ${id} at ${nodes[0]?.target.join(' ')}`),
      );
    }
  }
  expect(barriers).toEqual([]);
}
