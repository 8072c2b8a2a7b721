import type { DatabaseObservation, Observed } from '#lib/domain/observation/kinds.ts';
import { type Detection, detectRegions } from '#lib/domain/recovery/detection.ts';
import type { Outlook, RecoveryRegionFacts } from '#lib/domain/recovery/facts.ts';
import { factsOf } from '#lib/domain/recovery/facts.ts';
import { EU, meshed, NOW, outlook, seen, switchedZone, US, without } from '#test/recovery-facts.ts';
import type { World } from './harness.ts';

/** Facts of recovery as collectors would have stored them. */

const KINDS = {
  database: 'database',
  databases: 'databases',
  lag: 'lag',
  position: 'position',
  nodes: 'nodes',
  nodeGroup: 'node-group',
  traffic: 'traffic',
  alarms: 'alarms',
  peering: 'peering',
  shopConfig: 'shop-config',
  switch: 'switch',
  canaries: 'canaries',
  storage: 'storage',
  cache: 'cache',
  queue: 'queue',
  identity: 'identity',
  service: 'service',
} as const satisfies Partial<Record<keyof RecoveryRegionFacts, string>>;

/** Named after the database that the estate declares. */
const OF_DATABASE: ReadonlySet<string> = new Set(['database', 'databases', 'lag', 'position']);

/** Stores every observation of the outlook, and what the elected worker makes of them. */
export async function storeOutlook(
  world: World,
  given: Outlook,
  detection: Detection | null = detectRegions(given, null),
): Promise<void> {
  await world.database.pool.query('delete from observation');
  const { facts, estate } = given;
  await store(world, 'global', 'zone', 'zone', facts.zone);
  await store(world, 'global', 'records', 'zone', facts.records);
  await store(world, 'global', 'dns', 'zone', facts.dns);
  for (const region of facts.regions) {
    const declared = estate.regions.find(({ code }) => code === region.code);
    await store(world, 'global', 'health-check', declared?.healthCheckId ?? '', region.healthCheck);
    for (const [field, kind] of Object.entries(KINDS)) {
      const observed = region[field as keyof typeof KINDS];
      const name = OF_DATABASE.has(kind) ? (declared?.database.instanceId ?? '') : region.code;
      await store(world, region.code, kind, name, observed);
    }
  }
  await world.database.pool.query(
    `insert into recovery_watch (environment, detection, detected_at, epoch) values ('production', $1, $2, 1)
     on conflict (environment) do update set detection = excluded.detection, detected_at = excluded.detected_at`,
    [detection === null ? null : JSON.stringify(detection), detection === null ? null : facts.now],
  );
}

async function store(
  world: World,
  region: string,
  kind: string,
  name: string,
  observed: Observed<unknown>,
): Promise<void> {
  if (observed.observedAt === null && observed.error === null) return;
  const { value, observedAt, error } = observed;
  await world.database.pool.query(
    `insert into observation (region, kind, name, value, observed_at, attempted_at, error, error_since, epoch)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 1)`,
    [
      region,
      kind,
      name,
      value === null ? null : JSON.stringify(value),
      observedAt,
      NOW,
      error,
      error ? NOW : null,
    ],
  );
}

/** Everything that the strategy document lacks has been put right: every pair connected, every switch prepared. */
export function readyOutlook(): Outlook {
  const given = outlook(meshed());
  return { ...given, facts: { ...given.facts, zone: seen(switchedZone(given.estate)) } };
}

/** The Region says nothing any more, and its peers and Route 53's checkers see it down since so many seconds. */
export function lost(
  given: Outlook,
  code: string,
  sinceSeconds = 60,
): { outlook: Outlook; detection: Detection } {
  const silent = without(code, given);
  const facts = {
    ...silent.facts,
    regions: silent.facts.regions.map((region) =>
      region.code === code ? region : { ...region, ...seesDown(given, region.code, code) },
    ),
  };
  const found: Outlook = { ...silent, facts };
  const detection = detectRegions(found, null);
  const since = new Date(NOW.getTime() - sinceSeconds * 1_000).toISOString();
  return {
    outlook: found,
    detection: {
      ...detection,
      regions: detection.regions.map((region) =>
        region.region === code
          ? { ...region, state: 'failing', since, reason: `${code} is seen down by its peers.` }
          : region,
      ),
    },
  };
}

/** Its canary finds the other down, and its replica has lost its source. */
function seesDown(given: Outlook, from: string, code: string): Partial<RecoveryRegionFacts> {
  const { canaries, database, databases } = factsOf(given.facts, from);
  const cut = (instance: DatabaseObservation): DatabaseObservation =>
    instance.sourceArn?.includes(`:${code}:`) ? { ...instance, replication: 'error' } : instance;
  const probes = (canaries.value?.probes ?? []).map((probe) =>
    probe.target === code ? { ...probe, success: 0 } : probe,
  );
  return {
    canaries: seen({ probes }),
    ...(database.value ? { database: seen(cut(database.value)) } : {}),
    ...(databases.value ? { databases: seen({ instances: databases.value.instances.map(cut) }) } : {}),
  };
}

/** What is accepted to be lost when us-east-1 fails over to eu-west-1: more than was measured. */
export const ACCEPT = { seconds: 30, bytes: null, measuredAt: NOW.toISOString() };
export const FAILOVER = {
  kind: 'failover',
  environment: 'production',
  params: { lost: US, target: EU, accept: ACCEPT },
} as const;
