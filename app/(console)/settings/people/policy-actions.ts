'use server';

import type { z } from 'zod';
import type { PolicyOrder, PolicyPreviewModel, PolicyRequest } from '#components/settings/model.ts';
import type { ActionResult } from '#components/ui/model.ts';
import type { PreviewAnswer } from '#components/ui/use-preview.ts';
import {
  type RemovePolicyInput,
  removePolicy,
  type SetPolicyInput,
  setPolicy,
} from '#lib/services/approvals/policies.ts';
import { previewPolicy } from '#lib/services/approvals/preview-policy.ts';
import { defineAction, told } from '#lib/web/define-action.ts';
import { answerPreview } from '#lib/web/preview.ts';
import { policyPreviewModel } from '../../_models/policy-preview.ts';

const set = defineAction(setPolicy);
const remove = defineAction(removePolicy);

/** Sets who must agree to what, or removes what is set for just that. */
export async function changePolicyAction({ asked, ...said }: PolicyOrder): Promise<ActionResult> {
  // Both are parsed by their verb.
  if (asked === null) {
    const answer = await remove(said as z.input<typeof RemovePolicyInput>);
    return told(answer, 'The policy is removed; the more general one holds.');
  }
  return told(await set({ ...said, ...asked } as z.input<typeof SetPolicyInput>), 'The policy is set.');
}

/** What that would change, and who could agree then; reads only. */
export async function previewPolicyAction(
  request: PolicyRequest,
): Promise<PreviewAnswer<PolicyPreviewModel>> {
  return answerPreview('policy preview', async (context) =>
    policyPreviewModel(context, await previewPolicy(context, request)),
  );
}
