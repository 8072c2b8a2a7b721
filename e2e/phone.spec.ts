import { PAGES } from './support/pages.ts';
import { expect, test } from './support/test.ts';

test('no page is wider than a phone @phone-only @reads', async ({ signedIn }) => {
  const page = await signedIn('operator');
  const wide: string[] = [];
  for (const { name, path } of PAGES) {
    await page.goto(path);
    // A sheet that opens over a page hides its headings from whoever is not to reach them.
    await expect(page.getByRole('heading').first()).toBeVisible();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 390) wide.push(`${name}: ${width} px`);
  }
  expect(wide).toEqual([]);
});
