import type { Plan } from '#lib/domain/operation/plan.ts';
import { planDeployment, planRollback } from '#lib/operations/deployment/plan.ts';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { environmentOf } from '#test/seed-estate.ts';
import type { TestDatabase } from '../harness.ts';
import { digestOf, LIVE_VERSION, REPOSITORY } from './clusters.ts';
import { quickEstate } from './quick-estate.ts';
import type { SimulatedEstate } from './simulated-estate.ts';
import { countOnce } from './story.ts';

/** A soak of 30 minutes takes half a second, and the old colour is retired 2 s after the first switch. */
export const QUICK_SCALE = 3_600;
export const NAMESPACE = 'shop';
export const IN_ORDER = [US, EU, AP];

/** The product's own plan of a deployment to an estate that serves `LIVE_VERSION`. */
export function deploymentPlan({
  version = 'v2.0.0',
  regions = IN_ORDER,
  soakMinutes = 30,
}: {
  version?: string;
  regions?: readonly string[];
  soakMinutes?: number;
} = {}): Plan {
  return planDeployment({
    environment: environmentOf(quickEstate()),
    version,
    digest: digestOf(version),
    repository: REPOSITORY,
    regions: regions.map((code) => ({ code, live: LIVE_VERSION, window: null })),
    soakMinutes,
    inLowTraffic: false,
  });
}

export function rollbackPlan({ from = 'v2.0.0', to = LIVE_VERSION, regions = IN_ORDER } = {}): Plan {
  return planRollback({
    environment: environmentOf(quickEstate()),
    regions: regions.map((code) => ({ code, from, to, digest: digestOf(to) })),
  });
}

/** A release on record, so that a gate can find it bad. */
export async function registerRelease(db: TestDatabase, version: string): Promise<void> {
  await db.query(
    `insert into release (version, digest, schema, schema_note, notes, author, registered_by, registered_at)
     select $1, $2, 'none', 'no change', 'notes', 'somebody', id, now() from person limit 1`,
    [version, digestOf(version)],
  );
}

/** What each Region serves, in the order of a deployment. */
export function served(estate: SimulatedEstate): string[] {
  return IN_ORDER.map((region) => estate.clusters.liveVersion(region, NAMESPACE));
}

/** Versions that came to serve, one after the other: `v2.0.0 us-east-1`. */
export function switches(estate: SimulatedEstate): string[] {
  return estate.effects.flatMap(({ name }) => {
    const [, version, region] = /^serve (\S+) in (\S+)$/.exec(name) ?? [];
    return version && region ? [`${version} ${region}`] : [];
  });
}

/** How often each change of a cluster was made. */
export const countChanges = (estate: SimulatedEstate) =>
  countOnce(estate, /^(apply|serve|scale (blue|green)) /);
