import type { OperationKind } from '../operation/kind.ts';

export interface Policy {
  environment: string;
  kind: string;
  needed: number;
  expiresMinutes: number;
  tokensApprove: boolean;
}

/** Used where no row says otherwise: one approver, a day to decide (scaled by the environment). */
export const DEFAULT_POLICY: Policy = {
  environment: '*',
  kind: '*',
  needed: 1,
  expiresMinutes: 1440,
  tokensApprove: false,
};

/** Putting things back waits for nobody, unless a row for this very kind says so (PRODUCT.md, idea 10). */
const PUTTING_BACK: ReadonlySet<string> = new Set<OperationKind>(['traffic-revert', 'rollback']);

/**
 * Kinds that move the writer: two people by default, the requester and one approver, who accept the same plan and the same
 * bound on what may be lost (PRODUCT.md, idea 2; aws-facts C-05). A general row cannot let them off; one that names the
 * kind can, and is audited as a loosening. An emergency waits for nobody and owes a review instead (review-debt.ts).
 *
 * `return`, which lets readers back into a Region that was left, is not among what puts things back: nobody suffers while it
 * waits, and the Region was left for a reason. It is approved and frozen like a shift.
 */
const PROMOTING_KINDS: ReadonlySet<string> = new Set<OperationKind>(['failover', 'switchover', 'failback']);

/** The most specific policy: environment and kind, then environment, then kind, then the general one. */
export function policyFor(policies: readonly Policy[], environment: string, kind: string): Policy {
  const policy = mostSpecific(policies, environment, kind);
  return PROMOTING_KINDS.has(kind) && policy.kind !== kind && policy.needed < 1
    ? { ...policy, needed: 1 }
    : policy;
}

function mostSpecific(policies: readonly Policy[], environment: string, kind: string): Policy {
  const named = [
    [environment, kind],
    ['*', kind],
  ];
  const wanted = PUTTING_BACK.has(kind)
    ? named
    : [
        [environment, kind],
        [environment, '*'],
        ['*', kind],
        ['*', '*'],
      ];
  for (const [wantedEnvironment, wantedKind] of wanted) {
    const found = policies.find(
      (policy) => policy.environment === wantedEnvironment && policy.kind === wantedKind,
    );
    if (found) return found;
  }
  return PUTTING_BACK.has(kind) ? { ...DEFAULT_POLICY, kind, needed: 0 } : DEFAULT_POLICY;
}

/** Whether a policy asks for less than the one in force: fewer approvers, more time to decide, or tokens that may. */
export function widens(
  before: Pick<Policy, 'needed' | 'expiresMinutes' | 'tokensApprove'>,
  after: Pick<Policy, 'needed' | 'expiresMinutes' | 'tokensApprove'>,
): boolean {
  return (
    after.needed < before.needed ||
    after.expiresMinutes > before.expiresMinutes ||
    (after.tokensApprove && !before.tokensApprove)
  );
}

/**
 * Whether this policy, set beside or in place of those in force, would ask for less anywhere. A wider row can take the
 * place of a stricter one for another kind, so every environment and kind is looked at.
 */
export function loosens(
  policies: readonly Policy[],
  change: Policy,
  everywhere: { environments: readonly string[]; kinds: readonly string[] },
): boolean {
  const others = policies.filter(
    ({ environment, kind }) => environment !== change.environment || kind !== change.kind,
  );
  return everywhere.environments.some((environment) =>
    everywhere.kinds.some((kind) =>
      widens(policyFor(policies, environment, kind), policyFor([...others, change], environment, kind)),
    ),
  );
}

export interface ApprovalRequest {
  state: string;
  requestedBy: string;
  digest: string;
  expiresAt: Date;
}

export interface Decision {
  personId: string;
  decision: 'approve' | 'reject';
  digest: string;
}

export type ApprovalVerdict = { allowed: true } | { allowed: false; code: string; reason: string };

/** Whether this person may decide on the request now. The button shows the reason, the verb throws it. */
export function mayDecide(
  request: ApprovalRequest,
  decisions: readonly Decision[],
  decider: { personId: string; byToken: boolean },
  policy: Policy,
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
  if (decider.byToken && !policy.tokensApprove) {
    return no(
      'token',
      'The approval policy does not let API tokens approve this. Approve it in the console.',
    );
  }
  if (decisions.some((made) => made.personId === decider.personId && made.digest === request.digest)) {
    return no('decided', 'You have already decided on this plan.');
  }
  return { allowed: true };
}

/** Approvals that count: for this very digest, one a person, never the requester's. */
export function countApprovals(
  request: Pick<ApprovalRequest, 'digest' | 'requestedBy'>,
  decisions: readonly Decision[],
): number {
  return new Set(
    decisions
      .filter(
        (made) =>
          made.decision === 'approve' &&
          made.digest === request.digest &&
          made.personId !== request.requestedBy,
      )
      .map((made) => made.personId),
  ).size;
}

function no(code: string, reason: string): ApprovalVerdict {
  return { allowed: false, code, reason };
}
