/** A circuit breaker as data: five failures open it; then one probe each 15 s until one succeeds (DECISIONS, Engine). */
export interface Breaker {
  state: 'closed' | 'open' | 'probing';
  failures: number;
  /** When a probe may go out next, ms. */
  probeAtMs: number;
}

export const FAILURES_TO_OPEN = 5;
export const PROBE_EVERY_MS = 15_000;

export const CLOSED: Breaker = { state: 'closed', failures: 0, probeAtMs: 0 };

/** Whether a call may go out now, and the breaker to keep if it does. */
export function admit(breaker: Breaker, nowMs: number): { admitted: boolean; breaker: Breaker } {
  if (breaker.state === 'closed') return { admitted: true, breaker };
  if (nowMs < breaker.probeAtMs) return { admitted: false, breaker };
  return { admitted: true, breaker: { ...breaker, state: 'probing', probeAtMs: nowMs + PROBE_EVERY_MS } };
}

export function succeeded(): Breaker {
  return CLOSED;
}

export function failed(breaker: Breaker, nowMs: number): Breaker {
  const failures = breaker.failures + 1;
  if (failures < FAILURES_TO_OPEN) return { ...breaker, failures };
  return { state: 'open', failures, probeAtMs: nowMs + PROBE_EVERY_MS };
}
