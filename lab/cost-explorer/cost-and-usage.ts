import type {
  GetCostAndUsageRequest,
  GetCostAndUsageResponse,
  Group,
  GroupDefinition,
  MetricValue,
  ResultByTime,
} from '@aws-sdk/client-cost-explorer';
import { type BillLine, isEstimated } from './bill.ts';
import { daysBetween, type Period, periodsOf } from './days.ts';
import { type DimensionReader, dimensionReader, refused } from './dimensions.ts';
import { readFilter } from './filter.ts';
import { createPaging } from './paging.ts';
import { readGranularity, readTimePeriod } from './time-period.ts';
import type { CostView } from './view.ts';

const COSTS = ['AmortizedCost', 'BlendedCost', 'NetAmortizedCost', 'NetUnblendedCost', 'UnblendedCost'];
const QUANTITIES = ['NormalizedUsageAmount', 'UsageQuantity'];
const GROUPS_A_PAGE = 5000;
const MOST_GROUPINGS = 2;

/** GetCostAndUsage. The account has no reservations, discounts or credits: all cost metrics are the same figure. */
export function getCostAndUsage(view: CostView, input: GetCostAndUsageRequest): GetCostAndUsageResponse {
  const range = readTimePeriod(input.TimePeriod, view.nowMs);
  const periods = periodsOf(range.start, range.end, readGranularity(input.Granularity));
  const metrics = readMetrics(input.Metrics);
  const keys = readGroupings(input.GroupBy ?? [], view.account);
  const keep = readFilter(input.Filter, view.account);
  const paging = createPaging(input);
  const results: ResultByTime[] = [];
  let groups = 0;
  let index = paging.offset();
  for (; index < periods.length && groups < GROUPS_A_PAGE; index += 1) {
    const period = periods[index];
    if (!period) break;
    const lines = daysBetween(period.start, period.end).flatMap(view.linesOf).filter(keep);
    const result = resultOf(period, lines, { metrics, keys, nowMs: view.nowMs });
    groups += result.Groups?.length ?? 0;
    results.push(result);
  }
  return {
    ResultsByTime: results,
    GroupDefinitions: input.GroupBy,
    DimensionValueAttributes: [],
    NextPageToken: index < periods.length ? paging.token(index) : undefined,
  };
}

function readMetrics(names: string[] | undefined): string[] {
  if (!names?.length)
    throw refused(`Metrics is required: at least one of ${[...COSTS, ...QUANTITIES].join(', ')}.`);
  const unknown = names.find((name) => !COSTS.includes(name) && !QUANTITIES.includes(name));
  if (unknown !== undefined)
    throw refused(`${unknown} is not a metric. Metrics are ${[...COSTS, ...QUANTITIES].join(', ')}.`);
  return names;
}

function readGroupings(groupings: GroupDefinition[], account: string): DimensionReader[] {
  if (groupings.length > MOST_GROUPINGS)
    throw refused(`GroupBy has ${groupings.length} entries; at most ${MOST_GROUPINGS} are allowed.`);
  return groupings.map(({ Type, Key }) => {
    if (!Key) throw refused('GroupBy.Key is required.');
    // No resource of the lab's estate carries cost tags or categories.
    return Type === 'TAG' || Type === 'COST_CATEGORY' ? () => `${Key}$` : dimensionReader(Key, account);
  });
}

/** With groups the total stays empty, as on AWS. */
function resultOf(
  period: Period,
  lines: BillLine[],
  { metrics, keys, nowMs }: { metrics: string[]; keys: DimensionReader[]; nowMs: number },
): ResultByTime {
  const groups = keys.length > 0 ? groupsOf(lines, keys, metrics) : [];
  return {
    TimePeriod: { Start: period.start, End: period.end },
    Total: keys.length > 0 ? {} : totals(lines, metrics),
    Groups: groups,
    Estimated: isEstimated(period.start, nowMs),
  };
}

function groupsOf(lines: BillLine[], keys: DimensionReader[], metrics: string[]): Group[] {
  const grouped = Map.groupBy(lines, (line) => JSON.stringify(keys.map((key) => key(line))));
  return [...grouped]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([names, members]) => ({ Keys: JSON.parse(names), Metrics: totals(members, metrics) }));
}

function totals(lines: BillLine[], metrics: string[]): Record<string, MetricValue> {
  return Object.fromEntries(metrics.map((metric) => [metric, totalOf(lines, metric)]));
}

function totalOf(lines: BillLine[], metric: string): MetricValue {
  if (COSTS.includes(metric)) return { Amount: sum(lines.map((line) => line.amount)), Unit: 'USD' };
  if (metric === 'NormalizedUsageAmount') return { Amount: '0', Unit: 'N/A' };
  const [unit, ...others] = new Set(lines.map((line) => line.unit));
  return {
    Amount: sum(lines.map((line) => line.quantity)),
    Unit: unit !== undefined && others.length === 0 ? unit : 'N/A',
  };
}

function sum(values: number[]): string {
  return String(Number(values.reduce((total, value) => total + value, 0).toFixed(10)));
}
