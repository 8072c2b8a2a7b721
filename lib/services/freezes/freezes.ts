import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { FREEZABLE_KINDS } from '#lib/domain/freeze/freeze.ts';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { Instant } from '../instant.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { defineVerb } from '../verb.ts';

export const CreateFreezeInput = z.strictObject({
  environment: z.string().max(40).nullable().default(null),
  region: z.string().max(40).nullable().default(null),
  kind: z.string().max(40).nullable().default(null),
  stopTheLine: z.boolean().default(false),
  reason: z.string().trim().min(3, 'says why, in three letters at least').max(500),
  incidentUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .nullable()
    .default(null),
  startsAt: Instant.optional(),
  endsAt: Instant.nullable().default(null),
});

/**
 * Freezes changes of that kind, Region and environment, and holds what is queued; `stopTheLine` also holds what is running
 * at its next gate.
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
    assertKnown(context, input);
    const startsAt = input.startsAt ? new Date(input.startsAt) : context.now;
    const endsAt = input.endsAt ? new Date(input.endsAt) : null;
    if (endsAt && endsAt <= startsAt)
      throw new ValidationError('Nothing was frozen: it would end before it starts.', {
        endsAt: 'is not after startsAt',
      });
    if (endsAt && endsAt <= context.now)
      throw new ValidationError('Nothing was frozen: it has already ended.', { endsAt: 'is in the past' });
    const id = randomUUID();
    await context.database.prisma.freeze.create({
      data: {
        id,
        environment: input.environment,
        region: input.region,
        kind: input.kind,
        stopTheLine: input.stopTheLine,
        reason: input.reason,
        incidentUrl: input.incidentUrl,
        startsAt,
        endsAt,
        createdBy,
        createdAt: context.now,
      },
    });
    await enqueueNotification(connection, 'freeze.changed', {
      freeze: id,
      change: 'created',
      reason: input.reason,
    });
    return {
      result: { id },
      subject: `freeze/${id}`,
      detail: {
        kind: input.kind,
        stopTheLine: input.stopTheLine,
        reason: input.reason,
        startsAt: startsAt.toISOString(),
        endsAt: endsAt?.toISOString() ?? null,
      },
      changes: [{ topic: 'freeze', ref: id }],
    };
  },
});

export const LiftFreezeInput = z.strictObject({
  id: z.uuid('is not a freeze id'),
  reason: z.string().trim().max(500).default(''),
});

/** Ends a freeze now. */
export const liftFreeze = defineVerb({
  name: 'freeze.lift',
  action: 'freeze.change',
  input: LiftFreezeInput,
  async scope(input, context) {
    const freeze = await context.database.prisma.freeze.findUnique({ where: { id: input.id } });
    if (!freeze) throw new NotFoundError(`There is no freeze ${input.id}.`);
    return {
      environment: freeze.environment ?? undefined,
      regions: coveredRegions(context, freeze),
      subject: `freeze/${input.id}`,
    };
  },
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

/** Regions in which a freeze holds changes: where it names none, every one of its environment. */
export function coveredRegions(
  { estate }: Pick<VerbContext, 'estate'>,
  freeze: { environment: string | null; region: string | null },
): string[] {
  if (freeze.region !== null) return [freeze.region];
  const environment = freeze.environment === null ? undefined : findEnvironment(estate, freeze.environment);
  return environment?.regions ?? estate.regions.map(({ code }) => code);
}

function requirePerson(context: VerbContext): string {
  if (!context.actor.personId)
    throw new ForbiddenError('Only a person, or a token of one, can freeze or release changes.');
  return context.actor.personId;
}

function assertKnown(
  context: VerbContext,
  input: { environment: string | null; region: string | null; kind: string | null },
): void {
  if (input.kind !== null && !(FREEZABLE_KINDS as readonly string[]).includes(input.kind)) {
    throw new ValidationError('Nothing was frozen: that is no kind of operation that can be.', {
      kind: `is not one of ${FREEZABLE_KINDS.join(', ')}; putting things back is never frozen`,
    });
  }
  if (input.environment !== null && !findEnvironment(context.estate, input.environment)) {
    throw new ValidationError('Nothing was frozen: no such environment.', {
      environment: `is not one of ${context.estate.environments.map(({ name }) => name).join(', ')}`,
    });
  }
  if (input.region !== null && !context.estate.regions.some(({ code }) => code === input.region)) {
    throw new ValidationError('Nothing was frozen: no such Region.', {
      region: `is not one of ${context.estate.regions.map(({ code }) => code).join(', ')}`,
    });
  }
}
