import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { FullConfig } from '@playwright/test';
import { startProduct } from '../launch/harness.ts';
import { type Factors, patience, writeEstate } from '../test/write-estate.ts';
import { type EstateName, settingOf } from './support/product.ts';
import type { EstateSeen } from './support/test.ts';

/** Nodes so many times as strong as the estate's: shoppers then ask as much more, and a gate has its sample sooner. */
const STRONGER = 3;
/** Limits on p95 so many times the estate's: the browser under test takes its share of the same machine. */
const MORE_PATIENT = 2;
const ESTATE: Factors = [
  [['capacity', 'requestsPerSecondPerNode'], STRONGER],
  [['capacity', 'peakRequestsPerSecond'], STRONGER],
  ...patience(MORE_PATIENT),
];

/**
 * Starts the whole product, lab included, for each estate that a chosen project's tests see, each in a data folder of its own;
 * the tests find them in the environment. With MERIDIAN_E2E_URL, MERIDIAN_E2E_DATA and MERIDIAN_E2E_PASSWORD set all tests use
 * the product that runs there: choose one project then.
 */
export default async function globalSetup(config: FullConfig): Promise<(() => Promise<void>) | undefined> {
  const estates = [...new Set(chosen(config).map(({ use }) => (use as EstateSeen).estate ?? 'shared'))];
  if (process.env.MERIDIAN_E2E_URL) {
    for (const estate of estates) hand(estate, givenProduct());
    return undefined;
  }
  const results = config.projects[0]?.outputDir ?? 'test-results';
  // One after the other: the first builds the console where that is out of date.
  const ends: (() => Promise<void>)[] = [];
  for (const estate of estates) ends.push(await start(estate, results));
  return async () => {
    await Promise.all(ends.map((end) => end()));
  };
}

/** The projects that the command line names; all where it names none. Playwright tells a global setup of all in any case. */
function chosen({ projects }: FullConfig): FullConfig['projects'] {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: { project: { type: 'string', multiple: true } },
    strict: false,
  });
  const named = projects.filter(({ name }) => values.project?.includes(name));
  return named.length > 0 ? named : projects;
}

async function start(estate: EstateName, results: string): Promise<() => Promise<void>> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-e2e-'));
  fs.chmodSync(dataDir, process.getuid?.() === 0 ? 0o755 : 0o700);
  const product = await startProduct({
    dataDir,
    environment: { MERIDIAN_ESTATE: writeEstate(dataDir, ESTATE) },
    readyTimeoutMs: 300_000,
  });
  hand(estate, { URL: product.url, DATA: dataDir, PASSWORD: product.demoPassword });
  return async () => {
    await product.stop();
    fs.cpSync(path.join(dataDir, 'logs'), path.join(results, `product-logs-${estate}`), { recursive: true });
    fs.rmSync(dataDir, { recursive: true, force: true });
  };
}

type Handed = Record<'URL' | 'DATA' | 'PASSWORD', string | undefined>;

function hand(estate: EstateName, product: Handed): void {
  for (const what of ['URL', 'DATA', 'PASSWORD'] as const)
    process.env[settingOf(estate, what)] = product[what];
}

function givenProduct(): Handed {
  const { MERIDIAN_E2E_URL, MERIDIAN_E2E_DATA, MERIDIAN_E2E_PASSWORD } = process.env;
  return { URL: MERIDIAN_E2E_URL, DATA: MERIDIAN_E2E_DATA, PASSWORD: MERIDIAN_E2E_PASSWORD };
}
