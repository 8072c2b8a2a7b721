import type { VerbContext } from '../context.ts';
import { readOnce } from '../readings.ts';

export type WatchSource = Pick<VerbContext, 'database' | 'now' | 'readings'>;

/** What the elected worker last made of an environment, or null where none ever looked; once for all parts of a page. */
export function findWatch(source: Pick<WatchSource, 'database' | 'readings'>, environment: string) {
  return readOnce(source, `watch of ${environment}`, () =>
    source.database.prisma.recoveryWatch.findUnique({
      where: { environment },
      select: { detection: true, detectedAt: true, summary: true, evaluatedAt: true, splitBrain: true },
    }),
  );
}
