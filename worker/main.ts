import { pino } from 'pino';
import { createAwsPort } from '#lib/adapters/aws/aws-port.ts';
import { openDatabase } from '#lib/data/database.ts';
import { startEngine } from '#lib/engine/dbos.ts';
import { env } from '#lib/env.ts';
import { startObservation } from '#lib/observe/start.ts';
import { actions } from '#lib/operations/registry.ts';
import { readCurrentEstate } from '#lib/services/estate/estate.ts';
import { enqueueNotification } from '#lib/services/notifications/enqueue.ts';

const CONNECTIONS = 12;
const FENCED_EXIT = 75;
const PARENT_CHECK_MS = 1_000;

const { DATABASE_URL, MERIDIAN_LOG, WORKER_INDEX } = env();
const log = pino({ level: MERIDIAN_LOG, base: { process: `worker-${WORKER_INDEX}` } });
const database = openDatabase({ url: DATABASE_URL, connections: CONNECTIONS, name: `meridian-worker-${WORKER_INDEX}` });
const estate = await readCurrentEstate(database.pool);

const engine = await startEngine({
  database,
  databaseUrl: DATABASE_URL,
  estate,
  actions,
  awsFor: (attempt) => createAwsPort({ estate, ...attempt, now: Date.now }),
  notify: enqueueNotification,
  log,
  now: () => new Date(),
  onFenced(reason) {
    log.fatal({ reason }, 'declared dead by a peer; leaving, so that nothing runs twice');
    process.exit(FENCED_EXIT);
  },
});
const observation = await startObservation({
  database,
  estate,
  log: (message, fields = {}) => log.info(fields, message),
});
log.info({ executor: engine.executorId }, 'up');

let stopping = false;
async function stop(reason: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ reason }, 'stopping');
  await Promise.all([engine.stop(), observation.stop()]);
  await database.close();
  process.exit(0);
}
process.on('SIGTERM', () => void stop('SIGTERM'));
process.on('SIGINT', () => void stop('SIGINT'));

// A worker whose launcher was killed would go on unseen; it leaves instead.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) void stop('the launcher has gone');
}, PARENT_CHECK_MS).unref();
