import type { Check } from '../operation/plan.ts';

/** A check that has nothing against it. */
export function pass(code: string, message: string, observedAt: string | null): Check {
  return { code, verdict: 'pass', message, observedAt };
}

/** A check of what is not known, which is never safe. */
export function unknown(code: string, message: string, observedAt: string | null): Check {
  return { code, verdict: 'unknown', message: `${message} Unknown is not safe.`, observedAt };
}

/** The sentence with a full stop, where it has no end of its own. */
export function withFullStop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
