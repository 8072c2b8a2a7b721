import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import type {
  DatabaseObservation,
  HealthCheckConfig,
  Observed,
  TrafficObservation,
  ZoneObservation,
} from '#lib/domain/observation/kinds.ts';
import type { Outlook, RecoveryFacts, RecoveryRegionFacts } from '#lib/domain/recovery/facts.ts';
import type { Home } from '#lib/domain/recovery/home.ts';
import type { WeightMatrix } from '#lib/domain/traffic/weights.ts';
import { environmentOf, seedEstate } from './seed-estate.ts';

/** A Monday, 10:00 in Dublin, 18:00 in Singapore. */
export const NOW = new Date('2026-11-23T10:00:00.000Z');
export const US = 'us-east-1';
export const EU = 'eu-west-1';
export const AP = 'ap-southeast-1';

const ESTATE = seedEstate();

/** A fresh copy of the seed's estate, without reading the file again. */
export function copyOfEstate(): Estate {
  return structuredClone(ESTATE);
}

/** Seen so many seconds before `now`. */
export function seen<T>(value: T, ageSeconds = 2, now = NOW): Observed<T> {
  return { value, observedAt: new Date(now.getTime() - ageSeconds * 1_000).toISOString(), error: null };
}

/** Never seen, and why. */
export function unseen(error: string | null = null): Observed<never> {
  return { value: null, observedAt: null, error };
}

/** Seen last so long ago that it no longer counts. */
export function stale<T>(
  value: T,
  error: string | null = 'connection reset',
  ageSeconds = 3_600,
): Observed<T> {
  return { ...seen(value, ageSeconds), error };
}

