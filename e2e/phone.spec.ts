import { PAGES } from './support/pages.ts';
import { answer, confirmInSheet, operationBar, requestShift, untilMidway } from './support/shift.ts';
import { expect, test } from './support/test.ts';

test('on a phone an approver approves, and aborts when it goes wrong @phone-only', async ({ signedIn }) => {
  test.setTimeout(150_000);
  const operator = await signedIn('operator');
  const operation = await requestShift(operator, { points: 10, reason: 'Asked for on the train' });
  const approver = await signedIn('approver');
  await approver.goto('/');
  await approver.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Approve' }).click();
  await approver.getByRole('button', { name: `Approve ${operation}` }).tap();
  await expect(approver.getByText(`${operation} is approved and starts.`)).toBeVisible();
  await operationBar(approver).getByRole('link', { name: operation }).tap();
  await untilMidway(approver);
  await operationBar(approver).getByRole('button', { name: 'Abort' }).tap();
  await confirmInSheet(approver, `Abort ${operation}`, 'Seen from the train');
  await expect(answer(approver)).toContainText(`${operation} aborted`, { timeout: 45_000 });
});

test('no page is wider than a phone @phone-only', async ({ signedIn }) => {
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
