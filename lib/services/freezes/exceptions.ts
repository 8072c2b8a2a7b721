import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { ACTION_KINDS, type ActionKind, actionKindOf } from '#lib/domain/freeze/action-kinds.ts';
import { ConflictError, NotFoundError, RefusedError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { Instant } from '../instant.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { defineVerb } from '../verb.ts';
import { assertOpen, requireFreeze } from './freezes.ts';
import { assertKnown, coveredRegions, FreezeReason, requirePerson } from './input.ts';

/** What is to be open for longer is not frozen: the freeze is to be made narrower. */
const LONGEST_DAYS = 31;

export const ExceptFreezeInput = z.strictObject({
  freeze: z.uuid('is not a freeze id'),
  environment: z.string().min(1).max(40),
  region: z
    .string()
    .max(40)
    .nullable()
    .default(null)
    .describe('null: in every Region that the freeze covers'),
  actionKind: z.enum(ACTION_KINDS),
  person: z
    .uuid('is not the id of a person')
    .nullable()
    .default(null)
    .describe('whose requests; null: anybody’s but your own'),
  once: z.boolean().default(false).describe('for one operation; else for all until it ends'),
  endsAt: Instant,
  reason: FreezeReason,
});

/**
 * Lets one kind of action through one freeze, for others: nobody's own request goes through by what they granted. What is held
 * at its gate for this freeze goes on within a second.
 */
export const exceptFreeze = defineVerb({
  name: 'freeze.except',
  action: 'freeze.except',
  input: ExceptFreezeInput,
  async scope(input, context) {
    const freeze = await requireFreeze(context, input.freeze);
    const where = { environment: input.environment, region: input.region ?? freeze.region };
    return {
      environment: input.environment,
      regions: coveredRegions(context, where),
      subject: `freeze/${input.freeze}`,
    };
  },
  async run(context, input, connection) {
    const grantedBy = requirePerson(context);
    if (input.person === grantedBy)
      throw new RefusedError(
        'own-request',
        'Nothing was excepted: nobody lets their own requests through. Ask another approver.',
      );
    // Locked: it must not be lifted meanwhile.
    await connection.query('select from "freeze" where id = $1 for no key update', [input.freeze]);
    const freeze = await requireFreeze(context, input.freeze);
    assertOpen(freeze, context.now, 'Nothing was excepted');
    assertWithin(context, input, freeze);
    await assertPerson(context, input.person);
    const id = randomUUID();
    const { environment, region, actionKind, person, once, reason } = input;
    await context.database.prisma.freezeException.create({
      data: {
        id,
        freezeId: freeze.id,
        environment,
        region,
        actionKind,
        personId: person,
        once,
        reason,
        grantedBy,
        grantedAt: context.now,
        endsAt: new Date(input.endsAt),
      },
    });
    await enqueueNotification(connection, 'freeze.changed', {
      freeze: freeze.id,
      change: 'excepted',
      reason,
    });
    return {
      result: { id },
      detail: { exception: id, environment, region, actionKind, person, once, endsAt: input.endsAt, reason },
      changes: [{ topic: 'freeze', ref: freeze.id }],
    };
  },
});

/** Throws a ValidationError for what the freeze does not hold anyway, and for an end that is none. */
function assertWithin(
  context: VerbContext,
  input: z.infer<typeof ExceptFreezeInput>,
  freeze: {
    environment: string | null;
    region: string | null;
    actionKind: string | null;
    kind: string | null;
  },
): void {
  const attempted = 'Nothing was excepted';
  assertKnown(context, input, attempted);
  const wrong = (field: string, message: string) =>
    new ValidationError(`${attempted}: the freeze does not hold that.`, { [field]: message });
  if (freeze.environment !== null && freeze.environment !== input.environment)
    throw wrong('environment', `is not ${freeze.environment}, which is what is frozen`);
  const regions =
    freeze.region === null
      ? (findEnvironment(context.estate, input.environment)?.regions ?? [])
      : [freeze.region];
  if (input.region !== null && !regions.includes(input.region))
    throw wrong('region', `is not one of ${regions.join(', ')}`);
  const held = heldKinds(freeze);
  if (!held.includes(input.actionKind)) throw wrong('actionKind', `is not one of ${held.join(', ')}`);
  const endsAt = Date.parse(input.endsAt);
  if (endsAt <= context.now.getTime())
    throw new ValidationError(`${attempted}: it would have ended already.`, { endsAt: 'is in the past' });
  if (endsAt > context.now.getTime() + LONGEST_DAYS * 86_400_000)
    throw new ValidationError(`${attempted}: that is too long.`, {
      endsAt: `is more than ${LONGEST_DAYS} days from now: make the freeze narrower instead`,
    });
}

/** Action kinds that a freeze holds. */
export function heldKinds(freeze: { actionKind: string | null; kind: string | null }): ActionKind[] {
  const named = freeze.kind === null ? freeze.actionKind : actionKindOf(freeze.kind);
  return ACTION_KINDS.filter((kind) => (named === null ? kind !== 'rollback' : kind === named));
}

async function assertPerson(context: VerbContext, id: string | null): Promise<void> {
  if (id === null) return;
  const person = await context.database.prisma.person.findUnique({
    where: { id },
    select: { disabledAt: true },
  });
  if (person && !person.disabledAt) return;
  throw new ValidationError('Nothing was excepted: no such person can ask for anything.', {
    person: person ? 'is disabled' : 'is nobody here',
  });
}

export const EndExceptionInput = z.strictObject({
  id: z.uuid('is not the id of an exception'),
  reason: z.string().trim().max(500).default(''),
});

/** Takes an exception back before its end: what has not begun is held again. */
export const endException = defineVerb({
  name: 'freeze.end-exception',
  action: 'freeze.except',
  input: EndExceptionInput,
  async scope(input, context) {
    const exception = await context.database.prisma.freezeException.findUnique({
      where: { id: input.id },
      include: { freeze: { select: { region: true } } },
    });
    if (!exception) throw new NotFoundError(`There is no exception ${input.id}.`);
    const { environment, freeze, freezeId } = exception;
    return {
      environment,
      regions: coveredRegions(context, { environment, region: exception.region ?? freeze.region }),
      subject: `freeze/${freezeId}`,
    };
  },
  async run(context, input, connection) {
    const { rows } = await connection.query<{ freeze: string }>(
      `update freeze_exception set ended_at = $2, ended_by = $3
        where id = $1 and ended_at is null and ends_at > $2 returning freeze_id as freeze`,
      [input.id, context.now, requirePerson(context)],
    );
    const [ended] = rows;
    if (!ended)
      throw new ConflictError('The exception is over, or was taken back by someone else meanwhile.');
    return {
      result: { id: input.id },
      detail: { exception: input.id, ...(input.reason ? { reason: input.reason } : {}) },
      changes: [{ topic: 'freeze', ref: ended.freeze }],
    };
  },
});
