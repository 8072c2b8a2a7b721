import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { cleanedProcess, demoPassword } from './environment.ts';
import { checkoutRoot } from './paths.ts';
import { waitUntilGone } from './processes.ts';

export interface StartRequest {
  /** A folder of this start alone, or one to start again on. */
  dataDir: string;
  /** Further settings, such as MERIDIAN_WORKERS. PORT is any free one unless given. */
  environment?: Record<string, string>;
  /** The program that supervises; the product's own unless given. */
  entry?: string;
  readyTimeoutMs?: number;
}

export interface StartedProduct {
  url: string;
  pid: number;
  dataDir: string;
  demoPassword: string;
  /** Everything printed so far. */
  output(): string;
  /** Resolves with the exit code once the launcher has ended. */
  exited: Promise<number | null>;
  /** Resolves with the output once it matches; throws after the timeout with what was printed instead. */
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Stops all of it and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** Starts Meridian as `npm start` does, in a data folder of its own, and resolves when it printed its ready line. */
export async function startProduct(request: StartRequest): Promise<StartedProduct> {
  const launcher = spawnLauncher(request);
  const output = await launcher.waitForOutput(/^ready (http:\S+)$/m, request.readyTimeoutMs ?? 120_000);
  const url = /^ready (http:\S+)$/m.exec(output)?.[1];
  if (!url) throw new Error(`The launcher is ready without an address:\n${output}`);
  return { ...launcher, url, demoPassword: demoPassword(request.dataDir) };
}

export type SpawnedLauncher = Omit<StartedProduct, 'url' | 'demoPassword'>;

/** Starts the launcher and does not wait: for starts that are meant to fail. */
export function spawnLauncher(request: StartRequest): SpawnedLauncher {
  const entry = request.entry ?? path.join(checkoutRoot(), 'launch/supervisor.ts');
  const child = spawn(process.execPath, [entry], {
    cwd: checkoutRoot(),
    env: { ...cleanedProcess(), PORT: '0', MERIDIAN_DATA: request.dataDir, ...request.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`Node did not start: ${process.execPath}`);
  const printed = collectOutput(child);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    pid,
    dataDir: request.dataDir,
    exited,
    output: printed.text,
    waitForOutput: printed.waitFor,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      await waitUntilGone(pid, 1_000);
    },
  };
}

function collectOutput(child: ChildProcess) {
  let text = '';
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      changed();
    });
  }
  child.once('close', changed);
  const waitFor = (pattern: RegExp, timeoutMs = 20_000) =>
    new Promise<string>((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        listeners.delete(look);
        finish();
      };
      const look = () => {
        if (pattern.test(text)) settle(() => resolve(text));
        else if (child.exitCode !== null || child.signalCode !== null) {
          settle(() => reject(new Error(`The launcher ended before it printed ${pattern}:\n${text}`)));
        }
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`Not printed within ${timeoutMs} ms: ${pattern}\n${text}`))),
        timeoutMs,
      );
      listeners.add(look);
      look();
    });
  return { text: () => text, waitFor };
}
