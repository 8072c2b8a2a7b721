import type { Region } from '#lib/domain/estate/estate.ts';
import {
  expectedEverySeconds,
  REGION_METRICS,
  type RegionMetric,
  type TrafficObservation,
} from '#lib/domain/observation/kinds.ts';
import { judgeLag } from '#lib/domain/replication/lag.ts';
import {
  balancerErrorQuery,
  type MetricPoint,
  type MetricQuery,
  readMetrics,
  sliQueries,
  weightedMs,
} from '../../adapters/aws/metrics.ts';
import { type Collector, regionOf } from '../collector.ts';
import type { SamplePoint, Seen } from '../store.ts';

/** One call reads this much, so that a point that came late, or a round that was missed, is still stored. */
const WINDOW_SECONDS = 60;

type Points = Map<string, MetricPoint[]>;

/** Every number of a Region in one GetMetricData call: traffic, nodes, database. */
export const regionMetrics: Collector = {
  service: 'cloudwatch',
  covers: (context) => {
    const region = regionOf(context);
    const traffic = { kind: 'traffic' as const, name: region.code };
    return region.database.role === 'replica'
      ? [traffic, { kind: 'lag' as const, name: region.database.instanceId }]
      : [traffic];
  },
  everySeconds: (period) => expectedEverySeconds('metrics', period),
  async collect(context) {
    const region = regionOf(context);
    const periodSeconds = context.estate.metrics.periodSeconds;
    const periodMs = periodSeconds * 1_000;
    const toMs = Math.floor(context.nowMs / periodMs) * periodMs;
    const window = { fromMs: toMs - Math.max(WINDOW_SECONDS, periodSeconds * 3) * 1_000, toMs };
    const points = await readMetrics(context.clients, region.code, regionQueries(region), {
      ...window,
      periodSeconds,
    });
    const seconds = (window.toMs - window.fromMs) / 1_000;
    const traffic = summarise(points, seconds);
    context.shared.requests.set(region.code, { perSecond: traffic.requestsPerSecond, atMs: context.nowMs });
    const slot = points.get('db_slot')?.at(-1);
    if (region.database.role === 'primary')
      context.shared.slotLag = slot ? { bytes: slot.value, atMs: slot.atMs } : null;
    const seen: Seen[] = [{ kind: 'traffic', name: region.code, value: traffic }];
    if (region.database.role === 'replica') {
      const recent = (points.get('db_lag') ?? []).map(({ atMs, value }) => ({ atMs, seconds: value }));
      const slotLag = context.shared.slotLag;
      const bytes = slotLag && context.nowMs - slotLag.atMs < periodMs * 6 ? slotLag.bytes : null;
      seen.push({
        kind: 'lag',
        name: region.database.instanceId,
        value: judgeLag(recent, bytes, context.estate.thresholds.databaseLagSeconds),
      });
    }
    return { seen, samples: toSamples(region.code, points, periodSeconds) };
  },
};

function regionQueries(region: Region): MetricQuery[] {
  const insights = (id: string, metric: string): MetricQuery => ({
    id,
    namespace: 'ContainerInsights',
    metric,
    dimensions: { ClusterName: region.cluster.name },
    stat: 'Average',
  });
  const database = (id: string, metric: string, stat: string): MetricQuery => ({
    id,
    namespace: 'AWS/RDS',
    metric,
    dimensions: { DBInstanceIdentifier: region.database.instanceId },
    stat,
  });
  return [
    ...sliQueries(region, 'reads'),
    ...sliQueries(region, 'writes'),
    balancerErrorQuery(region),
    insights('cpu', 'node_cpu_utilization'),
    insights('memory', 'node_memory_utilization'),
    insights('nodes', 'cluster_node_count'),
    database('db_connections', 'DatabaseConnections', 'Average'),
    ...(region.database.role === 'replica'
      ? [database('db_lag', 'ReplicaLag', 'Maximum')]
      : [
          database('db_slot', 'OldestReplicationSlotLag', 'Maximum'),
          database('db_wal', 'TransactionLogsGeneration', 'Average'),
        ]),
  ];
}

