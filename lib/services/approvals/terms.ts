import { z } from 'zod';
import { asksNobody, type Policy, policyFor } from '#lib/domain/approval/approval.ts';
import { RISKS, riskOf } from '#lib/domain/approval/risk.ts';
import { ApprovalRules } from '#lib/domain/approval/rule-input.ts';
import { mergeRules, roleCount, ruleWords, uncovered } from '#lib/domain/approval/rules.ts';
import type { PlannedOperation } from '../operations/planners/planner.ts';
import { readStoredOperation } from '../operations/stored.ts';

/** What a request was asked with; kept with it, so that a later change of the policy can be seen. */
export const ApprovalTerms = z.object({
  risk: z.enum(RISKS),
  /** Why the risk is high, a sentence each. */
  reasons: z.array(z.string()),
  rules: ApprovalRules,
  /** Who wrote what is deployed, as its release says. */
  author: z.string().nullable(),
  /** The row of the policy that it was asked by. */
  policy: z.object({ environment: z.string(), kind: z.string(), risk: z.string() }),
});
export type ApprovalTerms = z.output<typeof ApprovalTerms>;

/** What of a plan says who must agree to it. */
export interface TermsSubject extends Pick<PlannedOperation, 'checks' | 'author'> {
  plan: Pick<PlannedOperation['plan'], 'kind' | 'environment' | 'steps'>;
}

/** The policy for a plan, and what a request of it is asked with. */
export function termsFor(
  policies: readonly Policy[],
  planned: TermsSubject,
  acknowledged: readonly string[],
): { policy: Policy; terms: ApprovalTerms; nobody: boolean } {
  const { plan, checks } = planned;
  const { risk, reasons } = riskOf({ steps: plan.steps, checks, acknowledged });
  const policy = policyFor(policies, plan.environment, plan.kind, risk);
  return {
    policy,
    nobody: asksNobody(policy),
    terms: {
      risk,
      reasons: [...reasons],
      rules: [...policy.rules],
      author: planned.author ?? null,
      policy: { environment: policy.environment, kind: policy.kind, risk: policy.risk },
    },
  };
}

export interface StoredRequest {
  kind: string;
  environment: string;
  state: string;
  needed: number;
  plan: unknown;
  acknowledged: readonly string[];
  approvalTerms: unknown;
}

/** What is asked of a request now. */
export interface AskedTerms extends Pick<ApprovalTerms, 'risk' | 'reasons' | 'rules' | 'author'> {
  needed: number;
  /** Whether API tokens may approve: by the policy of now. */
  tokensApprove: boolean;
  /** What the policy asks since, over what it asked then; in words. */
  tightened: string[];
}

/**
 * What has to agree to a request. While it waits, both hold: what it was asked with, and what the policy asks now, so that a
 * policy tightened meanwhile is not slipped past and one loosened meanwhile lets nothing through. What is over keeps its own.
 */
export function askedNow(request: StoredRequest, policies: readonly Policy[]): AskedTerms {
  const terms = readTerms(request);
  const policy = policyFor(policies, request.environment, request.kind, terms.risk);
  const asked = { ...terms, needed: request.needed, tokensApprove: policy.tokensApprove };
  if (request.state !== 'awaiting-approval' && request.state !== 'scheduled')
    return { ...asked, tightened: [] };
  return {
    ...asked,
    needed: Math.max(request.needed, policy.needed),
    rules: mergeRules(terms.rules, policy.rules),
    tightened: [
      ...(policy.needed > request.needed ? [roleCount('approver', policy.needed)] : []),
      ...uncovered(policy.rules, terms.rules).map(ruleWords),
    ],
  };
}

/** Requests of an earlier version kept no terms: their risk is read from the plan, and no rule stood beside the number. */
function readTerms({ plan, acknowledged, approvalTerms }: StoredRequest): ApprovalTerms {
  if (approvalTerms !== null && approvalTerms !== undefined) return ApprovalTerms.parse(approvalTerms);
  const stored = readStoredOperation(plan);
  const verdict = stored
    ? riskOf({ steps: stored.steps, checks: stored.checks, acknowledged })
    : { risk: 'high' as const, reasons: ['Its plan cannot be read by this version.'] };
  return {
    risk: verdict.risk,
    reasons: [...verdict.reasons],
    rules: [],
    author: null,
    policy: { environment: '*', kind: '*', risk: '*' },
  };
}
