'use server';

import type { ReviewVerdict } from '#components/approvals/model.ts';
import type { ActionResult } from '#components/ui/model.ts';
import { createDelegation, revokeDelegation } from '#lib/services/approvals/delegations.ts';
import { askForChanges } from '#lib/services/operations/decide.ts';
import { decideReview } from '#lib/services/reviews/decide.ts';
import { defineAction, told } from '#lib/web/define-action.ts';

const decide = defineAction(decideReview);
const sendBack = defineAction(askForChanges);
const delegate = defineAction(createDelegation);
const revoke = defineAction(revokeDelegation);

const VERDICTS = { agreed: 'accepted', concern: 'objected' } as const satisfies Record<ReviewVerdict, string>;

/** Closes a review with either verdict: the debt was that somebody looked. */
export async function reviewAction(id: string, verdict: ReviewVerdict, note: string): Promise<ActionResult> {
  const answer = await decide({ id, verdict: VERDICTS[verdict], note });
  return told(answer, ({ operation }) => `${operation ?? 'What was done'} is reviewed; its debt is paid.`);
}

/** The digest comes first, so that a page can bind it. */
export async function askChangesAction(digest: string, id: string, reason: string): Promise<ActionResult> {
  const answer = await sendBack({ id, digest, reason });
  return told(answer, `${id} is sent back for changes.`);
}

const DAY_MS = 86_400_000;

export async function delegateAction(wanted: {
  to: string;
  reason: string;
  days: number;
}): Promise<ActionResult> {
  const endsAt = new Date(Date.now() + wanted.days * DAY_MS);
  if (Number.isNaN(endsAt.getTime()))
    return { ok: false, code: 'validation', message: 'Nothing was delegated: for how long is not said.' };
  const answer = await delegate({ to: wanted.to, reason: wanted.reason, endsAt: endsAt.toISOString() });
  return told(answer, 'They decide in your name from now on.');
}

export async function revokeDelegationAction(id: string): Promise<ActionResult> {
  const answer = await revoke({ id });
  return told(answer, 'The delegation has ended.');
}
