import type { ApprovalPolicyRow } from '#components/settings/model.ts';
import { plural } from '#components/ui/format.ts';
import { policyFor } from '#lib/domain/approval/approval.ts';
import { isEmergencyKind, OPERATION_KINDS } from '#lib/domain/operation/kind.ts';
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
  return OPERATION_KINDS.map((kind): ApprovalPolicyRow => {
    const policy = policyFor(policies, environment, kind);
    const isStored = policies.some(
      (row) => row.environment === policy.environment && row.kind === policy.kind,
    );
    return {
      kind,
      name: kindName(kind),
      agree: policy.needed === 0 ? 'nobody' : `${plural(policy.needed, 'approver')} who did not ask`,
      expires: policy.needed === 0 ? null : durationWords((policy.expiresMinutes * 60) / scale),
      tokens: policy.tokensApprove,
      emergency: isEmergencyKind(kind),
      by: isStored ? rowWords(policy, environment) : 'default',
    };
  });
}

function rowWords(row: { environment: string; kind: string }, environment: string): string {
  const kind = row.kind === '*' ? 'every kind' : 'this kind';
  return row.environment === '*' ? `${kind}, every environment` : `${kind} in ${environment}`;
}