function summarise(points: Points, seconds: number): TrafficObservation {
  const readRequests = total(points, 'reads_requests');
  const writeRequests = total(points, 'writes_requests');
  const balancerErrors = total(points, 'elb_errors');
  const readErrors = total(points, 'reads_errors') + balancerErrors;
  const writeErrors = total(points, 'writes_errors');
  const requests = readRequests + writeRequests + balancerErrors;
  const rate = (errors: number, of: number) => (of > 0 ? errors / of : null);
  const p95 = (group: string) => weightedMs(points.get(`${group}_p95`), points.get(`${group}_requests`));
  return {
    requestsPerSecond: requests / seconds,
    errorRate: rate(readErrors + writeErrors, requests),
    p50Ms: weightedMs(points.get('reads_p50'), points.get('reads_requests')),
    p95Ms: p95('reads'),
    p99Ms: weightedMs(points.get('reads_p99'), points.get('reads_requests')),
    reads: {
      requestsPerSecond: readRequests / seconds,
      errorRate: rate(readErrors, readRequests + balancerErrors),
      p95Ms: p95('reads'),
    },
    writes: {
      requestsPerSecond: writeRequests / seconds,
      errorRate: rate(writeErrors, writeRequests),
      p95Ms: p95('writes'),
    },
    cpu: share(points, 'cpu'),
    memory: share(points, 'memory'),
  };
}

function total(points: Points, id: string): number {
  return (points.get(id) ?? []).reduce((sum, { value }) => sum + value, 0);
}

function share(points: Points, id: string): number | null {
  const latest = points.get(id)?.at(-1);
  return latest ? latest.value / 100 : null;
}

/** Samples by period. 5xx counts that are zero are not reported by CloudWatch, so errors count from requests that were. */
function toSamples(subject: string, points: Points, periodSeconds: number): SamplePoint[] {
  const samples: SamplePoint[] = [];
  const add = (metric: RegionMetric, atMs: number, value: number) =>
    void samples.push({ subject, metric, unit: REGION_METRICS[metric], atMs, value });
  const at = (id: string, atMs: number) => points.get(id)?.find((point) => point.atMs === atMs)?.value ?? 0;
  for (const group of ['reads', 'writes'] as const) {
    for (const { atMs, value } of points.get(`${group}_requests`) ?? []) {
      add(`${group}.requests`, atMs, value / periodSeconds);
      if (value > 0) add(`${group}.errorRate`, atMs, at(`${group}_errors`, atMs) / value);
    }
    for (const { atMs, value } of points.get(`${group}_p95`) ?? [])
      add(`${group}.p95Ms`, atMs, value * 1_000);
  }
  for (const { atMs, value } of points.get('reads_requests') ?? []) {
    const writes = at('writes_requests', atMs);
    const balancer = at('elb_errors', atMs);
    const requests = value + writes + balancer;
    add('requests', atMs, requests / periodSeconds);
    if (requests > 0)
      add('errorRate', atMs, (at('reads_errors', atMs) + at('writes_errors', atMs) + balancer) / requests);
  }
  const plain: [string, RegionMetric, number][] = [
    ['reads_p50', 'p50Ms', 1_000],
    ['reads_p95', 'p95Ms', 1_000],
    ['reads_p99', 'p99Ms', 1_000],
    ['cpu', 'cpu', 0.01],
    ['memory', 'memory', 0.01],
    ['nodes', 'nodes', 1],
    ['db_connections', 'db.connections', 1],
    ['db_slot', 'db.slotLagBytes', 1],
    ['db_wal', 'db.walBytesPerSecond', 1],
  ];
  for (const [id, metric, factor] of plain)
    for (const { atMs, value } of points.get(id) ?? []) add(metric, atMs, value * factor);
  for (const { atMs, value } of points.get('db_lag') ?? []) if (value >= 0) add('db.lagSeconds', atMs, value);
  return samples;
}
