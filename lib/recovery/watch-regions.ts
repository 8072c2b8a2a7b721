import { z } from 'zod';
import type { Environment } from '#lib/domain/estate/estate.ts';
import { type Detection, detectRegions, type RegionDetection } from '#lib/domain/recovery/detection.ts';
import { type Readiness, type ReadinessCell, summariseReadiness } from '#lib/domain/recovery/readiness.ts';
import { foldSplitBrain, type SplitBrain } from '#lib/domain/recovery/split-brain.ts';
import type { Verdict } from '#lib/domain/recovery/verdict.ts';
import { announceChange, appendAudit } from '../data/audit.ts';
import { enqueueNotification } from '../services/notifications/enqueue.ts';
import { readOutlook } from '../services/recovery/facts.ts';
import {
  readDivergedAt,
  readinessOf,
  readStoredDetection,
  topologyNow,
} from '../services/recovery/situation.ts';
import { readSplitBrain } from '../services/recovery/split-brain.ts';
import { type RecoveryParts, workerActor } from './parts.ts';
import { tellSplitBrain } from './split-brain.ts';

/** Readiness is evaluated at least this often, changed or not (issue: "re-evaluated on change and at least each 60 s"). */
const EVALUATED_EVERY_MS = 60_000;

const StoredReadiness = z.object({
  verdict: z.enum(['ok', 'warning', 'blocked', 'unknown']),
  score: z.number(),
  /** Verdict of each cell by its id. */
  classes: z.record(z.string(), z.enum(['ok', 'warning', 'blocked', 'unknown'])),
});
type StoredReadiness = z.infer<typeof StoredReadiness>;

interface Watched {
  detection: Detection | null;
  readiness: StoredReadiness | null;
  evaluatedAt: Date | null;
  splitBrain: SplitBrain | null;
}

/**
 * Folds what is seen of an environment into who fails since when and whether several take orders, and evaluates readiness over
 * it: stores all three, tells people of what turned, and leaves the rest of the rows alone. Writes nothing under a lease that
 * another worker has taken over.
 */
export async function watchEnvironment(
  parts: RecoveryParts,
  environment: Environment,
  epoch: string,
): Promise<void> {
  const { database, estate } = parts;
  const source = { database, estate, now: parts.now() };
  const outlook = await readOutlook(source, environment.name);
  const before = await readWatched(parts, environment.name);
  const detection = detectRegions(outlook, before.detection);
  const splitBrain = foldSplitBrain(outlook, before.splitBrain);
  const divergedAt = await readDivergedAt(database, environment.name);
  const topology = topologyNow(outlook, detection, divergedAt);
  const readiness = readinessOf({ outlook, detection, topology, unfenced: [] });
  const cells = readiness.scenarios.flatMap((scenario) => scenario.cells);
  const changed = before.readiness ? changedCells(before.readiness, cells) : [];
  const due =
    before.evaluatedAt === null || source.now.getTime() - before.evaluatedAt.getTime() >= EVALUATED_EVERY_MS;
  await database.inTransaction(async (connection) => {
    const { rowCount } = await connection.query(
      `insert into recovery_watch (environment, detection, detected_at, readiness, readiness_summary, evaluated_at, split_brain, epoch)
       select $2, $3, $4, $5, $6, $7, $8, $1 where exists (select 1 from lease where name = 'collector' and epoch = $1)
       on conflict (environment) do update set detection = excluded.detection, detected_at = excluded.detected_at,
         split_brain = excluded.split_brain,
         readiness = coalesce(excluded.readiness, recovery_watch.readiness),
         readiness_summary = coalesce(excluded.readiness_summary, recovery_watch.readiness_summary),
         evaluated_at = coalesce(excluded.evaluated_at, recovery_watch.evaluated_at), epoch = excluded.epoch
       where recovery_watch.epoch <= excluded.epoch`,
      [
        epoch,
        environment.name,
        JSON.stringify(detection),
        source.now,
        due || changed.length > 0 ? JSON.stringify(toStored(readiness, cells)) : null,
        due || changed.length > 0 ? JSON.stringify(summariseReadiness(readiness)) : null,
        due || changed.length > 0 ? source.now : null,
        splitBrain === null ? null : JSON.stringify(splitBrain),
      ],
    );
    if (rowCount !== 1) return; // another worker watches now
    await tellSplitBrain(parts, connection, {
      environment: environment.name,
      before: before.splitBrain,
      now: splitBrain,
    });
    for (const turn of turnedRegions(before.detection, detection))
      await tellRegion(parts, environment.name, turn, connection);
    for (const change of changed) await tellReadiness(environment.name, change, source.now, connection);
    if (changed.length > 0) await announceChange(connection, 'recovery', `readiness/${environment.name}`);
  });
}

