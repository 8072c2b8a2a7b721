import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt } from '../build.ts';
import { findChromium } from '../chromium.ts';
import { cleanedProcess } from '../environment.ts';
import { ensureGenerated } from '../generated.ts';
import { readKept } from '../keep.ts';
import { checkoutRoot, dataDirectory } from '../paths.ts';
import { errorMessage } from '../problem.ts';
import {
  type Counts,
  countPlaywright,
  countVitest,
  failedByPlaywright,
  failedByVitest,
  NOTHING,
  retriedByPlaywright,
  retriedByVitest,
} from './counts.ts';
import { type Finished, run } from './run.ts';

export interface StageResult {
  counts: Counts;
  /** Printed in full when something failed. */
  output: string;
  /** Names of the tests that passed at a further try only. */
  retried?: string[];
  /** Names of the tests that failed, where the runner reports them. */
  failures?: string[];
  /** Why the stage did not run. */
  skipped?: string;
}

export interface Stage {
  name: string;
  /** Needs programs that `ensureTools` installs. */
  needsTools?: boolean;
  /** Begins when these have ended, of those that run at all, however they ended. */
  after: readonly string[];
  run: () => Promise<StageResult>;
}

const MINUTE_MS = 60_000;
const root = checkoutRoot();
const environment: NodeJS.ProcessEnv = {
  ...cleanedProcess(),
  NODE_ENV: 'test',
  CI: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  ...(process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined }),
};
const inModules = (file: string) => path.join(root, 'node_modules', file);

const YIELDING = { yields: true };
const LINT = ['@biomejs/biome/bin/biome', 'check', '--diagnostic-level=error', '--max-diagnostics=200', '.'];

/**
 * Everything `npm test` runs. The lab's tests and the browser's stories wait for real clocks and leave much of the processor
 * unused: beside each runs, one after the other, what waits for nothing or for itself alone, and yields to them.
 */
export const STAGES: readonly Stage[] = [
  { name: 'generate', after: [], run: () => asOne(() => ensureGenerated(tree())) },
  { name: 'lint', after: ['generate'], run: () => check(LINT, 4 * MINUTE_MS) },
  { name: 'types', after: ['lint'], run: types },

  { name: 'lab', needsTools: true, after: ['types'], run: () => vitest(['lab'], 30 * MINUTE_MS) },
  { name: 'build', after: ['types'], run: () => asOne(() => ensureBuilt(tree(), YIELDING)) },
  { name: 'unit', after: ['build'], run: () => vitest(['unit', 'components'], 15 * MINUTE_MS, YIELDING) },
  { name: 'web', after: ['unit'], run: () => vitest(['web'], 5 * MINUTE_MS, YIELDING) },
  { name: 'service', after: ['web'], run: service },

  { name: 'browser', needsTools: true, after: ['lab', 'build'], run: browser },
  { name: 'engine', after: ['service'], run: () => vitest(['engine'], 25 * MINUTE_MS, YIELDING) },
  { name: 'launch', after: ['engine'], run: () => vitest(['launch'], 10 * MINUTE_MS, YIELDING) },
];

/** What a stage needs before it when it is run alone. */
export const PREREQUISITES: Readonly<Record<string, readonly string[]>> = {
  browser: ['build'],
  web: ['build'],
  types: ['generate'],
};

function tree() {
  const logDir = path.join(dataDirectory(), 'logs');
  return { root, logDir, env: cleanedProcess(), signal: new AbortController().signal };
}

async function node(
  args: readonly string[],
  timeoutMs: number,
  { env = environment, yields = false }: { env?: NodeJS.ProcessEnv; yields?: boolean } = {},
): Promise<Finished> {
  const [script = '', ...rest] = args;
  const command = { command: process.execPath, args: [inModules(script), ...rest], cwd: root };
  return run({ ...command, env, timeoutMs, yields });
}

/** A tool that only says yes or no counts as one. */
async function check(args: readonly string[], timeoutMs: number): Promise<StageResult> {
  const { ok, output } = await node(args, timeoutMs);
  return { output, counts: { ...NOTHING, passed: ok ? 1 : 0, failed: ok ? 0 : 1 } };
}

async function asOne(work: () => Promise<unknown>): Promise<StageResult> {
  try {
    await work();
    return { output: '', counts: { ...NOTHING, passed: 1 } };
  } catch (error) {
    return { output: errorMessage(error), counts: { ...NOTHING, failed: 1 } };
  }
}

function service(): Promise<StageResult> {
  return vitest(['service', 'service-alone'], 25 * MINUTE_MS, YIELDING);
}

async function types(): Promise<StageResult> {
  const typegen = await check(['next/dist/bin/next', 'typegen'], 2 * MINUTE_MS);
  if (typegen.counts.failed > 0) return typegen;
  return check(['typescript/bin/tsc', '--noEmit'], 3 * MINUTE_MS);
}

const RETRIED_REPORTER = path.join(import.meta.dirname, 'retried-reporter.ts');

async function vitest(
  projects: readonly string[],
  timeoutMs: number,
  how: { yields?: boolean } = {},
): Promise<StageResult> {
  return withReports(async (folder) => {
    const [report, retried] = [path.join(folder, 'report.json'), path.join(folder, 'retried.json')];
    const finished = await node(
      [
        ...['vitest/vitest.mjs', 'run', ...projects.flatMap((project) => ['--project', project])],
        ...['--reporter=default', '--reporter=json', `--reporter=${RETRIED_REPORTER}`],
        ...[`--outputFile.json=${report}`, `--outputFile.retried=${retried}`],
      ],
      timeoutMs,
      how,
    );
    return {
      finished,
      counts: read(report, countVitest) ?? NOTHING,
      failures: read(report, (json) => failedByVitest(json, root)) ?? [],
      retried: read(retried, retriedByVitest) ?? [],
    };
  });
}

async function browser(): Promise<StageResult> {
  if (!findChromium())
    return { output: '', counts: NOTHING, skipped: 'there is no Chromium (MERIDIAN_CHROMIUM names one)' };
  return withReports(async (folder) => {
    const report = path.join(folder, 'report.json');
    const env = { ...environment, NODE_ENV: 'production' as const, PLAYWRIGHT_JSON_OUTPUT_FILE: report };
    const finished = await node(['@playwright/test/cli.js', 'test', '--reporter=list,json'], 45 * MINUTE_MS, {
      env,
    });
    return {
      finished,
      counts: read(report, countPlaywright) ?? NOTHING,
      failures: read(report, failedByPlaywright) ?? [],
      retried: read(report, retriedByPlaywright) ?? [],
    };
  });
}

/** What a runner's report says; undefined when it was not written, or not to its end. */
function read<Reading>(file: string, reading: (report: unknown) => Reading): Reading | undefined {
  const report = readKept(file);
  return report === undefined ? undefined : reading(report);
}

interface Reported extends Required<Pick<StageResult, 'counts' | 'retried' | 'failures'>> {
  finished: Finished;
}

/** Gives a runner a folder for its reports; a run without one, or one that failed without a failed test, is a failure. */
async function withReports(runner: (folder: string) => Promise<Reported>): Promise<StageResult> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-report-'));
  try {
    const { finished, counts, retried, failures } = await runner(folder);
    const silentFailure = !finished.ok && counts.failed === 0;
    return {
      output: finished.output,
      counts: silentFailure ? { ...counts, failed: 1 } : counts,
      retried,
      failures,
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
