import type { Page } from '@playwright/test';
import { PAGES } from './support/pages.ts';
import { expect, test } from './support/test.ts';

const MOST_SCRIPT_KB = 200;

test('no page needs more than 200 KB of script before it is live', async ({ browser, page, signedIn }) => {
  test.setTimeout(120_000);
  const session = await (await signedIn('operator')).context().storageState();
  const weights: Record<string, number> = {};
  await page.goto('/');
  for (const { name, path } of PAGES) {
    const fresh = await browser.newContext({ storageState: session });
    const opened = await fresh.newPage();
    const transferred = await countScriptBytes(opened);
    await opened.goto(path);
    await expect(opened.getByText('Live', { exact: true })).toBeVisible();
    weights[name] = Math.round(transferred() / 1_024);
    await fresh.close();
  }
  console.log(weights);
  expect(Object.entries(weights).filter(([, kilobytes]) => kilobytes > MOST_SCRIPT_KB)).toEqual([]);
});

/** Bytes of scripts on the wire, as the server compressed them. */
async function countScriptBytes(page: Page): Promise<() => number> {
  const client = await page.context().newCDPSession(page);
  const scripts = new Set<string>();
  let bytes = 0;
  client.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Script') scripts.add(requestId);
  });
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await client.send('Network.enable');
  return () => bytes;
}
