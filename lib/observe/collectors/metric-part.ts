import type { MetricQuery } from '#lib/domain/observation/metric-queries.ts';
import type { MetricPoint } from '../../adapters/aws/metrics.ts';
import type { CollectContext, Collected, Covered } from '../collector.ts';

/** Points of a call, oldest first, by the id of their query. */
export type Points = ReadonlyMap<string, readonly MetricPoint[]>;

export interface PartWindow {
  fromMs: number;
  toMs: number;
}

/** Numbers of one subject in the Region's one GetMetricData call. */
export interface MetricPart {
  /** How far back it looks; absent: a minute, three periods at least. */
  windowSeconds?: (context: CollectContext) => number;
  /** Whether the period that is not over yet counts too: what happens once in it, not what is summed up over it. */
  withOpenPeriod?: boolean;
  covers: (context: CollectContext) => Covered[];
  ask: (context: CollectContext) => PartQuestion;
}

export interface PartQuestion {
  /** Ids begin as no other part's do. */
  queries: MetricQuery[];
  read: (points: Points, window: PartWindow) => Collected;
}

export function latest(points: Points, id: string): MetricPoint | undefined {
  return points.get(id)?.at(-1);
}
