import type { DeploymentFacts, RecordedSwitch } from '#lib/domain/deployment/facts.ts';
import { digestOf } from '#lib/domain/deployment/image.ts';
import { lowTrafficWindow } from '#lib/domain/deployment/schedule.ts';
import { BegunSwitch } from '#lib/domain/deployment/switched.ts';
import { estateOf, healthCheckIdOf, trafficName } from '#lib/domain/estate/environments.ts';
import type { Environment } from '#lib/domain/estate/estate.ts';
import type { ObservationKind } from '#lib/domain/observation/kinds.ts';
import type { Database } from '../../data/database.ts';
import { readSeries } from '../../data/samples.ts';
import { healthCheckOf } from '../observations/health-check.ts';
import { readObservations } from '../observations/read.ts';
import { findHolder, listOpenFreezes } from '../operations/facts.ts';
import type { PlanningContext } from '../operations/planners/planner.ts';

const KINDS = [
  'service',
  'registry',
  'nodes',
  'health-check',
  'alarms',
  'traffic',
] as const satisfies readonly ObservationKind[];

/** A week, of which every hour of the day is averaged. */
const TRAFFIC_MS = 7 * 86_400_000;
/** So many switches of a Region are looked back at. */
const MOST_SWITCHES = 20;

/** What a deployment or a rollback of this environment rests on, from what was stored; never asks AWS. */
export async function readDeploymentFacts(
  context: PlanningContext,
  environment: Environment,
): Promise<DeploymentFacts> {
  const { database, estate, now } = context;
  const declared = estateOf(estate, environment);
  const observations = await readObservations(context, KINDS);
  const switches = await readSwitches(database, environment.name);
  const rates = await readRates(database, environment, now);
  const holder = await findHolder(context, environment);
  return {
    now,
    holder,
    freezes: await listOpenFreezes(context),
    regions: environment.regions.map((code) => {
      const region = declared.regions.find((candidate) => candidate.code === code);
      const service = observations.named(code, 'service', environment.namespace);
      return {
        code,
        service,
        registry: observations.of(code, 'registry'),
        nodes: observations.of(code, 'nodes'),
        healthCheck:
          region && healthCheckIdOf(environment, region) === null
            ? null
            : healthCheckOf(observations, environment, region),
        alarms: observations.of(code, 'alarms'),
        traffic: observations.named(code, 'traffic', trafficName(environment, code)),
        switches: standingSwitches(switches.get(code) ?? [], service.value?.liveVersion ?? null),
        window: lowTrafficWindow(rates.get(trafficName(environment, code)) ?? []),
      };
    }),
  };
}

/** A switch or a switch back, as its step put it on record. */
interface SwitchRow {
  region: string;
  operation: string;
  action: string;
  output: unknown;
}

/** What our own runs have switched, by Region, latest last: forth by a deployment, back by its compensation or by a rollback. */
async function readSwitches(database: Database, environment: string): Promise<Map<string, SwitchRow[]>> {
  const { rows } = await database.pool.query<SwitchRow>({
    name: 'deployment-switches',
    text: `select region, operation, action, output from (
             select s.region, s.operation_id as operation, s.action, s.output,
                    row_number() over (partition by s.region order by s.started_at desc) as nth
               from operation_step s join operation o on o.id = s.operation_id
              where o.environment = $1 and o.kind in ('deployment', 'rollback')
                and s.action in ('deploy.switch', 'deploy.switch-back')
                and s.output ? 'from' and s.region is not null) latest
            where nth <= $2 order by region, nth desc`,
    values: [environment, MOST_SWITCHES],
  });
  return Map.groupBy(rows, ({ region }) => region);
}

/**
 * Switches that stand, latest first. One that was put back is left out with what put it back; one that was begun and of which
 * nobody saw the end counts where what it was to bring serves.
 */
function standingSwitches(rows: readonly SwitchRow[], live: string | null): RecordedSwitch[] {
  const standing: RecordedSwitch[] = [];
  for (const { operation, action, output } of rows) {
    const parsed = BegunSwitch.safeParse(output);
    if (!parsed.success) continue;
    const { to, from, fromImage, switchedAtMs } = parsed.data;
    if (switchedAtMs === undefined && live !== to) continue;
    if (action === 'deploy.switch')
      standing.push({ operation, to, from, fromDigest: fromImage === null ? null : digestOf(fromImage) });
    else while (standing.length > 0 && standing.at(-1)?.to !== to) standing.pop();
  }
  return standing.reverse();
}

/** Requests a second over the last week, by what the traffic is sampled under. */
async function readRates(database: Database, environment: Environment, now: Date) {
  const subjects = environment.regions.map((code) => trafficName(environment, code));
  const { times, series } = await readSeries(database.pool, {
    subjects,
    metrics: ['requests'],
    from: new Date(now.getTime() - TRAFFIC_MS),
    to: now,
    points: 7 * 24,
  });
  return new Map(
    series.map(({ subject, values }) => [
      subject,
      values.flatMap((value, i) => (value === null ? [] : { atMs: (times[i] ?? 0) * 1_000, value })),
    ]),
  );
}
