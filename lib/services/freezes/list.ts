import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';

/** Freezes, those still open first, then the newest; a hundred at most. */
export async function listFreezeHistory(context: VerbContext) {
  assertPermitted(context, 'read', {});
  return context.database.prisma.freeze.findMany({
    include: { creator: { select: { name: true } }, lifter: { select: { name: true } } },
    orderBy: [{ liftedAt: { sort: 'desc', nulls: 'first' } }, { createdAt: 'desc' }],
    take: 100,
  });
}
