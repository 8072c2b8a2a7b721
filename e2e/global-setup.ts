import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startProduct } from '../launch/harness.ts';

/** Starts the whole product once, lab included, in a data folder of its own; the tests find it in the environment. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-e2e-'));
  fs.chmodSync(dataDir, process.getuid?.() === 0 ? 0o755 : 0o700);
  const product = await startProduct({ dataDir, readyTimeoutMs: 300_000 });
  process.env.MERIDIAN_E2E_URL = product.url;
  process.env.MERIDIAN_E2E_DATA = dataDir;
  process.env.MERIDIAN_E2E_PASSWORD = product.demoPassword;
  return async () => {
    await product.stop();
    fs.cpSync(path.join(dataDir, 'logs'), 'test-results/product-logs', { recursive: true });
    fs.rmSync(dataDir, { recursive: true, force: true });
  };
}
