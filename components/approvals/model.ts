import type { Route } from 'next';
import type { RpoOffer } from '#components/recovery/request-model.ts';
import type { ActionResult, Check, Permission, SignInAgain, Status } from '#components/ui/model.ts';
import type { ProofNeed } from '#components/ui/proof-model.ts';
import type { RpoContract } from '#lib/domain/recovery/params.ts';

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
  /** Before → after, with the difference; in words it has none. */
  changes: readonly { label: string; now: string; after: string; difference?: string; same?: boolean }[];
  /** The first step that cannot be undone, and what that means; null where everything can be put back. */
  irreversible: string | null;
  changeNote: string;
  /** The record sets, as a diff: a removed line is quiet, an added one bold. */
  records: readonly { kind: 'context' | 'removed' | 'added'; text: string }[];
  checks: readonly Check[];
  recheckedAt: string;
  price: readonly { term: string; description: string; strong?: boolean }[];
  /** Whether it is more than ordinary, and why. */
  risk: { high: boolean; reasons: readonly string[] };
  agreement: {
    rule: string;
    /** Everything that has to be met. */
    requirements: readonly {
      key: string;
      /** "1 approver of eu-west-1, on duty there" */
      words: string;
      status: Status;
      /** "met", "0 of 1" */
      word: string;
      /** Who may meet it, or who is on duty instead; null once it is met. */
      who: string | null;
    }[];
    /** What the policy asks since, over what it asked then. */
    tightened: string | null;
    you: { status: Status; word: string };
    others: readonly { who: string; status: Status; word: string; reason?: string }[];
    expiresAt: string;
    undo: string;
  };
  /** What may be lost, and what of it the requester accepted: the approver accepts the same. Null where nothing may be. */
  rpo: { offer: RpoOffer; requested: RpoContract } | null;
  /** Who approves shows again who they are, where a step cannot be undone. */
  proof: ProofNeed | null;
  digest: string;
  bound: readonly Check[];
  decide: Permission;
  /** Rejecting it, or asking for changes. */
  turnDown: Permission;
  /** In whose name the reader would decide; null for their own. */
  decidesFor: string | null;
  /** What voids the approvals, or voided them; null where the plan still is what was requested. */
  voided: { at: string | null; text: string } | null;
  comments: CommentsModel;
  /** Where whoever asked for it asks anew, filled in as it was; null where that is not for the reader. */
  revise: Route | null;
  /** Set once it is closed. */
  closed: string | null;
}

export interface CommentsModel {
  items: readonly { id: string; who: string; body: string; at: string }[];
  /** There are more than are shown. */
  more: boolean;
  write: Permission;
}

/** Who decides in whose name. */
export interface DelegationsModel {
  items: readonly {
    id: string;
    /** "Ji-woo Han for Tomas Rehn" */
    who: string;
    reason: string;
    startsAt: string;
    endsAt: string;
    status: Status;
    word: string;
    mayRevoke: boolean;
  }[];
  people: readonly { id: string; name: string }[];
  /** Null on another person's page. */
  create: Permission | null;
}

export interface ApprovalsModel {
  at: string;
  status: Status;
  answer: string;
  detail: string;
  tabs: readonly { label: string; href: Route; current: boolean }[];
  /** How what is closed ended; empty on the other tabs. */
  filters: readonly { label: string; href: Route; current: boolean }[];
  inbox: readonly InboxItem[];
  closed: readonly InboxItem[];
  /** Instead of the list, where it is empty. */
  emptyText: string | null;
  request: ApprovalRequest | null;
  /** On the tab of one's own. */
  delegations: DelegationsModel | null;
  /** Emergencies that wait for a second person; set on their tab, instead of inbox and request. */
  reviews: ReviewsModel | null;
  older: Route | null;
  newer: Route | null;
}

export interface ReviewsModel {
  open: readonly InboxItem[];
  closed: readonly InboxItem[];
  review: ReviewDetail | null;
}

/** What was started without approval, as its reviewer sees it. */
export interface ReviewDetail {
  id: string;
  title: string;
  /** Null: it was done with the console dead, by no operation of it. */
  operation: { id: string; href: Route } | null;
  environment: string;
  /** Who started it: the debt is theirs. */
  debtor: string;
  declaredAt: string;
  reason: string;
  dueAt: string;
  status: Status;
  /** "open", "overdue", "agreed", "concern raised" */
  word: string;
  /** What it holds, and from when. */
  holds: string;
  /** What came of it: clocks, orders, fencing. */
  outcome: readonly { term: string; status: Status; text: string }[];
  /** What an approver would have been asked to accept. */
  overridden: readonly Check[];
  /** What was to be lost at most, and what was. */
  rpo: { accepted: RpoContract; lost: string; status: Status } | null;
  links: { report: string | null; replay: Route | null; audit: Route };
  decide: Permission;
  closed: { who: string; at: string; note: string } | null;
}

export type ReviewVerdict = 'agreed' | 'concern';

export interface ApprovalActions {
  /** The digest is the one shown: if the plan has changed since, the approval is refused. */
  approve: (
    operationId: string,
    digest: string,
    rpo: RpoContract | null,
    password: string,
  ) => Promise<ActionResult>;
  signInAgain: SignInAgain;
  reject: (operationId: string, reason: string) => Promise<ActionResult>;
  askChanges: (operationId: string, reason: string) => Promise<ActionResult>;
  comment: (operationId: string, body: string) => Promise<ActionResult>;
  delegate: (delegation: { to: string; reason: string; days: number }) => Promise<ActionResult>;
  revokeDelegation: (id: string) => Promise<ActionResult>;
  /** Needed where reviews are shown. */
  review?: (reviewId: string, verdict: ReviewVerdict, note: string) => Promise<ActionResult>;
}
