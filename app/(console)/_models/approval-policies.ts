import type { ApprovalPolicyRow } from '#components/settings/model.ts';
import { plural } from '#components/ui/format.ts';
import { asksNobody, type Policy, policyFor } from '#lib/domain/approval/approval.ts';
import type { Risk } from '#lib/domain/approval/risk.ts';
import { ruleWords } from '#lib/domain/approval/rules.ts';
import { isEmergencyKind, OPERATION_KINDS, type OperationKind } from '#lib/domain/operation/kind.ts';
import { durationWords } from '#lib/domain/recovery/words.ts';
import { listPolicies } from '#lib/services/approvals/policies.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { kindName } from './kind-words.ts';

/** Who has to agree to each kind of operation there, and by which row that is so. */
export async function approvalPolicyRows(
  { database, estate }: VerbContext,
  environment: string,
): Promise<ApprovalPolicyRow[]> {
  const policies = await listPolicies(database);
  const scale = estate.environments.find(({ name }) => name === environment)?.timeScale ?? 1;
  const rowOf = (kind: OperationKind, risk: Risk): ApprovalPolicyRow => {
    const policy = policyFor(policies, environment, kind, risk);
    const isStored = policies.some(
      (row) => row.environment === policy.environment && row.kind === policy.kind && row.risk === policy.risk,
    );
    return {
      kind,
      risk: risk === 'high' ? 'high' : null,
      name: kindName(kind),
      agree: agreeWords(policy),
      expires: asksNobody(policy) ? null : durationWords((policy.expiresMinutes * 60) / scale),
      tokens: policy.tokensApprove,
      emergency: isEmergencyKind(kind),
      by: isStored ? rowWords(policy, environment) : 'default',
    };
  };
  return OPERATION_KINDS.flatMap((kind) => {
    const [ordinary, high] = [rowOf(kind, 'ordinary'), rowOf(kind, 'high')];
    // A row of its own only where high risk asks for something else.
    return isSame(ordinary, high) ? [ordinary] : [ordinary, high];
  });
}

/** "2 approvers who did not ask, and 1 operator" */
function agreeWords(policy: Policy): string {
  if (asksNobody(policy)) return 'nobody';
  const rules = policy.rules.map(ruleWords);
  const number = policy.needed === 0 ? [] : [`${plural(policy.needed, 'approver')} who did not ask`];
  return [...number, ...rules].join(', and ');
}

function isSame(one: ApprovalPolicyRow, other: ApprovalPolicyRow): boolean {
  return JSON.stringify({ ...one, risk: null }) === JSON.stringify({ ...other, risk: null });
}

function rowWords(row: Pick<Policy, 'environment' | 'kind' | 'risk'>, environment: string): string {
  const kind = `${row.kind === '*' ? 'every kind' : 'this kind'}${row.risk === '*' ? '' : `, ${row.risk} risk`}`;
  return row.environment === '*' ? `${kind}, every environment` : `${kind} in ${environment}`;
}
