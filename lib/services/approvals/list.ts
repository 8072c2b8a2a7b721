import { z } from 'zod';
import type { ApprovalVerdict } from '#lib/domain/approval/approval.ts';
import type { Requirement } from '#lib/domain/approval/progress.ts';
import type { Risk } from '#lib/domain/approval/risk.ts';
import type { Prisma } from '../../data/generated/client.ts';
import { DB_NULL } from '../../data/json-null.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, OperationCursor } from '../cursor.ts';
import { mayApproveForGood } from '../operations/for-good.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import {
  type ApprovalFrame,
  JUDGED_DECISIONS,
  judgeRequest,
  readApprovalFrame,
  withCandidates,
} from './judge.ts';
import { readVoided, type Voided } from './voided.ts';

/** How a request that is closed ended: `approved` was started, `voided` had its approvals undone by a change. */
export const OUTCOMES = ['approved', 'rejected', 'changes-asked', 'expired', 'withdrawn', 'voided'] as const;

export const ListApprovalsInput = z.strictObject({
  /** `waiting`: every request that waits; `mine`: those I asked for; `closed`: decided, expired or taken back. */
  tab: z.enum(['waiting', 'mine', 'closed']).default('waiting'),
  environment: z.string().max(40).optional(),
  kind: z.string().max(40).optional(),
  /** Of those that are closed. */
  outcome: z.enum(OUTCOMES).optional(),
  /** Who asked for it, or decided on it. */
  person: z.uuid().optional(),
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
  risk: Risk;
  /** Why the risk is high. */
  reasons: readonly string[];
  /** Everything that has to be met, with who may meet what is open. */
  requirements: readonly Requirement[];
  /** What the policy asks since, over what it asked then. */
  tightened: readonly string[];
  /** What voided its approvals, where a change did. */
  voided: Voided | null;
  comments: number;
  price: unknown;
  /** The bound on what may be lost that an approval accepts (RpoContract); null where nothing may be. */
  accepted: unknown;
  decisions: {
    person: { id: string; name: string };
    /** Whose approval it is, where a delegate gave it. */
    inNameOf: { id: string; name: string } | null;
    decision: string;
    reason: string;
    decidedAt: Date;
    counts: boolean;
  }[];
  outcome: string | null;
  /** Whether this person may decide on it now, and why not. */
  mayDecide: ApprovalVerdict;
  /** Set where they would decide in the name of that person. */
  decidesFor: { id: string; name: string } | null;
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
        input.kind ? { kind: input.kind } : {},
        input.outcome ? outcomeFilter(input.outcome, context) : {},
        input.person
          ? {
              OR: [
                { requestedBy: input.person },
                { decisions: { some: { OR: [{ personId: input.person }, { inNameOf: input.person }] } } },
              ],
            }
          : {},
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
      decisions: JUDGED_DECISIONS,
      _count: { select: { comments: true } },
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: input.limit + 1,
  });
  const frame = await withCandidates(context, await readApprovalFrame(context));
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => summarise(context, frame, row)),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.createdAt, last.id) : null,
  };
}

type Row = Prisma.OperationGetPayload<{
  include: {
    requester: { select: { id: true; name: true } };
    decisions: typeof JUDGED_DECISIONS;
    _count: { select: { comments: true } };
  };
}>;

function summarise(context: VerbContext, frame: ApprovalFrame, row: Row): ApprovalSummary {
  const { asked, progress, verdict, inNameOf, counts } = judgeRequest(context, frame, row);
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
    needed: asked.needed,
    approvals: progress.approvals,
    risk: asked.risk,
    reasons: asked.reasons,
    requirements: progress.requirements,
    tightened: asked.tightened,
    voided: readVoided(row.voided),
    comments: row._count.comments,
    price: row.price,
    accepted: row.accepted,
    decisions: row.decisions.map(({ id, person, principal, decision, reason, decidedAt }) => ({
      person: { id: person.id, name: person.name },
      inNameOf: principal && { id: principal.id, name: principal.name },
      decision,
      reason,
      decidedAt,
      counts: counts(id),
    })),
    outcome: row.outcome,
    mayDecide: verdict.allowed ? mayApproveForGood(context, row.plan) : verdict,
    decidesFor: verdict.allowed ? inNameOf : null,
  };
}

function tabFilter(tab: 'waiting' | 'mine' | 'closed', context: VerbContext): Prisma.OperationWhereInput {
  const { personId } = context.actor;
  if (tab === 'mine') return { requestedBy: personId ?? '00000000-0000-0000-0000-000000000000' };
  if (tab === 'waiting') return { state: 'awaiting-approval', expiresAt: { gt: context.now } };
  return {
    OR: [
      { state: { in: ['rejected', 'changes-asked', 'expired', 'withdrawn'] } },
      { state: 'awaiting-approval', expiresAt: { lte: context.now } },
      { state: { not: 'awaiting-approval' }, decisions: { some: {} } },
    ],
  };
}

function outcomeFilter(outcome: (typeof OUTCOMES)[number], context: VerbContext): Prisma.OperationWhereInput {
  switch (outcome) {
    case 'approved':
      return {
        state: { notIn: ['awaiting-approval', 'rejected', 'changes-asked', 'expired', 'withdrawn'] },
        decisions: { some: { decision: 'approve' } },
      };
    case 'expired':
      return {
        OR: [{ state: 'expired' }, { state: 'awaiting-approval', expiresAt: { lte: context.now } }],
      };
    case 'voided':
      return { voided: { not: DB_NULL } };
    default:
      return { state: outcome };
  }
}
