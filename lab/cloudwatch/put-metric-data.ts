import type { MetricDatum, PutMetricDataInput, StatisticSet } from '@aws-sdk/client-cloudwatch';
import type { MetricId, MetricStore, MetricUnit } from '#lab/kernel/metrics.ts';
import { readMetricId } from './metric-stat.ts';
import { badCombination, invalidValue, missing } from './refusals.ts';

const MOST_DATA = 1000;
const MOST_VALUES = 150;
const OLDEST_MS = 14 * 86_400_000;
const AHEAD_MS = 2 * 3600_000;
const UNITS = [
  'Count',
  'Seconds',
  'Milliseconds',
  'Bytes',
  'Bytes/Second',
  'Percent',
  'Count/Second',
  'None',
] as const;

interface Reading {
  id: MetricId;
  unit: MetricUnit;
  atMs: number;
  values: { value: number; count: number }[];
}

/** Checks every datum before it stores the first. */
export function putMetricData(
  store: MetricStore,
  input: PutMetricDataInput,
  call: { region: string; nowMs: number },
): void {
  if (!input.Namespace) throw missing('Namespace');
  if (input.Namespace.startsWith('AWS/'))
    throw invalidValue('Namespace', 'names that begin with AWS/ belong to AWS');
  const data = input.MetricData ?? [];
  if (data.length > MOST_DATA) throw invalidValue('MetricData', `there are more than ${MOST_DATA}`);
  const readings = data.map((datum) => readDatum(input.Namespace, datum, call));
  for (const { id, unit, atMs, values } of readings) {
    for (const { value, count } of values) store.record(id, unit, value, { atMs, count });
  }
}

function readDatum(
  namespace: string | undefined,
  datum: MetricDatum,
  call: { region: string; nowMs: number },
): Reading {
  const atMs = datum.Timestamp?.getTime() ?? call.nowMs;
  if (atMs < call.nowMs - OLDEST_MS || atMs > call.nowMs + AHEAD_MS) {
    throw invalidValue('MetricData.Timestamp', 'it is more than two weeks old or more than two hours ahead');
  }
  return {
    atMs,
    id: readMetricId(call.region, {
      Namespace: namespace,
      MetricName: datum.MetricName,
      Dimensions: datum.Dimensions,
    }),
    unit: readUnit(datum.Unit),
    values: readValues(datum),
  };
}

function readUnit(unit: string | undefined): MetricUnit {
  const known = UNITS.find((name) => name === (unit ?? 'None'));
  if (!known)
    throw invalidValue(
      'MetricData.Unit',
      `${unit} is not one of ${UNITS.join(', ')}, the units the lab keeps`,
    );
  return known;
}

function readValues(datum: MetricDatum): Reading['values'] {
  const forms = [datum.Value, datum.Values, datum.StatisticValues].filter((form) => form !== undefined);
  if (forms.length !== 1)
    throw badCombination('A metric datum must have exactly one of Value, Values and StatisticValues.');
  if (datum.StatisticValues) return spread(datum.StatisticValues);
  const values = datum.Values ?? [datum.Value ?? 0];
  const counts = datum.Counts ?? values.map(() => 1);
  if (values.length > MOST_VALUES)
    throw invalidValue('MetricData.Values', `there are more than ${MOST_VALUES}`);
  if (counts.length !== values.length) throw badCombination('Counts must have as many members as Values.');
  if (counts.some((count) => !(count > 0)))
    throw invalidValue('MetricData.Counts', 'a count is not over zero');
  return values.map((value, index) => ({ value, count: counts[index] ?? 1 }));
}

/** A set of statistics as values that give the same count, sum, minimum and maximum. */
function spread({
  SampleCount: count = 0,
  Sum: sum = 0,
  Minimum: least = 0,
  Maximum: most = 0,
}: StatisticSet): Reading['values'] {
  if (!(count > 0)) throw invalidValue('MetricData.StatisticValues.SampleCount', 'it is not over zero');
  if (count < 2) return [{ value: sum / count, count }];
  if (count === 2)
    return [
      { value: least, count: 1 },
      { value: most, count: 1 },
    ];
  const middle = (sum - least - most) / (count - 2);
  return [
    { value: least, count: 1 },
    { value: middle, count: count - 2 },
    { value: most, count: 1 },
  ];
}
