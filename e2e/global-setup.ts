import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { FullConfig } from '@playwright/test';
import { startProduct } from '../launch/harness.ts';
import { type Factors, patience, writeEstate } from '../test/write-estate.ts';
import { PRODUCTS, type Product } from './support/product.ts';

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
 * Starts the whole product once for each worker, lab included, each in a data folder of its own; the tests find theirs
 * in the environment. With MERIDIAN_E2E_PRODUCTS set (`[{"url", "dataDir", "password"}]`) it uses those.
 */
export default async function globalSetup(config: FullConfig): Promise<(() => Promise<void>) | undefined> {
  if (process.env[PRODUCTS]) return undefined;
  const wanted = Array.from({ length: config.workers }, startOne);
  const started = (await Promise.allSettled(wanted)).flatMap((one) =>
    one.status === 'fulfilled' ? one.value : [],
  );
  const results = config.projects[0]?.outputDir ?? 'test-results';
  const stop = async () => {
    await Promise.all(started.map((product) => product.stop()));
    for (const [index, { dataDir }] of started.entries()) {
      fs.cpSync(path.join(dataDir, 'logs'), path.join(results, `product-logs-${index}`), { recursive: true });
      fs.rmSync(dataDir, { recursive: true, force: true });
    }
  };
  try {
    await Promise.all(wanted);
  } catch (error) {
    await stop();
    throw error;
  }
  process.env[PRODUCTS] = JSON.stringify(
    started.map(({ url, dataDir, demoPassword }): Product => ({ url, dataDir, password: demoPassword })),
  );
  return stop;
}

async function startOne() {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-e2e-'));
  fs.chmodSync(dataDir, process.getuid?.() === 0 ? 0o755 : 0o700);
  return startProduct({
    dataDir,
    environment: { MERIDIAN_ESTATE: writeEstate(dataDir, ESTATE) },
    readyTimeoutMs: 300_000,
  });
}
