import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { type Freeze, isInForce } from '#lib/domain/freeze/freeze.ts';
import { type Recurrence, standingAt } from '#lib/domain/freeze/recurrence.ts';
import { standingFreezes } from '#lib/domain/freeze/stored.ts';
import { listOpenFreezes, storedRecurrence } from '../../data/freezes.ts';
import type { Prisma } from '../../data/generated/client.ts';
import { NotFoundError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, UuidCursor } from '../cursor.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { coveredRegions } from './input.ts';

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
  name: string | null;
  actionKind: string | null;
  kind: string | null;
  stopTheLine: boolean;
  reason: string;
  incidentUrl: string | null;
  /** Of one that recurs: from its first occurrence until nothing of it is in force any more. */
  startsAt: Date;
  endsAt: Date | null;
  recurrence: Omit<Recurrence, 'until'> | null;
  /** When it is in force, or next; null where it is over. Its end is null where somebody has to lift it. */
  occurrence: { startsAt: string; endsAt: string | null } | null;
  createdAt: Date;
  createdBy: { id: string; name: string };
  changedAt: Date | null;
  changedBy: { id: string; name: string } | null;
  liftedAt: Date | null;
  liftedBy: { id: string; name: string } | null;
  /** `waiting`: it recurs, and is between two occurrences. */
  state: 'in-force' | 'planned' | 'waiting' | 'over' | 'lifted';
  /** Whether this person may lift it, or let others through it. */
  mayLift: boolean;
  mayExcept: boolean;
}

const PERSON = { id: true, name: true } as const;

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
    include: { creator: { select: PERSON }, lifter: { select: PERSON }, changer: { select: PERSON } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: input.limit + 1,
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => summaryOf(context, row)),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.createdAt, last.id) : null,
  };
}

function stateFilter(state: 'open' | 'ended' | 'all', now: Date): Prisma.FreezeWhereInput {
  if (state === 'open') return { liftedAt: null, OR: [{ endsAt: null }, { endsAt: { gt: now } }] };
  if (state === 'ended') return { OR: [{ liftedAt: { not: null } }, { endsAt: { lte: now } }] };
  return {};
}

type FreezeWithPeople = Prisma.FreezeGetPayload<{
  include: {
    creator: { select: typeof PERSON };
    lifter: { select: typeof PERSON };
    changer: { select: typeof PERSON };
  };
}>;

function summaryOf(context: VerbContext, row: FreezeWithPeople): FreezeSummary {
  const { creator, lifter, changer, createdBy: _, liftedBy: __, changedBy: ___, ...stored } = row;
  const { rule, zone, localStart, durationMinutes, ...freeze } = stored;
  const recurrence = storedRecurrence({ rule, zone, localStart, durationMinutes });
  const { state, occurrence } = standingOf(freeze, recurrence, context.now);
  const open = state !== 'over' && state !== 'lifted';
  const scope = { regions: coveredRegions(context, freeze) };
  return {
    ...freeze,
    recurrence,
    occurrence,
    createdBy: creator,
    changedBy: changer,
    liftedBy: lifter,
    state,
    mayLift: freeze.liftedAt === null && permits(context.actor.grants, 'freeze.change', scope).allowed,
    mayExcept: open && permits(context.actor.grants, 'freeze.except').allowed,
  };
}

/** One freeze, as the list has it. Throws NotFoundError. */
export async function readFreeze(context: VerbContext, id: string): Promise<FreezeSummary> {
  const freeze = await findFreeze(context, parseInput(z.uuid('is not a freeze id'), id));
  if (!freeze) throw new NotFoundError(`There is no freeze ${id}.`);
  return freeze;
}

/** As `readFreeze`; null where there is none of that id. */
export async function findFreeze(context: VerbContext, id: string): Promise<FreezeSummary | null> {
  assertPermitted(context, 'read', {});
  if (!z.uuid().safeParse(id).success) return null;
  const row = await context.database.prisma.freeze.findUnique({
    where: { id },
    include: { creator: { select: PERSON }, lifter: { select: PERSON }, changer: { select: PERSON } },
  });
  return row && summaryOf(context, row);
}

/** Every freeze that is open, as it stands now or comes next, with every exception there is. */
export async function readStandingFreezes(context: VerbContext): Promise<Freeze[]> {
  assertPermitted(context, 'read', {});
  return standingFreezes(await listOpenFreezes(context.database.pool, context.now), context.now);
}

function standingOf(
  freeze: { liftedAt: Date | null; startsAt: Date; endsAt: Date | null },
  recurrence: FreezeSummary['recurrence'],
  now: Date,
): Pick<FreezeSummary, 'state' | 'occurrence'> {
  const whole = { startsAt: freeze.startsAt.toISOString(), endsAt: freeze.endsAt?.toISOString() ?? null };
  if (freeze.liftedAt) return { state: 'lifted', occurrence: null };
  if (recurrence === null) {
    if (isInForce(whole, now)) return { state: 'in-force', occurrence: whole };
    return freeze.startsAt > now
      ? { state: 'planned', occurrence: whole }
      : { state: 'over', occurrence: null };
  }
  const { current, next } = standingAt({ ...recurrence, until: whole.endsAt }, now);
  if (current) return { state: 'in-force', occurrence: current };
  if (!next) return { state: 'over', occurrence: null };
  return { state: freeze.startsAt > now ? 'planned' : 'waiting', occurrence: next };
}
