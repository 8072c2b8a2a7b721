import type { Route } from 'next';
import type { ActionResult, Check, Permission, Status } from '#components/ui/model.ts';

export interface InboxItem {
  id: string;
  href: Route;
  status: Status;
  title: string;
  /** "OP-1042, Mara Lindqvist" */
  who: string;
  /** "needs 1 of 1, expires in 52 min" */
  note: string;
  at: string;
  selected: boolean;
}

export interface ApprovalRequest {
  id: string;
  environment: string;
  title: string;
  requestedAt: string;
  requestedBy: string;
  reason: string;
  /** Before → after, with the difference. */
  changes: readonly { label: string; now: string; after: string; difference: string; same?: boolean }[];
  changeNote: string;
  /** The record sets, as a diff: a removed line is quiet, an added one bold. */
  records: readonly { kind: 'context' | 'removed' | 'added'; text: string }[];
  checks: readonly Check[];
  recheckedAt: string;
  price: readonly { term: string; description: string; strong?: boolean }[];
  agreement: {
    rule: string;
    you: { status: Status; word: string };
    others: readonly { who: string; status: Status; word: string }[];
    expiresAt: string;
    undo: string;
  };
  digest: string;
  bound: readonly Check[];
  decide: Permission;
  /** Set once it is closed. */
  closed: string | null;
}

export interface ApprovalsModel {
  at: string;
  status: Status;
  answer: string;
  detail: string;
  tabs: readonly { label: string; href: Route; current: boolean }[];
  inbox: readonly InboxItem[];
  closed: readonly InboxItem[];
  request: ApprovalRequest | null;
  older: Route | null;
  newer: Route | null;
}

export interface ApprovalActions {
  /** The digest is the one shown: if the plan has changed since, the approval is refused. */
  approve: (operationId: string, digest: string) => Promise<ActionResult>;
  reject: (operationId: string, reason: string) => Promise<ActionResult>;
}
