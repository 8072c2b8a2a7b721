import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { endsByItself } from '#lib/domain/freeze/recurrence.ts';
import { storedRecurrence } from '../../data/freezes.ts';
import { ConflictError, NotFoundError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { Instant } from '../instant.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { defineVerb } from '../verb.ts';
import {
  assertFreezable,
  CreateFreezeInput,
  coveredRegions,
  FreezeName,
  FreezeReason,
  IncidentUrl,
  RecurrenceInput,
  recurrenceColumns,
  requirePerson,
  spanOf,
} from './input.ts';

export { CreateFreezeInput, coveredRegions } from './input.ts';

/**
 * Freezes changes of that kind, Region and environment, once or again and again, and holds what is queued; `stopTheLine` also
 * holds what is running at its next gate. What puts things back is frozen only where it is named and the warning is accepted.
 */
export const createFreeze = defineVerb({
  name: 'freeze.create',
  action: 'freeze.change',
  input: CreateFreezeInput,
  scope: (input, context) => ({
    environment: input.environment ?? undefined,
    // To stop the line has to be easy: a grant for one Region is enough. To let it go is not.
    regions: input.stopTheLine && !input.region ? [] : coveredRegions(context, input),
  }),
  async run(context, input, connection) {
    const createdBy = requirePerson(context);
    assertFreezable(context, input);
    const { startsAt, endsAt } = spanOf(context, input, 'Nothing was frozen');
    const id = randomUUID();
    const { name, environment, region, actionKind, kind, stopTheLine, reason, incidentUrl } = input;
    const what = { name, environment, region, actionKind, kind, stopTheLine, reason, incidentUrl };
    await context.database.prisma.freeze.create({
      data: {
        id,
        ...what,
        ...recurrenceColumns(input.recurrence),
        startsAt,
        endsAt,
        createdBy,
        createdAt: context.now,
      },
    });
    await enqueueNotification(connection, 'freeze.changed', { freeze: id, change: 'created', reason });
    return {
      result: { id },
      subject: `freeze/${id}`,
      detail: {
        ...what,
        startsAt: startsAt.toISOString(),
        endsAt: endsAt?.toISOString() ?? null,
        ...(input.recurrence ? { recurrence: input.recurrence } : {}),
        ...(input.acknowledged.length > 0 ? { acknowledged: input.acknowledged } : {}),
      },
      changes: [{ topic: 'freeze', ref: id }],
    };
  },
});

const freezeId = z.uuid('is not a freeze id');

export const ChangeFreezeInput = z.strictObject({
  id: freezeId,
  name: FreezeName.nullable().optional(),
  reason: FreezeReason.optional(),
  incidentUrl: IncidentUrl.nullable().optional(),
  endsAt: Instant.nullable().optional(),
  recurrence: RecurrenceInput.optional().describe('of a freeze that recurs'),
  why: z.string().trim().max(500).default('').describe('why it is changed; kept in the audit log'),
});

/** Changes how long a freeze lasts, when it recurs, or what is said of it. What it covers is another freeze's business. */
export const changeFreeze = defineVerb({
  name: 'freeze.change',
  action: 'freeze.change',
  input: ChangeFreezeInput,
  scope: (input, context) => scopeOf(context, input.id),
  async run(context, input, connection) {
    const changedBy = requirePerson(context);
    const freeze = await requireFreeze(context, input.id);
    assertOpen(freeze, context.now, 'The freeze was not changed');
    const recurred = storedRecurrence(freeze);
    if (input.recurrence && !recurred)
      throw new ValidationError('The freeze was not changed: it does not recur.', {
        recurrence: 'is of a freeze that recurs: lift this one and create another',
      });
    const { id, why, recurrence = recurred ?? undefined, ...said } = input;
    const endsAt =
      input.endsAt === undefined ? endKept(freeze, input.recurrence !== undefined) : input.endsAt;
    const moved = input.recurrence !== undefined || input.endsAt !== undefined;
    const span = moved
      ? spanOf(
          context,
          recurrence
            ? { endsAt, recurrence }
            : { startsAt: freeze.startsAt.toISOString(), endsAt, recurrence: null },
          'The freeze was not changed',
        )
      : { startsAt: freeze.startsAt, endsAt: freeze.endsAt };
    const changes = {
      ...said,
      ...span,
      ...(input.recurrence ? recurrenceColumns(input.recurrence) : {}),
    };
    const { count } = await context.database.prisma.freeze.updateMany({
      where: { id, liftedAt: null, changedAt: freeze.changedAt },
      data: { ...changes, changedAt: context.now, changedBy },
    });
    if (count !== 1)
      throw new ConflictError('The freeze was changed or lifted by someone else meanwhile. Read it again.');
    await enqueueNotification(connection, 'freeze.changed', {
      freeze: id,
      change: 'changed',
      reason: input.reason ?? freeze.reason,
    });
    return {
      result: { id },
      detail: {
        ...(why ? { reason: why } : {}),
        before: sayable(freeze),
        after: sayable({ ...freeze, ...changes }),
      },
      changes: [{ topic: 'freeze', ref: id }],
    };
  },
});

/** Its end as it was; one that its rule made by counting goes with that rule. */
function endKept(
  { endsAt, rule }: { endsAt: Date | null; rule: string | null },
  anotherRule: boolean,
): string | null {
  if (endsAt === null || (anotherRule && rule !== null && endsByItself(rule))) return null;
  return endsAt.toISOString();
}

/** What a change may change, as it stands in the audit log. */
function sayable(freeze: Awaited<ReturnType<typeof requireFreeze>>) {
  const { name, reason, incidentUrl, endsAt, rule, zone, localStart, durationMinutes } = freeze;
  return {
    name,
    reason,
    incidentUrl,
    endsAt: endsAt?.toISOString() ?? null,
    ...(rule === null ? {} : { rule, zone, localStart, durationMinutes }),
  };
}

export const LiftFreezeInput = z.strictObject({
  id: freezeId,
  reason: z.string().trim().max(500).default(''),
});

/** Ends a freeze now. */
export const liftFreeze = defineVerb({
  name: 'freeze.lift',
  action: 'freeze.change',
  input: LiftFreezeInput,
  scope: (input, context) => scopeOf(context, input.id),
  async run(context, input, connection) {
    const { count } = await context.database.prisma.freeze.updateMany({
      where: { id: input.id, liftedAt: null },
      data: { liftedAt: context.now, liftedBy: requirePerson(context) },
    });
    if (count !== 1) throw new ConflictError('The freeze was lifted by someone else meanwhile.');
    await enqueueNotification(connection, 'freeze.changed', { freeze: input.id, change: 'lifted' });
    return {
      result: { id: input.id },
      detail: input.reason ? { reason: input.reason } : {},
      changes: [{ topic: 'freeze', ref: input.id }],
    };
  },
});

async function scopeOf(context: VerbContext, id: string) {
  const freeze = await requireFreeze(context, id);
  return {
    environment: freeze.environment ?? undefined,
    regions: coveredRegions(context, freeze),
    subject: `freeze/${id}`,
  };
}

/** Throws NotFoundError. */
export async function requireFreeze(context: Pick<VerbContext, 'database'>, id: string) {
  const freeze = await context.database.prisma.freeze.findUnique({ where: { id } });
  if (!freeze) throw new NotFoundError(`There is no freeze ${id}.`);
  return freeze;
}

/** Throws ConflictError for a freeze that was lifted or is over. */
export function assertOpen(
  { liftedAt, endsAt }: { liftedAt: Date | null; endsAt: Date | null },
  now: Date,
  attempted: string,
): void {
  if (liftedAt) throw new ConflictError(`${attempted}: it was lifted meanwhile.`);
  if (endsAt && endsAt <= now) throw new ConflictError(`${attempted}: it is over.`);
}
