'use server';

import type { ActionResult } from '#components/ui/model.ts';
import { dismissFinding, liftDismissal } from '#lib/services/findings/dismiss.ts';
import { defineAction, told } from '#lib/web/define-action.ts';

const dismiss = defineAction(dismissFinding);
const lift = defineAction(liftDismissal);

/** The environment comes first, so that a page can bind it. */
export async function dismissFindingAction(
  environment: string,
  code: string,
  reason: string,
): Promise<ActionResult> {
  const answer = await dismiss({ environment, code, reason });
  return told(answer, `${code} is dismissed; it is watched all the same.`);
}

export async function reopenFindingAction(
  environment: string,
  code: string,
  reason: string,
): Promise<ActionResult> {
  const answer = await lift({ environment, code, reason });
  return told(answer, `${code} counts among what is open again.`);
}
