import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { FullConfig } from '@playwright/test';
import { startProduct } from '../launch/harness.ts';
import { type Factors, patience, writeEstate } from '../test/write-estate.ts';

/** Nodes so many times as strong as the estate's: shoppers then ask as much more, and a gate has its sample sooner. */
const STRONGER = 3;
/** Limits on p95 so many times the estate's: the browser under test takes its share of the same machine. */
const MORE_PATIENT = 2;
/** Declared minutes pass so many times as fast as the estate's. */
const SOONER = 2;
/** A verdict rests on so much of the estate's smallest sample. */
const LESS_SURE = 0.5;
/** Of the estate's TTL: resolvers follow after so much of it, and every wait for them is as much shorter. */
const SHORTER = 0.4;
const ESTATE: Factors = [
  [['environments', 0, 'timeScale'], SOONER],
  [['environments', 1, 'timeScale'], SOONER],
  [['environments', 0, 'minSample'], LESS_SURE],
  [['dns', 'ttlSeconds'], SHORTER],
  [['capacity', 'requestsPerSecondPerNode'], STRONGER],
  [['capacity', 'peakRequestsPerSecond'], STRONGER],
  ...patience(MORE_PATIENT),
];

/**
 * Starts the whole product once, lab included, in a data folder of its own; the tests find it in the environment.
 * With MERIDIAN_E2E_URL, MERIDIAN_E2E_DATA and MERIDIAN_E2E_PASSWORD set it uses the product that runs there.
 */
export default async function globalSetup(config: FullConfig): Promise<(() => Promise<void>) | undefined> {
  if (process.env.MERIDIAN_E2E_URL) return undefined;
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-e2e-'));
  fs.chmodSync(dataDir, process.getuid?.() === 0 ? 0o755 : 0o700);
  const product = await startProduct({
    dataDir,
    environment: { MERIDIAN_ESTATE: writeEstate(dataDir, ESTATE) },
    readyTimeoutMs: 300_000,
  });
  process.env.MERIDIAN_E2E_URL = product.url;
  process.env.MERIDIAN_E2E_DATA = dataDir;
  process.env.MERIDIAN_E2E_PASSWORD = product.demoPassword;
  return async () => {
    await product.stop();
    const results = config.projects[0]?.outputDir ?? 'test-results';
    fs.cpSync(path.join(dataDir, 'logs'), path.join(results, 'product-logs'), { recursive: true });
    fs.rmSync(dataDir, { recursive: true, force: true });
  };
}