async function readWatched({ database }: RecoveryParts, environment: string): Promise<Watched> {
  const row = await database.prisma.recoveryWatch.findUnique({ where: { environment } });
  return {
    detection: readStoredDetection(row?.detection),
    readiness: StoredReadiness.safeParse(row?.readiness).data ?? null,
    evaluatedAt: row?.evaluatedAt ?? null,
    splitBrain: readSplitBrain(row?.splitBrain),
  };
}

function toStored({ verdict, score }: Readiness, cells: readonly ReadinessCell[]): StoredReadiness {
  return { verdict, score, classes: Object.fromEntries(cells.map((cell) => [cell.id, cell.verdict])) };
}

interface CellChange {
  cell: ReadinessCell;
  before: Verdict | null;
}

/** Cells whose class is another one now. A cell that is new counts when it is not well. */
function changedCells({ classes }: StoredReadiness, cells: readonly ReadinessCell[]): CellChange[] {
  return cells.flatMap((cell) => {
    const before = classes[cell.id] ?? null;
    if (before === cell.verdict || (before === null && cell.verdict === 'ok')) return [];
    return { cell, before };
  });
}

type Connection = Parameters<typeof announceChange>[0];

async function tellReadiness(
  environment: string,
  { cell, before }: CellChange,
  now: Date,
  connection: Connection,
): Promise<void> {
  await connection.query(
    `insert into readiness_change (environment, scenario, check_code, before, after, message, at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [environment, cell.scenario, cell.check, before, cell.verdict, cell.message, now],
  );
  if (cell.verdict !== 'blocked') return;
  await enqueueNotification(connection, 'readiness.blocked', {
    environment,
    scenario: cell.scenario,
    check: cell.check,
    message: cell.message,
    remedy: cell.remedy?.text ?? null,
  });
}

interface RegionTurn {
  region: RegionDetection;
  before: RegionDetection['state'] | null;
}

/** Regions that people have to hear of: into failing, or out of it. */
function turnedRegions(before: Detection | null, { regions }: Detection): RegionTurn[] {
  return regions.flatMap((region) => {
    const was = before?.regions.find((candidate) => candidate.region === region.region)?.state ?? null;
    const turned = was !== region.state && (was === 'failing' || region.state === 'failing');
    return turned ? { region, before: was } : [];
  });
}

async function tellRegion(
  parts: RecoveryParts,
  environment: string,
  { region, before }: RegionTurn,
  connection: Connection,
): Promise<void> {
  const told = { environment, region: region.region, state: region.state, since: region.since };
  await enqueueNotification(connection, 'region.changed', { ...told, before, reason: region.reason });
  await announceChange(connection, 'recovery', `region/${region.region}`);
  await appendAudit(connection, {
    ...workerActor(parts),
    verb: 'region.detect',
    outcome: 'done',
    subject: `region/${region.region}`,
    environment,
    region: region.region,
    message: region.reason.slice(0, 500),
    detail: { state: region.state, before, since: region.since },
  });
}
