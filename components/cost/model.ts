import type { Route } from 'next';
import type { Section, Status } from '#components/ui/model.ts';

/** Dollars of the month: what Cost Explorer has, what the strategy plans. `null` is not reported. */
export interface CostCell {
  actual: number | null;
  plan: number | null;
}

export interface CostRow {
  region: string;
  cells: readonly CostCell[];
  total: CostCell;
}

export interface CostTable {
  components: readonly string[];
  rows: readonly CostRow[];
  totals: readonly CostCell[];
  total: CostCell;
  /** Not attributable to a Region or component. */
  uncategorised: { actual: number; note: string };
}

export interface CostDay {
  /** "1 Nov" */
  day: string;
  /** Cumulative dollars. */
  actual: number | null;
  forecast: number | null;
  plan: number;
}

export interface CostModel {
  at: string;
  status: Status;
  /** "November is $214 under plan so far." */
  answer: string;
  detail: string;
  /** "Modelled by the lab: no bill stands behind these figures." */
  sourceNote: string | null;
  months: readonly { label: string; href: Route; current: boolean }[];
  /** Who looked at cost. */
  auditHref: Route;
  summary: {
    monthToDate: number;
    planToDate: number;
    forecast: number;
    plan: number;
    perTrafficPoint: number;
    perTrafficPointPlan: number;
    throughDay: string;
  };
  table: Section<CostTable>;
  trend: Section<readonly CostDay[]>;
  perPoint: readonly { region: string; share: number; dollars: number; plan: number }[];
}
