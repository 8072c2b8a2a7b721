import { describe, expect, it } from 'vitest';
import { createMetricStore } from '#lab/kernel/metric-store.ts';
import { createRandom } from '#lab/kernel/random.ts';
import { modelledUse, recordClusterMetrics, utilisationOf } from './cluster-metrics.ts';
import { createRateMeter } from './rate-meter.ts';
import { modelledServiceMs, stretch } from './service-time.ts';

describe('load of a cluster', () => {
  it.each([
    { requestsPerSecond: 5, readyNodes: 20, share: 0.5 },
    { requestsPerSecond: 10, readyNodes: 20, share: 1 },
    { requestsPerSecond: 10, readyNodes: 10, share: 2 },
    { requestsPerSecond: 0, readyNodes: 0, share: 0 },
    { requestsPerSecond: 1, readyNodes: 0, share: 1 },
  ])('$requestsPerSecond a second on $readyNodes nodes is $share of the capacity', ({ share, ...load }) => {
    expect(utilisationOf({ ...load, requestsPerSecondPerNode: 0.5 })).toBe(share);
  });

  it('is 50 % processor at the stated capacity and never over 100', () => {
    expect(modelledUse(1).cpu).toBeCloseTo(50);
    expect(modelledUse(0.5).cpu).toBeCloseTo(27);
    expect(modelledUse(9)).toEqual({ cpu: 100, memory: 97 });
  });

  it('without a ready node reports the nodes and no use', () => {
    const store = createMetricStore({ now: () => 1_000, scaledMs: (ms) => ms, after: () => () => undefined });
    recordClusterMetrics(store, {
      region: 'eu-west-1',
      cluster: 'c',
      totalNodes: 3,
      readyNodes: 0,
      requestsPerSecond: 4,
      requestsPerSecondPerNode: 0.5,
    });
    const names = store.list('eu-west-1', 'ContainerInsights').map((id) => id.name);
    expect(names.sort()).toEqual(['cluster_failed_node_count', 'cluster_node_count']);
  });
});

describe('a rate meter', () => {
  it('tells the rate of the last whole seconds, and of its own age while young', () => {
    let now = 10_000;
    const meter = createRateMeter(10, () => now);
    for (let i = 0; i < 40; i += 1) {
      meter.count();
      now += 100;
    }
    expect(meter.perSecond()).toBe(10);
    now += 8_000;
    expect(meter.perSecond()).toBe(2);
    now += 20_000;
    expect(meter.perSecond()).toBe(0);
  });
});

describe('work on a request', () => {
  const sample = (utilisation: number) => {
    const random = createRandom(3);
    return Array.from({ length: 4_000 }, () => modelledServiceMs(random, utilisation)).sort((a, b) => a - b);
  };
  const quantile = (sorted: number[], q: number) => sorted[Math.floor(sorted.length * q)] ?? Number.NaN;

  it('takes 10 to 60 ms within the capacity', () => {
    const sorted = sample(1);
    expect(quantile(sorted, 0.5)).toBeGreaterThan(15);
    expect(quantile(sorted, 0.5)).toBeLessThan(27);
    expect(quantile(sorted, 0.95)).toBeLessThan(60);
  });

  it('passes the gate’s 200 ms at twice the capacity', () => {
    expect(quantile(sample(2), 0.95)).toBeGreaterThan(200);
  });

  it('never gets shorter with load, nor grows without bound', () => {
    const loads = [0, 0.3, 0.7, 1, 1.2, 2, 50, 1e9];
    const stretches = loads.map(stretch);
    expect(stretches).toEqual([...stretches].sort((a, b) => a - b));
    expect(stretches[0]).toBe(1);
    expect(stretches.at(-1)).toBe(40);
  });
});
