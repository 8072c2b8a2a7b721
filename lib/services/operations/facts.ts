import { estateOf, trafficName } from '#lib/domain/estate/environments.ts';
import type { Environment } from '#lib/domain/estate/estate.ts';
import type { Freeze } from '#lib/domain/freeze/freeze.ts';
import { freezesAt } from '#lib/domain/freeze/stored.ts';
import type { ObservationKind } from '#lib/domain/observation/kinds.ts';
import { ACTIVE_STATES } from '#lib/domain/operation/state.ts';
import { databaseRole } from '#lib/domain/replication/role.ts';
import type { ShiftFacts } from '#lib/domain/traffic/shift-facts.ts';
import type { Database } from '../../data/database.ts';
import { listOpenFreezes as listStoredFreezes } from '../../data/freezes.ts';
import { GLOBAL } from '../observations/global.ts';
import { healthCheckOf } from '../observations/health-check.ts';
import { readObservations } from '../observations/read.ts';
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

/** What holds the environment now: one operation at most. */
export function findHolder(
  database: Database,
  { name }: Environment,
): Promise<{ id: string; title: string } | null> {
  return database.prisma.operation.findFirst({
    where: { environment: name, state: { in: [...ACTIVE_STATES] } },
    select: { id: true, title: true },
  });
}

/** What a plan of this environment rests on, from stored observations; never asks AWS. */
export async function readShiftFacts(
  context: PlanningContext,
  environment: Environment,
): Promise<ShiftFacts> {
  const { database, estate, now } = context;
  const declared = estateOf(estate, environment);
  const observations = await readObservations(context, KINDS);
  const holder = await findHolder(database, environment);
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
export async function listOpenFreezes({
  database,
  now,
  asker,
}: Pick<PlanningContext, 'database' | 'now' | 'asker'>): Promise<Freeze[]> {
  return freezesAt(await listStoredFreezes(database.pool, now), now, asker);
}
