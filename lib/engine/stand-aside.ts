import { ENGINE } from './names.ts';
import type { EngineParts } from './parts.ts';
import { untilDatabaseAnswers } from './patience.ts';
import type { Run } from './run.ts';
import { inRunTransaction, recordEvent } from './transaction.ts';

/** A peer that has not beaten for so long may stand still: nothing is handed to it. Six beats. */
const FRESH_SECONDS = 3;
/** Whoever takes a run out of the queue may be this worker again; a run that nobody else takes is not put back for ever. */
const MOST_HANDOVERS = 20;

/** Runs that this process has put back, and how often. */
const handovers = new Map<string, number>();

/**
 * Puts a run that leaves the Region in which this worker stands back into the queue, when a peer stands elsewhere: this one may
 * go down with the Region. Answers whether it did; then this process must not go on with the run. To be called between two
 * steps, from inside an engine step, which thereby never ends: whoever takes the run continues before it. Without such a peer
 * the run stays: half a recovery is better than none.
 */
export async function handsOver(parts: EngineParts, run: Run): Promise<boolean> {
  const { homeRegion } = parts;
  if (homeRegion === undefined || run.leaves !== homeRegion) return false;
  const before = handovers.get(run.id) ?? 0;
  if (before >= MOST_HANDOVERS) return false;
  const taken = await untilDatabaseAnswers(async () =>
    (await hasPeerElsewhere(parts, homeRegion)) ? findOwnStart(parts, run.id) : undefined,
  );
  if (taken === undefined) return false;
  handovers.set(run.id, before + 1);
  if (before === 0) await tell(parts, run, homeRegion);
  await untilDatabaseAnswers(() => requeueOwn(parts, run.id, taken));
  return true;
}

async function tell(parts: EngineParts, run: Run, region: string): Promise<void> {
  const note = `This worker stands in ${region}, the Region that is being left: a worker elsewhere carries the run on.`;
  await inRunTransaction(parts, run.id, (connection) =>
    recordEvent(connection, run.id, {
      kind: 'handed-over',
      executor: parts.executorId,
      detail: { region, note },
    }),
  );
  parts.log.info({ operation: run.id, region }, 'hands a run over: it leaves the Region of this worker');
}

/**
 * Puts a run back into the queue if it is this worker's, which nobody has declared dead, and still as it took it at
 * `takenAtMs`; answers whether it was. One statement, which a worker that stood still meanwhile may send late, or twice, when
 * the answer to the first is lost and it has taken the run again. The engine's own resume asks for no owner.
 */
export async function requeueOwn(
  { database, executorId }: Pick<EngineParts, 'database' | 'executorId'>,
  operationId: string,
  takenAtMs: string,
): Promise<boolean> {
  const { rowCount } = await database.pool.query({
    name: 'engine-requeue-own',
    text: `with own as materialized (select executor_id from worker where executor_id = $2 and state = 'up' for update)
           update ${ENGINE.schema}.workflow_status w
              set status = 'ENQUEUED', queue_name = $3, owner_xid = null, recovery_attempts = 0,
                  started_at_epoch_ms = null, updated_at = (extract(epoch from now()) * 1000)::bigint
             from own
            where w.workflow_uuid = $1 and w.status = 'PENDING' and w.executor_id = own.executor_id
              and w.started_at_epoch_ms = $4`,
    values: [operationId, executorId, ENGINE.queue, takenAtMs],
  });
  return rowCount === 1;
}

/** When this worker, which nobody has declared dead, took the run (epoch ms); undefined where the run is not its own. */
export async function findOwnStart(
  { database, executorId }: Pick<EngineParts, 'database' | 'executorId'>,
  operationId: string,
): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ at: string }>({
    name: 'engine-own-run',
    text: `select w.started_at_epoch_ms::text as at
             from ${ENGINE.schema}.workflow_status w join worker on worker.executor_id = w.executor_id
            where w.workflow_uuid = $1 and w.status = 'PENDING' and w.executor_id = $2 and worker.state = 'up'
              and w.started_at_epoch_ms is not null`,
    values: [operationId, executorId],
  });
  return rows[0]?.at;
}

async function hasPeerElsewhere({ database, executorId }: EngineParts, home: string): Promise<boolean> {
  const { rowCount } = await database.pool.query({
    name: 'engine-peer-elsewhere',
    text: `select from worker
            where executor_id <> $1 and state = 'up' and app_version = $2 and region <> $3
              and heartbeat_at > clock_timestamp() - make_interval(secs => $4) limit 1`,
    values: [executorId, ENGINE.version, home, FRESH_SECONDS],
  });
  return rowCount === 1;
}
