import { z } from 'zod';
import { estateOf } from '#lib/domain/estate/environments.ts';
import type { Environment } from '#lib/domain/estate/estate.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { Detection, RegionDetection } from '#lib/domain/recovery/detection.ts';
import type { Outlook } from '#lib/domain/recovery/facts.ts';
import {
  evaluateReadiness,
  evaluateScenario,
  type Readiness,
  type ScenarioReadiness,
} from '#lib/domain/recovery/readiness.ts';
import { findScenario, type Scenario, scenarioId, scenariosOf } from '#lib/domain/recovery/scenario.ts';
import { rankTargets } from '#lib/domain/recovery/targets.ts';
import type { Database } from '../../data/database.ts';
import { sideBySide } from '../../data/pool.ts';
import {
  planRecovery,
  type RecoveryPlanFacts,
  type RecoveryTopology,
  recoveryTopology,
} from '../../operations/recovery/plan.ts';
import { listPendingFences } from '../fences/pending.ts';
import { type FactSource, readRecoveryFacts, requireEnvironment } from './facts.ts';
import { findWatch, type WatchSource } from './watch.ts';

/** All that recovery is decided by: what is observed, who is seen failing since when, and what a plan would be made from. */
export interface Situation {
  outlook: Outlook;
  /** Null while no worker folds what is seen. */
  detection: Detection | null;
  topology: RecoveryTopology;
  /** Databases that are to be shut as soon as their Region answers. */
  unfenced: readonly { region: string; instanceId: string; operation: string }[];
}

/** A verdict on who fails that is older than this is none: no worker looks any more, s. */
const DETECTION_COUNTS_SECONDS = 60;

export async function readSituation(source: FactSource, environmentName: string): Promise<Situation> {
  const environment = requireEnvironment(source.estate, environmentName);
  const [facts, detection, divergedAt, unfenced] = await sideBySide(
    () => readRecoveryFacts(source, environment),
    () => readDetection(source, environment),
    () => readDivergedAt(source.database, environment.name),
    () => listUnfenced(source, environment.name),
  );
  const outlook: Outlook = { estate: estateOf(source.estate, environment), environment, facts };
  return { outlook, detection, unfenced, topology: topologyNow(outlook, detection, divergedAt) };
}

/** What plans are made from; orders have ended since when the writer's Region is seen down. */
export function topologyNow(
  outlook: Outlook,
  detection: Detection | null,
  divergedAt: string | null,
): RecoveryTopology {
  const topology = recoveryTopology(outlook, { writesEndedAt: null, divergedAt });
  const writesEndedAt = topology.writer === null ? null : downSince(detection, topology.writer);
  return { ...topology, writesEndedAt };
}

/** What asked for a fence that no run did. */
const BREAK_GLASS = 'the break-glass record';

async function listUnfenced(source: FactSource, environment: string): Promise<Situation['unfenced']> {
  const rows = await listPendingFences(source, environment);
  return rows.map(({ region, instanceId, operationId }) => ({
    region,
    instanceId,
    operation: operationId ?? BREAK_GLASS,
  }));
}

/** Who is seen failing, by whom and since when, as the elected worker last judged; null while no worker looks. */
export async function readDetection(
  source: WatchSource,
  environment: Pick<Environment, 'name'>,
): Promise<Detection | null> {
  const row = await findWatch(source, environment.name);
  const ageMs = row?.detectedAt ? source.now.getTime() - row.detectedAt.getTime() : Number.POSITIVE_INFINITY;
  return ageMs <= DETECTION_COUNTS_SECONDS * 1_000 ? readStoredDetection(row?.detection) : null;
}

const StoredDetection = z.custom<Detection>(
  (value) =>
    typeof value === 'object' && value !== null && 'regions' in value && Array.isArray(value.regions),
);

/** Written by the elected worker alone; null for what an earlier version wrote. */
export function readStoredDetection(value: unknown): Detection | null {
  return StoredDetection.safeParse(value).data ?? null;
}

export function detectionOf(detection: Detection | null, region: string): RegionDetection | undefined {
  return detection?.regions.find((candidate) => candidate.region === region);
}

