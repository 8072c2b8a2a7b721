import { permits } from '#lib/domain/access/access.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';

/** Requests that this person could decide on now: not their own, not decided by them, not expired. */
export async function countWaiting(context: VerbContext): Promise<number> {
  assertPermitted(context, 'read', {});
  if (!context.actor.personId || !permits(context.actor.grants, 'operation.approve').allowed) return 0;
  return context.database.prisma.operation.count({
    where: {
      state: 'awaiting-approval',
      expiresAt: { gt: context.now },
      requestedBy: { not: context.actor.personId },
      decisions: { none: { personId: context.actor.personId } },
    },
  });
}
