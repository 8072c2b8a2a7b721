import type {
  Datapoint,
  GetMetricStatisticsInput,
  GetMetricStatisticsOutput,
} from '@aws-sdk/client-cloudwatch';
import type { MetricStore } from '#lab/kernel/metrics.ts';
import { querySeries, readMetricId, readPeriod, readRange, readStat } from './metric-stat.ts';
import { badCombination, missing } from './refusals.ts';

const MOST_POINTS = 1440;
const MOST_EXTENDED = 10;

export function getMetricStatistics(
  store: MetricStore,
  input: GetMetricStatisticsInput,
  region: string,
): GetMetricStatisticsOutput {
  const id = readMetricId(region, input);
  const periodSeconds = readPeriod(input.Period);
  const range = readRange(input, periodSeconds);
  const plain = (input.Statistics ?? []).map(readStat);
  const extended = (input.ExtendedStatistics ?? []).map(readStat);
  if (plain.length + extended.length === 0) throw missing('Statistics');
  if (extended.length > MOST_EXTENDED)
    throw badCombination(`At most ${MOST_EXTENDED} ExtendedStatistics may be asked for.`);
  const asked = Math.ceil((range.endMs - range.startMs) / (periodSeconds * 1000));
  if (asked > MOST_POINTS) {
    throw badCombination(
      `You have requested up to ${asked} datapoints, which exceeds the limit of ${MOST_POINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  const points = new Map<number, Datapoint>();
  const unit = store.unit(id);
  const collect = (stat: string, add: (point: Datapoint, value: number) => Datapoint) => {
    const series = querySeries(store, { id, stat, periodSeconds, unit: input.Unit }, range);
    for (const [at, value] of series)
      points.set(at, add(points.get(at) ?? { Timestamp: new Date(at), Unit: unit }, value));
  };
  for (const stat of plain) collect(stat, (point, value) => ({ ...point, [stat]: value }));
  for (const stat of extended) {
    collect(stat, (point, value) => ({
      ...point,
      ExtendedStatistics: { ...point.ExtendedStatistics, [stat]: value },
    }));
  }
  return { Label: id.name, Datapoints: [...points.values()] };
}
