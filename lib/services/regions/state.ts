import { type RegionLoss, survivability } from '#lib/domain/capacity/capacity.ts';
import { estateOf, trafficName } from '#lib/domain/estate/environments.ts';
import { type Environment, type Estate, findEnvironment, type Region } from '#lib/domain/estate/estate.ts';
import type {
  AlarmsObservation,
  CacheObservation,
  ClusterObservation,
  DatabaseObservation,
  DnsObservation,
  HealthCheckObservation,
  IdentityObservation,
  LagObservation,
  NodeGroupObservation,
  NodesObservation,
  ObservationKind,
  Observed,
  PeeringObservation,
  QueueObservation,
  RecordsObservation,
  ServiceObservation,
  StorageObservation,
  TrafficObservation,
} from '#lib/domain/observation/kinds.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { type Known, knownNow } from '#lib/domain/observation/known.ts';
import { databaseRole } from '#lib/domain/replication/role.ts';
import { answered, isAnswered } from '#lib/domain/traffic/answers.ts';
import { plannedShares } from '#lib/domain/traffic/solve.ts';
import { globalShares, type WeightMatrix } from '#lib/domain/traffic/weights.ts';
import { NotFoundError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { GLOBAL } from '../observations/global.ts';
import { healthCheckOf } from '../observations/health-check.ts';
import { readObservations } from '../observations/read.ts';
import { assertPermitted } from '../verb.ts';

/** One Region as it was last seen. */
export interface RegionState {
  /** With the environment's own database and load balancer, where it has one. */
  region: Region;
  traffic: Observed<TrafficObservation>;
  /** What series of its traffic are kept under. */
  trafficSubject: string;
  nodes: Observed<NodesObservation>;
  nodeGroup: Observed<NodeGroupObservation>;
  healthCheck: Observed<HealthCheckObservation>;
  database: Observed<DatabaseObservation>;
  /** Null on a primary: what RDS says it is, or the estate until then. */
  lag: Observed<LagObservation> | null;
  /** The environment's own, of those that share the cluster. */
  service: Observed<ServiceObservation>;
  cluster: Observed<ClusterObservation>;
  peering: Observed<PeeringObservation>;
  alarms: Observed<AlarmsObservation>;
  identity: Observed<IdentityObservation>;
  storage: Observed<StorageObservation>;
  cache: Observed<CacheObservation>;
  queue: Observed<QueueObservation>;
  /** Share of all requests, 0–1; null while a Region that DNS still names is silent. */
  measuredShare: number | null;
  /** By the weights, less what health checks and switches take out of DNS. */
  configuredShare: number | null;
  /** A health check or a switch takes it out of what DNS answers. */
  outOfDns: boolean;
}

export interface EstateState {
  environment: Environment;
  regions: RegionState[];
  records: Observed<RecordsObservation>;
  /** Percent of each geography by Region, as DNS answers now; null while the records are unknown. */
  served: WeightMatrix | null;
  /** Requests a second over all Regions that report; `uncounted` names those that do not. */
  requestsPerSecond: number;
  uncounted: string[];
  survivability: RegionLoss[];
  /** Metrics older than this many seconds have lost their status. */
  staleAfterSeconds: number;
}

/** What is read for it; what only recovery looks at is much, and every page reads this. */
const KINDS = [
  'records',
  'dns',
  'health-check',
  'traffic',
  'nodes',
  'node-group',
  'database',
  'lag',
  'service',
  'cluster',
  'peering',
  'alarms',
  'identity',
  'storage',
  'cache',
  'queue',
] as const satisfies readonly ObservationKind[];

/** Everything the pages and the API say about now, from stored observations alone. */
export async function readEstateState(context: VerbContext, environmentName: string): Promise<EstateState> {
  assertPermitted(context, 'read', {});
  const { now } = context;
  const environment = findEnvironment(context.estate, environmentName);
  if (!environment) throw new NotFoundError(`There is no environment ${environmentName.slice(0, 40)}.`);
  const estate = estateOf(context.estate, environment);
  const observations = await readObservations(context, KINDS);
  const limit = staleAfterSeconds('metrics', estate.metrics.periodSeconds);
  const records = observations.of(GLOBAL, 'records');
  const out = outOfDns(
    environment,
    records,
    knownNow(now, observations.of(GLOBAL, 'dns'), staleAfterSeconds('dns', estate.metrics.periodSeconds)),
  );
  const served = servedWeights(estate, environment, { records, out });
  const configured = served && globalShares(served, plannedShares(estate), environment.regions);
  const found = estate.regions.filter(({ code }) => environment.regions.includes(code));
  const trafficOf = (code: string) => observations.named(code, 'traffic', trafficName(environment, code));
  const traffic = new Map(found.map(({ code }) => [code, trafficOf(code)]));
  const fresh = (code: string) => isFresh(traffic.get(code)?.observedAt ?? null, now, limit);
  const uncounted = environment.regions.filter((code) => !fresh(code) && !out.includes(code));
  const rate = (code: string) => (fresh(code) ? (traffic.get(code)?.value?.requestsPerSecond ?? 0) : 0);
  const total = environment.regions.reduce((sum, code) => sum + rate(code), 0);

  const regions = found.map((region): RegionState => {
    const of = <K extends (typeof KINDS)[number]>(kind: K) => observations.of(region.code, kind);
    const database = observations.named(region.code, 'database', region.database.instanceId);
    return {
      region,
      traffic: traffic.get(region.code) ?? trafficOf(region.code),
      trafficSubject: trafficName(environment, region.code),
      nodes: of('nodes'),
      nodeGroup: of('node-group'),
      healthCheck: healthCheckOf(observations, environment, region),
      database,
      lag:
        databaseRole(region, database.value) === 'replica'
          ? observations.named(region.code, 'lag', region.database.instanceId)
          : null,
      service: observations.named(region.code, 'service', environment.namespace),
      cluster: of('cluster'),
      peering: of('peering'),
      alarms: of('alarms'),
      identity: of('identity'),
      storage: of('storage'),
      cache: of('cache'),
      queue: of('queue'),
      measuredShare: uncounted.length === 0 && total > 0 ? rate(region.code) / total : null,
      configuredShare: configured?.[region.code] ?? null,
      outOfDns: out.includes(region.code),
    };
  });
  return {
    environment,
    regions,
    records,
    served,
    requestsPerSecond: total,
    uncounted,
    survivability: survivability({
      shares: configured ?? Object.fromEntries(found.map(({ code, plan }) => [code, plan.trafficShare])),
      capacities: regions.map(({ region, nodes, nodeGroup }) => ({
        region: region.code,
        ready: isFresh(nodes.observedAt, now, limit) ? (nodes.value?.ready ?? null) : null,
        maximum: nodeGroup.value?.maximum ?? region.nodes.max,
      })),
      requestsPerSecond: total,
      peakRequestsPerSecond: estate.capacity.peakRequestsPerSecond,
      perNode: estate.capacity.requestsPerSecondPerNode,
    }),
    staleAfterSeconds: limit,
  };
}

/** Regions with weight that the zone's name servers leave out; none while what they answer is not known. */
function outOfDns(
  { regions }: Environment,
  records: Observed<RecordsObservation>,
  dns: Known<DnsObservation>,
): string[] {
  const weights = records.value?.recordWeights;
  if (!dns.known || !weights) return [];
  const { answers } = dns.value;
  return regions.filter((region) => isAnswered(region, answers, weights) === false);
}

/** One Region alone serves all of its environment; the zone's records split the others. */
function servedWeights(
  estate: Estate,
  { regions }: Environment,
  { records, out }: { records: Observed<RecordsObservation>; out: readonly string[] },
): WeightMatrix | null {
  const [only, ...others] = regions;
  if (only !== undefined && others.length === 0)
    return Object.fromEntries(estate.geographies.map(({ key }) => [key, { [only]: 100 }]));
  const weights = records.value?.recordWeights;
  return weights ? answered(weights, regions, out) : null;
}

/** Whether something observed then still counts as known now. */
export function isFresh(observedAt: string | null, now: Date, limitSeconds: number): boolean {
  return observedAt !== null && now.getTime() - Date.parse(observedAt) <= limitSeconds * 1_000;
}
