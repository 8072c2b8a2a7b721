import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import type {
  DatabaseObservation,
  ObservationKind,
  ObservationValues,
  WeightedTarget,
} from '#lib/domain/observation/kinds.ts';
import { fromRecordWeights, RECORD_WEIGHT_SUM } from '#lib/domain/traffic/weights.ts';
import { recoveryObservations } from '#test/recovery-observations.ts';

export interface StoredObservation {
  region: string;
  kind: ObservationKind;
  name: string;
  value: ObservationValues[ObservationKind];
}

/** Requests a second over all Regions; the lab's own. */
const TOTAL_RATE = 20;

/** What collectors store of a healthy estate: every kind of every Region. */
export function observationsOf(estate: Estate): StoredObservation[] {
  const recordWeights = Object.fromEntries(
    estate.geographies.map((geography) => [geography.key, weightsOf(estate, geography.key)]),
  );
  const weights = Object.fromEntries(
    Object.entries(recordWeights).map(([key, row]) => [key, fromRecordWeights(row)]),
  );
  return [
    stored('global', 'records', estate.dns.zoneId, {
      zoneId: estate.dns.zoneId,
      weights,
      recordWeights,
      targets: Object.fromEntries(
        estate.geographies.map(({ key }) => [
          key,
          Object.fromEntries(estate.regions.map((region) => [region.code, [targetIn(region)]])),
        ]),
      ),
      hash: 'a'.repeat(64),
    }),
    stored('global', 'cost', 'month', costOf(estate)),
    ...estate.regions.flatMap((region) => regionObservations(estate, region)),
    ...recoveryObservations(estate, (region) => databaseOf(estate, region)),
  ];
}

function targetIn({ code, healthCheckId }: Region): WeightedTarget {
  const dnsName = `lb.${code}.elb.amazonaws.com.`;
  const alias = { hostedZoneId: 'Z35SXDOTRQ7X7K', dnsName, evaluateTargetHealth: true };
  return { type: 'A', alias, healthCheckId };
}

/** A geography's traffic goes in equal parts to the Regions of its part of the world. */
function weightsOf(estate: Estate, geography: string): Record<string, number> {
  const places: Record<string, RegExp> = {
    na: /^(us|ca|mx|sa)-/,
    eu: /^(eu|me|il|af)-/,
    ap: /^ap-/,
    any: /^us-/,
  };
  const serving = estate.regions.filter(({ code }) => places[geography]?.test(code));
  const each = Math.floor(RECORD_WEIGHT_SUM / Math.max(1, serving.length));
  return Object.fromEntries(
    estate.regions.map((region) => {
      const position = serving.indexOf(region);
      const rest = position === 0 ? RECORD_WEIGHT_SUM - each * serving.length : 0;
      return [region.code, position < 0 ? 0 : each + rest];
    }),
  );
}

function stored<K extends ObservationKind>(
  region: string,
  kind: K,
  name: string,
  value: ObservationValues[K],
): StoredObservation {
  return { region, kind, name, value };
}

/** Over peerings in the small estate, which leaves the gap it is known for; a large one has transit gateways. */
function reached(estate: Estate, { code }: Region): string[] {
  const isSmall = estate.regions.length <= 3;
  const peers = estate.peerings.flatMap(({ between }) => (between.includes(code) ? between : []));
  const all = isSmall ? peers : estate.regions.map((region) => region.code);
  return all.filter((other) => other !== code);
}

function costOf(estate: Estate): ObservationValues['cost'] {
  const components = ['compute', 'database', 'cache', 'storage', 'network'] as const;
  return {
    from: '2026-11-01',
    toExclusive: '2026-11-16',
    lines: estate.regions.flatMap(({ code, plan }) =>
      components.map((component) => ({
        region: code,
        component,
        service: `Amazon ${component}`,
        dollars: plan[component] / 2,
      })),
    ),
    daily: Array.from({ length: 15 }, (_, i) => ({
      date: `2026-11-${String(i + 1).padStart(2, '0')}`,
      dollars: 800,
    })),
    forecastDollars: 24_000,
    estimated: true,
  };
}

function regionObservations(estate: Estate, region: Region): StoredObservation[] {
  const { code, database } = region;
  const rate = TOTAL_RATE / estate.regions.length;
  const peers = estate.peerings.filter(({ between }) => between.includes(code));
  const peerOf = (between: readonly string[]) => between.find((end) => end !== code) ?? '';
  const replica = database.role === 'replica';
  return [
    stored('global', 'health-check', region.healthCheckId, {
      region: code,
      healthy: true,
      percentHealthy: 100,
    }),
    stored(code, 'nodes', region.cluster.name, { ready: region.nodes.ready, total: region.nodes.ready }),
    stored(code, 'node-group', region.cluster.nodegroup, {
      minimum: region.nodes.min,
      maximum: region.nodes.max,
      desired: region.nodes.ready,
      status: 'ACTIVE',
    }),
    stored(code, 'cluster', region.cluster.name, {
      name: region.cluster.name,
      arn: `arn:aws:eks:${code}:${estate.account}:cluster/${region.cluster.name}`,
      version: '1.33',
      status: 'ACTIVE',
      endpointHost: '127.0.0.1',
    }),
    stored(code, 'identity', code, {
      account: estate.account,
      arn: `arn:aws:iam::${estate.account}:user/meridian`,
    }),
    stored(code, 'database', database.instanceId, databaseOf(estate, region)),
    ...(replica
      ? [stored(code, 'lag', database.instanceId, { seconds: 0.4, bytes: 2_048, class: 'ok', idle: false })]
      : []),
    stored(code, 'traffic', code, {
      requestsPerSecond: rate,
      errorRate: 0,
      p50Ms: 30,
      p95Ms: 90,
      p99Ms: 140,
      reads: { requestsPerSecond: rate * 0.85, errorRate: 0, p95Ms: 80 },
      writes: { requestsPerSecond: rate * 0.15, errorRate: 0, p95Ms: 120 },
      cpu: 0.4,
      memory: 0.5,
    }),
    stored(code, 'alarms', code, { inAlarm: [], total: 6 }),
    stored(code, 'peering', region.vpcId, {
      peerings: peers.map(({ id, between }) => ({ id, peerRegion: peerOf(between), status: 'active' })),
      routesTo: reached(estate, region),
    }),
  ];
}

function databaseOf(estate: Estate, { code, database }: Region): DatabaseObservation {
  const { instanceId, role } = database;
  const primary = estate.regions.find((region) => region.database.role === 'primary');
  const arn = (region: string, id: string) => `arn:aws:rds:${region}:${estate.account}:db:${id}`;
  return {
    instanceId,
    arn: arn(code, instanceId),
    role,
    status: 'available',
    sourceArn: role === 'replica' && primary ? arn(primary.code, primary.database.instanceId) : null,
    replication: role === 'replica' ? 'replicating' : null,
    class: database.class,
    engineVersion: '18.1',
    multiAz: database.multiAz,
    backupRetentionDays: 7,
    endpoint: `${instanceId}.${code}.rds.amazonaws.com:5432`,
    storageGiB: 100,
    parameterGroup: `${estate.estate}-postgres18`,
    securityGroupIds: ['sg-0a00000000000001'],
    securityGroupNames: [`${estate.estate}-database`],
    kmsKeyId: `arn:aws:kms:${code}:${estate.account}:key/mrk-1`,
    deletionProtection: role === 'primary',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}
