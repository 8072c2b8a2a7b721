import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import {
  type DebtCause,
  type DebtState,
  type DebtVerdict,
  debtState,
  mayReview,
} from '#lib/domain/recovery/review-debt.ts';
import type { Prisma } from '../../data/generated/client.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, UuidCursor } from '../cursor.ts';
import { changedRegions } from '../operations/regions.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { listInvolved, toDebt } from './debts.ts';

export const ListReviewsInput = z.strictObject({
  /** `open`: nobody has reviewed it yet, late or not. */
  state: z.enum(['open', 'paid', 'all']).default('open'),
  environment: z.string().max(40).optional(),
  owedBy: z.uuid().optional(),
  cursor: UuidCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface ReviewSummary {
  id: string;
  cause: DebtCause;
  environment: string;
  /** Null: what was done belongs to no operation of this console. */
  operation: { id: string; kind: string; state: string; outcome: string | null } | null;
  title: string;
  reason: string;
  owedBy: { id: string; name: string };
  openedAt: Date;
  dueAt: Date;
  state: DebtState;
  reviewedBy: { id: string; name: string } | null;
  reviewedAt: Date | null;
  verdict: 'accepted' | 'objected' | null;
  note: string | null;
  /** Whether the reader may review it now, and why not. */
  mayReview: DebtVerdict;
}

const INCLUDED = {
  debtor: { select: { id: true, name: true } },
  reviewer: { select: { id: true, name: true } },
  operation: { select: { id: true, kind: true, state: true, outcome: true, environment: true, plan: true } },
} as const satisfies Prisma.ReviewDebtInclude;
export type ReviewRow = Prisma.ReviewDebtGetPayload<{ include: typeof INCLUDED }>;

/** What was done without approval and who has looked at it since, newest first, a page at a time. */
export async function listReviews(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: ReviewSummary[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListReviewsInput, raw);
  const rows = await context.database.prisma.reviewDebt.findMany({
    where: {
      ...(input.state === 'all' ? {} : { reviewedAt: input.state === 'open' ? null : { not: null } }),
      ...(input.environment ? { environment: input.environment } : {}),
      ...(input.owedBy ? { owedBy: input.owedBy } : {}),
      ...(input.cursor
        ? {
            OR: [
              { openedAt: { lt: input.cursor.at } },
              { openedAt: input.cursor.at, id: { lt: input.cursor.id } },
            ],
          }
        : {}),
    },
    include: INCLUDED,
    orderBy: [{ openedAt: 'desc' }, { id: 'desc' }],
    take: input.limit + 1,
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  const involved = await listInvolved(
    context.database,
    page.flatMap(({ operationId, reviewedAt }) => (operationId && !reviewedAt ? operationId : [])),
  );
  return {
    items: page.map((row) => summarise(context, row, involved.get(row.operationId ?? '') ?? [])),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.openedAt, last.id) : null,
  };
}

/** One review, or null where there is none of that id. */
export async function findReview(context: VerbContext, id: string): Promise<ReviewSummary | null> {
  assertPermitted(context, 'read', {});
  if (!z.uuid().safeParse(id).success) return null;
  const row = await context.database.prisma.reviewDebt.findUnique({ where: { id }, include: INCLUDED });
  if (!row) return null;
  const involved =
    row.operationId && !row.reviewedAt ? await listInvolved(context.database, [row.operationId]) : new Map();
  return summarise(context, row, involved.get(row.operationId ?? '') ?? []);
}

function summarise(context: VerbContext, row: ReviewRow, involved: readonly string[]): ReviewSummary {
  const debt = toDebt(row);
  const granted = permits(context.actor.grants, 'review.decide', { regions: reviewRegions(context, row) });
  const reviewer = {
    personId: context.actor.personId ?? '',
    byToken: context.actor.tokenScopes !== undefined,
  };
  return {
    id: row.id,
    cause: debt.cause,
    environment: row.environment,
    operation: row.operation && {
      id: row.operation.id,
      kind: row.operation.kind,
      state: row.operation.state,
      outcome: row.operation.outcome,
    },
    title: row.title,
    reason: row.reason,
    owedBy: row.debtor,
    openedAt: row.openedAt,
    dueAt: row.dueAt,
    state: debtState(debt, context.now),
    reviewedBy: row.reviewer,
    reviewedAt: row.reviewedAt,
    verdict: row.verdict === 'objected' ? 'objected' : row.verdict === null ? null : 'accepted',
    note: row.note,
    mayReview: granted.allowed ? mayReview(debt, reviewer, involved) : granted,
  };
}

/** Regions that whoever reviews it needs a grant for: those that were changed, else every one of the environment. */
export function reviewRegions(
  context: Pick<VerbContext, 'estate'>,
  {
    environment,
    operation,
  }: { environment: string; operation: { environment: string; plan: unknown } | null },
): string[] {
  return changedRegions(context, operation ?? { environment, plan: null });
}

/** Reviews that wait for somebody like the reader: not their own, and in their grants. */
export async function countOpenReviews(context: VerbContext): Promise<number> {
  assertPermitted(context, 'read', {});
  const { personId, grants } = context.actor;
  if (!personId || !permits(grants, 'review.decide').allowed) return 0;
  return context.database.prisma.reviewDebt.count({
    where: { reviewedAt: null, owedBy: { not: personId } },
  });
}
