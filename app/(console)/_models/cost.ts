import type { CostModel, CostRow } from '#components/cost/model.ts';
import { formatAge, formatMoney } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { expectedEverySeconds, staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { ageSeconds, ageWords } from '#lib/domain/observation/known.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { type CostReport, PLANNED_COMPONENTS, readCosts } from '#lib/services/costs/read.ts';
import { worstStatus } from './common.ts';

/** A month that would end this far over its plan needs a look. */
const OVER_PLAN = 0.05;
const HOUR = 3_600;

/** What is known of the bill: nothing, something too old to go by, or what Cost Explorer said when it should have. */
type Reading = { known: false } | { known: true; ageSeconds: number; stale: boolean };

export async function costModel(context: VerbContext, environment: string): Promise<CostModel> {
  const report = await readCosts(context, environment);
  const { now, estate } = context;
  const reading = readingOf(context, report);
  const stale = reading.known && reading.stale;
  const forecast = report.forecast ?? projected(report);
  const through = report.daily.filter(({ dollars }) => dollars > 0).at(-1)?.date ?? null;
  const plan = `Plan ${formatMoney(report.plan)} a month.`;
  return {
    at: now.toISOString(),
    status: statusOf(report, reading, forecast),
    answer: answerOf(report, reading, forecast),
    detail: reading.known
      ? `Cost Explorer through ${dayText(through)}, read ${formatAge(reading.ageSeconds)} ago; it is a day behind by design. ${plan}`
      : `Cost Explorer has not answered: ${report.observed.error ?? 'not observed yet'}. ${plan}`,
    stale,
    problem: problemOf(context, report, reading),
    sourceNote:
      estate.label === 'lab'
        ? 'The lab’s Cost Explorer derives these figures from the estate’s plan; no bill stands behind them.'
        : null,
    summary: {
      monthToDate: report.monthToDate,
      planToDate: report.planToDate,
      forecast,
      plan: report.plan,
      perTrafficPoint: forecast === null ? null : forecast / 100,
      perTrafficPointPlan: report.plan / 100,
      throughDay: through === null ? null : dayText(through),
    },
    table: reading.known
      ? { ok: true, value: table(report) }
      : {
          ok: false,
          problem: {
            title: 'No cost was ever read',
            message: `Cost Explorer: ${report.observed.error ?? 'not observed yet'}. It is asked every ${hours(context)} hours.`,
          },
        },
    trend: trend(report, forecast),
    perPoint: report.perPoint,
  };
}

function readingOf({ estate, now }: VerbContext, { observed, monthToDate }: CostReport): Reading {
  if (monthToDate === null || observed.observedAt === null) return { known: false };
  const age = ageSeconds(now, observed.observedAt);
  return {
    known: true,
    ageSeconds: age,
    stale: age > staleAfterSeconds('cost', estate.metrics.periodSeconds),
  };
}

/** A bill too old to go by has no status; one that can no longer be read has at best one that needs a look. */
function statusOf({ observed, plan }: CostReport, reading: Reading, forecast: number | null): Status {
  if (!reading.known || reading.stale || forecast === null) return 'unknown';
  return worstStatus([
    forecast > plan * (1 + OVER_PLAN) ? 'warning' : 'ok',
    observed.error === null ? 'ok' : 'warning',
  ]);
}

function answerOf(report: CostReport, reading: Reading, forecast: number | null): string {
  const { monthToDate, planToDate, plan } = report;
  if (!reading.known || monthToDate === null || planToDate === null)
    return 'What this month costs is not known.';
  const month = monthOf(report);
  if (report.daysCounted === 0) return `No day of ${month} is billed yet.`;
  const difference = monthToDate - planToDate;
  const side = difference >= 0 ? 'above' : 'under';
  if (reading.stale)
    return `What ${month} costs has not been read for ${ageWords(reading.ageSeconds)}; then it was ${formatMoney(Math.abs(difference))} ${side} plan.`;
  const soFar = `${month} is ${formatMoney(Math.abs(difference))} ${side} plan so far`;
  if (forecast === null || plan <= 0) return `${soFar}.`;
  const end = ((forecast - plan) / plan) * 100;
  return `${soFar}, and ends ${Math.abs(end).toFixed(0)} % ${end >= 0 ? 'above' : 'under'} it.`;
}

/** Why the figures that stand there are not as new as they should be; null when they are, or when there are none. */
function problemOf(context: VerbContext, { observed }: CostReport, reading: Reading): CostModel['problem'] {
  if (!reading.known || (observed.error === null && !reading.stale)) return null;
  const since = `Every figure is of ${ageWords(reading.ageSeconds)} ago; Cost Explorer is asked every ${hours(context)} hours.`;
  return observed.error === null
    ? { title: 'Nobody has asked Cost Explorer since.', message: `${since} See whether a worker runs.` }
    : {
        title: 'Cost Explorer did not answer when it was asked last.',
        message: `${observed.error}. ${since}`,
      };
}

function hours({ estate }: VerbContext): number {
  return expectedEverySeconds('cost', estate.metrics.periodSeconds) / HOUR;
}

function monthOf({ month }: CostReport): string {
  return new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  );
}

