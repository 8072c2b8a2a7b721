import { LINK_METRICS, type LinkMetric } from '#lib/domain/observation/kinds.ts';
import type { MetricQuery } from '#lib/domain/observation/metric-queries.ts';
import type { MetricPoint } from '../adapters/aws/metrics.ts';
import type { SamplePoint } from './store.ts';

/** A metric that a collector of another service needs a number of. */
export type WantedMetric = Omit<MetricQuery, 'id'> & {
  /** Kept as a series too; `factor` turns CloudWatch's unit into the series'. */
  series?: { subject: string; metric: LinkMetric; factor?: number };
};

/**
 * Metrics are asked for in the Region's one GetMetricData call, whoever needs them: who does writes down which, and reads
 * the latest when it looks the next time. So CloudWatch's trouble is never taken for that of the service they are about.
 */
export interface MetricBoard {
  /** Replaces what the same owner wanted before; true where one of them is new, so that nothing can be known of it yet. */
  want(owner: string, metrics: readonly WantedMetric[]): boolean;
  queries(): MetricQuery[];
  /** Takes in the points of those queries. */
  keep(points: ReadonlyMap<string, readonly MetricPoint[]>, atMs: number): SamplePoint[];
  /** CloudWatch's latest value, if it was asked since then; null where it has none, or was not asked. */
  latest(metric: Omit<MetricQuery, 'id'>, sinceMs: number): number | null;
}

export function createMetricBoard(): MetricBoard {
  const wanted = new Map<string, readonly WantedMetric[]>();
  const kept = new Map<string, { value: number | null; atMs: number }>();
  let asked = new Map<string, WantedMetric>();

  return {
    want(owner, metrics) {
      const before = new Set((wanted.get(owner) ?? []).map(keyOf));
      wanted.set(owner, metrics);
      return metrics.some((metric) => !before.has(keyOf(metric)));
    },
    queries() {
      asked = new Map([...wanted.values()].flat().map((metric, i) => [`board_${i}`, metric]));
      const current = new Set([...asked.values()].map(keyOf));
      for (const key of kept.keys()) if (!current.has(key)) kept.delete(key);
      return [...asked].map(([id, { series: _, ...metric }]) => ({ id, ...metric }));
    },
    keep(points, atMs) {
      const samples: SamplePoint[] = [];
      for (const [id, metric] of asked) {
        const found = points.get(id) ?? [];
        kept.set(keyOf(metric), { value: found.at(-1)?.value ?? null, atMs });
        samples.push(...toSamples(metric, found));
      }
      return samples;
    },
    latest(metric, sinceMs) {
      const found = kept.get(keyOf(metric));
      return found && found.atMs >= sinceMs ? found.value : null;
    },
  };
}

function keyOf({ namespace, metric, dimensions, stat }: Omit<MetricQuery, 'id'>): string {
  return JSON.stringify([namespace, metric, Object.entries(dimensions).sort(), stat]);
}

function toSamples({ series }: WantedMetric, points: readonly MetricPoint[]): SamplePoint[] {
  if (!series) return [];
  const { subject, metric, factor = 1 } = series;
  return points.map(({ atMs, value }) => ({
    subject,
    metric,
    unit: LINK_METRICS[metric],
    atMs,
    value: value * factor,
  }));
}
