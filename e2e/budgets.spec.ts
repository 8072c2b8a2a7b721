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
    const html = (await (await opened.goto(path))?.text()) ?? '';
    await expect(opened.getByText('Live', { exact: true })).toBeVisible();
    weights[name] = Math.round(transferred(html) / 1_024);
    await fresh.close();
  }
  console.log(weights);
  expect(Object.entries(weights).filter(([, kilobytes]) => kilobytes > MOST_SCRIPT_KB)).toEqual([]);
});

/** Bytes on the wire, as the server compressed them, of the scripts that the page itself names: its first load. */
async function countScriptBytes(page: Page): Promise<(html: string) => number> {
  const client = await page.context().newCDPSession(page);
  const paths = new Map<string, string>();
  const bytes = new Map<string, number>();
  client.on('Network.responseReceived', ({ requestId, type, response }) => {
    if (type === 'Script') paths.set(requestId, new URL(response.url).pathname);
  });
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const path = paths.get(requestId);
    if (path) bytes.set(path, encodedDataLength);
  });
  await client.send('Network.enable');
  return (html) => [...bytes].reduce((sum, [path, size]) => sum + (html.includes(path) ? size : 0), 0);
}
