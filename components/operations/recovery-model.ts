import type { Route } from 'next';
import type { FenceMeans } from '#components/recovery/model.ts';
import type { Permission, Section, Status } from '#components/ui/model.ts';
import type { RecoveryClock } from '#lib/domain/operation/plan.ts';
import type { RpoContract } from '#lib/domain/recovery/params.ts';

/** What the page of a recovery run shows beside its steps. A part that the kind does not have is null. */
export interface RecoveryRun {
  clocks: ClocksModel | null;
  rpo: RpoRun | null;
  clientSeen: Section<ClientSeenModel> | null;
  fencing: FencingRun | null;
  /** The first step that cannot be undone; `passedSeconds` is set once it began, after the start of the run. */
  noReturn: { step: number; passedSeconds: number | null } | null;
  debt: RunDebt | null;
  /** What was lost and what was salvaged; null until the run has ended. */
  orders: Section<OrdersModel> | null;
  report: ReportLinks | null;
  links: {
    /** What goes on without this console; `current` where it is made from what is seen now. */
    breakGlass: { href: string; current: boolean; madeAt: string } | null;
    plan: Route | null;
    replay: Route | null;
    /** What leads back from a run that ended well: "Fail back to us-east-1". */
    next: { label: string; href: Route; permission: Permission } | null;
  };
}

/** Three clocks on one axis (aws-facts B-08). */
export interface ClocksModel {
  /** 0:00 of every clock. */
  zeroAt: string;
  /** "the first failed request" */
  zeroIs: string;
  clocks: readonly ClockModel[];
  /** How long the loss took to be detected, beside its budget. */
  detected: { seconds: number; budgetSeconds: number } | null;
  milestones: readonly Milestone[];
  /** When the run ended; the axis stops there instead of at now. */
  endedAt: string | null;
}

export interface Milestone {
  /** Seconds after 0:00. */
  seconds: number;
  /** "declared", "promoted" */
  label: string;
}

export interface ClockModel {
  key: RecoveryClock;
  /** running: it counts. stopped: `stoppedAt` says when. waiting: what stops it has not begun. missed: the run ended without it. */
  state: 'running' | 'stopped' | 'waiting' | 'missed';
  stoppedAt: string | null;
  /** "starts at step 9" */
  waitsFor: string | null;
  budgetSeconds: number;
  /** Of former runs, after 0:00. */
  history: { medianSeconds: number; p95Seconds: number; runs: number } | null;
  /** Of this run while it runs, seconds after 0:00. */
  projected: { lowSeconds: number; highSeconds: number } | null;
}

/** The contract that was accepted, and what was measured since. */
export interface RpoRun {
  status: Status;
  /** "holds", "became worse: the run stopped" */
  word: string;
  accepted: RpoContract;
  acceptedBy: readonly { who: string; at: string }[];
  orders: { count: number; perSecond: number } | null;
  /** Each measurement since, oldest first: at declaration, before promotion. */
  measured: readonly { when: string; bound: RpoContract; status: Status }[];
  lastOrder: { id: string; region: string; at: string } | null;
  /** "Not known until writes are restored; then listed one by one." */
  lost: string;
}

/** What the shoppers saw, from their own requests; seconds count from 0:00 of the clocks. */
export interface ClientSeenModel {
  at: string;
  withinSeconds: number;
  /** "ledger" */
  source: string;
  zeroAt: string;
  fromSeconds: number;
  toSeconds: number;
  orders: { seconds: readonly number[]; perSecond: readonly (number | null)[] };
  /** Fraction of reads that were answered. */
  reads: { seconds: readonly number[]; answered: readonly (number | null)[] };
  geographies: readonly {
    name: string;
    /** Down from, until; null while it lasts. */
    reads: readonly (readonly [from: number, until: number | null])[];
    orders: readonly (readonly [from: number, until: number | null])[];
  }[];
  marks: readonly Milestone[];
}

export interface FencingRun {
  region: string;
  /** "fenced", "not fenced" */
  word: string;
  status: Status;
  means: readonly FenceMeans[];
  /** The watch that fences the moment the Region answers; null once all is done. */
  watch: { triedAt: string | null; nextAt: string; tries: number } | null;
}

export interface RunDebt {
  status: Status;
  text: string;
  dueAt: string;
  /** A second person has looked. */
  paid: boolean;
  href: Route;
}

export interface OrdersModel {
  /** "3 acknowledged orders are missing; 4 were accepted at most." */
  statement: string;
  status: Status;
  tabs: readonly { label: string; href: Route; current: boolean }[];
  rows: readonly OrderRow[];
  summary: string;
  newer: Route | null;
  older: Route | null;
  /** What stands there when the list is empty: "The ledger holds 1,204 orders; all are in eu-west-1." */
  none: string;
}

export interface OrderRow {
  id: string;
  region: string;
  acknowledgedAt: string;
  product: string;
  /** "41.90" */
  amount: string;
  status: Status;
  /** "missing", "kept for salvage", "salvaged" */
  word: string;
}

interface ReportLinks {
  html: string;
  pdf: string;
  json: string;
  /** The audit head it is signed over. */
  head: { seq: string; hash: string };
  madeAt: string;
}
