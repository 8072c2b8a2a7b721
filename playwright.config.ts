import { defineConfig } from '@playwright/test';
import { CHROMIUM_FLAGS, findChromium } from './launch/chromium.ts';

const DESKTOP = { width: 1440, height: 900 };
const RECOVERY = 'recovery.spec.ts';

/**
 * One worker: the estate under test is one, and its traffic is shared; two, each with a product of its own, keep both cores
 * so busy that shoppers lose orders. Tests tagged @phone run at 390 px too, those tagged @phone-only there alone.
 */
export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/global-setup.ts',
  outputDir: 'test-results',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  // Real traffic is random and CI machines are loaded: one more try; the report names what needed it.
  retries: 1,
  timeout: 60_000,
  expect: { timeout: 20_000 },
  use: {
    // Set by the global setup, which starts the product on a free port.
    baseURL: process.env.MERIDIAN_E2E_URL,
    launchOptions: { executablePath: findChromium(), args: CHROMIUM_FLAGS },
    // A control that never comes is told by its own name, not by the end of the whole test's time.
    actionTimeout: 20_000,
    screenshot: 'only-on-failure',
    trace: 'on-first-retry',
    // Without a GPU every frame of a motion is drawn by the processor that the product runs on.
    contextOptions: { reducedMotion: 'reduce' },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
  },
  projects: [
    {
      name: 'chromium-desktop',
      use: { viewport: DESKTOP },
      grepInvert: /@phone-only\b/,
      testIgnore: RECOVERY,
    },
    {
      name: 'phone',
      use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
      grep: /@phone(-only)?\b/,
    },
    // Last: it loses a Region and rebuilds every database.
    { name: 'recovery', use: { viewport: DESKTOP }, testMatch: RECOVERY },
  ],
});
