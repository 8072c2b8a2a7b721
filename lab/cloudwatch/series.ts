/** Values by the start of their period, ms since the epoch. */
export type Series = Map<number, number>;

/** What a query is evaluated over: periods from `startMs` (aligned, inclusive) to `endMs` (exclusive). */
export interface Window {
  startMs: number;
  endMs: number;
  periodSeconds: number;
}

/** The starts of all periods of the window. */
export function periodsOf({ startMs, endMs, periodSeconds }: Window): number[] {
  const periodMs = periodSeconds * 1000;
  const count = Math.max(0, Math.ceil((endMs - startMs) / periodMs));
  return Array.from({ length: count }, (_, index) => startMs + index * periodMs);
}
