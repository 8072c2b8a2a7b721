import { defineConfig } from '@playwright/test';
import { PHONE, READS } from './e2e/support/tags.ts';
import type { EstateSeen } from './e2e/support/test.ts';
import { CHROMIUM_FLAGS, findChromium } from './launch/chromium.ts';

const DESKTOP = { viewport: { width: 1440, height: 900 } };
/** Stories that take minutes, most of it waiting: what they leave of an estate is of no use to others. In this order. */
const SHAKING = ['deployments.spec.ts', 'evacuation-unattended.spec.ts', 'recovery.spec.ts'];

/**
 * An estate's traffic is shared, so one story at a time changes it: there are two, and a lane of stories on each. The tests that
 * only read (@reads) follow beside the lane that is longer. Tests tagged @phone run at 390 px too, those tagged @phone-only there
 * alone.
 */
export default defineConfig<object, EstateSeen>({
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
      name: 'shaken',
      workers: 1,
      use: { ...DESKTOP, estate: 'shaken' },
      testMatch: SHAKING,
    },
    {
      name: 'stories',
      workers: 1,
      use: DESKTOP,
      grepInvert: [READS, /@phone-only\b/],
      testIgnore: SHAKING,
    },
    { name: 'pages', workers: 1, use: DESKTOP, grep: READS, grepInvert: /@phone-only\b/ },
    { name: 'phone', workers: 1, use: PHONE, grep: /@phone(-only)?\b/ },
  ],
});
