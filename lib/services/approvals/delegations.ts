import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { isInForce, mayDelegate } from '#lib/domain/approval/delegation.ts';
import type { Database } from '../../data/database.ts';
import type { Prisma } from '../../data/generated/client.ts';
import { ConflictError, ForbiddenError, NotFoundError, RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, UuidCursor } from '../cursor.ts';
import { Instant } from '../instant.ts';
import { assertPermitted, assertTokenCarries, defineVerb, parseInput } from '../verb.ts';
import { APPROVER } from './approvers.ts';

const INCLUDED = {
  delegator: { select: APPROVER },
  delegate: { select: APPROVER },
} as const satisfies Prisma.ApprovalDelegationInclude;
export type DelegationRow = Prisma.ApprovalDelegationGetPayload<{ include: typeof INCLUDED }>;

/** Delegations in force now. */
export async function listOpenDelegations(database: Database, now: Date): Promise<DelegationRow[]> {
  return database.prisma.approvalDelegation.findMany({
    where: { revokedAt: null, startsAt: { lte: now }, endsAt: { gt: now } },
    include: INCLUDED,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
}

export const CreateDelegationInput = z.strictObject({
  to: z.uuid('is not a person’s id'),
  reason: z.string().trim().min(3, 'says why, in three letters at least').max(500),
  startsAt: Instant.optional().describe('now, where it is left out'),
  endsAt: Instant,
});

/**
 * Lets somebody decide on requests in one's own name for a time. They need no grant of their own and may no more than whoever
 * delegates may at that moment; both count once, and neither may have asked for what is decided.
 */
export const createDelegation = defineVerb({
  name: 'delegation.create',
  action: 'operation.approve',
  input: CreateDelegationInput,
  async run(context, input, connection) {
    const { personId, tokenScopes } = context.actor;
    if (!personId || tokenScopes !== undefined)
      throw new ForbiddenError(
        'Only a person lets another decide in their name: in the console, or by their session. A token does not.',
      );
    // Of two that would make a chain together, the second sees the first.
    await connection.query(`select pg_advisory_xact_lock(hashtext('approval_delegation'))`);
    const delegate = await context.database.prisma.person.findUnique({
      where: { id: input.to },
      select: APPROVER,
    });
    if (!delegate) throw new NotFoundError(`There is no person ${input.to}.`);
    if (delegate.disabledAt)
      throw new RefusedError(
        'disabled',
        `Nothing was delegated: the account of ${delegate.name} is disabled.`,
      );
    const startsAt = input.startsAt ? new Date(input.startsAt) : context.now;
    const wanted = { from: personId, to: input.to, startsAt, endsAt: new Date(input.endsAt) };
    const verdict = mayDelegate(wanted, await listNear(context, personId, input.to), context.now);
    if (!verdict.allowed) throw new RefusedError(verdict.code, `Nothing was delegated: ${verdict.reason}`);
    const id = randomUUID();
    await context.database.prisma.approvalDelegation.create({
      data: {
        id,
        fromPerson: personId,
        toPerson: input.to,
        reason: input.reason,
        startsAt,
        endsAt: wanted.endsAt,
        createdAt: context.now,
      },
    });
    return {
      result: { id },
      subject: `delegation/${id}`,
      detail: {
        to: input.to,
        startsAt: startsAt.toISOString(),
        endsAt: wanted.endsAt.toISOString(),
        reason: input.reason,
      },
      changes: [{ topic: 'approval', ref: `delegation/${id}` }],
    };
  },
});

/** Delegations of either that are not over. */
async function listNear(context: VerbContext, from: string, to: string) {
  const rows = await context.database.prisma.approvalDelegation.findMany({
    where: {
      revokedAt: null,
      endsAt: { gt: context.now },
      OR: [{ fromPerson: { in: [from, to] } }, { toPerson: from }],
    },
  });
  return rows.map(({ fromPerson, toPerson, ...row }) => ({ ...row, from: fromPerson, to: toPerson }));
}

export const RevokeDelegationInput = z.strictObject({ id: z.uuid('is not a delegation’s id') });

/** Ends a delegation at once, by either of the two or by an admin. What was decided under it stays decided. */
export const revokeDelegation = defineVerb({
  name: 'delegation.revoke',
  action: 'read',
  input: RevokeDelegationInput,
  scope: ({ id }) => ({ subject: `delegation/${id}` }),
  async run(context, { id }) {
    assertTokenCarries(context, 'operation.approve');
    const { personId, grants } = context.actor;
    const row = await context.database.prisma.approvalDelegation.findUnique({ where: { id } });
    if (!row) throw new NotFoundError(`There is no delegation ${id}.`);
    const isTheirs = personId === row.fromPerson || personId === row.toPerson;
    if (!personId || (!isTheirs && !permits(grants, 'people.change').allowed))
      throw new ForbiddenError('A delegation is revoked by who gave it, by who has it, or by an admin.');
    const { count } = await context.database.prisma.approvalDelegation.updateMany({
      where: { id, revokedAt: null, endsAt: { gt: context.now } },
      data: { revokedAt: context.now, revokedBy: personId },
    });
    if (count !== 1) throw new ConflictError('The delegation has ended or was revoked already.');
    return {
      result: { id },
      detail: { from: row.fromPerson, to: row.toPerson },
      changes: [{ topic: 'approval', ref: `delegation/${id}` }],
    };
  },
});

export const ListDelegationsInput = z.strictObject({
  /** `open`: in force or still to come. */
  state: z.enum(['open', 'all']).default('open'),
  person: z.uuid().optional(),
  cursor: UuidCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface DelegationSummary {
  id: string;
  from: { id: string; name: string };
  to: { id: string; name: string };
  reason: string;
  startsAt: Date;
  endsAt: Date;
  createdAt: Date;
  state: 'in-force' | 'planned' | 'over' | 'revoked';
  mayRevoke: boolean;
}

/** Who decides in whose name, newest first, a page at a time. */
export async function listDelegations(
  context: VerbContext,
  raw: unknown = {},
): Promise<{ items: DelegationSummary[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListDelegationsInput, raw);
  const rows = await context.database.prisma.approvalDelegation.findMany({
    where: {
      AND: [
        input.state === 'open' ? { revokedAt: null, endsAt: { gt: context.now } } : {},
        input.person ? { OR: [{ fromPerson: input.person }, { toPerson: input.person }] } : {},
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
    include: INCLUDED,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: input.limit + 1,
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => summarise(context, row)),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.createdAt, last.id) : null,
  };
}

function summarise({ actor, now }: VerbContext, row: DelegationRow): DelegationSummary {
  const state =
    row.revokedAt !== null
      ? 'revoked'
      : isInForce(row, now)
        ? 'in-force'
        : row.endsAt <= now
          ? 'over'
          : 'planned';
  const isTheirs = actor.personId === row.fromPerson || actor.personId === row.toPerson;
  return {
    id: row.id,
    from: { id: row.delegator.id, name: row.delegator.name },
    to: { id: row.delegate.id, name: row.delegate.name },
    reason: row.reason,
    startsAt: row.startsAt,
    endsAt: row.endsAt,
    createdAt: row.createdAt,
    state,
    mayRevoke:
      (state === 'in-force' || state === 'planned') &&
      (isTheirs || permits(actor.grants, 'people.change').allowed),
  };
}
