import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ForbiddenError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, UuidCursor } from '../cursor.ts';
import { assertPermitted, defineVerb, parseInput } from '../verb.ts';
import { operationScope, subjectOf } from './decide.ts';

const operationId = z.string().regex(/^OP-\d{1,12}$/, 'is not an operation id such as OP-1001');

export const CommentInput = z.strictObject({
  id: operationId,
  body: z.string().trim().min(1, 'is missing').max(4000, 'is over 4,000 characters'),
});

/** Says something about a request or a run, for whoever looks at it. It stays; the audit log keeps its id, not its text. */
export const commentOperation = defineVerb({
  name: 'operation.comment',
  action: 'operation.comment',
  input: CommentInput,
  scope: (input, context) => subjectOf(context, input.id),
  async run(context, input) {
    const { personId } = context.actor;
    if (!personId) throw new ForbiddenError('Only a person, or a token of one, can comment on an operation.');
    const id = randomUUID();
    await context.database.prisma.operationComment.create({
      data: {
        id,
        operationId: input.id,
        personId,
        body: input.body,
        via: context.via,
        writtenAt: context.now,
      },
    });
    return {
      result: { id },
      detail: { comment: id },
      changes: [
        { topic: 'approval', ref: input.id },
        { topic: 'operation', ref: input.id },
      ],
    };
  },
});

export const ListCommentsInput = z.strictObject({
  id: operationId,
  cursor: UuidCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

export interface CommentSummary {
  id: string;
  person: { id: string; name: string };
  body: string;
  writtenAt: Date;
}

/** What was said about an operation, oldest first, a page at a time. */
export async function listComments(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: CommentSummary[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListCommentsInput, raw);
  await operationScope(context, input.id);
  const rows = await context.database.prisma.operationComment.findMany({
    where: {
      operationId: input.id,
      ...(input.cursor
        ? {
            OR: [
              { writtenAt: { gt: input.cursor.at } },
              { writtenAt: input.cursor.at, id: { gt: input.cursor.id } },
            ],
          }
        : {}),
    },
    include: { person: { select: { id: true, name: true } } },
    orderBy: [{ writtenAt: 'asc' }, { id: 'asc' }],
    take: input.limit + 1,
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ id, person, body, writtenAt }) => ({ id, person, body, writtenAt })),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.writtenAt, last.id) : null,
  };
}
