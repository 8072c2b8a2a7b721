import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import type { Prisma } from '../../data/generated/client.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, UuidCursor } from '../cursor.ts';
import { assertPermitted, parseInput } from '../verb.ts';

export const ListExceptionsInput = z.strictObject({
  /** `open`: neither taken back nor over, and its freeze not lifted. */
  state: z.enum(['open', 'ended', 'all']).default('open'),
  freeze: z.uuid('is not a freeze id').optional(),
  environment: z.string().max(40).optional(),
  cursor: UuidCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface ExceptionSummary {
  id: string;
  freeze: { id: string; name: string | null; reason: string };
  environment: string;
  /** Null: in every Region that the freeze covers. */
  region: string | null;
  actionKind: string;
  /** Null: anybody but who granted it. */
  person: { id: string; name: string } | null;
  once: boolean;
  reason: string;
  grantedBy: { id: string; name: string };
  grantedAt: Date;
  endsAt: Date;
  endedAt: Date | null;
  endedBy: { id: string; name: string } | null;
  state: 'open' | 'used' | 'over' | 'ended' | 'lifted';
  /** Operations that went through by it; the first twenty. */
  usedBy: string[];
  /** Whether this person may take it back. */
  mayEnd: boolean;
}

const PERSON = { id: true, name: true } as const;

const INCLUDE = {
  freeze: { select: { id: true, name: true, reason: true, liftedAt: true } },
  person: { select: PERSON },
  grantor: { select: PERSON },
  ender: { select: PERSON },
  uses: {
    select: { operationId: true, operation: { select: { startedAt: true, endedAt: true } } },
    orderBy: { usedAt: 'asc' },
    take: 20,
  },
} as const satisfies Prisma.FreezeExceptionInclude;

/** Exceptions from freezes, newest first, a page at a time. */
export async function listExceptions(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: ExceptionSummary[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListExceptionsInput, raw);
  const rows = await context.database.prisma.freezeException.findMany({
    where: {
      AND: [
        stateFilter(input.state, context.now),
        input.freeze ? { freezeId: input.freeze } : {},
        input.environment ? { environment: input.environment } : {},
        input.cursor
          ? {
              OR: [
                { grantedAt: { lt: input.cursor.at } },
                { grantedAt: input.cursor.at, id: { lt: input.cursor.id } },
              ],
            }
          : {},
      ],
    },
    include: INCLUDE,
    orderBy: [{ grantedAt: 'desc' }, { id: 'desc' }],
    take: input.limit + 1,
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => exceptionSummary(context, row)),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.grantedAt, last.id) : null,
  };
}

function stateFilter(state: 'open' | 'ended' | 'all', now: Date): Prisma.FreezeExceptionWhereInput {
  const open = { endedAt: null, endsAt: { gt: now }, freeze: { liftedAt: null } };
  if (state === 'open') return open;
  return state === 'ended' ? { NOT: open } : {};
}

function exceptionSummary(
  context: VerbContext,
  row: Prisma.FreezeExceptionGetPayload<{ include: typeof INCLUDE }>,
): ExceptionSummary {
  const { id, environment, region, actionKind, once, reason, grantedAt, endsAt, endedAt } = row;
  const used = row.uses.some(({ operation }) => operation.startedAt !== null || operation.endedAt === null);
  const state = exceptionState(row, used, context.now);
  return {
    id,
    freeze: { id: row.freeze.id, name: row.freeze.name, reason: row.freeze.reason },
    environment,
    region,
    actionKind,
    person: row.person,
    once,
    reason,
    grantedBy: row.grantor,
    grantedAt,
    endsAt,
    endedAt,
    endedBy: row.ender,
    state,
    usedBy: row.uses.map(({ operationId }) => operationId),
    mayEnd:
      (state === 'open' || state === 'used') &&
      permits(context.actor.grants, 'freeze.except', { regions: region === null ? [] : [region] }).allowed,
  };
}

function exceptionState(
  {
    endedAt,
    endsAt,
    once,
    freeze,
  }: { endedAt: Date | null; endsAt: Date; once: boolean; freeze: { liftedAt: Date | null } },
  used: boolean,
  now: Date,
): ExceptionSummary['state'] {
  if (endedAt) return 'ended';
  if (endsAt <= now) return 'over';
  if (freeze.liftedAt) return 'lifted';
  return once && used ? 'used' : 'open';
}