/** Since when the Region is seen down; null while it is not. */
export function downSince(detection: Detection | null, region: string): string | null {
  const seen = detectionOf(detection, region);
  return seen?.state === 'failing' || seen?.state === 'suspect' ? seen.since : null;
}

const Declared = z.object({ rpo: z.object({ lastCommitAt: z.string().nullable() }) });

/**
 * Commit time up to which the writer of now had everything when the last failover promoted it, by a run or by a break-glass script;
 * null where none did, or it is not known.
 */
export async function readDivergedAt(database: Database, environment: string): Promise<string | null> {
  const [last, offline] = await sideBySide(
    () =>
      database.prisma.recoveryReport.findFirst({
        where: { environment, kind: 'failover', state: { in: ['done', 'incomplete'] } },
        orderBy: [{ endedAt: 'desc' }, { operationId: 'desc' }],
        select: { operationId: true, endedAt: true },
      }),
    () =>
      database.prisma.fence.findFirst({
        where: { environment, divergedAt: { not: null } },
        orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
        select: { requestedAt: true, divergedAt: true },
      }),
  );
  if (offline?.divergedAt && (!last || offline.requestedAt > last.endedAt))
    return offline.divergedAt.toISOString();
  if (!last) return null;
  const step = await database.prisma.operationStep.findFirst({
    where: { operationId: last.operationId, action: 'recovery.declare' },
    select: { output: true },
  });
  return Declared.safeParse(step?.output).data?.rpo.lastCommitAt ?? null;
}

/** The Region that would take the orders if that one were lost: the best that is not blocked, else the best. */
export function bestTarget({ outlook, topology, detection }: Situation, lost: string): string | null {
  if (topology.writer !== lost) return null;
  const targets = rankTargets(outlook, [lost], { writesEndedAt: downSince(detection, lost) });
  return targets[0]?.region ?? null;
}

/** What every planner is given; `drilled` is the Region of a drill. */
export function planFacts(situation: Situation, drilled?: string): RecoveryPlanFacts {
  const { outlook, topology } = situation;
  const { estate, environment } = outlook;
  const scenario = drilled === undefined ? undefined : findScenario(outlook, `lose-${drilled}`);
  const evaluated = scenario ? evaluateScenario(outlook, scenario) : undefined;
  return {
    estate,
    environment,
    topology,
    // Verdicts alone: a sentence with a number would make each look another plan.
    evaluation: (evaluated?.cells ?? []).map(({ check, verdict }) => ({
      verdict,
      text: `${check}: ${verdict}`,
    })),
    target: drilled === undefined ? null : bestTarget(situation, drilled),
  };
}

/** A bound for plans that are looked at and never run. */
export const LOOKED_AT = { seconds: 86_400, bytes: null, measuredAt: '2000-01-01T00:00:00.000Z' };

/** Steps that each loss would be met with, by the scenario's id; a scenario without a plan has none. */
export function scenarioPlans(situation: Situation): Record<string, readonly PlannedStep[]> {
  const plans: Record<string, readonly PlannedStep[]> = {};
  for (const scenario of scenariosOf(situation.outlook)) {
    const steps = stepsFor(situation, scenario);
    if (steps) plans[scenarioId(scenario)] = steps;
  }
  return plans;
}

function stepsFor(situation: Situation, scenario: Scenario): readonly PlannedStep[] | undefined {
  if (scenario.kind !== 'region') return undefined;
  const { region } = scenario;
  const target = bestTarget(situation, region);
  const planned = target
    ? planRecovery('failover', { lost: region, target, accept: LOOKED_AT }, planFacts(situation))
    : planRecovery('evacuate', { region }, planFacts(situation));
  return planned.ok ? planned.plan.steps : undefined;
}

export function readinessOf(situation: Situation): Readiness {
  return evaluateReadiness(situation.outlook, scenarioPlans(situation));
}

/** The column of the matrix for the loss of that Region. */
export function readinessForLoss(situation: Situation, region: string): ScenarioReadiness | undefined {
  const scenario = findScenario(situation.outlook, `lose-${region}`);
  return scenario && evaluateScenario(situation.outlook, scenario, stepsFor(situation, scenario));
}
