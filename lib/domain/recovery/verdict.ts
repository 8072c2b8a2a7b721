import type { RecoveryKind } from './params.ts';

/** How a check of readiness ends. `unknown` is never taken for `ok` (PRODUCT.md, Rules). */
export type Verdict = 'ok' | 'warning' | 'blocked' | 'unknown';

const WORST_FIRST = ['blocked', 'unknown', 'warning', 'ok'] as const satisfies readonly Verdict[];

/** The worst of several; `ok` of none. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return WORST_FIRST.find((candidate) => verdicts.includes(candidate)) ?? 'ok';
}

/** 0 for the worst: to sort by. */
export function verdictRank(verdict: Verdict): number {
  return WORST_FIRST.indexOf(verdict);
}

/** What to do about it, and the operation that does it, where there is one. */
export interface Remedy {
  text: string;
  operation?: { kind: RecoveryKind; params: Readonly<Record<string, unknown>> };
}

/** One thing that was looked at, as a sentence with numbers. */
export interface Reason {
  code: string;
  verdict: Verdict;
  message: string;
  /** Row of the AWS facts, line of the strategy document (`L403`), or a decision it rests on. */
  source: string;
  /** When the oldest observation it rests on was made; null where it rests on none. */
  observedAt: string | null;
}
