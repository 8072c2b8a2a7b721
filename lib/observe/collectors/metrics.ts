import { expectedEverySeconds } from '#lib/domain/observation/kinds.ts';
import type { MetricQuery } from '#lib/domain/observation/metric-queries.ts';
import { type MetricPoint, readMetrics } from '../../adapters/aws/metrics.ts';
import { type CollectContext, type Collector, factsOf, regionOf } from '../collector.ts';
import { canaryMetrics } from './canary-metrics.ts';
import { databaseMetrics } from './database-metrics.ts';
import { environmentDatabases } from './environment-databases.ts';
import type { MetricPart, PartWindow, Points } from './metric-part.ts';
import { trafficMetrics } from './traffic-metrics.ts';

/** One call reads this much, so that a point that came late, or a round that was missed, is still stored. */
const WINDOW_SECONDS = 60;

/** What other collectors of the Region want measured; they read it there. */
const boardMetrics: MetricPart = {
  covers: () => [],
  ask(context) {
    const { board } = factsOf(context);
    return {
      queries: board.queries(),
      read: (points) => ({ seen: [], samples: board.keep(points, context.nowMs) }),
    };
  },
};

const PARTS: readonly MetricPart[] = [
  trafficMetrics,
  databaseMetrics,
  environmentDatabases,
  canaryMetrics,
  boardMetrics,
];

/** Every number of a Region in one GetMetricData call: traffic, nodes, database, canaries, and what the copies lag. */
export const regionMetrics: Collector = {
  service: 'cloudwatch',
  covers: (context) => PARTS.flatMap((part) => part.covers(context)),
  everySeconds: (period) => expectedEverySeconds('metrics', period),
  async collect(context) {
    const asked = PARTS.map((part) => ({ ...part.ask(context), window: windowOf(part, context) }));
    const points = await readMetrics(
      context.clients,
      regionOf(context).code,
      asked.flatMap(({ queries }) => queries),
      {
        fromMs: Math.min(...asked.map(({ window }) => window.fromMs)),
        toMs: Math.max(...asked.map(({ window }) => window.toMs)),
        periodSeconds: context.estate.metrics.periodSeconds,
      },
    );
    const parts = asked.map(({ queries, read, window }) => read(within(points, queries, window), window));
    return {
      seen: parts.flatMap(({ seen }) => seen),
      samples: parts.flatMap(({ samples = [] }) => samples),
      missing: parts.flatMap(({ missing = [] }) => missing),
    };
  },
};

function windowOf(part: MetricPart, context: CollectContext): PartWindow {
  const { periodSeconds } = context.estate.metrics;
  const periodMs = periodSeconds * 1_000;
  const seconds = part.windowSeconds?.(context) ?? Math.max(WINDOW_SECONDS, periodSeconds * 3);
  const closedMs = Math.floor(context.nowMs / periodMs) * periodMs;
  return {
    fromMs: closedMs - seconds * 1_000,
    toMs: part.withOpenPeriod ? closedMs + periodMs : closedMs,
  };
}

function within(
  points: Points,
  queries: readonly MetricQuery[],
  { fromMs, toMs }: PartWindow,
): Map<string, MetricPoint[]> {
  return new Map(
    queries.map(({ id }) => [id, (points.get(id) ?? []).filter(({ atMs }) => atMs >= fromMs && atMs < toMs)]),
  );
}
