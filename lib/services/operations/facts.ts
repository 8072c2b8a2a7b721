import { estateOf, trafficName } from '#lib/domain/estate/environments.ts';
import type { Environment } from '#lib/domain/estate/estate.ts';
import type { Freeze } from '#lib/domain/freeze/freeze.ts';
import { freezesAt } from '#lib/domain/freeze/stored.ts';
import type { ObservationKind } from '#lib/domain/observation/kinds.ts';
import { isEmergencyKind } from '#lib/domain/operation/kind.ts';
import { ACTIVE_STATES } from '#lib/domain/operation/state.ts';
import { regionLeft } from '#lib/domain/recovery/leaving.ts';
import { databaseRole } from '#lib/domain/replication/role.ts';
import type { ShiftFacts } from '#lib/domain/traffic/shift-facts.ts';
import { listOpenFreezes as listStoredFreezes } from '../../data/freezes.ts';
import { GLOBAL } from '../observations/global.ts';
import { healthCheckOf } from '../observations/health-check.ts';
import { readObservations } from '../observations/read.ts';
import { readOnce } from '../readings.ts';
import type { PlanningContext } from './planners/planner.ts';

const KINDS = [
  'records',
  'health-check',
  'traffic',
  'nodes',
  'node-group',
  'database',
  'lag',
  'service',
  'alarms',
] as const satisfies readonly ObservationKind[];

/** Who has an environment to itself. */
export interface Holder {
  id: string;
  title: string;
  kind: string;
  /** The Region that it leaves; null where it leaves none. */
  leaves: string | null;
}

/** What holds the environment now: one operation at most. */
export function findHolder(context: PlanningContext, { name }: Environment): Promise<Holder | null> {
  return readOnce(context, `holder of ${name}`, () => readHolder(context, name));
}

async function readHolder({ database }: PlanningContext, environment: string): Promise<Holder | null> {
  const holder = await database.prisma.operation.findFirst({
    where: { environment, state: { in: [...ACTIVE_STATES] } },
    select: { id: true, title: true, kind: true },
  });
  if (!holder || !isEmergencyKind(holder.kind)) return holder && { ...holder, leaves: null };
  // Asked for apart: of any other kind the parameters are large, and say nothing of this.
  const { params } = await database.prisma.operation.findUniqueOrThrow({
    where: { id: holder.id },
    select: { params: true },
  });
  return { ...holder, leaves: regionLeft(holder.kind, params) };
}

/** What a plan of this environment rests on, from stored observations; never asks AWS. */
export async function readShiftFacts(
  context: PlanningContext,
  environment: Environment,
): Promise<ShiftFacts> {
  const { estate, now } = context;
  const declared = estateOf(estate, environment);
  const observations = await readObservations(context, KINDS);
  const holder = await findHolder(context, environment);
  return {
    now,
    records: observations.of(GLOBAL, 'records'),
    holder,
    freezes: await listOpenFreezes(context),
    regions: environment.regions.map((code) => {
      const region = declared.regions.find((candidate) => candidate.code === code);
      const databaseId = region?.database.instanceId ?? '';
      const seen = observations.named(code, 'database', databaseId);
      return {
        code,
        nodes: observations.of(code, 'nodes'),
        nodeGroup: observations.of(code, 'node-group'),
        healthCheck: healthCheckOf(observations, environment, region),
        database: seen,
        alarms: observations.of(code, 'alarms'),
        traffic: observations.named(code, 'traffic', trafficName(environment, code)),
        lag:
          region && databaseRole(region, seen.value) === 'replica'
            ? observations.named(code, 'lag', databaseId)
            : null,
        version: observations.named(code, 'service', environment.namespace).value?.liveVersion ?? null,
      };
    }),
  };
}

/** Freezes that were neither lifted nor have ended, as they stand now or come next, for whoever asks. */
export async function listOpenFreezes(
  context: Pick<PlanningContext, 'database' | 'now' | 'asker' | 'readings'>,
): Promise<Freeze[]> {
  const { database, now, asker } = context;
  const stored = await readOnce(context, 'open freezes', () => listStoredFreezes(database.pool, now));
  return freezesAt(stored, now, asker);
}
