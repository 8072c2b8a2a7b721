import {
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  expect,
  type Page,
} from '@playwright/test';
import { calmDown } from './calm.ts';
import { type Account, emailOf, submitSignIn } from './people.ts';
import { product } from './product.ts';
import { READS } from './tags.ts';
import { FaultWatch } from './watch.ts';

type Session = BrowserContextOptions['storageState'];

/** A page of somebody who has signed in, in a browser of their own; `anew` after their sessions were ended. */
export type SignedIn = (account: Account, how?: { anew: boolean }) => Promise<Page>;

interface Tools {
  faults: FaultWatch;
  signedIn: SignedIn;
  /** Ends what a story left behind: faults of the lab, a run, a freeze, changed weights. */
  calm: undefined;
}

interface SharedTools {
  /** One sign-in a person for all tests. */
  sessions: Map<Account, Session>;
}

/**
 * Playwright's test with people instead of pages. Any violation of the content security policy, uncaught error or error
 * on the console fails the test it happened in.
 */
export const test = base.extend<Tools, SharedTools>({
  sessions: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern
    async ({}, use) => {
      await use(new Map());
    },
    { scope: 'worker' },
  ],

  // biome-ignore lint/correctness/noEmptyPattern: as above
  faults: async ({}, use) => {
    const faults = new FaultWatch();
    await use(faults);
    expect(faults.unexpected, 'what the browser reported').toEqual([]);
  },

  context: async ({ context, faults }, use) => {
    await faults.follow(context);
    await use(context);
  },

  signedIn: async ({ browser, faults, sessions }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (account, { anew } = { anew: false }) => {
      const known = anew ? undefined : sessions.get(account);
      const context = await browser.newContext(known === undefined ? {} : { storageState: known });
      opened.push(context);
      await faults.follow(context);
      const page = await context.newPage();
      if (known === undefined) {
        await page.goto('/sign-in');
        await submitSignIn(page, emailOf(account));
        await page.waitForURL(`${product.url}/`);
        if (!anew) sessions.set(account, await context.storageState());
      }
      return page;
    });
    for (const context of opened) await context.close();
  },

  calm: [
    async ({ signedIn }, use, { title }) => {
      await use(undefined);
      if (!READS.test(title)) await calmDown(signedIn);
    },
    { auto: true, timeout: 120_000 },
  ],
});

export { expect };
