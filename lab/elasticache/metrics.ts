import type { LabContext } from '#lab/kernel/context.ts';
import { crosses } from '#lab/kernel/crossing.ts';
import type { MetricUnit } from '#lab/kernel/metrics.ts';
import { createModelledLag, type ModelledLag } from '#lab/kernel/modelled-lag.ts';
import { startPeriodic } from '#lab/kernel/periodic.ts';
import { roundTripMs } from '#lab/links/distance.ts';
import type { Caches } from './datastore.ts';
import { clusterIds, type GroupRecord, NODE_ID } from './records.ts';

/** Look-ups that a request of the shop would make: sessions, catalogue and preferences in one group, carts in the other. */
const LOOKUPS = { replicated: 6, carts: 1 };
const HIT_SHARE = { mean: 0.94, spread: 0.02 };
const WINDOW_MS = 10_000;
/** What a replica needs on top of the way there, seconds. */
const APPLY_SECONDS = 0.03;

/**
 * AWS/ElastiCache of every node (modelled): look-ups follow the requests that the Region's load balancer really got, the lag of
 * a secondary Region is the way from the primary one and grows while nothing gets through.
 */
export function startCacheMetrics(ctx: LabContext, caches: Caches): { stop(): void; forget(): void } {
  const lags = new Map<string, ModelledLag>();

  function requestsPerSecond(region: string): number {
    const name = ctx.estate.regions.find(({ code }) => code === region)?.loadBalancer.name ?? '';
    const now = ctx.clock.now();
    const id = {
      region,
      namespace: 'AWS/ApplicationELB',
      name: 'RequestCount',
      dimensions: { LoadBalancer: name },
    };
    const points = ctx.metrics.query(id, 'Sum', 5, now - WINDOW_MS, now);
    return points.reduce((sum, { value }) => sum + value, 0) / (WINDOW_MS / 1000);
  }

  /** Read each period whether or not anybody sees it: backlog gathers by the clock. */
  function lagOf(group: GroupRecord): number | undefined {
    const { membership, region } = group;
    const primary = membership?.role === 'SECONDARY' ? caches.primaryOf(membership.datastoreId) : undefined;
    const key = `${region}/${group.id}`;
    if (!primary) {
      lags.delete(key);
      return undefined;
    }
    const { extraRttMs } = ctx.chaos.link(primary.region, region);
    const oneWaySeconds = (roundTripMs(ctx.estate, primary.region, region) + extraRttMs) / 2000;
    const model = { usualSeconds: APPLY_SECONDS, jitter: 0.5, catchUp: 15 };
    const lag = lags.get(key) ?? createModelledLag(model, ctx.random);
    lags.set(key, lag);
    const open = crosses(ctx.chaos.state(), primary.region, region);
    return oneWaySeconds + lag.read(ctx.clock.now(), open);
  }

  function record(group: GroupRecord) {
    const lag = lagOf(group);
    if (ctx.chaos.outage(group.region)) return;
    const perSecond = (requestsPerSecond(group.region) * LOOKUPS[group.purpose]) / group.nodes;
    clusterIds(group).forEach((cluster, i) => {
      recordNode(group, cluster, { perSecond, isPrimary: i === 0, lag: i === 0 ? lag : undefined });
    });
  }

  function recordNode(
    { region, nodes }: GroupRecord,
    cluster: string,
    node: { perSecond: number; isPrimary: boolean; lag: number | undefined },
  ) {
    const dimensions = { CacheClusterId: cluster, CacheNodeId: NODE_ID };
    const put = (name: string, unit: MetricUnit, value: number) =>
      ctx.metrics.record({ region, namespace: 'AWS/ElastiCache', name, dimensions }, unit, value);
    const lookups = Math.round(node.perSecond * ctx.estate.metrics.periodSeconds);
    const share = HIT_SHARE.mean + HIT_SHARE.spread * (2 * ctx.random() - 1);
    const hits = Math.round(lookups * share);
    put('CacheHits', 'Count', hits);
    put('CacheMisses', 'Count', lookups - hits);
    // Without a look-up there is no rate.
    if (lookups > 0) put('CacheHitRate', 'Percent', (100 * hits) / lookups);
    put('CPUUtilization', 'Percent', Math.min(95, 2 + ctx.random() + node.perSecond * 0.05));
    put('EngineCPUUtilization', 'Percent', Math.min(95, 1 + ctx.random() + node.perSecond * 0.08));
    put('DatabaseMemoryUsagePercentage', 'Percent', 41 + 2 * ctx.random());
    put('CurrConnections', 'Count', 24 + Math.round(node.perSecond));
    put('Evictions', 'Count', 0);
    if (!node.isPrimary) put('ReplicationLag', 'Seconds', 0.001 + 0.004 * ctx.random());
    else if (nodes > 1) put('ReplicationBytes', 'Bytes', 900 + Math.round(node.perSecond * 120));
    if (node.lag !== undefined) put('GlobalDatastoreReplicationLag', 'Seconds', node.lag);
  }

  const periodic = startPeriodic(ctx.estate.metrics.periodSeconds * 1000, () => {
    for (const group of caches.groups()) record(group);
  });
  return { stop: periodic.stop, forget: () => lags.clear() };
}
