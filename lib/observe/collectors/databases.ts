import type { DBInstance } from '@aws-sdk/client-rds';
import { declaredDatabases } from '#lib/domain/estate/environments.ts';
import {
  type DatabaseObservation,
  expectedEverySeconds,
  STANDING_METRICS,
  type StandingMetric,
} from '#lib/domain/observation/kinds.ts';
import { currentDatabase, isFenced, takesWrites } from '#lib/domain/recovery/topology.ts';
import { describeInstances, ofApplication, toDatabase } from '../../adapters/aws/database.ts';
import { type CollectContext, type Collector, factsOf, regionOf } from '../collector.ts';
import type { SamplePoint, Seen } from '../store.ts';

/**
 * Every instance of the application's databases in the Region: the Region's own and those of environments. Of each, the one
 * that is worked with: after a failover or a rebuild that is another than the estate declares, under the declared name all
 * the same.
 */
export const databases: Collector = {
  service: 'rds',
  covers: (context) =>
    declaredIds(context).flatMap((name) => [
      { kind: 'databases', name },
      { kind: 'database', name },
    ]),
  everySeconds: (period) => expectedEverySeconds('databases', period),
  async collect(context) {
    const { code, database: own } = regionOf(context);
    const described = await describeInstances({ clients: context.clients, region: code });
    const sights = declaredIds(context).map((declaredId) => lookFor(context, described, declaredId));
    const current = sights.find(({ declaredId }) => declaredId === own.instanceId)?.current;
    follow(context, current, described);
    return {
      seen: sights.flatMap(({ seen }) => seen),
      missing: sights.flatMap(({ missing }) => missing),
      samples: standing(context, current),
    };
  },
};

/** The Region's own first. */
function declaredIds(context: CollectContext): string[] {
  const { code } = regionOf(context);
  return declaredDatabases(context.estate).flatMap(({ region, database }) =>
    region.code === code ? [database.instanceId] : [],
  );
}

function lookFor(context: CollectContext, described: readonly DBInstance[], declaredId: string) {
  const instances = ofApplication(described, declaredId).map((instance) =>
    withGroupNames(context, toDatabase(instance)),
  );
  const current = currentDatabase(instances, declaredId);
  const seen: Seen[] = [{ kind: 'databases', name: declaredId, value: { instances } }];
  if (current) seen.push({ kind: 'database', name: declaredId, value: current });
  const missing = current
    ? []
    : [{ kind: 'database' as const, name: declaredId, error: noneWords(instances, declaredId) }];
  return { declaredId, current, seen, missing };
}

/** As long as one of its groups has no known name, nothing is said of any: half of them would prove nothing. */
function withGroupNames(context: CollectContext, database: DatabaseObservation): DatabaseObservation {
  const { groupNames } = factsOf(context);
  const names = database.securityGroupIds.flatMap((id) => groupNames.get(id) ?? []);
  return names.length === database.securityGroupIds.length
    ? { ...database, securityGroupNames: names }
    : database;
}

function follow(
  context: CollectContext,
  current: DatabaseObservation | undefined,
  found: readonly DBInstance[],
): void {
  const instance = found.find(({ DBInstanceIdentifier: id }) => id === current?.instanceId);
  factsOf(context).database = current ? { ...current, databaseName: instance?.DBName } : null;
}

/** What the Region's database was at this moment, for looking at a run again. */
function standing(context: CollectContext, current: DatabaseObservation | undefined): SamplePoint[] {
  const point = (metric: StandingMetric, isSo: boolean): SamplePoint => ({
    subject: regionOf(context).code,
    metric,
    unit: STANDING_METRICS[metric],
    atMs: Math.floor(context.nowMs / 1_000) * 1_000,
    value: isSo ? 1 : 0,
  });
  return [
    point('db.writer', current !== undefined && takesWrites(current)),
    point('db.follows', current?.role === 'replica' && current.replication === 'replicating'),
  ];
}

function noneWords(instances: readonly DatabaseObservation[], declaredId: string): string {
  const fenced = instances.map(({ instanceId }) => instanceId).filter(isFenced);
  const rest = fenced.length > 0 ? `, only ${fenced.join(' and ')}, which is fenced` : '';
  return `RDS has no instance ${declaredId}${rest}`;
}
