import { z } from 'zod';
import type { VerbContext } from '../context.ts';
import { encodeCursor, UuidCursor } from '../cursor.ts';
import { readSplitBrain } from '../recovery/split-brain.ts';
import { findWatch } from '../recovery/watch.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { readMeans } from './means.ts';
import { listPendingFences } from './pending.ts';

export const ListFencesInput = z.strictObject({
  environment: z.string().max(40).optional(),
  state: z.enum(['pending', 'ended', 'all']).default('all'),
  operation: z
    .string()
    .regex(/^OP-\d{1,12}$/, 'is not an operation id such as OP-1001')
    .optional(),
  cursor: UuidCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Fences, newest first, a page at a time: which databases take no orders any more, and which are to be shut yet. */
export async function listFences(context: VerbContext, raw: unknown) {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListFencesInput, raw);
  const rows = await context.database.prisma.fence.findMany({
    where: {
      ...(input.environment ? { environment: input.environment } : {}),
      ...(input.operation ? { operationId: input.operation } : {}),
      ...(input.state === 'all' ? {} : { state: input.state === 'pending' ? 'pending' : { not: 'pending' } }),
      ...(input.cursor
        ? {
            OR: [
              { requestedAt: { lt: input.cursor.at } },
              { requestedAt: input.cursor.at, id: { lt: input.cursor.id } },
            ],
          }
        : {}),
    },
    orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
    take: input.limit + 1,
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ state, means, operationId, breakglassRun, ...row }) => ({
      id: row.id,
      environment: row.environment,
      region: row.region,
      instanceId: row.instanceId,
      instanceArn: row.instanceArn,
      operation: operationId,
      breakGlass: breakglassRun,
      requestedAt: row.requestedAt,
      attempts: row.attempts,
      lastAttemptAt: row.lastAttemptAt,
      endedAt: row.endedAt,
      lastError: row.lastError,
      splitBrainAt: row.splitBrainAt,
      state:
        state === 'pending'
          ? ('pending' as const)
          : state === 'done'
            ? ('done' as const)
            : ('dropped' as const),
      means: readMeans(means),
    })),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.requestedAt, last.id) : null,
  };
}
export type FenceSummary = Awaited<ReturnType<typeof listFences>>['items'][number];

export interface SecondWriter {
  region: string;
  instanceId: string;
  /** What asked that it be shut; `break-glass` for a record that was imported, null where nothing did. */
  askedBy: { operation: string } | 'break-glass' | null;
  since: Date;
}

/** Databases that take orders although another one does too: those that are being shut, and those that people have to choose among. */
export async function listSplitBrains(context: VerbContext, environment: string): Promise<SecondWriter[]> {
  assertPermitted(context, 'read', {});
  const pending = await listPendingFences(context, environment);
  const fenced = pending.flatMap(({ region, instanceId, operationId, splitBrainAt }): SecondWriter[] => {
    if (splitBrainAt === null) return [];
    const askedBy = operationId === null ? 'break-glass' : { operation: operationId };
    return [{ region, instanceId, askedBy, since: splitBrainAt }];
  });
  if (fenced.length > 0) return fenced;
  const watched = await findWatch(context, environment);
  const split = readSplitBrain(watched?.splitBrain);
  if (!split?.confirmed) return [];
  return split.writers.map((writer) => ({ ...writer, askedBy: null, since: new Date(split.since) }));
}
