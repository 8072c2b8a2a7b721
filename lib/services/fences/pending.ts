import type { VerbContext } from '../context.ts';
import { readOnce } from '../readings.ts';

/** Databases of an environment that are to be shut as soon as their Region answers, oldest first; once for all parts of a page. */
export function listPendingFences(source: Pick<VerbContext, 'database' | 'readings'>, environment: string) {
  return readOnce(source, `pending fences of ${environment}`, () =>
    source.database.prisma.fence.findMany({
      where: { environment, state: 'pending' },
      select: { region: true, instanceId: true, operationId: true, splitBrainAt: true, requestedAt: true },
      orderBy: { requestedAt: 'asc' },
      take: 100,
    }),
  );
}
