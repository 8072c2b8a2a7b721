import type { Check } from '#components/ui/model.ts';

/** A dangerous act, as its sheet shows it. */
export interface ActPlan {
  /** "Abort OP-1042" */
  title: string;
  note?: string;
  /** Before → after. */
  changes: readonly { label: string; before: string; after: string }[];
  /** What it leaves behind, how long it takes, whether it can be undone. */
  changeNote?: string;
  checks: readonly Check[];
  /** Who must agree: "Nobody. You may abort what runs in production." */
  agreement: string;
  /** The button: "Abort OP-1042". */
  verb: string;
  /** Whether a reason is asked for; it goes to the audit log. */
  reason: 'required' | 'optional' | 'none';
}
