import { approvalProgress, type Requirement } from '#lib/domain/approval/progress.ts';
import type { Risk } from '#lib/domain/approval/risk.ts';
import type { VerbContext } from '../context.ts';
import type { PlannedOperation } from '../operations/planners/planner.ts';
import { assertPermitted } from '../verb.ts';
import { readApprovalFrame, withCandidates } from './judge.ts';
import { type TermsSubject, termsFor } from './terms.ts';

export interface ApprovalPreview {
  risk: Risk;
  /** Why the risk is high, a sentence each. */
  reasons: readonly string[];
  /** Approvers; 0 together with no requirement: it starts at once. */
  needed: number;
  expiresMinutes: number;
  /** Everything that would have to be met, with who may meet it. */
  requirements: readonly Requirement[];
}

/** Who would have to agree to a plan if this person asked for it now, and why. Nothing is stored. */
export async function previewApproval(
  context: VerbContext,
  planned: TermsSubject & Pick<PlannedOperation, 'digest' | 'regions'>,
  acknowledged: readonly string[],
): Promise<ApprovalPreview> {
  assertPermitted(context, 'read', {});
  const frame = await withCandidates(context, await readApprovalFrame(context));
  const { policy, terms } = termsFor(frame.policies, planned, acknowledged);
  const question = {
    digest: planned.digest,
    requestedBy: context.actor.personId ?? '',
    author: terms.author,
    regions: planned.regions,
    needed: policy.needed,
    rules: policy.rules,
  };
  const { requirements } = approvalProgress(question, [], frame.roster, context.now, frame.candidates);
  return {
    risk: terms.risk,
    reasons: terms.reasons,
    needed: policy.needed,
    expiresMinutes: policy.expiresMinutes,
    requirements,
  };
}
