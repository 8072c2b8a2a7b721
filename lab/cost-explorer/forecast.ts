import type { GetCostForecastRequest, GetCostForecastResponse } from '@aws-sdk/client-cost-explorer';
import { seenShare } from './bill.ts';
import { addDays, dayOf, daysBetween, isDay, type Period, periodsOf } from './days.ts';
import { refused } from './dimensions.ts';
import { type LineFilter, readFilter } from './filter.ts';
import { readGranularity } from './time-period.ts';
import type { CostView } from './view.ts';

const METRICS = [
  'AMORTIZED_COST',
  'BLENDED_COST',
  'NET_AMORTIZED_COST',
  'NET_UNBLENDED_COST',
  'UNBLENDED_COST',
];
const LEARNED_DAYS = 30;
const DEFAULT_LEVEL = 80;

/** GetCostForecast: the mean of the last 30 whole days carried on, with a normal interval around it. */
export function getCostForecast(view: CostView, input: GetCostForecastRequest): GetCostForecastResponse {
  if (!METRICS.includes(input.Metric ?? ''))
    throw refused(`Metric "${input.Metric ?? ''}" is not one of ${METRICS.join(', ')}.`);
  const range = readFuture(input, view.nowMs);
  const level = input.PredictionIntervalLevel ?? DEFAULT_LEVEL;
  if (!(level >= 51 && level <= 99)) throw refused('PredictionIntervalLevel must be between 51 and 99.');
  const { mean, deviation } = learn(view, readFilter(input.Filter, view.account));
  const spread = quantile(level) * deviation;
  const days = (period: Period) => daysBetween(period.start, period.end).length;
  return {
    Total: { Amount: money(mean * days(range)), Unit: 'USD' },
    ForecastResultsByTime: periodsOf(range.start, range.end, readGranularity(input.Granularity)).map(
      (period) => ({
        TimePeriod: { Start: period.start, End: period.end },
        MeanValue: money(mean * days(period)),
        PredictionIntervalLowerBound: money(
          Math.max(0, mean * days(period) - spread * Math.sqrt(days(period))),
        ),
        PredictionIntervalUpperBound: money(mean * days(period) + spread * Math.sqrt(days(period))),
      }),
    ),
  };
}

function readFuture(input: GetCostForecastRequest, nowMs: number): Period {
  const { Start: start, End: end } = input.TimePeriod ?? {};
  if (!isDay(start) || !isDay(end))
    throw refused('TimePeriod.Start and TimePeriod.End are days written YYYY-MM-DD.');
  if (start >= end) throw refused('Start date (and hour) should be before end date (and hour)');
  if (start < dayOf(nowMs))
    throw refused(
      'Start date should be equal to or no later than the current date to avoid a validation error: it lies in the past.',
    );
  if (end > dayOf(nowMs + 366 * 86_400_000)) throw refused('A forecast reaches at most 12 months ahead.');
  return { start, end };
}

function learn(view: CostView, keep: LineFilter): { mean: number; deviation: number } {
  const today = dayOf(view.nowMs);
  const whole = daysBetween(addDays(today, -LEARNED_DAYS - 2), today).filter(
    (day) => seenShare(day, view.nowMs) === 1,
  );
  const totals = whole.map((day) =>
    view
      .linesOf(day)
      .filter(keep)
      .reduce((sum, line) => sum + line.amount, 0),
  );
  const mean = totals.reduce((sum, total) => sum + total, 0) / totals.length;
  const variance = totals.reduce((sum, total) => sum + (total - mean) ** 2, 0) / totals.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** How many standard deviations hold `level` % of a normal distribution (Abramowitz and Stegun 26.2.23, error under 4.5e-4). */
function quantile(level: number): number {
  const t = Math.sqrt(-2 * Math.log((1 - level / 100) / 2));
  return (
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3)
  );
}

const money = (amount: number): string => String(Number(amount.toFixed(10)));
