import type { ApprovalPoliciesModel, ApprovalPolicyRow } from '#components/settings/model.ts';
import { plural } from '#components/ui/format.ts';
import { permits } from '#lib/domain/access/access.ts';
import { type Asked, asksNobody, type Policy, policyFor } from '#lib/domain/approval/approval.ts';
import type { Risk } from '#lib/domain/approval/risk.ts';
import { RULE_ROLES, ruleWords } from '#lib/domain/approval/rules.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { isEmergencyKind, OPERATION_KINDS, type OperationKind } from '#lib/domain/operation/kind.ts';
import { durationWords } from '#lib/domain/recovery/words.ts';
import { listPolicies } from '#lib/services/approvals/policies.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { kindName } from './kind-words.ts';

/** Who has to agree to each kind of operation there, by which row that is so, and what may be set. */
export async function approvalPoliciesModel(
  { database, estate, actor }: VerbContext,
  environment: string,
): Promise<ApprovalPoliciesModel> {
  const policies = await listPolicies(database);
  return {
    rows: approvalPolicyRows(estate, policies, environment),
    permission: permits(actor.grants, 'policy.change'),
    form: {
      environment,
      set: policies,
      environments: [
        ...estate.environments.map(({ name }) => ({ value: name, label: name })),
        { value: '*', label: 'every environment' },
      ],
      kinds: [
        { value: '*', label: 'every kind' },
        ...OPERATION_KINDS.map((kind) => ({ value: kind, label: kindName(kind) })),
      ],
      roles: RULE_ROLES.map((role) => ({ value: role, label: role })),
      timeScales: Object.fromEntries(estate.environments.map(({ name, timeScale }) => [name, timeScale])),
    },
  };
}

function approvalPolicyRows(
  estate: Pick<Estate, 'environments'>,
  policies: readonly Policy[],
  environment: string,
): ApprovalPolicyRow[] {
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
export function agreeWords(asked: Pick<Asked, 'needed' | 'rules'>): string {
  if (asksNobody(asked)) return 'nobody';
  const rules = asked.rules.map(ruleWords);
  const number = asked.needed === 0 ? [] : [`${plural(asked.needed, 'approver')} who did not ask`];
  return [...number, ...rules].join(', and ');
}

function isSame(one: ApprovalPolicyRow, other: ApprovalPolicyRow): boolean {
  return JSON.stringify({ ...one, risk: null }) === JSON.stringify({ ...other, risk: null });
}

function rowWords(row: Pick<Policy, 'environment' | 'kind' | 'risk'>, environment: string): string {
  const kind = `${row.kind === '*' ? 'every kind' : 'this kind'}${row.risk === '*' ? '' : `, ${row.risk} risk`}`;
  return row.environment === '*' ? `${kind}, every environment` : `${kind} in ${environment}`;
}
