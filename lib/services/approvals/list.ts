import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { type ApprovalVerdict, countApprovals, mayDecide, policyFor } from '#lib/domain/approval/approval.ts';
import type { Prisma } from '../../data/generated/client.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, OperationCursor } from '../cursor.ts';
import { changedRegions } from '../operations/decide.ts';
import { mayApproveForGood } from '../operations/for-good.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { APPROVER, isApprover } from './approvers.ts';
import { listPolicies } from './policies.ts';

export const ListApprovalsInput = z.strictObject({
  /** `waiting`: every request that waits; `mine`: those I asked for; `closed`: decided, expired or taken back. */
  tab: z.enum(['waiting', 'mine', 'closed']).default('waiting'),
  environment: z.string().max(40).optional(),
  cursor: OperationCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface ApprovalSummary {
  /** The operation that waits. */
  id: string;
  kind: string;
  environment: string;
  title: string;
  state: string;
  reason: string;
  /** What an approval is bound to; give it back to approve. */
  digest: string;
  requester: { id: string; name: string };
  requestedAt: Date;
  expiresAt: Date;
  needed: number;
  approvals: number;
  price: unknown;
  /** The bound on what may be lost that an approval accepts (RpoContract); null where nothing may be. */
  accepted: unknown;
  decisions: {
    person: { id: string; name: string };
    decision: string;
    reason: string;
    decidedAt: Date;
    counts: boolean;
  }[];
  outcome: string | null;
  /** Whether this person may decide on it now, and why not. */
  mayDecide: ApprovalVerdict;
}

/** Requests for approval, newest first, a page at a time, each with who has decided and whether the reader may. */
export async function listApprovals(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: ApprovalSummary[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListApprovalsInput, raw);
  const rows = await context.database.prisma.operation.findMany({
    where: {
      AND: [
        tabFilter(input.tab, context),
        input.environment ? { environment: input.environment } : {},
        input.cursor
          ? {
              OR: [
                { createdAt: { lt: input.cursor.at } },
                { createdAt: input.cursor.at, id: { lt: input.cursor.id } },
              ],
            }
          : {},
      ],
    },
    include: {
      requester: { select: { id: true, name: true } },
      decisions: { include: { person: { select: APPROVER } }, orderBy: { decidedAt: 'asc' } },
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: input.limit + 1,
  });
  const policies = await listPolicies(context.database);
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => {
      const regions = changedRegions(context, row);
      // What was started has been decided: those who may no longer approve are left out only while it waits.
      const waits = row.state === 'awaiting-approval';
      const decisions = row.decisions.map((made) => ({
        personId: made.personId,
        decision: made.decision === 'reject' ? ('reject' as const) : ('approve' as const),
        digest: made.digest,
        stands: !waits || isApprover(made.person, regions),
      }));
      return {
        id: row.id,
        kind: row.kind,
        environment: row.environment,
        title: row.title,
        state: row.state,
        reason: row.reason,
        digest: row.digest,
        requester: row.requester,
        requestedAt: row.createdAt,
        expiresAt: row.expiresAt,
        needed: row.needed,
        approvals: countApprovals(
          row,
          decisions.filter(({ stands }) => stands),
        ),
        price: row.price,
        accepted: row.accepted,
        decisions: row.decisions.map(({ person, decision, reason, decidedAt, digest }, i) => ({
          person: { id: person.id, name: person.name },
          decision,
          reason,
          decidedAt,
          counts: digest === row.digest && person.id !== row.requestedBy && (decisions[i]?.stands ?? false),
        })),
        outcome: row.outcome,
        mayDecide: verdictFor(context, {
          row,
          regions,
          decisions,
          policy: policyFor(policies, row.environment, row.kind),
        }),
      };
    }),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.createdAt, last.id) : null,
  };
}

function tabFilter(tab: 'waiting' | 'mine' | 'closed', context: VerbContext): Prisma.OperationWhereInput {
  const { personId } = context.actor;
  if (tab === 'mine') return { requestedBy: personId ?? '00000000-0000-0000-0000-000000000000' };
  if (tab === 'waiting') return { state: 'awaiting-approval', expiresAt: { gt: context.now } };
  return {
    OR: [
      { state: { in: ['rejected', 'expired', 'withdrawn'] } },
      { state: 'awaiting-approval', expiresAt: { lte: context.now } },
      { state: { not: 'awaiting-approval' }, decisions: { some: {} } },
    ],
  };
}

interface Deciding {
  row: Parameters<typeof mayDecide>[0] & { plan: unknown };
  regions: readonly string[];
  decisions: Parameters<typeof mayDecide>[1];
  policy: Parameters<typeof mayDecide>[3];
}

function verdictFor(context: VerbContext, { row, regions, decisions, policy }: Deciding): ApprovalVerdict {
  const granted = permits(context.actor.grants, 'operation.approve', { regions });
  if (!granted.allowed) return granted;
  const decider = {
    personId: context.actor.personId ?? '',
    byToken: context.actor.tokenScopes !== undefined,
  };
  const verdict = mayDecide(row, decisions, decider, policy, context.now);
  return verdict.allowed ? mayApproveForGood(context, row.plan) : verdict;
}
