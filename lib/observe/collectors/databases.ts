import type { DBInstance } from '@aws-sdk/client-rds';
import {
  type DatabaseObservation,
  expectedEverySeconds,
  STANDING_METRICS,
  type StandingMetric,
} from '#lib/domain/observation/kinds.ts';
import { currentDatabase, isFenced, takesWrites } from '#lib/domain/recovery/topology.ts';
import { describeInstances, ofApplication, toDatabase } from '../../adapters/aws/database.ts';
import { type CollectContext, type Collector, factsOf, regionOf } from '../collector.ts';
import type { SamplePoint } from '../store.ts';

/**
 * Every instance of the application's database in the Region, and the one that the Region works with: after a failover or
 * a rebuild that is another than the estate declares, under the declared name all the same.
 */
export const databases: Collector = {
  service: 'rds',
  covers: (context) => {
    const { code, database } = regionOf(context);
    return [
      { kind: 'databases', name: code },
      { kind: 'database', name: database.instanceId },
    ];
  },
  everySeconds: (period) => expectedEverySeconds('databases', period),
  async collect(context) {
    const { code, database: declared } = regionOf(context);
    const found = ofApplication(
      await describeInstances({ clients: context.clients, region: code }),
      declared.instanceId,
    );
    const instances = found.map((instance) => withGroupNames(context, toDatabase(instance)));
    const current = currentDatabase(instances, declared.instanceId);
    follow(context, current, found);
    const all = { kind: 'databases' as const, name: code, value: { instances } };
    const name = declared.instanceId;
    const samples = standing(context, current);
    if (current) return { seen: [all, { kind: 'database', name, value: current }], samples };
    return {
      seen: [all],
      samples,
      missing: [{ kind: 'database', name, error: noneWords(instances, declared.instanceId) }],
    };
  },
};

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
