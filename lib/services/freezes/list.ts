import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { isInForce } from '#lib/domain/freeze/freeze.ts';
import type { Prisma } from '../../data/generated/client.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, UuidCursor } from '../cursor.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { coveredRegions } from './freezes.ts';

export const ListFreezesInput = z.strictObject({
  /** `open`: neither lifted nor over, whether it has begun or not. */
  state: z.enum(['open', 'ended', 'all']).default('open'),
  environment: z.string().max(40).optional(),
  cursor: UuidCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface FreezeSummary {
  id: string;
  /** Null: all of them. */
  environment: string | null;
  region: string | null;
  kind: string | null;
  stopTheLine: boolean;
  reason: string;
  incidentUrl: string | null;
  startsAt: Date;
  endsAt: Date | null;
  createdAt: Date;
  createdBy: { id: string; name: string };
  liftedAt: Date | null;
  liftedBy: { id: string; name: string } | null;
  state: 'in-force' | 'planned' | 'over' | 'lifted';
  /** Whether this person may lift it. */
  mayLift: boolean;
}

/** Freezes, newest first, a page at a time. */
export async function listFreezes(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: FreezeSummary[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListFreezesInput, raw);
  const rows = await context.database.prisma.freeze.findMany({
    where: {
      AND: [
        stateFilter(input.state, context.now),
        input.environment ? { OR: [{ environment: input.environment }, { environment: null }] } : {},
        input.cursor
          ? {
              OR: [
                { createdAt: { lt: input.cursor.at } },
                { createdAt: input.cursor.at, id: { lt: input.cursor.id } },
              ],
            }
          : {},
      ],
    },
    include: { creator: { select: { id: true, name: true } }, lifter: { select: { id: true, name: true } } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: input.limit + 1,
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ creator, lifter, createdBy: _, liftedBy: __, ...freeze }) => ({
      ...freeze,
      createdBy: creator,
      liftedBy: lifter,
      state: freezeState(freeze, context.now),
      mayLift:
        freeze.liftedAt === null &&
        permits(context.actor.grants, 'freeze.change', { regions: coveredRegions(context, freeze) }).allowed,
    })),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.createdAt, last.id) : null,
  };
}

function stateFilter(state: 'open' | 'ended' | 'all', now: Date): Prisma.FreezeWhereInput {
  if (state === 'open') return { liftedAt: null, OR: [{ endsAt: null }, { endsAt: { gt: now } }] };
  if (state === 'ended') return { OR: [{ liftedAt: { not: null } }, { endsAt: { lte: now } }] };
  return {};
}

function freezeState(
  freeze: { liftedAt: Date | null; startsAt: Date; endsAt: Date | null },
  now: Date,
): FreezeSummary['state'] {
  if (freeze.liftedAt) return 'lifted';
  const times = { startsAt: freeze.startsAt.toISOString(), endsAt: freeze.endsAt?.toISOString() ?? null };
  if (isInForce(times, now)) return 'in-force';
  return freeze.startsAt > now ? 'planned' : 'over';
}

/** Freezes, those still open first, then the newest; a hundred at most. */
export async function listFreezeHistory(context: VerbContext) {
  assertPermitted(context, 'read', {});
  return context.database.prisma.freeze.findMany({
    include: { creator: { select: { name: true } }, lifter: { select: { name: true } } },
    orderBy: [{ liftedAt: { sort: 'desc', nulls: 'first' } }, { createdAt: 'desc' }],
    take: 100,
  });
}
