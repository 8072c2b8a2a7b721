import type { Dimension, MetricStat, Statistic } from '@aws-sdk/client-cloudwatch';
import type { MetricId, MetricStore } from '#lab/kernel/metrics.ts';
import { badCombination, invalidValue, missing } from './refusals.ts';
import type { Series, Window } from './series.ts';

const SUB_MINUTE_PERIODS = [1, 5, 10, 20, 30];
const PLAIN_STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'];
const PERCENTILE = /^p(100|\d{1,2}(\.\d{1,10})?)$/;
const MOST_DIMENSIONS = 30;

export function readPeriod(period: number | undefined): number {
  if (period === undefined) throw missing('Period');
  if (Number.isInteger(period) && period > 0 && (period % 60 === 0 || SUB_MINUTE_PERIODS.includes(period)))
    return period;
  throw invalidValue('Period', `${period} is not 1, 5, 10, 20, 30 or a multiple of 60 seconds`);
}

/** A statistic this store can give: the five plain ones and percentiles. */
export function readStat(stat: string | undefined): string {
  if (stat === undefined) throw missing('Stat');
  if (PLAIN_STATISTICS.includes(stat) || PERCENTILE.test(stat)) return stat;
  throw invalidValue(
    'Stat',
    `${stat} is not one of ${PLAIN_STATISTICS.join(', ')} or a percentile such as p99`,
  );
}

/** One of Statistic and ExtendedStatistic. */
export function readOneStat(plain: Statistic | undefined, extended: string | undefined): string {
  if (plain !== undefined && extended !== undefined) {
    throw badCombination('The parameters Statistic and ExtendedStatistic are mutually exclusive.');
  }
  return readStat(plain ?? extended);
}

export function readMetricId(
  region: string,
  metric: { Namespace?: string; MetricName?: string; Dimensions?: Dimension[] },
): MetricId {
  if (!metric.Namespace) throw missing('Namespace');
  if (!metric.MetricName) throw missing('MetricName');
  if (metric.MetricName.length > 255) throw invalidValue('MetricName', 'it is longer than 255 characters');
  return {
    region,
    namespace: metric.Namespace,
    name: metric.MetricName,
    dimensions: readDimensions(metric.Dimensions ?? []),
  };
}

function readDimensions(dimensions: Dimension[]): Record<string, string> {
  if (dimensions.length > MOST_DIMENSIONS)
    throw invalidValue('Dimensions', `there are more than ${MOST_DIMENSIONS}`);
  for (const { Name, Value } of dimensions) {
    if (!Name || Name.length > 255 || Name.startsWith(':'))
      throw invalidValue('Dimensions.Name', `"${Name ?? ''}" is not a name of 1 to 255 characters`);
    if (!Value || Value.length > 1024)
      throw invalidValue('Dimensions.Value', `the value of ${Name} is not 1 to 1024 characters`);
  }
  return Object.fromEntries(dimensions.map(({ Name, Value }) => [Name ?? '', Value ?? '']));
}

export interface StatQuery {
  id: MetricId;
  stat: string;
  periodSeconds: number;
  unit: string | undefined;
}

export function readMetricStat(region: string, stat: MetricStat): StatQuery {
  return {
    id: readMetricId(region, stat.Metric ?? {}),
    stat: readStat(stat.Stat),
    periodSeconds: readPeriod(stat.Period),
    unit: stat.Unit,
  };
}

/** The metric's values in the window; empty when another unit is asked for than it was published with. */
export function querySeries(
  store: MetricStore,
  query: StatQuery,
  window: Omit<Window, 'periodSeconds'>,
): Series {
  if (query.unit !== undefined && query.unit !== store.unit(query.id)) return new Map();
  const points = store.query(query.id, query.stat, query.periodSeconds, window.startMs, window.endMs);
  return new Map(points.map((point) => [point.atMs, point.value]));
}

/** Both ends of a time range, its start moved back to the beginning of a period. */
export function readRange(
  input: { StartTime?: Date; EndTime?: Date },
  periodSeconds: number,
): Omit<Window, 'periodSeconds'> {
  if (!input.StartTime) throw missing('StartTime');
  if (!input.EndTime) throw missing('EndTime');
  const endMs = input.EndTime.getTime();
  if (input.StartTime.getTime() >= endMs)
    throw badCombination('The parameter StartTime must be less than the parameter EndTime.');
  const periodMs = periodSeconds * 1000;
  return { startMs: Math.floor(input.StartTime.getTime() / periodMs) * periodMs, endMs };
}
