import type { OperationKind } from '../operation/kind.ts';
import { RISKS, type Risk } from './risk.ts';
import { type ApprovalRule, asksLess } from './rules.ts';

/** Risk that a row of the policy is about; `*` for any. */
export const POLICY_RISKS = ['*', ...RISKS] as const;

export interface Policy {
  environment: string;
  kind: string;
  risk: (typeof POLICY_RISKS)[number];
  /** Approvers who did not ask, and did not write what is deployed. */
  needed: number;
  /** What must be met beside that number. */
  rules: readonly ApprovalRule[];
  expiresMinutes: number;
  tokensApprove: boolean;
}

/** Used where no row says otherwise: one approver, a day to decide (scaled by the environment). */
export const DEFAULT_POLICY: Policy = {
  environment: '*',
  kind: '*',
  risk: '*',
  needed: 1,
  rules: [],
  expiresMinutes: 1440,
  tokensApprove: false,
};

/** Putting things back waits for nobody, unless a row for this very kind says so (PRODUCT.md, idea 10). */
const REVERT_KINDS: ReadonlySet<string> = new Set(['traffic-revert', 'recovery-revert', 'rollback']);

/**
 * Kinds that move the writer: two people by default, the requester and one approver, who accept the same plan and the same
 * bound on what may be lost (PRODUCT.md, idea 2; aws-facts C-05). A general row cannot let them off; one that names the
 * kind can, and is audited as a loosening. An emergency waits for nobody and owes a review instead (review-debt.ts).
 *
 * `return`, which lets readers back into a Region that was left, is not among what puts things back: nobody suffers while it
 * waits, and the Region was left for a reason. It is approved and frozen like a shift.
 */
const PROMOTING_KINDS: ReadonlySet<string> = new Set<OperationKind>(['failover', 'switchover', 'failback']);

/**
 * The most specific policy: environment and kind, then environment, then kind, then the general one; among rows for the same,
 * the one for just that risk. The risk of a plan that is not made yet is ordinary.
 */
export function policyFor(
  policies: readonly Policy[],
  environment: string,
  kind: string,
  risk: Risk = 'ordinary',
): Policy {
  const policy = mostSpecific(policies, environment, kind, risk);
  return PROMOTING_KINDS.has(kind) && policy.kind !== kind && policy.needed < 1
    ? { ...policy, needed: 1 }
    : policy;
}

function mostSpecific(policies: readonly Policy[], environment: string, kind: string, risk: Risk): Policy {
  const reverts = REVERT_KINDS.has(kind);
  const named = [
    [environment, kind],
    ['*', kind],
  ];
  const wanted = reverts
    ? named
    : [
        [environment, kind],
        [environment, '*'],
        ['*', kind],
        ['*', '*'],
      ];
  for (const [wantedEnvironment, wantedKind] of wanted) {
    const rows = policies.filter(
      (policy) => policy.environment === wantedEnvironment && policy.kind === wantedKind,
    );
    const found = rows.find((policy) => policy.risk === risk) ?? rows.find((policy) => policy.risk === '*');
    if (found) return found;
  }
  return reverts ? { ...DEFAULT_POLICY, kind, needed: 0 } : DEFAULT_POLICY;
}

/** Whether a policy lets a plan start with nobody asked. */
export function asksNobody({ needed, rules }: Pick<Policy, 'needed' | 'rules'>): boolean {
  return needed === 0 && rules.length === 0;
}

/** What a policy asks for. */
export type Asked = Pick<Policy, 'needed' | 'rules' | 'expiresMinutes' | 'tokensApprove'>;

/** Whether a policy asks for less than the one in force: fewer people, a rule less, more time to decide, or tokens that may. */
export function widens(before: Asked, after: Asked): boolean {
  return (
    after.needed < before.needed ||
    asksLess(before.rules, after.rules) ||
    after.expiresMinutes > before.expiresMinutes ||
    (after.tokensApprove && !before.tokensApprove)
  );
}

export interface ApprovalRequest {
  state: string;
  requestedBy: string;
  digest: string;
  expiresAt: Date;
}

export const DECISIONS = ['approve', 'reject', 'ask-changes'] as const;

export interface Decision {
  personId: string;
  /** Whose approval it is, where a delegate gave it. */
  inNameOf?: string | null;
  decision: (typeof DECISIONS)[number];
  digest: string;
}

export interface Decider {
  personId: string;
  byToken: boolean;
  /** Set where they decide as the delegate of that person. */
  inNameOf?: string | null;
  /** Whether the release that is deployed is theirs, or of the person in whose name they decide. */
  isAuthor?: boolean;
}

export type ApprovalVerdict = { allowed: true } | { allowed: false; code: string; reason: string };

/** Whether this person may decide on the request now. The button shows the reason, the verb throws it. */
export function mayDecide(
  request: ApprovalRequest,
  decisions: readonly Decision[],
  decider: Decider,
  policy: Pick<Policy, 'tokensApprove'>,
  now: Date,
): ApprovalVerdict {
  if (request.state !== 'awaiting-approval') {
    return no('not-waiting', `It no longer waits for approval; it is ${request.state}.`);
  }
  if (now.getTime() >= request.expiresAt.getTime()) {
    return no('expired', 'The request has expired. Ask for it again; the plan may have changed.');
  }
  if (decider.personId === request.requestedBy) {
    return no('own-request', 'You requested it, so someone else must decide. Tokens of yours count as you.');
  }
  if (decider.inNameOf === request.requestedBy) {
    return no('own-request', 'Who lets you decide in their name requested it, so someone else must decide.');
  }
  if (decider.isAuthor) {
    return no('own-release', 'The release is by who would decide, so someone else must.');
  }
  if (decider.byToken && !policy.tokensApprove) {
    return no(
      'token',
      'The approval policy does not let API tokens approve this. Approve it in the console.',
    );
  }
  const made = decisions.filter(({ digest }) => digest === request.digest);
  if (made.some(({ personId }) => personId === decider.personId)) {
    return no('decided', 'You have already decided on this plan.');
  }
  if (made.some(({ inNameOf }) => inNameOf === decider.personId)) {
    return no('decided', 'Your delegate has already decided on this plan in your name.');
  }
  if (decider.inNameOf && made.some((one) => (one.inNameOf ?? one.personId) === decider.inNameOf)) {
    return no('decided', 'Who lets you decide in their name has already decided on this plan.');
  }
  return { allowed: true };
}

function no(code: string, reason: string): ApprovalVerdict {
  return { allowed: false, code, reason };
}
