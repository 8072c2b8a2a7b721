import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type SpawnedLauncher, type StartedProduct, spawnLauncher, startProduct } from '#launch/harness.ts';
import { isRunning } from '#launch/processes.ts';
import type { StartRecord } from './fixtures/record.ts';

const ENTRY = path.join(import.meta.dirname, 'fixtures/supervisor.ts');

/** Starts the launcher around small programs, and removes at the end whatever a test has left. */
export class LauncherBench {
  readonly dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-launch-'));
  readonly #started: SpawnedLauncher[] = [];

  constructor() {
    fs.chmodSync(this.dataDir, process.getuid?.() === 0 ? 0o755 : 0o700);
  }

  async start(environment: Record<string, string> = {}): Promise<StartedProduct> {
    const product = await startProduct({
      dataDir: this.dataDir,
      entry: ENTRY,
      environment,
      readyTimeoutMs: 20_000,
    });
    this.#started.push(product);
    return product;
  }

  spawn(environment: Record<string, string> = {}): SpawnedLauncher {
    const launcher = spawnLauncher({ dataDir: this.dataDir, entry: ENTRY, environment });
    this.#started.push(launcher);
    return launcher;
  }

  /** What a small program wrote about itself when it started. */
  record(name: string): StartRecord {
    return JSON.parse(fs.readFileSync(path.join(this.dataDir, 'records', `${name}.json`), 'utf8'));
  }

  hasRecord(name: string): boolean {
    return fs.existsSync(path.join(this.dataDir, 'records', `${name}.json`));
  }

  /** The pids of all that a running launcher has started, database included. */
  pids(): number[] {
    const lock = JSON.parse(fs.readFileSync(path.join(this.dataDir, 'launcher.json'), 'utf8'));
    return [...lock.children.map((child: { pid: number }) => child.pid), this.postgresPid()];
  }

  postgresPid(): number {
    return Number(fs.readFileSync(path.join(this.dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
  }

  async close(): Promise<void> {
    for (const launcher of this.#started) {
      if (isRunning(launcher.pid)) await launcher.stop();
    }
    fs.rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** Resolves once the condition holds; throws with its name when it does not in time. */
export async function eventually(name: string, holds: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Did not come true within ${timeoutMs} ms: ${name}`);
    await delay(20);
  }
}
