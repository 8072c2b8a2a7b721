import type { BillLine } from './bill.ts';
import type { Day } from './days.ts';

/** The bill as Cost Explorer sees it at this moment: about a day behind. */
export interface CostView {
  account: string;
  nowMs: number;
  linesOf(day: Day): BillLine[];
}
