import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { estateOf } from '#lib/domain/estate/environments.ts';
import { type Estate, findEnvironment, findRegion } from '#lib/domain/estate/estate.ts';
import { announceChange, appendAudit } from '../../data/audit.ts';
import type { FenceMeans } from '../fences/means.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import type { RecordedAct, RecordedRun } from './record.ts';

const PLAN = /^failover-([a-z0-9-]+)-to-([a-z0-9-]+)$/;
const INSTANCE = /--db-instance-identifier (\S+)/;
const LAG = /^ReplicaLag, s:((?: [\d.]+)+)$/;

/** What a record says of an old primary that the script could not shut before it promoted another database. */
export interface LeftOpen {
  lost: string;
  target: string;
  /** Null where the script named none; then it is the Region's own. */
  lostInstance: string | null;
  targetInstance: string | null;
  /** When the promotion was asked for. ISO. */
  promotedAt: string;
  /** Up to when the promoted one had the orders of the other, by the lag that the script saw. ISO. */
  divergedAt: string;
  why: string;
}

/**
 * The old primary that this run left open: it promoted, and neither it nor a later start of the same plan shut the database.
 * Null where it promoted nothing, or the database was shut.
 */
export function leftOpen(run: RecordedRun, runs: readonly RecordedRun[]): LeftOpen | null {
  const [, lost, target] = PLAN.exec(run.plan) ?? [];
  if (lost === undefined || target === undefined || run.mode !== 'run') return null;
  const promoted = actsOf(run, 'promote', target).find(({ result }) => result === 'ok');
  const fences = actsOf(run, 'fence-database', lost);
  const unreached = fences.find(({ result }) => result === 'unreachable');
  if (!promoted || !unreached) return null;
  const later = runs.slice(runs.indexOf(run)).filter(({ plan }) => plan === run.plan);
  if (later.some((start) => actsOf(start, 'fence-database', lost).some(isFenced))) return null;
  return {
    lost,
    target,
    lostInstance: instanceIn(fences),
    targetInstance: instanceIn(actsOf(run, 'promote', target)),
    promotedAt: promoted.time,
    divergedAt: divergedAt(run, promoted.time),
    why: unreached.detail,
  };
}

function actsOf({ acts }: RecordedRun, verb: string, region: string): RecordedAct[] {
  return acts.filter(({ step }) => step === `${verb}-${region}`);
}

/** The script says so once RDS shows the database shut; the calls before are only accepted. */
function isFenced({ result, detail }: RecordedAct): boolean {
  return result === 'ok' && detail.startsWith('fenced:');
}

function instanceIn(acts: readonly RecordedAct[]): string | null {
  return acts.flatMap(({ command }) => INSTANCE.exec(command)?.[1] ?? [])[0] ?? null;
}

/** What was ordered in the lag before the promotion is on the old primary alone. */
function divergedAt({ acts }: RecordedRun, promotedAt: string): string {
  const lags = acts.flatMap(({ detail }) => LAG.exec(detail)?.[1]?.trim().split(' ').map(Number) ?? []);
  const lagMs = Math.max(0, ...lags.filter(Number.isFinite)) * 1_000;
  return new Date(Date.parse(promotedAt) - lagMs).toISOString();
}

/**
 * Files a fence that waits for the old primary, so that the watch shuts it the moment its Region answers, while the promoted one
 * is seen to take the orders. Nothing where one waits for the same database already.
 */
export async function fileOfflineFence(
  connection: pg.PoolClient,
  { run, open, estate, by }: { run: RecordedRun; open: LeftOpen; estate: Estate; by: string },
): Promise<boolean> {
  const { environment } = run;
  const instanceId = open.lostInstance ?? (await databaseOf(connection, estate, environment, open.lost));
  const targetId = open.targetInstance ?? (await databaseOf(connection, estate, environment, open.target));
  if (instanceId === null || targetId === null) return false;
  const arn = `arn:aws:rds:${open.lost}:${estate.account}:db:${instanceId}`;
  const means: FenceMeans = {
    name: 'recovery.fence-database',
    outcome: 'unreachable',
    at: open.promotedAt,
    note: open.why,
  };
  const { rows } = await connection.query<{ id: string }>(
    `insert into fence (id, environment, region, instance_id, instance_arn, breakglass_run, diverged_at, target_region,
       target_instance_id, requested_at, means)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
     where not exists (select 1 from fence where state = 'pending' and instance_arn = $5)
     on conflict on constraint fence_once_offline do nothing returning id`,
    [
      randomUUID(),
      environment,
      open.lost,
      instanceId,
      arn,
      run.run,
      open.divergedAt,
      open.target,
      targetId,
      open.promotedAt,
      JSON.stringify([means]),
    ],
  );
  const [filed] = rows;
  if (!filed) return false;
  await announceChange(connection, 'recovery', `fence/${filed.id}`);
  await enqueueNotification(connection, 'fence.changed', {
    operation: null,
    environment,
    region: open.lost,
    instance: instanceId,
    state: 'pending',
  });
  await appendAudit(connection, {
    verb: 'fence.file',
    actor: { kind: 'local', id: by },
    outcome: 'done',
    subject: `fence/${instanceId}`,
    environment,
    region: open.lost,
    via: 'cli',
    detail: {
      state: 'pending',
      arn,
      breakGlass: run.run,
      promotedAt: open.promotedAt,
      divergedAt: open.divergedAt,
    },
  });
  return true;
}

/** The database that the Region was seen to work with last, else the one that the estate declares. */
async function databaseOf(
  connection: pg.PoolClient,
  estate: Estate,
  environmentName: string,
  code: string,
): Promise<string | null> {
  const environment = findEnvironment(estate, environmentName);
  const region = environment && findRegion(estateOf(estate, environment), code);
  if (!region) return null;
  const declared = region.database.instanceId;
  const { rows } = await connection.query<{ instanceId: string | null }>(
    `select value ->> 'instanceId' as "instanceId" from observation where region = $1 and kind = 'database' and name = $2`,
    [code, declared],
  );
  return rows[0]?.instanceId ?? declared;
}
