import { assertFreeSpace, START_SPACE_MIB } from './disk.ts';
import { hintFor } from './hints.ts';
import { AlreadyRunning, LaunchLock } from './lock.ts';
import { errorCode, errorMessage, LaunchProblem } from './problem.ts';
import { Product, type RunningProduct } from './product.ts';
import type { Programs } from './programs.ts';
import { Progress } from './progress.ts';
import { readSettings, type Settings } from './settings.ts';

/** Exit codes: 0 stopped as asked, 1 could not start, 3 already running on this data folder. */
const EXIT = { stopped: 0, failed: 1, alreadyRunning: 3 } as const;
/** npm and the terminal both pass a Ctrl-C on: signals this close together are one. */
const SAME_SIGNAL_MS = 500;

/** Starts Meridian, keeps it running and ends the process once it was asked to stop. */
export async function supervise(programsFor: (settings: Settings) => Programs): Promise<never> {
  const progress = new Progress();
  try {
    const settings = readSettings(process.env, process.argv.slice(2));
    assertFreeSpace(settings.dataDir, START_SPACE_MIB); // before anything is written, the lock's own file too
    const lock = await LaunchLock.acquire(settings.dataDir);
    const code = await run({ settings, lock, progress, programs: programsFor(settings) });
    lock.release();
    process.exit(code);
  } catch (error) {
    progress.plain(`\n${explain(error)}\n`);
    process.exit(error instanceof AlreadyRunning ? EXIT.alreadyRunning : EXIT.failed);
  }
}

interface Parts {
  settings: Settings;
  lock: LaunchLock;
  progress: Progress;
  programs: Programs;
}

async function run(parts: Parts): Promise<number> {
  const { progress } = parts;
  const product = new Product(parts);
  const asked = onStopRequest(() => {
    progress.say('stopping', 'web, workers, lab, database (Ctrl-C again to hurry)');
    return product.stop();
  });
  const started = product.start();
  const outcome = await Promise.race([
    started.then(
      () => 'running' as const,
      () => 'failed' as const,
    ),
    asked.first,
  ]);
  if (outcome === 'failed' && !asked.requested()) {
    await product.stop();
    progress.plain(`\n${await started.then(() => '', explain)}\n`);
    return EXIT.failed;
  }
  if (outcome === 'running') announce(await started, parts);
  await asked.stopped;
  progress.say('stopped', 'everything has ended; what was done is kept');
  return EXIT.stopped;
}

/** Calls `stop` for each request to end: a signal, the terminal's end, or the death of npm's side of the start. */
function onStopRequest(stop: () => Promise<void>) {
  let last: number | undefined;
  const first = Promise.withResolvers<'asked'>();
  const stopped = Promise.withResolvers<void>();
  const request = () => {
    const now = performance.now();
    if (last !== undefined && now - last < SAME_SIGNAL_MS) return;
    last = now;
    first.resolve('asked');
    stop().then(stopped.resolve, stopped.reject);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request);
  if (process.channel) process.on('disconnect', request);
  return { first: first.promise, stopped: stopped.promise, requested: () => last !== undefined };
}

const DEMO_ACCOUNTS = [
  ['viewer@meridian.local', 'reads'],
  ['operator@meridian.local', 'plans, requests, runs what was approved'],
  ['operator2@meridian.local', 'a second operator'],
  ['approver@meridian.local', 'approves what others requested'],
  ['approver2@meridian.local', 'a second approver'],
  ['cost@meridian.local', 'signs off costs'],
  ['auditor@meridian.local', 'reads all, verifies and exports the audit log'],
  ['admin@meridian.local', 'people, grants, policies'],
] as const;

function announce({ url, demoPassword }: RunningProduct, { settings, progress }: Parts): void {
  progress.plain(`\nready ${url}\n`);
  if (settings.publicUrl) progress.plain(`  open      ${settings.publicUrl}`);
  if (demoPassword) {
    for (const [account, does] of DEMO_ACCOUNTS) progress.plain(`  ${account.padEnd(26)} ${does}`);
    progress.plain(`  password of each: ${demoPassword}\n`);
  }
  progress.plain(`  stop      Ctrl-C, or kill ${process.pid}`);
  progress.plain(`  logs      ${settings.dataDir}/logs`);
  if (settings.lab) progress.plain('  the lab   npm run lab -- status\n');
}

/**
 * A known problem is its sentences, and so is what the system refused for a reason we know; anything else is ours to mend and
 * comes with its stack.
 */
function explain(error: unknown): string {
  if (error instanceof LaunchProblem) return error.message;
  const message = errorMessage(error);
  const hint = errorCode(error) === undefined ? undefined : hintFor(message);
  if (hint) return `Meridian could not start. ${hint} (${message})`;
  const stack = error instanceof Error ? error.stack : undefined;
  return `Meridian could not start: ${stack ?? message}`;
}
