import { randomUUID } from 'node:crypto';
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { acquireLease } from './liveness.ts';
import { LIVENESS, type LivenessTiming } from './liveness-rule.ts';
import { ENGINE } from './names.ts';
import { AttemptGate, type EngineParts, type Log } from './parts.ts';
import { repairUntil } from './repair.ts';
import { createInterpreter } from './run-operation.ts';
import { chooseRecovery, type Recover } from './takeover.ts';

/**
 * A run is taken up by one of two workers after a third of this on average, by one that is alone after half. Each look is a
 * transaction and costs about 2.5 ms of a core, the database's part included.
 */
const QUEUE_POLL_MS = 250;
const POOL_SIZE = 6;
/** A run of ten days meets many restarts; what fails for good is for the repair to find. */
const MOST_RECOVERIES = 1_000_000;
/** What actions under way get to finish when the worker is asked to stop; a peer runs again what did not. */
const DRAIN_MS = 3_000;

/**
 * Makes or updates the engine's schema as its owner and grants its use to the application's role, which owns nothing.
 * LISTEN and NOTIFY need no grant. Run it once before any worker starts: two at a time collide on a new database.
 */
export async function migrateEngine(options: { ownerUrl: string; applicationRole: string }): Promise<void> {
  await DBOS.migrate(options.ownerUrl, { schemaName: ENGINE.schema });
  const owner = new pg.Client({ connectionString: options.ownerUrl, application_name: 'meridian-migrate' });
  await owner.connect();
  try {
    const role = owner.escapeIdentifier(options.applicationRole);
    const schema = ENGINE.schema;
    await owner.query(
      `grant usage on schema ${schema} to ${role};
       grant select, insert, update, delete on all tables in schema ${schema} to ${role};
       grant usage on all sequences in schema ${schema} to ${role};
       grant execute on all routines in schema ${schema} to ${role}`,
    );
  } finally {
    await owner.end();
  }
}

export interface EngineOptions
  extends Pick<
    EngineParts,
    | 'database'
    | 'estate'
    | 'actions'
    | 'awsFor'
    | 'notify'
    | 'afterStep'
    | 'afterRun'
    | 'log'
    | 'now'
    | 'homeRegion'
    | 'onFenced'
  > {
  /** The application's role, on a session connection. */
  databaseUrl: string;
  timing?: LivenessTiming;
  /** How the runs of a dead worker are put back into the queue; chosen at boot when absent. */
  recover?: Recover;
}

export interface Engine {
  executorId: string;
  /** Lets actions under way finish (3 s at most), then hands everything else to the peers. The process may end then. */
  stop(): Promise<void>;
}

/**
 * Starts the engine in this process: the lease first, then the workflows, then the eye on the peers. One engine a
 * process. Throws when the schema is older than this version needs.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const executorId = `w-${randomUUID()}`;
  const attempts = new AttemptGate();
  const stopping = new AbortController();
  const parts: EngineParts = {
    ...options,
    executorId,
    attempts,
    // A worker that has said that it stops is shut out like a dead one; it is about to end anyway.
    onFenced: (reason) => {
      if (!stopping.signal.aborted) options.onFenced(reason);
    },
  };
  const lease = await acquireLease({ ...options, executorId, timing: options.timing ?? LIVENESS });
  DBOS.setConfig({
    name: ENGINE.application,
    systemDatabaseUrl: withEngineWaits(options.databaseUrl),
    systemDatabaseSchemaName: ENGINE.schema,
    systemDatabasePoolSize: POOL_SIZE,
    runMigrations: false,
    applicationVersion: ENGINE.version,
    enablePatching: true,
    executorID: executorId,
    listenQueues: [ENGINE.queue],
    logger: engineLog(options.log),
  });
  DBOS.registerWorkflow(createInterpreter(parts), {
    name: ENGINE.workflow,
    maxRecoveryAttempts: MOST_RECOVERIES,
  });
  await DBOS.launch();
  await DBOS.registerQueue(ENGINE.queue, {
    partitionConcurrency: 1,
    minPollingIntervalMs: QUEUE_POLL_MS,
    onConflict: 'always_update',
  });
  lease.watchPeers(options.recover ?? (await chooseRecovery(options.log)));
  const repairing = repairUntil(stopping.signal, parts);
  return {
    executorId,
    async stop() {
      stopping.abort();
      await Promise.all([repairing, attempts.close(DRAIN_MS)]);
      await lease.stop();
    },
  };
}

/**
 * The application's role waits two seconds for a lock at most; the engine does not try again after that and would give
 * up the run, so its own sessions wait as long as it takes. Its locks are short, and a worker that freezes inside a
 * transaction loses them after five seconds.
 */
function withEngineWaits(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const waits = '-c lock_timeout=0 -c idle_in_transaction_session_timeout=5s';
  url.searchParams.set('options', [url.searchParams.get('options'), waits].filter(Boolean).join(' '));
  return url.href.replaceAll('+', '%20'); // pg reads a plus sign in a query as a plus sign
}

/** The engine's own log lines, one level lower: its "info" is for those who develop it. */
function engineLog(log: Log) {
  const write =
    (level: keyof Log) =>
    (entry: unknown): void =>
      log[level]({ from: 'engine' }, entry instanceof Error ? entry.message : String(entry));
  return { debug: write('debug'), info: write('debug'), warn: write('info'), error: write('warn') };
}
