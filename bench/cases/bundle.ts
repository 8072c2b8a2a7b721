import { gzipSync } from 'node:zlib';
import { type Browser, type BrowserContext, chromium, type Response } from '@playwright/test';
import { CHROMIUM_FLAGS, findChromium } from '#launch/chromium.ts';
import type { Bench } from '../bench.ts';
import { type BenchConsole, startConsole } from '../estate/console.ts';
import { smallEstate } from '../estate/estates.ts';
import { BenchServer } from '../estate/server.ts';
import { atMost, inKb, inMs, type Row } from '../report.ts';
import { median } from '../statistics.ts';

const LOADS = 5;

/** What a browser loads and how soon it shows the page's main part. */
export const bundle: Bench = {
  name: 'bundle',
  title: 'First load',
  async run({ progress }) {
    const executablePath = findChromium();
    if (!executablePath)
      throw new Error('There is no Chromium here. Install one, or name it by MERIDIAN_CHROMIUM.');
    const server = await BenchServer.start();
    const amounts = { operations: 20, deployments: 20, auditRows: 1_000, sampleHours: 2 };
    const console = await startConsole(server, { name: 'bundle', estate: smallEstate(), amounts });
    const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
    try {
      const rows: Row[] = [];
      for (const [name, path] of pagesOf(console)) {
        progress(`loading ${path}`);
        rows.push(...(await measure(browser, console, { name, path })));
      }
      return { rows, notes: NOTES, postgres: await server.version() };
    } finally {
      await browser.close();
      await console.stop();
      await server.stop();
    }
  },
};

const NOTES = [
  `Chromium on the same machine, 1366 × 768, a new profile for each of ${LOADS} loads after one unmeasured. JavaScript is every script that the HTML names, compressed with gzip, the largest of the loads, then what these load by themselves; LCP is the median.`,
];

function pagesOf({ running }: BenchConsole): [name: string, path: string][] {
  return [
    ['Sign in', '/sign-in'],
    ['Overview', '/'],
    ['Region', '/regions/eu-west-1'],
    ['Traffic', '/traffic'],
    ['Traffic, composer', '/traffic?compose=drain&region=us-east-1'],
    ['Replication', '/replication'],
    ['Operations', '/operations'],
    ['One operation', `/operations/${running}`],
    ['Approvals', '/approvals'],
    ['Cost', '/cost'],
    ['Audit', '/audit'],
    ['Settings', '/settings/people'],
  ];
}

async function measure(
  browser: Browser,
  console: BenchConsole,
  { name, path }: { name: string; path: string },
): Promise<Row[]> {
  const loads: Load[] = [];
  for (let i = 0; i <= LOADS; i += 1) loads.push(await loadOnce(browser, console, path));
  const measured = loads.slice(1);
  const laterKb = Math.max(...measured.map((load) => load.laterKb));
  return [
    atMost({
      what: `${name}: JavaScript${laterKb >= 1 ? `, then ${inKb(laterKb)} more` : ''}`,
      value: Math.max(...measured.map(({ firstKb }) => firstKb)),
      most: 200,
      format: inKb,
    }),
    atMost({
      what: `${name}: LCP`,
      value: median(measured.map(({ paintMs }) => paintMs)),
      most: 800,
      format: inMs,
    }),
  ];
}

interface Load {
  /** Of the scripts that the page's HTML names. */
  firstKb: number;
  /** Of those that these load by themselves, once the page is there. */
  laterKb: number;
  paintMs: number;
}

async function loadOnce(browser: Browser, console: BenchConsole, path: string): Promise<Load> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
  try {
    if (path !== '/sign-in') await addCookie(context, console);
    const page = await context.newPage();
    const scripts: Response[] = [];
    page.on('response', (response) => {
      if (response.request().resourceType() === 'script') scripts.push(response);
    });
    const response = await page.goto(`${console.url}${path}`, { waitUntil: 'load' });
    if (response?.status() !== 200) throw new Error(`${path} answered ${response?.status()}.`);
    const html = await response.text();
    const paintMs = await page.evaluate(largestPaint);
    const isFirst = (script: Response) => html.includes(new URL(script.url()).pathname);
    const firstKb = await gzippedKb(scripts.filter(isFirst));
    return { firstKb, laterKb: (await gzippedKb(scripts)) - firstKb, paintMs };
  } finally {
    await context.close();
  }
}

async function gzippedKb(scripts: readonly Response[]): Promise<number> {
  const bodies = await Promise.all(scripts.map((script) => script.body()));
  return bodies.reduce((sum, body) => sum + gzipSync(body).length, 0) / 1024;
}

async function addCookie(context: BrowserContext, { url, cookie }: BenchConsole): Promise<void> {
  const [name = '', value = ''] = cookie.split(/=(.*)/s);
  await context.addCookies([{ name, value, url }]);
}

/** Runs in the page: the last candidate that the browser named, once it has named none for half a second. */
function largestPaint(): Promise<number> {
  return new Promise((resolve) => {
    let latest = 0;
    let quiet: ReturnType<typeof setTimeout>;
    const wait = () => {
      clearTimeout(quiet);
      quiet = setTimeout(() => resolve(latest), 500);
    };
    new PerformanceObserver((list) => {
      latest = list.getEntries().at(-1)?.startTime ?? latest;
      wait();
    }).observe({ type: 'largest-contentful-paint', buffered: true });
    wait();
  });
}
