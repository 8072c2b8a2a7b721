import type { CostModel, CostRow } from '#components/cost/model.ts';
import { formatAge, formatMoney } from '#components/ui/format.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { type CostReport, PLANNED_COMPONENTS, readCosts } from '#lib/services/costs/read.ts';
import { within } from './common.ts';

/** A month that would end this far over its plan needs a look. */
const OVER_PLAN = 0.05;

export async function costModel(context: VerbContext, environment: string): Promise<CostModel> {
  const report = await readCosts(context, environment);
  const { now, estate } = context;
  const here = within(estate, environment);
  const month = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' }).format(now);
  const forecast = report.forecast ?? projected(report);
  const through = report.daily.filter(({ dollars }) => dollars > 0).at(-1)?.date ?? null;
  const shares = report.perPoint.filter(({ dollars }) => dollars !== null);
  const known = report.observed.observedAt !== null;
  return {
    at: now.toISOString(),
    status: !known ? 'unknown' : forecast > report.plan * (1 + OVER_PLAN) ? 'warning' : 'ok',
    answer: answerOf(report, month, forecast, known),
    detail: known
      ? `Cost Explorer through ${dayText(through)}, read ${formatAge((now.getTime() - Date.parse(report.observed.observedAt ?? '')) / 1_000)} ago; it is a day behind by design. Plan ${formatMoney(report.plan)} a month.`
      : `Cost Explorer has not answered: ${report.observed.error ?? 'not asked yet'}. Plan ${formatMoney(report.plan)} a month.`,
    sourceNote:
      estate.label === 'lab'
        ? 'The lab’s Cost Explorer derives these figures from the estate’s plan; no bill stands behind them.'
        : null,
    months: [
      {
        label: month.slice(0, 3),
        href: routes.cost({ ...here, month: now.toISOString().slice(0, 7) }),
        current: true,
      },
    ],
    auditHref: routes.audit({ ...here, action: 'cost' }),
    summary: {
      monthToDate: report.monthToDate,
      planToDate: report.planToDate,
      forecast,
      plan: report.plan,
      perTrafficPoint: shares.length > 0 ? forecast / 100 : 0,
      perTrafficPointPlan: report.plan / 100,
      throughDay: dayText(through),
    },
    table: known
      ? { ok: true, value: table(report) }
      : {
          ok: false,
          problem: {
            title: 'No cost was ever read',
            message: report.observed.error ?? 'The collector asks Cost Explorer every six hours.',
          },
        },
    trend: { ok: true, value: trend(report, forecast) },
    perPoint: report.perPoint.map(({ region, share, dollars, plan }) => ({
      region,
      share: share ?? 0,
      dollars: dollars ?? 0,
      plan,
    })),
  };
}

function answerOf(report: CostReport, month: string, forecast: number, known: boolean): string {
  if (!known) return 'What this month costs is not known.';
  const difference = report.monthToDate - report.planToDate;
  const side = difference >= 0 ? 'above' : 'under';
  const end = report.plan > 0 ? ((forecast - report.plan) / report.plan) * 100 : 0;
  return `${month} is ${formatMoney(Math.abs(difference))} ${side} plan so far, and ends ${Math.abs(end).toFixed(0)} % ${end >= 0 ? 'above' : 'under'} it.`;
}

function projected({ monthToDate, daysCounted, daysInMonth }: CostReport): number {
  return daysCounted > 0 ? (monthToDate / daysCounted) * daysInMonth : 0;
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

function trend(report: CostReport, forecast: number): Extract<CostModel['trend'], { ok: true }>['value'] {
  let spent = 0;
  const rest = report.daysInMonth - report.daysCounted;
  return Array.from({ length: report.daysInMonth }, (_, i) => {
    const day = i + 1;
    const dollars = report.daily[i]?.dollars;
    const counted = i < report.daysCounted;
    if (counted) spent += dollars ?? 0;
    const ahead = day - report.daysCounted;
    return {
      day: String(day),
      actual: counted ? spent : null,
      forecast:
        day >= report.daysCounted && rest > 0
          ? report.monthToDate + ((forecast - report.monthToDate) * Math.max(0, ahead)) / rest
          : null,
      plan: (report.plan * day) / report.daysInMonth,
    };
  });
}

function dayText(date: string | null): string {
  if (!date) return 'no day yet';
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00:00Z`),
  );
}
