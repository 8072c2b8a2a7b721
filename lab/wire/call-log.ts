/** One call as the gateway saw it: never its input, never its keys. */
export interface LoggedCall {
  at: string;
  requestId: string;
  service: string;
  operation: string;
  region: string;
  /** HTTP status; 0 when the call was dropped or left hanging. */
  status: number;
  /** The refusal's code. */
  fault: string | undefined;
  ms: number;
}

const KEPT = 500;

export interface CallLog {
  add(call: LoggedCall): void;
  recent(): LoggedCall[];
  /** Calls and refusals since start, by service. */
  totals(): Record<string, { calls: number; faults: number }>;
  clear(): void;
}

export function createCallLog(): CallLog {
  let calls: LoggedCall[] = [];
  let totals: Record<string, { calls: number; faults: number }> = {};
  return {
    add(call) {
      calls.push(call);
      if (calls.length > 2 * KEPT) calls = calls.slice(-KEPT);
      totals[call.service] ??= { calls: 0, faults: 0 };
      const total = totals[call.service];
      if (!total) return;
      total.calls += 1;
      if (call.fault) total.faults += 1;
    },
    recent: () => calls.slice(-KEPT),
    totals: () => totals,
    clear() {
      calls = [];
      totals = {};
    },
  };
}
