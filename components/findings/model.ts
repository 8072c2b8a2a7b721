import type { Route } from 'next';
import type { ActionResult, Permission, Status } from '#components/ui/model.ts';

/** Statements of the strategy document that the live estate or its plans still show to be wrong, contradictory or risky. */
export interface FindingsModel {
  at: string;
  status: Status;
  /** "14 findings are open; 5 cannot work as written." */
  answer: string;
  detail: string;
  /** Open, dismissed, gone. */
  tabs: readonly { label: string; href: Route; current: boolean }[];
  /** How bad: all, cannot work, wrong, risk, not known. */
  severities: readonly { label: string; href: Route; current: boolean }[];
  items: readonly FindingRow[];
  summary: string;
  newer: Route | null;
  older: Route | null;
  /** What stands there when the filter finds nothing. */
  none: { title: string; text: string };
  chosen: FindingDetail | null;
}

export interface FindingRow {
  /** Row of the AWS facts: "B-05". */
  id: string;
  href: Route;
  selected: boolean;
  status: Status;
  title: string;
  /** What is seen of it now; of a dismissed one, by whom it was and why. */
  text: string;
  /** When it was observed last, or dismissed; null where nothing observed can tell. */
  at: string | null;
}

export interface FindingDetail {
  id: string;
  title: string;
  status: Status;
  /** "cannot work as written", "wrong", "at risk" */
  severity: string;
  /** Whether observations prove or refute it; else it stands as the document has it. */
  live: boolean;
  observedAt: string | null;
  withinSeconds: number;
  /** The strategy document’s own words. */
  statement: { text: string; line: string } | null;
  /** What the estate shows of it. */
  reality: string;
  /** "us-east-1 is lost: network paths" */
  affects: readonly { label: string; href: Route }[];
  remedy: string;
  operation: { label: string; href: Route; permission: Permission } | null;
  dismissed: { who: string; at: string; reason: string } | null;
  /** Dismissing while open, reopening while dismissed. */
  decide: Permission;
}

export interface FindingActions {
  dismiss: (id: string, reason: string) => Promise<ActionResult>;
  reopen: (id: string, reason: string) => Promise<ActionResult>;
}
