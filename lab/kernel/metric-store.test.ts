import { describe, expect, it } from 'vitest';
import { createMetricStore } from './metric-store.ts';
import type { MetricId } from './metrics.ts';

const id: MetricId = {
  region: 'eu-west-1',
  namespace: 'AWS/ApplicationELB',
  name: 'TargetResponseTime',
  dimensions: { LoadBalancer: 'app/x/1' },
};
const MINUTE = Date.parse('2026-03-01T10:00:00Z');

function storeAt(nowMs: number) {
  const clock = { time: nowMs, now: () => clock.time, scaledMs: (ms: number) => ms, after: () => () => {} };
  return { clock, store: createMetricStore(clock) };
}

describe('metric store', () => {
  it('gives percentiles within half a per cent of the true ones', () => {
    const { store } = storeAt(MINUTE);
    const values = Array.from({ length: 10_000 }, (_, i) => 0.005 * 1.0007 ** i);
    for (const value of values) store.record(id, 'Seconds', value);
    for (const [stat, rank] of [
      ['p50', 5000],
      ['p95', 9500],
      ['p99', 9900],
      ['p99.9', 9990],
    ] as const) {
      const exact = values[rank - 1] ?? 0;
      const [point] = store.query(id, stat, 60, MINUTE, MINUTE + 60_000);
      expect(Math.abs((point?.value ?? 0) - exact) / exact).toBeLessThan(0.006);
    }
  });

  it.each([
    ['Sum', 12],
    ['Average', 3],
    ['Minimum', -2],
    ['Maximum', 9],
    ['SampleCount', 4],
    ['p100', 9],
    ['p1', -2],
  ])('%s over buckets merged into one period is %d', (stat, expected) => {
    const { store } = storeAt(MINUTE + 60_000);
    store.record(id, 'Count', 5, { atMs: MINUTE + 1000 });
    store.record(id, 'Count', -2, { atMs: MINUTE + 12_000 });
    store.record(id, 'Count', 9, { atMs: MINUTE + 59_999 });
    store.record(id, 'Count', 0, { atMs: MINUTE + 2000 });
    store.record(id, 'Count', 100, { atMs: MINUTE + 60_000 });
    expect(store.query(id, stat, 60, MINUTE, MINUTE + 60_000)).toEqual([{ atMs: MINUTE, value: expected }]);
  });

  it('has no point for a period without values, and includes the start but not the end', () => {
    const { store } = storeAt(MINUTE + 30_000);
    store.record(id, 'Count', 1, { atMs: MINUTE });
    store.record(id, 'Count', 1, { atMs: MINUTE + 20_000, count: 7 });
    expect(store.query(id, 'Sum', 5, MINUTE, MINUTE + 20_000)).toEqual([{ atMs: MINUTE, value: 1 }]);
    expect(store.query(id, 'Sum', 5, MINUTE, MINUTE + 25_000).at(-1)).toEqual({
      atMs: MINUTE + 20_000,
      value: 7,
    });
  });

  it('adds a late value to the bucket it belongs to', () => {
    const { store } = storeAt(MINUTE + 30_000);
    store.record(id, 'Count', 1, { atMs: MINUTE });
    store.record(id, 'Count', 1, { atMs: MINUTE + 10_000 });
    store.record(id, 'Count', 4, { atMs: MINUTE + 1000 });
    expect(store.query(id, 'Sum', 5, MINUTE, MINUTE + 15_000).map((point) => point.value)).toEqual([5, 1]);
  });

  it('drops what is older than two hours and refuses what is not a number', () => {
    const { clock, store } = storeAt(MINUTE);
    store.record(id, 'Count', 1);
    store.record(id, 'Count', Number.NaN);
    clock.time += 3 * 3600_000;
    store.record(id, 'Count', 2);
    expect(store.query(id, 'Sum', 60, MINUTE, clock.time + 60_000)).toHaveLength(1);
  });

  it('tells streams apart by dimensions, whatever their order', () => {
    const { store } = storeAt(MINUTE);
    store.record({ ...id, dimensions: { a: '1', b: '2' } }, 'Count', 1);
    store.record({ ...id, dimensions: { b: '2', a: '1' } }, 'Count', 1);
    store.record({ ...id, dimensions: { a: '1' } }, 'Count', 1);
    expect(store.list('eu-west-1', 'AWS/ApplicationELB')).toHaveLength(2);
    expect(store.list('us-east-1')).toEqual([]);
  });
});
