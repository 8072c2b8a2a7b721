import fs from 'node:fs';

/** The shell first: Chromium without the windows around a page, which a test never looks at and which take half of its work. */
const PLACES = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where this machine has Chromium (`MERIDIAN_CHROMIUM`, else the usual places), or undefined. */
export function findChromium(): string | undefined {
  const chosen = process.env.MERIDIAN_CHROMIUM;
  return [...(chosen ? [chosen] : []), ...PLACES].find((place) => fs.existsSync(place));
}

/** What a browser under test needs: no calls home, no GPU, and no sandbox, which root may not use. */
export const CHROMIUM_FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];
