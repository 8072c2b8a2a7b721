import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cleanedProcess } from '#launch/environment.ts';
import { checkoutRoot } from '#launch/paths.ts';
import { freePort } from '#launch/ports.ts';
import { stopOnInterrupt } from '../interrupt.ts';
import type { BenchDatabase } from './server.ts';

export interface Control {
  url: string;
  database: BenchDatabase;
  stop(): Promise<void>;
}

const FOLDER = path.join(import.meta.dirname, '../control');
const START_MS = 30_000;

/** Builds and starts the control: a page of one query on the same Next, React and PostgreSQL. */
export async function startControl(database: BenchDatabase): Promise<Control> {
  const next = path.join(checkoutRoot(), 'node_modules/next/dist/bin/next');
  const env = {
    ...cleanedProcess(),
    NEXT_TELEMETRY_DISABLED: '1',
    CONTROL_DATABASE_URL: database.applicationUrl,
  };
  await promisify(execFile)(process.execPath, [next, 'build'], { cwd: FOLDER, env });
  const port = await freePort();
  const child = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', String(port)], {
    cwd: FOLDER,
    env,
    stdio: 'ignore',
  });
  const stop = async () => {
    ended();
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  };
  const ended = stopOnInterrupt(stop);
  const url = `http://127.0.0.1:${port}/`;
  await untilAnswers(child, url);
  return { url, database, stop };
}

async function untilAnswers(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const answers = await fetch(url).then(
      ({ ok }) => ok,
      () => false, // refused until it listens
    );
    if (answers) return;
    await delay(50);
  }
  child.kill('SIGKILL');
  throw new Error('The page of one query did not start. Run "next start" in bench/control to see why.');
}
