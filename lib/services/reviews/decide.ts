import { z } from 'zod';
import { mayReview } from '#lib/domain/recovery/review-debt.ts';
import { ConflictError, ForbiddenError, NotFoundError, RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { defineVerb } from '../verb.ts';
import { listInvolved, toDebt } from './debts.ts';
import { reviewRegions } from './list.ts';

export const DecideReviewInput = z.strictObject({
  id: z.uuid('is not the id of a review'),
  verdict: z.enum(['accepted', 'objected']),
  note: z.string().trim().min(3, 'says what you looked at, in three letters at least').max(2000),
});

/**
 * Reviews what was done without approval, and so pays its debt: with either verdict, for the debt is that somebody looked.
 * Never by who owes it or took part in it.
 */
export const decideReview = defineVerb({
  name: 'review.decide',
  action: 'review.decide',
  input: DecideReviewInput,
  async scope(input, context) {
    const debt = await readReview(context, input.id);
    return {
      environment: debt.environment,
      regions: reviewRegions(context, debt),
      subject: `review/${debt.id}`,
      ...(debt.operationId ? { operation: debt.operationId } : {}),
    };
  },
  async run(context, input, connection) {
    const { personId, tokenScopes } = context.actor;
    if (!personId) throw new ForbiddenError('Only a person can review what was done in an emergency.');
    const row = await readReview(context, input.id);
    const debt = toDebt(row);
    const involved = row.operationId
      ? ((await listInvolved(context.database, [row.operationId])).get(row.operationId) ?? [])
      : [];
    const verdict = mayReview(debt, { personId, byToken: tokenScopes !== undefined }, involved);
    if (!verdict.allowed)
      throw new RefusedError(verdict.code, `${debt.operation} was not reviewed: ${verdict.reason}`);
    const { count } = await context.database.prisma.reviewDebt.updateMany({
      where: { id: input.id, reviewedAt: null },
      data: {
        reviewedBy: personId,
        reviewedAt: context.now,
        verdict: input.verdict,
        note: input.note,
      },
    });
    if (count !== 1)
      throw new ConflictError(`${debt.operation} was reviewed by someone else meanwhile. Read it again.`);
    await enqueueNotification(connection, 'review.decided', {
      review: row.id,
      operation: row.operationId,
      environment: row.environment,
      verdict: input.verdict,
      note: input.note,
    });
    return {
      result: { id: row.id, operation: row.operationId, verdict: input.verdict },
      detail: { verdict: input.verdict, note: input.note, owedBy: row.owedBy },
      changes: [
        { topic: 'recovery', ref: `review/${row.id}` },
        ...(row.operationId ? [{ topic: 'operation' as const, ref: row.operationId }] : []),
      ],
    };
  },
});

async function readReview(context: VerbContext, id: string) {
  const row = await context.database.prisma.reviewDebt.findUnique({
    where: { id },
    include: { operation: { select: { environment: true, plan: true } } },
  });
  if (!row) throw new NotFoundError(`There is no review ${id}.`);
  return row;
}
