import { defineConfig } from '@playwright/test';
import { PHONE, READS } from './e2e/support/tags.ts';
import { CHROMIUM_FLAGS, findChromium } from './launch/chromium.ts';

const DESKTOP = { viewport: { width: 1440, height: 900 } };
const RECOVERY = 'recovery.spec.ts';

/**
 * The estate under test is one, and its traffic is shared: one story at a time changes it, and beside it run the tests that
 * only read (@reads). A second product would keep both cores so busy that shoppers lose orders. Tests tagged @phone run at
 * 390 px too, those tagged @phone-only there alone.
 */
export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/global-setup.ts',
  outputDir: 'test-results',
  workers: 2,
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
      name: 'stories',
      workers: 1,
      use: DESKTOP,
      grepInvert: [READS, /@phone-only\b/],
      testIgnore: RECOVERY,
    },
    { name: 'pages', workers: 1, use: DESKTOP, grep: READS, grepInvert: /@phone-only\b/ },
    { name: 'phone', workers: 1, use: PHONE, grep: /@phone(-only)?\b/ },
    // Last: it loses a Region and rebuilds every database.
    { name: 'recovery', use: DESKTOP, testMatch: RECOVERY, dependencies: ['stories', 'pages', 'phone'] },
  ],
});
