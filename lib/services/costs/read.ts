import type { CostLine, CostObservation, Observed } from '#lib/domain/observation/kinds.ts';
import type { VerbContext } from '../context.ts';
import { GLOBAL } from '../observations/global.ts';
import { readObservations } from '../observations/read.ts';
import { readEstateState } from '../regions/state.ts';
import { assertPermitted } from '../verb.ts';

/** Columns of the plan, in its order; `cdn` and `dns` are the global services. */
export const PLANNED_COMPONENTS = [
  'compute',
  'database',
  'cache',
  'storage',
  'network',
  'cdn',
  'dns',
] as const;
export type PlannedComponent = (typeof PLANNED_COMPONENTS)[number];

export interface CostCell {
  /** Month to date, dollars; null where nothing was observed. */
  actual: number | null;
  /** Dollars a month; null where nothing is planned. */
  plan: number | null;
}

export interface CostRegionRow {
  /** Region code, or `global`. */
  region: string;
  cells: Record<PlannedComponent, CostCell>;
  total: CostCell;
}

export interface CostReport {
  observed: Pick<Observed<CostObservation>, 'observedAt' | 'error'>;
  from: string | null;
  toExclusive: string | null;
  estimated: boolean;
  rows: CostRegionRow[];
  /** What Cost Explorer bills and the plan has no place for (aws-facts C-24): never dropped. */
  uncategorised: CostLine[];
  /** The month that these figures are of, "2026-11": what was read last, or this one. */
  month: string;
  /** Dollars; null where no bill was ever read. */
  monthToDate: number | null;
  /** Days with a bill, and days of the month. */
  daysCounted: number;
  daysInMonth: number;
  plan: number;
  /** Plan for the days counted; null where no bill was ever read. */
  planToDate: number | null;
  forecast: number | null;
  daily: { date: string; dollars: number }[];
  /** Monthly dollars a point of traffic: at the run rate of now, and as planned. */
  perPoint: { region: string; share: number | null; dollars: number | null; plan: number }[];
}

/** Month to date by Region and component beside the strategy's plan of $23,900. */
export async function readCosts(context: VerbContext, environment: string): Promise<CostReport> {
  assertPermitted(context, 'read', {});
  const { estate, now } = context;
  const observed = (await readObservations(context, ['cost'])).of(GLOBAL, 'cost');
  const state = await readEstateState(context, environment);
  const cost = observed.value;
  const lines = cost?.lines ?? [];
  const actual = (region: string, component: PlannedComponent): number | null =>
    cost === null
      ? null
      : lines
          .filter((line) => line.region === region && line.component === component)
          .reduce((sum, { dollars }) => sum + dollars, 0);
  const rows: CostRegionRow[] = [
    ...estate.regions.map(({ code, plan }) => toRow(code, { ...plan, cdn: null, dns: null }, actual)),
    toRow(
      'global',
      { compute: null, database: null, cache: null, storage: null, network: null, ...estate.globalPlan },
      actual,
    ),
  ];
  const plan = rows.reduce((sum, { total }) => sum + (total.plan ?? 0), 0);
  const first = cost === null ? now : new Date(`${cost.from}T00:00:00Z`);
  const daysInMonth = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const daysCounted = (cost?.daily ?? []).filter(({ dollars }) => dollars > 0).length;
  const perDay = (dollars: number | null) =>
    dollars === null || daysCounted === 0 ? null : (dollars / daysCounted) * daysInMonth;
  return {
    observed: { observedAt: observed.observedAt, error: observed.error },
    from: cost?.from ?? null,
    toExclusive: cost?.toExclusive ?? null,
    estimated: cost?.estimated ?? false,
    rows,
    uncategorised: lines.filter((line) => !isPlanned(line, rows)),
    month: first.toISOString().slice(0, 7),
    monthToDate: cost === null ? null : lines.reduce((sum, { dollars }) => sum + dollars, 0),
    daysCounted,
    daysInMonth,
    plan,
    planToDate: cost === null ? null : (plan * daysCounted) / daysInMonth,
    forecast: cost?.forecastDollars ?? null,
    daily: cost?.daily ?? [],
    perPoint: state.regions.map(({ region, measuredShare }) => {
      const row = rows.find((candidate) => candidate.region === region.code);
      const monthly = perDay(row?.total.actual ?? null);
      return {
        region: region.code,
        share: measuredShare,
        dollars: monthly === null || !measuredShare ? null : monthly / (measuredShare * 100),
        plan: region.plan.trafficShare > 0 ? (row?.total.plan ?? 0) / (region.plan.trafficShare * 100) : 0,
      };
    }),
  };
}

function toRow(
  region: string,
  plan: Record<PlannedComponent, number | null>,
  actual: (region: string, component: PlannedComponent) => number | null,
): CostRegionRow {
  const cell = (component: PlannedComponent): CostCell => ({
    plan: plan[component],
    actual: plan[component] === null ? null : actual(region, component),
  });
  const cells = {
    compute: cell('compute'),
    database: cell('database'),
    cache: cell('cache'),
    storage: cell('storage'),
    network: cell('network'),
    cdn: cell('cdn'),
    dns: cell('dns'),
  };
  const all = Object.values(cells);
  const known = all.some(({ actual: dollars }) => dollars !== null);
  return {
    region,
    cells,
    total: {
      plan: all.reduce((sum, { plan: dollars }) => sum + (dollars ?? 0), 0),
      actual: known ? all.reduce((sum, { actual: dollars }) => sum + (dollars ?? 0), 0) : null,
    },
  };
}

function isPlanned(line: CostLine, rows: readonly CostRegionRow[]): boolean {
  const row = rows.find(({ region }) => region === line.region);
  const component = PLANNED_COMPONENTS.find((planned) => planned === line.component);
  return component !== undefined && row?.cells[component].plan !== null && row !== undefined;
}
