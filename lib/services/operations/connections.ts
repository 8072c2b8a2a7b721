import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';

/** What connects two Regions, or last tried to, whichever of them it was asked from; null where nothing ever did. */
export async function findConnection(
  context: VerbContext,
  { environment, between: [one, other] }: { environment: string; between: readonly [string, string] },
) {
  assertPermitted(context, 'read', {});
  const way = (from: string, to: string) => ({
    AND: [
      { params: { path: ['request', 'from'], equals: from } },
      { params: { path: ['request', 'to'], equals: to } },
    ],
  });
  return context.database.prisma.operation.findFirst({
    where: { environment, kind: 'connect-regions', OR: [way(one, other), way(other, one)] },
    select: { id: true, title: true, state: true, createdAt: true, endedAt: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
}