export function databaseOf(region: Region, changes: Partial<DatabaseObservation> = {}): DatabaseObservation {
  const { instanceId, role } = region.database;
  const source = `arn:aws:rds:us-east-1:000000000000:db:ecommerce-db-us-east-1`;
  return {
    instanceId,
    arn: `arn:aws:rds:${region.code}:000000000000:db:${instanceId}`,
    role,
    status: 'available',
    sourceArn: role === 'replica' ? source : null,
    replication: role === 'replica' ? 'replicating' : null,
    class: 'db.r6g.2xlarge',
    engineVersion: '16.4',
    multiAz: true,
    backupRetentionDays: 7,
    endpoint: `${instanceId}.${region.code}.rds.amazonaws.com:5432`,
    storageGiB: 500,
    parameterGroup: 'ecommerce-postgres',
    securityGroupIds: ['sg-1'],
    securityGroupNames: ['ecommerce-database'],
    kmsKeyId: null,
    deletionProtection: true,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}

export function trafficOf(requestsPerSecond: number): TrafficObservation {
  const group = { requestsPerSecond, errorRate: 0, p95Ms: 90 };
  return {
    requestsPerSecond,
    errorRate: 0,
    p50Ms: 30,
    p95Ms: 90,
    p99Ms: 140,
    reads: group,
    writes: group,
    cpu: 0.4,
    memory: 0.5,
  };
}

/** Everything well in a Region, as it is before anybody repaired the strategy document: no switch, two peerings. */
function healthyRegion(estate: Estate, region: Region): RecoveryRegionFacts {
  const { code, nodes, database, bucket } = region;
  const others = estate.regions.filter((other) => other.code !== code).map((other) => other.code);
  const peerings = estate.peerings.filter(({ between }) => between.includes(code));
  const peers = peerings.map(({ id, between: [a, b] }) => ({
    id,
    peerRegion: a === code ? b : a,
    status: 'active',
  }));
  const primary = database.role === 'primary';
  return {
    code,
    database: seen(databaseOf(region)),
    databases: seen({ instances: [databaseOf(region)] }),
    lag: primary ? unseen() : seen({ seconds: 0.4, bytes: 2_048, class: 'ok', idle: false }),
    position: seen({
      instanceId: database.instanceId,
      inRecovery: !primary,
      receivedLsn: '0/5000000',
      replayedLsn: '0/5000000',
      lastCommitAt: new Date(NOW.getTime() - 2_400).toISOString(),
      timeline: 1,
      walBytesPerSecond: primary ? 4_000 : null,
      lastOrder: { id: 'o-1', createdAt: new Date(NOW.getTime() - 2_500).toISOString() },
    }),
    nodes: seen({ ready: nodes.ready, total: nodes.ready }),
    nodeGroup: seen({ minimum: nodes.min, maximum: nodes.max, desired: nodes.ready, status: 'ACTIVE' }),
    healthCheck: seen({ region: code, healthy: true, percentHealthy: 100 }),
    traffic: seen(trafficOf(20 * region.plan.trafficShare)),
    alarms: seen({ inAlarm: [], total: 6 }),
    peering: seen({ peerings: peers, routesTo: peers.map(({ peerRegion }) => peerRegion) }),
    shopConfig: seen({ namespace: 'shop', writerEndpoint: US, writeFreeze: false }),
    switch: seen({ bucket: `ecommerce-switch-${code}`, off: [] }),
    canaries: seen({
      probes: [...others, code].flatMap((target) =>
        (['reads', 'writes'] as const).map((path) => ({ target, path, success: 1, at: NOW.toISOString() })),
      ),
    }),
    storage: seen({
      bucket,
      versioned: true,
      rules: primary
        ? others.map((other) => ({
            id: `to-${other}`,
            enabled: true,
            destination: `ecommerce-assets-${other}`,
            timeControl: true,
            deleteMarkers: true,
            encrypted: true,
            latencySeconds: 40,
            pendingOperations: 0,
          }))
        : [],
    }),
    cache: seen({
      replicationGroup: `ecommerce-${code}`,
      globalDatastore: 'ldgnf-ecommerce',
      role: primary ? 'primary' : 'secondary',
      status: 'available',
      lagSeconds: primary ? null : 0.3,
    }),
    queue: seen({
      cluster: `ecommerce-${code}`,
      status: 'ACTIVE',
      replicators: primary
        ? []
        : [{ name: `us-to-${code}`, sourceRegion: US, state: 'RUNNING', messageLag: 0 }],
    }),
    identity: seen({ account: estate.account, arn: `arn:aws:iam::${estate.account}:role/cp-observer` }),
    service: seen({
      namespace: 'shop',
      service: 'app-service',
      liveVersion: '1.4.0',
      deployments: [
        { name: 'app-blue', version: '1.4.0', image: 'shop@sha256:1', desired: 3, ready: 3 },
        { name: 'app-green', version: '1.3.0', image: 'shop@sha256:0', desired: 0, ready: 0 },
      ],
    }),
  };
}

function endpointCheck(region: Region): HealthCheckConfig {
  return {
    id: region.healthCheckId,
    type: 'HTTP',
    target: `${region.loadBalancer.dnsName}:80/health`,
    searchString: null,
    inverted: false,
    disabled: false,
    intervalSeconds: 10,
    failureThreshold: 3,
    children: [],
    healthThreshold: null,
  };
}

/** The zone as the estate first has it: each Region's own health check, no switch. */
export function zoneOf(estate: Estate, changes: Partial<ZoneObservation> = {}): ZoneObservation {
  return {
    zoneId: estate.dns.zoneId,
    acceleratedRecovery: false,
    recordChecks: Object.fromEntries(estate.regions.map(({ code, healthCheckId }) => [code, healthCheckId])),
    checks: estate.regions.map(endpointCheck),
    ...changes,
  };
}

/** The zone after `prepare-switch` of every Region: two peers' objects and the endpoint under one calculated check. */
export function switchedZone(
  estate: Estate,
  regions = estate.regions.map(({ code }) => code),
): ZoneObservation {
  const zone = zoneOf(estate, { acceleratedRecovery: true });
  const prepared = estate.regions.filter(({ code }) => regions.includes(code));
  const checks = prepared.flatMap(({ code, healthCheckId }) => {
    const peers = estate.regions.filter((other) => other.code !== code).slice(0, 2);
    const switches = peers.map(
      (peer): HealthCheckConfig => ({
        id: `switch-${code}-in-${peer.code}`,
        type: 'HTTP_STR_MATCH',
        target: `ecommerce-switch-${peer.code}.s3.${peer.code}.amazonaws.com:80/serve/${code}`,
        searchString: 'off',
        inverted: true,
        disabled: false,
        intervalSeconds: 10,
        failureThreshold: 1,
        children: [],
        healthThreshold: null,
      }),
    );
    const children = [healthCheckId, ...switches.map(({ id }) => id)];
    return [
      ...switches,
      {
        id: `serve-${code}`,
        type: 'CALCULATED',
        target: null,
        searchString: null,
        inverted: false,
        disabled: false,
        intervalSeconds: null,
        failureThreshold: null,
        children,
        healthThreshold: children.length,
      },
    ];
  });
  return {
    ...zone,
    recordChecks: {
      ...zone.recordChecks,
      ...Object.fromEntries(prepared.map(({ code }) => [code, `serve-${code}`])),
    },
    checks: [...zone.checks, ...checks],
  };
}

/** Nobody but the console that asks is known. */
export function homeOf({ console: declared }: Pick<Estate, 'console'>, changes: Partial<Home> = {}): Home {
  return {
    console: declared.homeRegion,
    database: declared.databaseRegion,
    consoles: [],
    workers: [],
    ...changes,
  };
}

/** Every geography's users at home, as the estate first has it. */
export function homeWeights(estate: Estate): { weights: WeightMatrix; recordWeights: WeightMatrix } {
  const matrix = (full: number): WeightMatrix =>
    Object.fromEntries(
      estate.geographies.map(({ key, homeRegion }) => [
        key,
        Object.fromEntries(estate.regions.map(({ code }) => [code, code === homeRegion ? full : 0])),
      ]),
    );
  return { weights: matrix(100), recordWeights: matrix(200) };
}

export type RegionChanges = Record<string, Partial<RecoveryRegionFacts>>;

/** An outlook on production in which all is well, but for what is changed. The estate is a fresh copy. */
export function outlook(
  byRegion: RegionChanges = {},
  changes: Partial<RecoveryFacts> = {},
  estate: Estate = copyOfEstate(),
): Outlook {
  const environment = environmentOf(estate);
  const facts: RecoveryFacts = {
    now: NOW,
    environment: environment.name,
    regions: estate.regions.map((region) => ({
      ...healthyRegion(estate, region),
      ...byRegion[region.code],
    })),
    zone: seen(zoneOf(estate)),
    records: seen({ zoneId: estate.dns.zoneId, ...homeWeights(estate), hash: 'a'.repeat(64) }),
    dns: unseen(),
    freezes: [],
    holder: null,
    approvers: [
      { name: 'Anna Approver', regions: null },
      { name: 'Bela Approver', regions: null },
    ],
    drills: { steps: {}, runs: [] },
    home: homeOf(estate),
    ...changes,
  };
  return { estate, environment, facts };
}

/** EU–AP peered and routed on both sides: what `connect-regions` leaves. */
export function meshed(estate: Estate = copyOfEstate()): RegionChanges {
  return Object.fromEntries(
    estate.regions.map(({ code }) => {
      const others = estate.regions.filter((other) => other.code !== code).map((other) => other.code);
      const peerings = others.map((peerRegion) => ({
        id: `pcx-${[code, peerRegion].sort().join('-')}`,
        peerRegion,
        status: 'active',
      }));
      return [code, { peering: seen({ peerings, routesTo: others }) }];
    }),
  );
}

/** All that was ever seen of a Region, too old to count: it no longer answers. */
function silenced(region: RecoveryRegionFacts, error = 'connection reset'): RecoveryRegionFacts {
  const aged = Object.entries(region).map(([key, value]) =>
    typeof value === 'string'
      ? [key, value]
      : [key, value.observedAt === null ? value : { ...stale(value.value, error) }],
  );
  return Object.fromEntries(aged) as RecoveryRegionFacts;
}

/** The outlook with one Region gone silent. */
export function without(code: string, given: Outlook): Outlook {
  const regions = given.facts.regions.map((region) => (region.code === code ? silenced(region) : region));
  return { ...given, facts: { ...given.facts, regions } };
}
