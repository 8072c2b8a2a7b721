import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, expect, type Page } from '@playwright/test';
import { askLab } from '#lab/cli/door.ts';
import { shopDigest } from '#lab/ecr/seed.ts';
import { readDescription } from '#lab/run.ts';
import { CHROMIUM_FLAGS, findChromium } from '#launch/chromium.ts';
import { makeToken, meridianOutput } from '#launch/command-line.ts';
import { type StartedProduct, startProduct } from '#launch/harness.ts';

// node launch/run.mjs docs/images/take.ts [minutes] [states] [overview] [deployment] [recovery]: takes the pictures of this folder, all or
// those that are named, from the running product. Those of recovery are of a real outage of the lab and the failover out of it.

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const LOST = 'us-east-1';
const RELEASE = 'v2.0.0';
/** Until two vantage points agree on an outage, and until a failover has ended. */
const PATIENCE_MS = 600_000;
const wanted = process.argv.slice(3);
const isWanted = (part: 'states' | 'overview' | 'deployment' | 'recovery') =>
  wanted.length === 0 || wanted.includes(part);
/** So long shoppers are at work before the overview is looked at: its sparklines show fifteen minutes. */
const HISTORY_MS = Number(process.argv[2] ?? 15) * 60_000;
/** What a view looks like when all is well is in the console; the pictures show the rest. */
const USUAL = /\/(normal|idle|paused|reader|composer|people|tokens|freezes|fresh|all)$/;

const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-images-'));
fs.chmodSync(dataDir, process.getuid?.() === 0 ? 0o755 : 0o700);
const product = await startProduct({
  dataDir,
  environment: { MERIDIAN_GALLERY: '1' },
  readyTimeoutMs: 300_000,
});
const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS });
try {
  if (isWanted('states')) await takeStates(browser, product.url);
  const signedIn = await signIn(browser, product, 'operator');
  await new Promise((resolve) => setTimeout(resolve, HISTORY_MS));
  if (isWanted('overview')) await takeOverview(browser, signedIn, product.url);
  if (isWanted('deployment')) await takeDeployment(browser, signedIn, product);
  if (isWanted('recovery')) await takeRecovery(browser, signedIn, product);
} finally {
  await browser.close();
  await product.stop();
  fs.rmSync(dataDir, { recursive: true, force: true });
}

type Session = Awaited<ReturnType<BrowserContext['storageState']>>;

async function signIn(
  from: Browser,
  { url, demoPassword }: StartedProduct,
  account: string,
): Promise<Session> {
  const context = await from.newContext();
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').fill(`${account}@meridian.local`);
  await page.getByLabel('Password').fill(demoPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`${url}/`);
  const state = await context.storageState();
  await context.close();
  return state;
}

