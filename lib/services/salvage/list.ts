import { z } from 'zod';
import { NotFoundError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, OrderCursor } from '../cursor.ts';
import { assertPermitted, parseInput } from '../verb.ts';

export const ListSalvageInput = z.strictObject({
  operation: z.string().regex(/^OP-\d{1,12}$/, 'is not an operation id such as OP-1001'),
  cursor: OrderCursor.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** An order that a database which was left has, and the one that takes orders now has not. */
export interface SalvageOrder {
  id: string;
  /** Region of the database in which it was found. */
  foundIn: string;
  /** Region in which it was placed. */
  region: string;
  product: number;
  amount: string;
  customer: string;
  createdAt: Date;
  foundAt: Date;
}

/** Orders to be merged by people, oldest first, a page at a time. */
export async function listSalvage(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: SalvageOrder[]; total: number; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListSalvageInput, raw);
  const { prisma } = context.database;
  const operation = await prisma.operation.findUnique({
    where: { id: input.operation },
    select: { _count: { select: { salvage: true } } },
  });
  if (!operation) throw new NotFoundError(`There is no operation ${input.operation}.`);
  const rows = await prisma.salvageOrder.findMany({
    where: { operationId: input.operation },
    orderBy: [{ createdAt: 'asc' }, { orderId: 'asc' }],
    // After that row itself: its time has microseconds, which a cursor's has not.
    ...(input.cursor
      ? {
          cursor: { operationId_orderId: { operationId: input.operation, orderId: input.cursor.id } },
          skip: 1,
        }
      : {}),
    take: input.limit + 1,
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ operationId: _, orderId, amount, ...row }) => ({
      id: orderId,
      amount: amount.toString(),
      ...row,
    })),
    total: operation._count.salvage,
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.createdAt, last.orderId) : null,
  };
}
