'use server';

import type { ReviewVerdict } from '#components/approvals/model.ts';
import type { ActionResult } from '#components/ui/model.ts';
import { decideReview } from '#lib/services/reviews/decide.ts';
import { defineAction } from '#lib/web/define-action.ts';

const decide = defineAction(decideReview);

const VERDICTS = { agreed: 'accepted', concern: 'objected' } as const satisfies Record<ReviewVerdict, string>;

/** Closes a review with either verdict: the debt was that somebody looked. */
export async function reviewAction(id: string, verdict: ReviewVerdict, note: string): Promise<ActionResult> {
  const answer = await decide({ id, verdict: VERDICTS[verdict], note });
  if (!answer.ok) return answer;
  return {
    ok: true,
    message: `${answer.result.operation ?? 'What was done'} is reviewed; its debt is paid.`,
  };
}
