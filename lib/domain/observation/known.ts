import type { Observed } from './kinds.ts';

/** What may be gone by now, or why there is nothing to go by. */
export type Known<T> =
  | { known: true; value: T; observedAt: string; why: null }
  | { known: false; value: null; observedAt: string | null; why: string };

/**
 * The value if it is not older than so many seconds; what is older, or was never seen, is not known, and unknown is not
 * safe (PRODUCT.md, Rules). `why` goes on after "is not known: ".
 */
export function knownNow<T>(now: Date, observed: Observed<T>, limitSeconds: number): Known<T> {
  const { value, observedAt, error } = observed;
  const age = observedAt === null ? null : ageSeconds(now, observedAt);
  if (value !== null && observedAt !== null && age !== null && age <= limitSeconds)
    return { known: true, value, observedAt, why: null };
  const seen = age === null || value === null ? 'not observed' : `last seen ${ageWords(age)} ago`;
  return { known: false, value: null, observedAt, why: error ? `${seen}; ${error}` : seen };
}

/** Seconds since then, 0 where that clock runs ahead of ours. */
export function ageSeconds(now: Date, at: string): number {
  return Math.max(0, (now.getTime() - Date.parse(at)) / 1_000);
}

/** "45 s", "12 min", "5 h", "40 days". */
export function ageWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 2 * 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** The oldest of these times: what a statement rests on is no newer than that. Null where it rests on none. */
export function oldestOf(...times: (string | null)[]): string | null {
  let oldest: string | null = null;
  for (const time of times) if (time !== null && (oldest === null || time < oldest)) oldest = time;
  return oldest;
}