async function takeOverview(from: Browser, storageState: Session, url: string): Promise<void> {
  for (const { name, viewport, colorScheme } of [
    { name: 'overview-light', viewport: DESKTOP, colorScheme: 'light' },
    { name: 'overview-dark', viewport: DESKTOP, colorScheme: 'dark' },
    { name: 'overview-phone', viewport: PHONE, colorScheme: 'light' },
  ] as const) {
    const context = await from.newContext({ storageState, viewport, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByText('Live', { exact: true }).first().waitFor({ state: 'attached' });
    await page.screenshot({ path: path.join(import.meta.dirname, `${name}.png`) });
    await context.close();
  }
}

async function takeStates(from: Browser, url: string): Promise<void> {
  const context = await from.newContext({
    viewport: DESKTOP,
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(`${url}/gallery`);
  const links = await page
    .locator('main a')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  fs.rmSync(path.join(import.meta.dirname, 'states'), { recursive: true, force: true });
  const states = links.filter((link) => link !== null).filter((link) => !USUAL.test(link));
  fs.mkdirSync(path.join(import.meta.dirname, 'states'), { recursive: true });
  for (const state of states) {
    await page.goto(`${url}${state}`, { waitUntil: 'networkidle' });
    const name = state.replace('/gallery/', '').replaceAll('/', '-');
    await page.screenshot({ path: path.join(import.meta.dirname, 'states', `${name}.png`) });
  }
  await context.close();
}

/** A release on its way: its second Region soaks. */
async function takeDeployment(from: Browser, storageState: Session, run: StartedProduct): Promise<void> {
  await registerRelease(run);
  const context = await from.newContext({ storageState, viewport: DESKTOP, colorScheme: 'light' });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${run.url}/deployments?act=deploy&version=${RELEASE}`);
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel(/^Why without staging/).fill('Staging is being rebuilt');
  await sheet.getByLabel(/^Reason/).fill('The winter release');
  // What is to be accepted is known once the plan was previewed.
  await expect(async () => {
    for (const box of await sheet.getByRole('checkbox', { checked: false }).all()) await box.check();
    await sheet.getByRole('button', { name: 'Request approval' }).click({ timeout: 1_000 });
  }).toPass({ timeout: PATIENCE_MS });
  await page.waitForURL(/\/operations\/OP-\d+/);
  const id = /OP-\d+/.exec(page.url())?.[0] ?? '';
  await approve(from, run, id);
  await page.getByRole('heading', { name: 'Gate of eu-west-1' }).waitFor();
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await takePage(page, 'deployment-run');
  await context.close();
}

async function registerRelease({ dataDir, url }: StartedProduct): Promise<void> {
  const secret = await makeToken(dataDir, {
    owner: 'operator@meridian.local',
    name: 'ci',
    scopes: ['release.register'],
  });
  await meridianOutput(
    [
      ...['release', 'register', RELEASE, '--digest', shopDigest(RELEASE)],
      ...['--schema', 'expand', '--schema-note', 'Older code reads the same columns'],
      ...['--notes', 'Faster search'],
    ],
    { MERIDIAN_TOKEN: secret, MERIDIAN_URL: url },
  );
}

async function approve(from: Browser, run: StartedProduct, id: string): Promise<void> {
  const context = await from.newContext({ storageState: await signIn(from, run, 'approver') });
  const page = await context.newPage();
  await page.goto(`${run.url}/approvals?operation=${id}`);
  await page.getByRole('button', { name: `Approve ${id}` }).click();
  await page.getByText(`${id} is approved and starts.`).waitFor();
  await context.close();
}

/** The decision about a Region that is really lost, and the run that follows from it. */
async function takeRecovery(
  from: Browser,
  storageState: Session,
  { dataDir, demoPassword, url }: StartedProduct,
): Promise<void> {
  const lab = readDescription(dataDir);
  if (!lab) throw new Error(`No lab runs on ${dataDir}.`);
  const context = await from.newContext({
    storageState,
    viewport: DESKTOP,
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await askLab(lab, '/outage', { region: LOST, mode: 'drop' });
  await page.goto(`${url}/recovery/decide?lost=${LOST}&option=full`);
  await page.getByRole('heading', { level: 1, name: /has been failing for/ }).waitFor();
  await enterEmergency(page, demoPassword);
  await takePage(page, 'recovery-decide');
  await page.getByRole('button', { name: 'Declare emergency and start now' }).click();
  await page.waitForURL(/\/operations\/OP-\d+/);
  await page.getByRole('heading', { level: 1, name: /took over from/ }).waitFor();
  // The report is there within 5 s of the end, and with it what clients had lost.
  await page.getByRole('link', { name: 'PDF' }).waitFor();
  await takePage(page, 'recovery-run');
  await context.close();
}

/** Everything that the sheet asks for, as somebody who was woken by it would enter it. */
async function enterEmergency(page: Page, password: string): Promise<void> {
  const sheet = page.locator('.sheet');
  await sheet.getByLabel('Reason').fill('Nobody outside reaches us-east-1; orders fail everywhere.');
  for (const box of await sheet.getByRole('checkbox').all()) await box.check();
  await sheet.getByLabel(new RegExp(`^Type ${LOST}`)).fill(LOST);
  const proof = sheet.getByLabel(/password/i);
  if ((await proof.count()) > 0) await proof.fill(password);
  const override = sheet.getByLabel(/to start although readiness refuses/);
  if ((await override.count()) > 0)
    await override.fill((await sheet.locator('.emergency .mono').first().textContent()) ?? '');
}

async function takePage(page: Page, name: string): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: path.join(import.meta.dirname, `${name}.png`) });
}
