import { fstatSync } from 'node:fs';
import path from 'node:path';
import { hintFor } from '#launch/hints.ts';
import type { RunningLab } from './compose.ts';
import { LabProblem, runLab } from './run.ts';

// What the lab's process does besides the lab: environment, log, signals, exit.

const STOP_WITHIN_MS = 12_000;
const PARENT_CHECK_MS = 1000;
const LARGEST_SEED = 2 ** 32;

/** Runs the lab in this process until it is told to stop. Settles when the lab is ready. */
export async function runLabProcess(dataDir: string): Promise<RunningLab> {
  process.on('unhandledRejection', (reason) => {
    const error = reason instanceof Error ? reason.stack : String(reason);
    log('lab', 'a promise was rejected and nobody took notice', { error });
  });
  const seed = seedFrom(process.env.LAB_SEED);
  const root = path.dirname(import.meta.dirname);
  const estateFile = path.resolve(process.env.MERIDIAN_ESTATE ?? path.join(root, 'estate.yaml'));
  const starting = runLab({ seed, log, estateFile, dataDir });
  whenToStop((reason) => {
    log('lab', `stops: ${reason}`);
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    starting.then((lab) => lab.close()).then(() => process.exit(0), fail);
  });
  process.on('uncaughtException', (error) => {
    log('lab', 'broke and stops', { error: error.stack });
    // A second failure while stopping must not start this again.
    process.removeAllListeners('uncaughtException');
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    starting.then((lab) => lab.close()).finally(() => process.exit(1));
  });
  const lab = await starting;
  log('lab', 'is ready', {
    seed,
    adminUrl: lab.description.adminUrl,
    gatewayUrl: lab.description.gatewayUrl,
  });
  return lab;
}

/** Says what went wrong, in a sentence where it is known, what to do where that is, and ends the process. */
export function fail(error: unknown): never {
  const text =
    error instanceof LabProblem ? error.message : (error instanceof Error && error.stack) || String(error);
  const hint = hintFor(text);
  process.stderr.write(hint ? `${text}\n${hint}\n` : `${text}\n`);
  process.exit(1);
}

function log(part: string, message: string, fields?: Record<string, unknown>): void {
  const details = fields ? ` ${JSON.stringify(fields)}` : '';
  process.stderr.write(`${new Date().toISOString()} ${part}: ${message}${details}\n`);
}

function seedFrom(text: string | undefined): number {
  if (text === undefined || text === '') return Math.floor(Math.random() * LARGEST_SEED);
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed < LARGEST_SEED) return seed;
  throw new LabProblem(
    `LAB_SEED is "${text}". Set it to a whole number from 0 to ${LARGEST_SEED - 1}, or leave it out.`,
  );
}

/**
 * Calls `stop` once: on SIGTERM or SIGINT, when the process that started this one is gone, or, with `LAB_LIFELINE=stdin`, when
 * standard input ends. A second signal ends the process at once.
 */
function whenToStop(stop: (reason: string) => void): void {
  let stopping = false;
  const once = (reason: string) => {
    if (stopping) return;
    stopping = true;
    stop(reason);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      once(signal);
    });
  }
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) once('the process that started the lab has ended');
  }, PARENT_CHECK_MS).unref();
  if (process.env.LAB_LIFELINE === 'stdin' && !fstatSync(0).isFile()) {
    process.stdin.on('end', () => once('standard input has ended')).resume();
  }
}
