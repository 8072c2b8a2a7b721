import { flushCompileCache } from 'node:module';
import { openDatabase } from '#lib/data/database.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { type EngineOptions, startEngine } from '#lib/engine/dbos.ts';
import type { LivenessTiming } from '#lib/engine/liveness-rule.ts';
import type { Log } from '#lib/engine/parts.ts';
import { resumeOneByOne } from '#lib/engine/takeover.ts';
import { markBadReleases } from '#lib/services/deployments/mark-bad.ts';
import { enqueueNotification } from '#lib/services/notifications/enqueue.ts';

/** What a worker of these tests is told by its one argument, in JSON. */
export interface WorkerOptions {
  databaseUrl: string;
  /** Read already: to read the file takes a fifth of what a worker takes to start, and hundreds are started. */
  estate: Estate;
  timing: LivenessTiming;
  /** Takes over by the engine's public interface alone. */
  publicRecovery?: boolean;
  /** Where it stands. */
  homeRegion?: string;
  /** Where the simulated estate is; without it, actions are scripted. */
  estateUrl?: string;
  /** Another patience with Regions that do not answer when a deployment is put back, s. */
  unreachableSeconds?: number;
  /** Another patience with Regions that say nothing, ms. */
  answerMs?: number;
}

export function workerOptions(): WorkerOptions {
  return JSON.parse(process.argv[2] ?? '{}') as WorkerOptions; // harness.ts alone starts workers
}

const write = (level: string) => (fields: object, message: string) =>
  void process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
const log: Log = {
  debug: () => undefined,
  info: write('info'),
  warn: write('warn'),
  error: write('error'),
};

export interface WorkerParts extends Pick<EngineOptions, 'actions' | 'awsFor'> {
  options: WorkerOptions;
}

/** Runs the engine in this process until it is asked to stop; prints `up <executor id>` when it works. */
export async function runWorker({ options, ...parts }: WorkerParts): Promise<void> {
  const engine = await startEngine({
    ...parts,
    estate: options.estate,
    database: openDatabase({ url: options.databaseUrl, connections: 5, name: `test worker ${process.pid}` }),
    databaseUrl: options.databaseUrl,
    notify: enqueueNotification,
    afterRun: markBadReleases,
    log,
    now: () => new Date(),
    timing: options.timing,
    homeRegion: options.homeRegion,
    recover: options.publicRecovery ? resumeOneByOne : undefined,
    onFenced(reason) {
      process.stderr.write(`fenced: ${reason}\n`);
      process.exit(75);
    },
  });
  process.on('SIGTERM', () => void engine.stop().then(() => process.exit(0)));
  process.stdout.write(`up ${engine.executorId}\n`);
  flushCompileCache(); // the next worker starts the sooner, also when this one is killed
}
