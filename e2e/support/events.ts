import type { Page } from '@playwright/test';
import type { FaultWatch } from './watch.ts';

const EVENTS = '**/api/v1/events';

/**
 * Keeps the page from hearing of changes, as a proxy that cuts streams does, until `withEvents`. It opens a stream of its
 * own, as in a browser without shared workers: what those ask for, Playwright cannot cut.
 */
export async function withoutEvents(page: Page, faults: FaultWatch): Promise<void> {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'));
  faults.expectFault(/^console: Failed to load resource: net::ERR_FAILED .*\/api\/v1\/events/);
  await page.route(EVENTS, (route) => route.abort());
}

export const withEvents = (page: Page): Promise<void> => page.unroute(EVENTS);
