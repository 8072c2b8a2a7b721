import type { LabContext } from '#lab/kernel/context.ts';
import { type ClusterLoad, recordClusterMetrics, utilisationOf } from './cluster-metrics.ts';
import type { LoadBalancerMetrics } from './load-balancer-metrics.ts';
import type { RateMeter } from './rate-meter.ts';
import type { Site } from './sites.ts';
import type { ShopDependencies } from './types.ts';

/** Where the figures come from that are a state rather than an event. */
export interface SampleSource {
  ctx: Pick<LabContext, 'chaos' | 'estate' | 'metrics'>;
  cluster: ShopDependencies['cluster'];
  /** Of the requests that each Region's pods work on. */
  rates: Map<string, RateMeter>;
}

/** Measured requests of the Region against the nodes that are ready now. */
export function loadOf({ ctx, cluster, rates }: SampleSource, region: string): ClusterLoad {
  return {
    requestsPerSecond: rates.get(region)?.perSecond() ?? 0,
    readyNodes: cluster(region)?.readyNodes() ?? 0,
    requestsPerSecondPerNode: ctx.estate.capacity.requestsPerSecondPerNode,
  };
}

/** Load as a share of the stated capacity of what is ready in the Region. */
export function utilisationIn(source: SampleSource, region: string): number {
  return utilisationOf(loadOf(source, region));
}

/** Records hosts of every load balancer and use of every cluster, once a period. A Region that is out reports nothing. */
export function recordSample(
  source: SampleSource,
  loadBalancers: { site: Site; metrics: LoadBalancerMetrics }[],
): void {
  const { ctx, cluster } = source;
  for (const { site, metrics } of loadBalancers) {
    const there = cluster(site.region);
    if (!there || ctx.chaos.outage(site.region)) continue;
    metrics.hosts({
      healthy: there.pods(site.namespace).length,
      unhealthy: there.unreadyPods(site.namespace),
    });
  }
  for (const region of ctx.estate.regions) {
    const there = cluster(region.code);
    if (!there || ctx.chaos.outage(region.code)) continue;
    recordClusterMetrics(ctx.metrics, {
      ...loadOf(source, region.code),
      region: region.code,
      cluster: region.cluster.name,
      totalNodes: there.totalNodes(),
    });
  }
}
