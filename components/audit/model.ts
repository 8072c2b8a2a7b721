import type { Route } from 'next';
import type { Permission, Status } from '#components/ui/model.ts';

export interface AuditRow {
  row: number;
  href: Route;
  at: string;
  actor: string;
  /** "operation asked for" */
  action: string;
  /** As the log has it: "operation.request". */
  verb: string;
  object: string;
  region: string | null;
  status: Status;
  outcome: string;
  reason: string;
  hash: string;
}

export interface AuditEntry {
  row: number;
  /** RFC 8785 text, exactly as it was hashed. */
  canonical: string;
  hash: string;
  previousHash: string;
  /** Recomputed while rendering. */
  recomputed: 'equal' | 'different';
  facts: readonly { term: string; description: string }[];
  operation: { id: string; href: Route; rows: number } | null;
  closeHref: Route;
}

export interface AuditFilter {
  /** The URL's parameter. */
  name: string;
  label: string;
  value: string | null;
  options: readonly { value: string; label: string }[];
}

export interface AuditModel {
  at: string;
  status: Status;
  /** "The chain is whole: 48,213 rows." */
  answer: string;
  chain: { status: Status; word: string; detail: string };
  filters: readonly AuditFilter[];
  query: string;
  counts: string;
  rows: readonly AuditRow[];
  open: AuditEntry | null;
  summary: string;
  newer: Route | null;
  older: Route | null;
  exports: { permission: Permission; csv: string; json: string; label: string };
  verify: Permission;
}
