import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type AwsPortOptions, createAwsPort } from '#lib/adapters/aws/aws-port.ts';
import { type Database, openDatabase } from '#lib/data/database.ts';
import { findSchemaProblem } from '#lib/data/schema.ts';
import { workerHome } from '#lib/domain/estate/home.ts';
import { createEngineClient } from '#lib/engine/client.ts';
import { startEngine } from '#lib/engine/dbos.ts';
import { env } from '#lib/env.ts';
import { startNotifications } from '#lib/notify/start.ts';
import { startObservation } from '#lib/observe/start.ts';
import { actions } from '#lib/operations/registry.ts';
import { startRecoveryWatch } from '#lib/recovery/start.ts';
import { placeByEnvironment, startAuditAnchor } from '#lib/services/audit/anchor.ts';
import { loadSigningKey } from '#lib/services/audit/heads.ts';
import { startBreakGlass } from '#lib/services/breakglass/refresh.ts';
import { markBadReleases } from '#lib/services/deployments/mark-bad.ts';
import { readCurrentEstate } from '#lib/services/estate/estate.ts';
import { enqueueNotification } from '#lib/services/notifications/enqueue.ts';
import { startSchedule } from '#lib/services/operations/start-due.ts';
import { workerLog } from './log.ts';

// The background process: the engine, observation, and what else runs without anybody asking. Everything it consists of
// is put together here and nowhere else.

/** With the engine's six and the lease this stays within the twelve that the launcher counts for a worker. */
const CONNECTIONS = 5;
const WATCH_MS = 2_000;
/** Exit codes: 0 asked to stop (or to read a new estate), 1 could not start or failed, 75 declared dead by a peer. */
const EXIT_FENCED = 75;

const {
  DATABASE_URL,
  MERIDIAN_CLIENT_REPORT_URL: clientReportUrl,
  MERIDIAN_DNS_SERVERS: nameServers,
  MERIDIAN_HOME_REGION,
  MERIDIAN_LOG,
  WORKER_INDEX,
} = env();
const log = workerLog({ level: MERIDIAN_LOG, index: WORKER_INDEX });

process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'the worker failed; a peer takes over its runs');
  process.exit(1);
});

const database = openDatabase({
  url: DATABASE_URL,
  connections: CONNECTIONS,
  name: `meridian-worker-${process.pid}`,
});
const unfit = await findSchemaProblem(database.pool);
if (unfit) {
  log.fatal({}, `this worker does not start: ${unfit}`);
  process.exit(1);
}
const revision = await estateRevision(database);
const estate = await readCurrentEstate(database.pool);
const homeRegion = workerHome(estate, { region: MERIDIAN_HOME_REGION, index: WORKER_INDEX });
const awsFor = (attempt: Omit<AwsPortOptions, 'estate' | 'nameServers' | 'now'>) =>
  createAwsPort({ ...attempt, estate, nameServers, now: () => Date.now() });
const engine = await startEngine({
  database,
  databaseUrl: DATABASE_URL,
  estate,
  actions,
  awsFor,
  notify: enqueueNotification,
  afterRun: markBadReleases,
  homeRegion,
  log,
  now: () => new Date(),
  onFenced(reason) {
    log.error({ reason }, 'fenced: this worker ends');
    process.exit(EXIT_FENCED);
  },
});
const parts = {
  database,
  estate,
  log: (message: string, fields?: Record<string, unknown>) => log.info({ ...fields }, message),
};
const engineClient = await createEngineClient({ database, databaseUrl: DATABASE_URL });
const recovery = {
  ...parts,
  executorId: engine.executorId,
  key: await loadSigningKey(placeByEnvironment()),
  actions,
  engine: engineClient,
  awsFor,
  clientReportUrl,
  now: () => new Date(),
};
const services = [
  await startObservation({
    ...parts,
    nameServers,
    alongside: async (epoch) => startRecoveryWatch(recovery, epoch),
  }),
  startSchedule({ ...parts, engine: engineClient }),
  await startNotifications(parts),
  await startAuditAnchor(parts),
  await startBreakGlass(parts),
];
log.info({ executor: engine.executorId, homeRegion }, 'works');

const reason = await Promise.race([asked(), orphaned(), estateChanged(database, log)]);
log.info({ reason }, 'stops');
await Promise.all([engine.stop(), ...services.map((service) => service.stop())]);
log.info({ reason }, 'stopped');
process.exit(0);

function asked(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}

/** The launcher may be killed without a chance to tell its children. */
async function orphaned(): Promise<string> {
  const parent = process.ppid;
  while (process.ppid === parent) await delay(WATCH_MS);
  return 'the process that started this worker has gone';
}

async function estateRevision(source: Database): Promise<string | null | undefined> {
  const { rows } = await source.pool.query<{ id: string | null }>(
    'select max(id) as id from estate_revision',
  );
  return rows[0]?.id;
}

/** A worker keeps one estate for life: when another is imported it ends, and is started again with that one. */
async function estateChanged(source: Database, report: Logger): Promise<string> {
  for (;;) {
    await delay(WATCH_MS);
    try {
      if ((await estateRevision(source)) !== revision) return 'another estate was imported';
    } catch (error) {
      report.debug({ err: error }, 'could not look for a new estate; looking again');
    }
  }
}
