/** One stream of values, as CloudWatch names it. */
export interface MetricId {
  region: string;
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

export type MetricUnit =
  | 'Count'
  | 'Seconds'
  | 'Milliseconds'
  | 'Bytes'
  | 'Bytes/Second'
  | 'Percent'
  | 'Count/Second'
  | 'None';

export interface MetricStore {
  /** Adds one value at `atMs` (now if absent). `count` copies of it, for pre-aggregated sources. */
  record(id: MetricId, unit: MetricUnit, value: number, options?: { atMs?: number; count?: number }): void;
  /** Every stream of the Region and namespace, for ListMetrics. */
  list(region: string, namespace?: string): MetricId[];
  /**
   * One point per period that has values, oldest first. `stat` is Sum, Average, Minimum, Maximum, SampleCount or pNN(.N).
   * Periods are aligned to multiples of `periodSeconds`; the start is inclusive, the end exclusive.
   */
  query(
    id: MetricId,
    stat: string,
    periodSeconds: number,
    startMs: number,
    endMs: number,
  ): { atMs: number; value: number }[];
  unit(id: MetricId): MetricUnit | undefined;
  clear(): void;
}
