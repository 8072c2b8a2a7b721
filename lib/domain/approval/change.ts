import { OPERATION_KINDS, type OperationKind } from '../operation/kind.ts';
import { type Asked, type Policy, policyFor, widens } from './approval.ts';
import { RISKS, type Risk } from './risk.ts';

/** What a policy is for; `*` stands for any. */
export type PolicyKey = Pick<Policy, 'environment' | 'kind' | 'risk'>;

export function findPolicy(policies: readonly Policy[], key: PolicyKey): Policy | undefined {
  return policies.find((policy) => isFor(policy, key));
}

/** Those in force once this one is, beside them or in place of the one for the same. */
export function withPolicy(policies: readonly Policy[], policy: Policy): Policy[] {
  return [...withoutPolicy(policies, policy), policy];
}

/** Those in force once the one for that is removed: a more general one holds again, or the default. */
export function withoutPolicy(policies: readonly Policy[], key: PolicyKey): Policy[] {
  return policies.filter((policy) => !isFor(policy, key));
}

function isFor(policy: PolicyKey, key: PolicyKey): boolean {
  return policy.environment === key.environment && policy.kind === key.kind && policy.risk === key.risk;
}

/** What is asked there now: by the policy for just that, else by what holds in its stead. */
export function askedThere(policies: readonly Policy[], key: PolicyKey): Asked {
  const risk = key.risk === '*' ? 'ordinary' : key.risk;
  const { needed, rules, expiresMinutes, tokensApprove } =
    findPolicy(policies, key) ?? policyFor(policies, key.environment, key.kind, risk);
  return { needed, rules, expiresMinutes, tokensApprove };
}

/** Plans of which something else is asked than before. */
export interface PolicyChange {
  environment: string;
  kind: OperationKind;
  risk: Risk;
  before: Policy;
  after: Policy;
}

/**
 * Where these policies ask for something else than those before. A wider row can take the place of a stricter one for
 * another kind, so every environment, kind and risk is looked at.
 */
export function policyChanges(
  before: readonly Policy[],
  after: readonly Policy[],
  environments: readonly string[],
): PolicyChange[] {
  return environments
    .flatMap((environment) =>
      OPERATION_KINDS.flatMap((kind) =>
        RISKS.map((risk) => ({
          environment,
          kind,
          risk,
          before: policyFor(before, environment, kind, risk),
          after: policyFor(after, environment, kind, risk),
        })),
      ),
    )
    .filter((change) => widens(change.before, change.after) || widens(change.after, change.before));
}

/** Whether less would be asked for anywhere. */
export function loosens(changes: readonly PolicyChange[]): boolean {
  return changes.some(({ before, after }) => widens(before, after));
}
