import type { Region } from '#lib/domain/estate/estate.ts';
import { REGION_METRICS, type RegionMetric } from '#lib/domain/observation/kinds.ts';
import type { MetricQuery } from '#lib/domain/observation/metric-queries.ts';
import { sourceRegionOf } from '#lib/domain/recovery/topology.ts';
import { judgeLag, type PrimaryActivity } from '#lib/domain/replication/lag.ts';
import { type CollectContext, factsOf, regionOf } from '../collector.ts';
import type { SamplePoint, Seen } from '../store.ts';
import { latest, type MetricPart, type Points } from './metric-part.ts';

/** What a primary said of itself counts for this many periods. */
const ACTIVITY_PERIODS = 6;

type Followed = Pick<Region['database'], 'instanceId' | 'role'> & { sourceRegion: string | null };

/**
 * Connections of the database that the Region works with; of a replica its lag, of a primary its slots and WAL. Which it is,
 * and what it is called, is what RDS said last: after a failover the estate's declaration is about another instance.
 */
export const databaseMetrics: MetricPart = {
  covers: (context) =>
    followed(context)?.role === 'replica'
      ? [{ kind: 'lag', name: regionOf(context).database.instanceId }]
      : [],
  ask(context) {
    const database = followed(context);
    return {
      queries: database ? databaseQueries(database) : [],
      read(points) {
        const isPrimary = database?.role === 'primary';
        factsOf(context).primary = isPrimary ? primaryActivity(points, context.nowMs) : null;
        return {
          seen: database?.role === 'replica' ? [lagOf(context, database, points)] : [],
          samples: toSamples(regionOf(context).code, points),
        };
      },
    };
  },
};

/** As the estate declares it until RDS has answered once; null where RDS has none. */
function followed(context: CollectContext): Followed | null {
  const { database } = factsOf(context);
  if (database === undefined) {
    const primary = context.estate.regions.find(({ database: { role } }) => role === 'primary');
    return { ...regionOf(context).database, sourceRegion: primary?.code ?? null };
  }
  return database && { ...database, sourceRegion: sourceRegionOf(database) };
}

function databaseQueries({ instanceId, role }: Followed): MetricQuery[] {
  const query = (id: string, metric: string, stat: string): MetricQuery => ({
    id,
    namespace: 'AWS/RDS',
    metric,
    dimensions: { DBInstanceIdentifier: instanceId },
    stat,
  });
  return [
    query('db_connections', 'DatabaseConnections', 'Average'),
    ...(role === 'replica'
      ? [query('db_lag', 'ReplicaLag', 'Maximum')]
      : [
          query('db_slot', 'OldestReplicationSlotLag', 'Maximum'),
          query('db_wal', 'TransactionLogsGeneration', 'Average'),
        ]),
  ];
}

function primaryActivity(points: Points, atMs: number): PrimaryActivity & { atMs: number } {
  const wal = points.get('db_wal') ?? [];
  return {
    atMs,
    slotBytes: latest(points, 'db_slot')?.value ?? null,
    wal: wal.map(({ atMs: pointMs, value }) => ({ atMs: pointMs, bytesPerSecond: value })),
  };
}

/** Judged by what the primary it follows says of itself, wherever that is. */
function lagOf(context: CollectContext, { sourceRegion }: Followed, points: Points): Seen<'lag'> {
  const { estate, shared, nowMs } = context;
  const recent = (points.get('db_lag') ?? []).map(({ atMs, value }) => ({ atMs, seconds: value }));
  const primary = sourceRegion === null ? null : shared.of(sourceRegion).primary;
  const limitMs = estate.metrics.periodSeconds * 1_000 * ACTIVITY_PERIODS;
  const activity: PrimaryActivity =
    primary && nowMs - primary.atMs < limitMs ? primary : { slotBytes: null, wal: [] };
  return {
    kind: 'lag',
    name: regionOf(context).database.instanceId,
    value: judgeLag(recent, activity, estate.thresholds.databaseLagSeconds),
  };
}

function toSamples(subject: string, points: Points): SamplePoint[] {
  const plain: [string, RegionMetric][] = [
    ['db_connections', 'db.connections'],
    ['db_slot', 'db.slotLagBytes'],
    ['db_wal', 'db.walBytesPerSecond'],
    ['db_lag', 'db.lagSeconds'],
  ];
  return plain.flatMap(([id, metric]) =>
    (points.get(id) ?? [])
      // −1 is how RDS says that it does not replicate (aws-facts B-09).
      .filter(({ value }) => id !== 'db_lag' || value >= 0)
      .map(({ atMs, value }) => ({ subject, metric, unit: REGION_METRICS[metric], atMs, value })),
  );
}
