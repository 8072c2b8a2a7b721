import { estateOf, trafficName } from '#lib/domain/estate/environments.ts';
import type { Environment, Estate } from '#lib/domain/estate/estate.ts';
import type { Freeze } from '#lib/domain/freeze/freeze.ts';
import type { ObservationKind } from '#lib/domain/observation/kinds.ts';
import { ACTIVE_STATES } from '#lib/domain/operation/state.ts';
import { databaseRole } from '#lib/domain/replication/role.ts';
import type { ShiftFacts } from '#lib/domain/traffic/shift-facts.ts';
import type { Database } from '../../data/database.ts';
import { readObservations } from '../observations/read.ts';

/** Region under which collectors file what belongs to no Region: Route 53, Cost Explorer. */
export const GLOBAL = 'global';

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

/** What a plan of this environment rests on, from stored observations; never asks AWS. */
export async function readShiftFacts(
  database: Database,
  estate: Estate,
  environment: Environment,
  now: Date,
): Promise<ShiftFacts> {
  const declared = estateOf(estate, environment);
  const observations = await readObservations(database, KINDS);
  const holder = await database.prisma.operation.findFirst({
    where: { environment: environment.name, state: { in: [...ACTIVE_STATES] } },
    select: { id: true, title: true },
  });
  return {
    now,
    records: observations.of(GLOBAL, 'records'),
    holder,
    freezes: await listOpenFreezes(database),
    regions: environment.regions.map((code) => {
      const region = declared.regions.find((candidate) => candidate.code === code);
      const databaseId = region?.database.instanceId ?? '';
      const seen = observations.named(code, 'database', databaseId);
      return {
        code,
        nodes: observations.of(code, 'nodes'),
        nodeGroup: observations.of(code, 'node-group'),
        healthCheck:
          observations.all(GLOBAL, 'health-check').find(({ name }) => name === region?.healthCheckId) ??
          observations.of(code, 'health-check'),
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

/** Freezes that were neither lifted nor have ended, in force now or later. */
export async function listOpenFreezes(database: Database): Promise<Freeze[]> {
  const rows = await database.prisma.freeze.findMany({
    where: { liftedAt: null },
    orderBy: [{ startsAt: 'asc' }, { id: 'asc' }],
  });
  return rows.map((row) => ({
    id: row.id,
    environment: row.environment,
    region: row.region,
    kind: row.kind,
    stopTheLine: row.stopTheLine,
    reason: row.reason,
    startsAt: row.startsAt.toISOString(),
    endsAt: row.endsAt?.toISOString() ?? null,
  }));
}
