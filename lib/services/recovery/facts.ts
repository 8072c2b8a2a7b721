import { type Grant, permits } from '#lib/domain/access/access.ts';
import { estateOf, trafficName } from '#lib/domain/estate/environments.ts';
import { type Environment, type Estate, findEnvironment } from '#lib/domain/estate/estate.ts';
import type {
  ApproverFacts,
  DrillRun,
  Outlook,
  RecoveryFacts,
  RecoveryRegionFacts,
} from '#lib/domain/recovery/facts.ts';
import { regionLeft } from '#lib/domain/recovery/leaving.ts';
import { DRILL_LEVELS } from '#lib/domain/recovery/params.ts';
import { keepsOrdersOut } from '#lib/domain/recovery/refused-orders.ts';
import { sideBySide } from '../../data/pool.ts';
import { NotFoundError } from '../../errors.ts';
import { APPROVER } from '../approvals/approvers.ts';
import { readHome } from '../home/home.ts';
import { GLOBAL } from '../observations/global.ts';
import { healthCheckOf } from '../observations/health-check.ts';
import { type ObservationSet, readObservations } from '../observations/read.ts';
import { findHolder, listOpenFreezes } from '../operations/facts.ts';
import type { PlanningContext } from '../operations/planners/planner.ts';
import { findLeftOrders } from './left-orders.ts';

/** What the facts are read from: a verb's context, or a worker's parts. */
export type FactSource = PlanningContext;

/** Drills older than this prove nothing to anybody, and the strip of a year does not show them. */
const DRILL_DAYS = 400;

/** The environment by its name. Throws NotFoundError. */
export function requireEnvironment(estate: Estate, name: string): Environment {
  const environment = findEnvironment(estate, name);
  if (!environment) throw new NotFoundError(`There is no environment ${name.slice(0, 40)}.`);
  return environment;
}

/** Everything that the rules of recovery look at, from what is stored: never asks AWS. */
export async function readOutlook(source: FactSource, environmentName: string): Promise<Outlook> {
  const environment = requireEnvironment(source.estate, environmentName);
  const facts = await readRecoveryFacts(source, environment);
  return { estate: estateOf(source.estate, environment), environment, facts };
}

/** As `readOutlook`: a handful of indexed reads, the observations among them as they were last stored. */
export async function readRecoveryFacts(
  source: FactSource,
  environment: Environment,
): Promise<RecoveryFacts> {
  const { database, estate, now } = source;
  const observations = await readObservations(source);
  const regions = environment.regions.map((code) => regionFacts(observations, estate, environment, code));
  const [holder, freezes, left, approvers, steps, runs, home] = await sideBySide(
    () => findHolder(source, environment),
    () => listOpenFreezes(source),
    async () => (keepsOrdersOut(regions) ? findLeftOrders(database, environment) : null),
    () => listApproverFacts(source),
    () => listProofs(source, environment.name),
    () => listDrillRuns(source, environment.name),
    () => readHome(source),
  );
  return {
    now,
    environment: environment.name,
    regions,
    zone: observations.of(GLOBAL, 'zone'),
    records: observations.of(GLOBAL, 'records'),
    dns: observations.of(GLOBAL, 'dns'),
    freezes,
    holder,
    left,
    approvers,
    drills: { steps, runs },
    home,
  };
}

function regionFacts(
  observations: ObservationSet,
  estate: Estate,
  environment: Environment,
  code: string,
): RecoveryRegionFacts {
  const declared = estateOf(estate, environment).regions.find((region) => region.code === code);
  const databaseId = declared?.database.instanceId ?? '';
  return {
    code,
    database: observations.named(code, 'database', databaseId),
    databases: observations.named(code, 'databases', databaseId),
    lag: observations.named(code, 'lag', databaseId),
    position: observations.named(code, 'position', databaseId),
    nodes: observations.of(code, 'nodes'),
    nodeGroup: observations.of(code, 'node-group'),
    healthCheck: healthCheckOf(observations, environment, declared),
    traffic: observations.named(code, 'traffic', trafficName(environment, code)),
    alarms: observations.of(code, 'alarms'),
    peering: observations.of(code, 'peering'),
    shopConfig: observations.named(code, 'shop-config', environment.namespace),
    switch: observations.of(code, 'switch'),
    canaries: observations.of(code, 'canaries'),
    storage: observations.of(code, 'storage'),
    cache: observations.of(code, 'cache'),
    queue: observations.of(code, 'queue'),
    identity: observations.of(code, 'identity'),
    service: observations.named(code, 'service', environment.namespace),
  };
}

/** People whose approval would count, with the Regions that their grants cover. */
async function listApproverFacts({ database, estate }: FactSource): Promise<ApproverFacts[]> {
  const people = await database.prisma.person.findMany({
    where: { disabledAt: null, grants: { some: { role: 'approver' } } },
    select: APPROVER,
    orderBy: { name: 'asc' },
    take: 200,
  });
  const codes = estate.regions.map(({ code }) => code);
  return people.flatMap(({ name, grants }) => {
    const regions = codes.filter(
      (code) => permits(grants as Grant[], 'operation.approve', { regions: [code] }).allowed,
    );
    if (regions.length === 0) return [];
    return { name, regions: regions.length === codes.length ? null : regions };
  });
}

/** When each step last ran for real or in a drill, by its key. */
async function listProofs({ database }: FactSource, environment: string): Promise<Record<string, string>> {
  const rows = await database.prisma.stepProof.findMany({
    where: { environment },
    select: { stepKey: true, provenAt: true },
  });
  return Object.fromEntries(rows.map(({ stepKey, provenAt }) => [stepKey, provenAt.toISOString()]));
}

interface DrillRow {
  operation: string;
  kind: string;
  level: string;
  region: string | null;
  endedAt: Date;
  /** Of a failover; null for any other kind. */
  params: unknown;
}

/** Drills, and real runs that are as good as one, newest first. */
async function listDrillRuns({ database, now }: FactSource, environment: string): Promise<DrillRun[]> {
  const { rows } = await database.pool.query<DrillRow>({
    name: 'drill-runs',
    text: `select r.operation_id as operation, r.kind, r.level, r.region, r.ended_at as "endedAt",
                  case when r.kind = 'failover' then o.params end as params
             from recovery_report r join operation o on o.id = r.operation_id
            where r.environment = $1 and r.level is not null and r.ended_at > $2
            order by r.ended_at desc, r.operation_id desc limit 1000`,
    values: [environment, new Date(now.getTime() - DRILL_DAYS * 86_400_000)],
  });
  return rows.flatMap((row) => {
    const level = DRILL_LEVELS.find((known) => known === row.level);
    if (!level || row.region === null) return [];
    const left = regionLeft(row.kind, row.params);
    return {
      operation: row.operation,
      level,
      region: row.region,
      ...(left ? { left } : {}),
      at: row.endedAt.toISOString(),
      real: row.kind !== 'drill',
    };
  });
}
