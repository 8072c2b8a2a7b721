import { permits } from '#lib/domain/access/access.ts';
import { RULE_ROLES } from '#lib/domain/approval/rules.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';

/**
 * Requests that this person could decide on now: not their own, not decided by them, not expired. Approvers and their delegates
 * are asked for all of them, others for those whose rules name a role of theirs.
 */
export async function countWaiting(context: VerbContext): Promise<number> {
  assertPermitted(context, 'read', {});
  const { personId, grants } = context.actor;
  if (!personId) return 0;
  const lenders = await listLenders(context, personId);
  const isApprover = permits(grants, 'operation.approve').allowed;
  const roles = RULE_ROLES.filter((role) => grants.some((grant) => grant.role === role));
  if (!isApprover && lenders.length === 0 && roles.length === 0) return 0;
  const { rows } = await context.database.pool.query<{ count: number }>(
    `select count(*)::int as count from operation o
     where o.state = 'awaiting-approval' and o.expires_at > $1 and o.requested_by <> $2
       and not exists (select from approval_decision d where d.operation_id = o.id and d.digest = o.digest
         and (d.person_id = $2 or d.in_name_of = $2))
       and ($3 or o.requested_by <> all ($4::uuid[]) and cardinality($4::uuid[]) > 0
         or exists (select from jsonb_array_elements(coalesce(o.approval_terms -> 'rules', '[]')) r
           where r ->> 'role' = any ($5)))`,
    [context.now, personId, isApprover, lenders, roles],
  );
  return rows[0]?.count ?? 0;
}

/** Approvers in whose name this person may decide now. */
async function listLenders({ database, now }: VerbContext, personId: string): Promise<string[]> {
  const rows = await database.prisma.approvalDelegation.findMany({
    where: {
      toPerson: personId,
      revokedAt: null,
      startsAt: { lte: now },
      endsAt: { gt: now },
      delegator: { disabledAt: null },
    },
    select: { fromPerson: true },
  });
  return rows.map(({ fromPerson }) => fromPerson);
}
