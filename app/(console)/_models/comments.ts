import type { CommentsModel } from '#components/approvals/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listComments } from '#lib/services/operations/comment.ts';

/** What was said about a request or a run, and whether the reader may say something. */
export async function commentsModel(context: VerbContext, id: string): Promise<CommentsModel> {
  const { items, nextCursor } = await listComments(context, { id });
  return {
    items: items.map(({ id: key, person, body, writtenAt }) => ({
      id: key,
      who: person.name,
      body,
      at: writtenAt.toISOString(),
    })),
    more: nextCursor !== null,
    write: permits(context.actor.grants, 'operation.comment'),
  };
}
