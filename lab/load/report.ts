import type { DowntimeInterval } from './downtime.ts';
import type { Ledger, LedgerOrder } from './ledger.ts';
import type { MissingOrders } from './missing-orders.ts';
import type { Tally, WindowReport } from './tally.ts';

/** One downtime as the report shows it; `end` is null while it lasts, `seconds` then runs until now. */
export interface DowntimeView {
  start: string;
  end: string | null;
  seconds: number;
}

export interface ClientView extends WindowReport {
  downtime: { reads: DowntimeView[]; orders: DowntimeView[] };
}

export interface LoadReport {
  at: string;
  windowSeconds: number;
  since: string;
  total: { requests: number; errors: number };
  /** Visitors who have not left yet. */
  visiting: number;
  all: ClientView;
  geographies: Record<string, ClientView>;
  orders: {
    acknowledged: number;
    /** How many of them were looked for in the writer; null when nobody could be asked. */
    checked: number | null;
    /** Acknowledged, and not there now; null when nobody could be asked. */
    missing: number | null;
    missingOrders: LedgerOrder[];
    writer: { region: string; instance: string } | null;
    reason: string | null;
  };
}

const MISSING_SHOWN = 100;

export interface ReportSource {
  tally: Tally;
  ledger: Ledger;
  missing: MissingOrders;
  visiting: number;
  geographies: string[];
  windowSeconds: number;
  nowMs: number;
}

export function buildReport(source: ReportSource): LoadReport {
  const { tally, ledger, missing, visiting, geographies, windowSeconds, nowMs } = source;
  const view = (geography?: string): ClientView => {
    const { reads, orders } = tally.downtime(geography);
    return {
      ...tally.window(windowSeconds, geography),
      downtime: { reads: downtimeViews(reads, nowMs), orders: downtimeViews(orders, nowMs) },
    };
  };
  const { requests, errors, sinceMs } = tally.total();
  return {
    at: iso(nowMs),
    windowSeconds,
    since: iso(sinceMs),
    total: { requests, errors },
    visiting,
    all: view(),
    geographies: Object.fromEntries(geographies.map((key) => [key, view(key)])),
    orders: { acknowledged: ledger.acknowledged(), ...missingView(missing) },
  };
}

function missingView(missing: MissingOrders): Omit<LoadReport['orders'], 'acknowledged'> {
  if (missing.state === 'unknown') {
    return { checked: null, missing: null, missingOrders: [], writer: null, reason: missing.reason };
  }
  return {
    checked: missing.checked,
    missing: missing.missing.length,
    missingOrders: missing.missing.slice(0, MISSING_SHOWN),
    writer: missing.writer,
    reason: null,
  };
}

function downtimeViews(intervals: DowntimeInterval[], nowMs: number): DowntimeView[] {
  return intervals.map(({ startMs, endMs }) => ({
    start: iso(startMs),
    end: endMs === undefined ? null : iso(endMs),
    seconds: Math.round(((endMs ?? nowMs) - startMs) / 10) / 100,
  }));
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
