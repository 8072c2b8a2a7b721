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
  /** What was read last is too old to go by: figures stay, greyed. */
  stale: boolean;
  /** Why the figures are not as new as they should be; null when they are, or when there are none. */
  problem: { title: string; message: string } | null;
  /** Dollars; null is not known. */
  summary: {
    monthToDate: number | null;
    planToDate: number | null;
    forecast: number | null;
    plan: number;
    perTrafficPoint: number | null;
    perTrafficPointPlan: number;
    /** "22 Nov" */
    throughDay: string | null;
  };
  table: Section<CostTable>;
  trend: readonly CostDay[];
  perPoint: readonly { region: string; share: number | null; dollars: number | null; plan: number }[];
}
