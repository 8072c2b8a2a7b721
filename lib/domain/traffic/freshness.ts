import type { Observed } from '../observation/kinds.ts';

/** The value, if it is not older than so many seconds; what is older counts as not known. */
export function fresh<T>(now: Date, observed: Observed<T>, limitSeconds: number): T | null {
  return staleness(now, observed, limitSeconds) === null ? observed.value : null;
}

/** Why there is no value to go by: never seen, seen too long ago, and what stopped the last attempt. */
export function whyUnknown(now: Date, observed: Observed<unknown>, limitSeconds: number): string {
  const age = staleness(now, observed, limitSeconds);
  const seen = age === null ? 'not observed' : `last seen ${age} ago`;
  return observed.error ? `${seen}; ${observed.error}` : seen;
}

/** How old it is, in words, if older than the limit; null when fresh or never seen. */
export function staleness(now: Date, observed: Observed<unknown>, limitSeconds: number): string | null {
  if (!observed.observedAt) return null;
  const seconds = (now.getTime() - Date.parse(observed.observedAt)) / 1000;
  if (seconds <= limitSeconds) return null;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** The earliest of these times, ISO; null where none is known. */
export function oldest(...times: (string | null)[]): string | null {
  return times.filter((time) => time !== null).sort()[0] ?? null;
}
