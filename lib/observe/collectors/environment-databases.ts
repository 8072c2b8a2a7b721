import { declaredDatabases } from '#lib/domain/estate/environments.ts';
import { REGION_METRICS } from '#lib/domain/observation/kinds.ts';
import { type CollectContext, regionOf } from '../collector.ts';
import type { MetricPart } from './metric-part.ts';

const METRIC = 'db.connections';

/** Connections of the databases that environments have to themselves in the Region, kept under each database's declared id. */
export const environmentDatabases: MetricPart = {
  covers: () => [],
  ask(context) {
    const ids = instanceIds(context);
    return {
      queries: ids.map((instanceId, i) => ({
        id: queryId(i),
        namespace: 'AWS/RDS',
        metric: 'DatabaseConnections',
        dimensions: { DBInstanceIdentifier: instanceId },
        stat: 'Average',
      })),
      read: (points) => ({
        seen: [],
        samples: ids.flatMap((subject, i) =>
          (points.get(queryId(i)) ?? []).map(({ atMs, value }) => ({
            subject,
            metric: METRIC,
            unit: REGION_METRICS[METRIC],
            atMs,
            value,
          })),
        ),
      }),
    };
  },
};

const queryId = (i: number) => `environment_connections_${i}`;

function instanceIds(context: CollectContext): string[] {
  const { code, database: own } = regionOf(context);
  return declaredDatabases(context.estate).flatMap(({ region, database }) =>
    region.code === code && database.instanceId !== own.instanceId ? [database.instanceId] : [],
  );
}
