import { type Estate, type Region, switchBucketOf } from '#lib/domain/estate/estate.ts';
import type {
  DatabaseObservation,
  ObservationKind,
  ObservationValues,
} from '#lib/domain/observation/kinds.ts';

export interface ObservationRow {
  region: string;
  kind: ObservationKind;
  name: string;
  value: ObservationValues[ObservationKind];
}

function row<K extends ObservationKind>(
  region: string,
  kind: K,
  name: string,
  value: ObservationValues[K],
): ObservationRow {
  return { region, kind, name, value };
}

/** What recovery looks at, as collectors store it of a healthy estate that nobody has prepared yet: no switch, rules as documented. */
export function recoveryObservations(
  estate: Estate,
  databaseOf: (region: Region) => DatabaseObservation,
  now = new Date(),
): ObservationRow[] {
  return [zoneRow(estate), dnsRow(estate), ...estate.regions.flatMap((region) => ofRegion(estate, region))];

  function ofRegion(all: Estate, region: Region): ObservationRow[] {
    const { code, bucket } = region;
    const database = databaseOf(region);
    return [
      row(code, 'databases', region.database.instanceId, { instances: [database] }),
      row(code, 'position', region.database.instanceId, positionOf(database, now)),
      ...shopRows(all, region),
      row(code, 'switch', code, { bucket: switchBucketOf(all, region), off: [] }),
      row(code, 'canaries', code, { probes: probesOf(all, code, now) }),
      row(code, 'storage', bucket, storageOf(all, region)),
      row(code, 'cache', code, cacheOf(all, region)),
      row(code, 'queue', code, queueOf(all, region)),
    ];
  }
}

function homeOf(estate: Estate): Region | undefined {
  return estate.regions.find(({ database }) => database.role === 'primary');
}

function others(estate: Estate, code: string): Region[] {
  return estate.regions.filter((region) => region.code !== code);
}

/** Each Region's own health check on its records. */
function zoneRow(estate: Estate): ObservationRow {
  const { zoneId } = estate.dns;
  return row('global', 'zone', zoneId, {
    zoneId,
    acceleratedRecovery: false,
    recordChecks: Object.fromEntries(estate.regions.map(({ code, healthCheckId }) => [code, healthCheckId])),
    checks: estate.regions.map(({ healthCheckId, loadBalancer }) => ({
      id: healthCheckId,
      type: 'HTTP',
      target: `${loadBalancer.dnsName}:80/health`,
      searchString: null,
      inverted: false,
      disabled: false,
      intervalSeconds: 10,
      failureThreshold: 3,
      children: [],
      healthThreshold: null,
    })),
  });
}

/** Every user at home. */
function dnsRow(estate: Estate): ObservationRow {
  const answers = Object.fromEntries(
    estate.geographies.map(({ key, homeRegion }) => [key, { [homeRegion]: 60 }]),
  );
  return row('global', 'dns', estate.dns.originName, { answers });
}

function positionOf({ instanceId, role }: DatabaseObservation, now: Date): ObservationValues['position'] {
  const primary = role === 'primary';
  return {
    instanceId,
    inRecovery: !primary,
    receivedLsn: '0/5000000',
    replayedLsn: primary ? null : '0/5000000',
    lastCommitAt: new Date(now.getTime() - 400).toISOString(),
    timeline: 1,
    walBytesPerSecond: primary ? 4_000 : null,
    lastOrder: {
      id: '6f0d4f6e-0000-4000-8000-000000000001',
      createdAt: new Date(now.getTime() - 900).toISOString(),
    },
  };
}

/** The shop of every environment there: one version, orders to the primary's Region. */
function shopRows(estate: Estate, { code }: Region): ObservationRow[] {
  const writerEndpoint = homeOf(estate)?.code ?? null;
  return estate.environments
    .filter(({ regions }) => regions.includes(code))
    .flatMap(({ namespace }) => [
      row(code, 'service', namespace, {
        namespace,
        service: 'app-service',
        liveVersion: '1.4.0',
        deployments: [
          { name: 'app-blue', version: '1.4.0', image: 'shop@sha256:1f', desired: 4, ready: 4 },
          { name: 'app-green', version: '1.3.0', image: 'shop@sha256:0e', desired: 0, ready: 0 },
        ],
      }),
      row(code, 'shop-config', namespace, { namespace, writerEndpoint, writeFreeze: false }),
    ]);
}

function probesOf(estate: Estate, code: string, now: Date): ObservationValues['canaries']['probes'] {
  return others(estate, code).flatMap(({ code: target }) =>
    (['reads', 'writes'] as const).map((path) => ({ target, path, success: 1, at: now.toISOString() })),
  );
}

/** From the primary's bucket to every other, without time control and without objects under KMS keys (B-17, B-18). */
function storageOf(estate: Estate, region: Region): ObservationValues['storage'] {
  const rules =
    region === homeOf(estate)
      ? others(estate, region.code).map(({ code, bucket }) => ({
          id: `to-${code}`,
          enabled: true,
          destination: bucket,
          timeControl: false,
          deleteMarkers: true,
          encrypted: false,
          latencySeconds: 6.2,
          pendingOperations: 1,
        }))
      : [];
  return { bucket: region.bucket, versioned: true, rules };
}

/** A Global Datastore has two secondaries at most (B-11); the rest stand alone. */
function cacheOf(estate: Estate, { code }: Region): ObservationValues['cache'] {
  const home = homeOf(estate)?.code ?? null;
  const secondaries = others(estate, home ?? '')
    .slice(0, 2)
    .map((region) => region.code);
  const role = code === home ? 'primary' : secondaries.includes(code) ? 'secondary' : 'standalone';
  return {
    replicationGroup: `${estate.estate}-global-${code}`,
    globalDatastore: role === 'standalone' ? null : `ldgnf-${estate.estate}`,
    role,
    primaryRegion: role === 'standalone' ? null : home,
    status: 'available',
    lagSeconds: role === 'secondary' ? 0.12 : null,
  };
}

function queueOf(estate: Estate, region: Region): ObservationValues['queue'] {
  const home = homeOf(estate);
  const replicators =
    home === undefined || region === home
      ? []
      : [
          {
            name: `${estate.estate}-${home.code}-to-${region.code}`,
            sourceRegion: home.code,
            state: 'RUNNING',
            messageLag: 6,
            latencySeconds: 0.5,
          },
        ];
  return { cluster: `${estate.estate}-${region.code}`, status: 'ACTIVE', replicators };
}
