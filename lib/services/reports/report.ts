import type { OpenPoint } from '#lib/domain/operation/open-points.ts';
import type { Check, Price } from '#lib/domain/operation/plan.ts';
import type { Clock } from '#lib/domain/recovery/clocks.ts';
import type { RpoContract } from '#lib/domain/recovery/params.ts';
import type { Evidence } from '../../operations/action.ts';
import type { FenceMeans } from '../fences/means.ts';
import type { ClockHistory } from '../recovery/history.ts';
import type { ClientDowntime } from './client-report.ts';
import type { CriticalPath } from './critical-path.ts';

export interface PersonName {
  id: string;
  name: string;
}

export interface ReportStep {
  key: string;
  title: string;
  action: string;
  region: string | null;
  group: string | null;
  irreversible: boolean;
  clock: string | null;
  state: string;
  attempt: number;
  startedAt: string | null;
  endedAt: string | null;
  seconds: number | null;
  /** Of its own history; null where it never ran before. */
  usual: { p50Seconds: number; p75Seconds: number; runs: number } | null;
  evidence: Evidence[];
  cli: string[];
  calls: {
    at: string;
    service: string;
    action: string;
    region: string;
    host: string;
    status: string;
    requestId: string | null;
    durationMs: number;
    mutating: boolean;
  }[];
}

/** A clock beside what earlier runs of its kind came to; `usual` is null where none of them stopped it. */
export type ReportClock = Clock & { usual: ClockHistory | null };

/** What clients saw, within the run and since the outage. */
export interface ReportClients {
  /** When they were asked last. */
  at: string;
  orders: { seconds: number; lasts: boolean; intervals: ClientDowntime[] };
  reads: { seconds: number; lasts: boolean; intervals: ClientDowntime[] };
}

/**
 * What a recovery came to: everything that its pages, its HTML and its PDF say, and nothing that can change afterwards.
 * Times are ISO in UTC, durations in seconds.
 */
export interface RecoveryReport {
  version: 1;
  estate: { name: string; title: string; label: string; account: string };
  operation: {
    id: string;
    kind: string;
    environment: string;
    title: string;
    reason: string;
    requester: PersonName;
    via: string;
    requestedAt: string;
    startedAt: string;
    endedAt: string;
    state: string;
    outcome: string;
    digest: string;
    params: unknown;
    /** Started at once; it then owes a review. */
    emergency: boolean;
    overridden: string[];
    acknowledged: string[];
    /** The operation from which it took the environment. */
    preempted: { id: string; title: string; state: string } | null;
    /** The operation that took the environment from it. */
    preemptedBy: { id: string; title: string } | null;
  };
  outageAt: string | null;
  clocks: ReportClock[];
  /** Null where nobody was asked, or nobody answered; `clientsError` says why. */
  clients: ReportClients | null;
  clientsError: string | null;
  rpo: {
    accepted: RpoContract;
    /** At the declaration, before anything was changed; null where it did not come so far. */
    measured: {
      seconds: number;
      lastOrder: { id: string; createdAt: string } | null;
      measuredAt: string;
    } | null;
  } | null;
  /** Acknowledged orders that the present writer does not have. Null numbers: nobody could say. */
  orders: {
    acknowledged: number | null;
    missing: number | null;
    missingOrders: { orderId: string; region: string; at: string }[];
    /** On a database that was left, and not on the present writer. */
    salvaged: number;
    reason: string | null;
  };
  /** Steps of a run that ended incomplete which were left undone; empty of any other. */
  open: OpenPoint[];
  /** What the run itself says it did, and what it leaves to be done. */
  facts: string[];
  left: string[];
  checks: Check[];
  price: Price | null;
  approvals: {
    person: PersonName;
    decision: string;
    reason: string;
    at: string;
    via: string;
    /** Of this very plan. */
    counts: boolean;
  }[];
  needed: number;
  review: {
    owedBy: PersonName;
    dueAt: string;
    reviewedBy: PersonName | null;
    reviewedAt: string | null;
    verdict: string | null;
    note: string | null;
  } | null;
  fences: {
    region: string;
    instanceId: string;
    state: string;
    requestedAt: string;
    endedAt: string | null;
    attempts: number;
    splitBrainAt: string | null;
    means: FenceMeans[];
  }[];
  steps: ReportStep[];
  path: CriticalPath;
  /** Steps that took longer than three quarters of their own earlier runs. */
  slow: { key: string; title: string; seconds: number; p75Seconds: number; runs: number }[];
  timeline: { at: string; kind: string; step: string | null; text: string }[];
  /** Where the log has it: rows of this operation, the newest head when the report was written. */
  audit: {
    path: string;
    entries: number;
    firstSeq: string | null;
    lastSeq: string | null;
    head: { seq: string; hash: string };
  };
}

/** What lists show of a report. */
export interface ReportSummary {
  title: string;
  outcome: string;
  seconds: number;
  clocks: { clock: string; seconds: number | null; state: Clock['state']; overBudget: boolean }[];
  ordersDownSeconds: number | null;
  missing: number | null;
  salvaged: number;
  acceptedSeconds: number | null;
  measuredSeconds: number | null;
  emergency: boolean;
  slow: number;
}

export function summaryOf(report: RecoveryReport): ReportSummary {
  const { operation, clocks, clients, orders, rpo, path, slow } = report;
  return {
    title: operation.title,
    outcome: operation.outcome,
    seconds: path.totalSeconds,
    clocks: clocks.map(({ clock, seconds, state, overBudget }) => ({ clock, seconds, state, overBudget })),
    ordersDownSeconds: clients?.orders.seconds ?? null,
    missing: orders.missing,
    salvaged: orders.salvaged,
    acceptedSeconds: rpo?.accepted.seconds ?? null,
    measuredSeconds: rpo?.measured?.seconds ?? null,
    emergency: operation.emergency,
    slow: slow.length,
  };
}
