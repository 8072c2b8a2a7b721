import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createChaos } from '#lab/kernel/chaos.ts';
import { createMetricStore } from '#lab/kernel/metric-store.ts';
import { parseEstate } from '#lib/domain/estate/estate.ts';
import { createLoadBalancerMetrics } from './load-balancer-metrics.ts';
import { createRateMeter } from './rate-meter.ts';
import { recordSample } from './sampling.ts';
import { planSites } from './sites.ts';

const NOW = 1_000_000_000;

function sampled() {
  const parsed = parseEstate(readFileSync(new URL('../../estate.yaml', import.meta.url), 'utf8'));
  if (!parsed.ok) throw new Error('the shipped estate does not parse');
  const { estate } = parsed;
  const metrics = createMetricStore({ now: () => NOW, scaledMs: (ms) => ms, after: () => () => undefined });
  const chaos = createChaos(20);
  let now = NOW - 20_000;
  const rates = new Map(estate.regions.map(({ code }) => [code, createRateMeter(15, () => now)]));
  // Three requests a second in Ireland, whose twelve nodes carry six.
  for (; now < NOW; now += 1_000) for (let i = 0; i < 3; i += 1) rates.get('eu-west-1')?.count();
  const cluster = () => ({
    readyNodes: () => 12,
    totalNodes: () => 13,
    pods: () => [{ name: 'a', version: '1' }],
    previewPods: () => [],
    unreadyPods: () => 2,
    settings: () => ({}),
  });
  const loadBalancers = planSites(estate).map((site) => ({
    site,
    metrics: createLoadBalancerMetrics(metrics, site),
  }));
  return {
    chaos,
    record: () => recordSample({ ctx: { estate, metrics, chaos }, cluster, rates }, loadBalancers),
    value: (region: string, namespace: string, name: string, dimensions: Record<string, string>) =>
      metrics.query({ region, namespace, name, dimensions }, 'Average', 60, NOW - 120_000, NOW + 60_000)[0]
        ?.value,
    names: (region: string) => metrics.list(region).map((id) => id.name),
  };
}

it('publishes nodes, use by the measured rate, and hosts of each load balancer', () => {
  const lab = sampled();
  lab.record();
  const cluster = { ClusterName: 'ecommerce-eu-west-1' };
  const of = (name: string) => lab.value('eu-west-1', 'ContainerInsights', name, cluster);
  expect(of('cluster_node_count')).toBe(13);
  expect(of('cluster_failed_node_count')).toBe(1);
  expect(of('node_cpu_utilization')).toBeCloseTo(27, 0);
  expect(of('node_memory_utilization')).toBeCloseTo(50, 0);
  const group = {
    LoadBalancer: 'app/shop-eu-west-1/50dc6c495c0c9189',
    TargetGroup: 'targetgroup/shop-write/50dc6c495c0c9189',
  };
  expect(lab.value('eu-west-1', 'AWS/ApplicationELB', 'HealthyHostCount', group)).toBe(1);
  expect(lab.value('eu-west-1', 'AWS/ApplicationELB', 'UnHealthyHostCount', group)).toBe(2);
});

it('has nothing of a Region that is out', async () => {
  const lab = sampled();
  await lab.chaos.change({ outages: { 'eu-west-1': 'hang' } });
  lab.record();
  expect(lab.names('eu-west-1')).toEqual([]);
  expect(lab.names('us-east-1')).toContain('node_cpu_utilization');
});
