import type { Route } from 'next';
import type { ActionResult, Check, Permission, Status } from '#components/ui/model.ts';

/** Statements of the strategy document that the live estate or its plans still show to be wrong, contradictory or risky. */
export interface FindingsModel {
  at: string;
  status: Status;
  /** "14 findings are open; 5 block a failover." */
  answer: string;
  detail: string;
  /** Open and dismissed. */
  tabs: readonly { label: string; href: Route; current: boolean }[];
  /** How bad: all, blocking, wrong, risky. */
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
  /** When it was first seen, or dismissed. */
  at: string;
}

export interface FindingDetail {
  id: string;
  title: string;
  status: Status;
  /** "blocks a failover", "wrong", "at risk" */
  severity: string;
  firstSeenAt: string;
  observedAt: string | null;
  withinSeconds: number;
  /** The strategy document’s own words. */
  statement: { text: string; line: string } | null;
  /** What AWS does instead, or what the estate shows. */
  reality: string;
  evidence: readonly Check[];
  /** "Failover from us-east-1", "Readiness: network paths" */
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