function projected({ monthToDate, daysCounted, daysInMonth }: CostReport): number | null {
  return monthToDate !== null && daysCounted > 0 ? (monthToDate / daysCounted) * daysInMonth : null;
}

function table(report: CostReport): Extract<CostModel['table'], { ok: true }>['value'] {
  const rows = report.rows.map(
    (row): CostRow => ({
      region: row.region,
      cells: PLANNED_COMPONENTS.map((component) => row.cells[component]),
      total: row.total,
    }),
  );
  const sum = (cells: readonly { actual: number | null; plan: number | null }[]) => ({
    plan: cells.reduce((total, { plan }) => total + (plan ?? 0), 0),
    actual: cells.reduce((total, { actual }) => total + (actual ?? 0), 0),
  });
  const uncategorised = report.uncategorised.reduce((total, { dollars }) => total + dollars, 0);
  const services = [...Map.groupBy(report.uncategorised, ({ service }) => service)].map(
    ([service, lines]) =>
      `${service} ${formatMoney(lines.reduce((total, { dollars }) => total + dollars, 0))}`,
  );
  const total = sum(rows.map((row) => row.total));
  return {
    components: [...PLANNED_COMPONENTS],
    rows,
    totals: PLANNED_COMPONENTS.map((_, i) =>
      sum(rows.map(({ cells }) => cells[i] ?? { actual: null, plan: null })),
    ),
    total: { plan: total.plan, actual: total.actual + uncategorised },
    uncategorised: {
      actual: uncategorised,
      note:
        services.length > 0
          ? `The plan has no line for: ${services.join(', ')} (C-24).`
          : 'Everything billed has a line in the plan.',
    },
  };
}

/** Day by day; where nothing was ever read, the plan alone. */
function trend(report: CostReport, forecast: number | null): CostModel['trend'] {
  const { daysCounted, daysInMonth, monthToDate } = report;
  let spent = 0;
  const rest = daysInMonth - daysCounted;
  return Array.from({ length: daysInMonth }, (_, i) => {
    const day = i + 1;
    const counted = monthToDate !== null && i < daysCounted;
    if (counted) spent += report.daily[i]?.dollars ?? 0;
    const ahead = Math.max(0, day - daysCounted);
    const isAhead = day >= daysCounted && rest > 0;
    return {
      day: String(day),
      actual: counted ? spent : null,
      forecast:
        isAhead && monthToDate !== null && forecast !== null
          ? monthToDate + ((forecast - monthToDate) * ahead) / rest
          : null,
      plan: (report.plan * day) / daysInMonth,
    };
  });
}

function dayText(date: string | null): string {
  if (!date) return 'no day yet';
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00:00Z`),
  );
}
