import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { DRILL_LEVELS } from '#lib/domain/recovery/params.ts';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { Instant } from '../instant.ts';
import { requireEnvironment } from '../recovery/facts.ts';
import { defineVerb } from '../verb.ts';

/** Drills are planned a year ahead at most. */
const LATEST_DAYS = 366;

export const ScheduleDrillInput = z.strictObject({
  environment: z.string().min(1).max(40),
  level: z.enum(DRILL_LEVELS),
  region: z.string().min(1).max(40),
  at: Instant,
  cadence: z.enum(['once', 'quarterly']).default('quarterly'),
  reason: z.string().trim().min(3, 'says why, in three letters at least').max(500),
});

/**
 * Says when a drill is due; takes the place of what was said for the same level and Region before. When it is due it is
 * requested in the name of who scheduled it (request-due.ts), and approved like any other.
 */
export const scheduleDrill = defineVerb({
  name: 'drill.schedule',
  action: 'drill.schedule',
  input: ScheduleDrillInput,
  scope: (input) => ({
    environment: input.environment,
    regions: [input.region],
    subject: `drill/${input.level}/${input.region}`,
  }),
  async run(context, input, connection) {
    const createdBy = requirePerson(context);
    const { environment, level, region } = input;
    const dueAt = new Date(input.at);
    assertFits(context, input, dueAt);
    const { rowCount } = await connection.query(
      `update drill_schedule set ended_at = $4, ended_by = $5
       where environment = $1 and level = $2 and region = $3 and ended_at is null`,
      [environment, level, region, context.now, createdBy],
    );
    const id = randomUUID();
    // Of two who schedule the same drill at once the second waits for the first here, and then finds it there.
    const made = await connection.query(
      `insert into drill_schedule (id, environment, level, region, cadence, next_due_at, reason, created_by, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (environment, level, region) where ended_at is null do nothing`,
      [id, environment, level, region, input.cadence, dueAt, input.reason, createdBy, context.now],
    );
    if (made.rowCount !== 1)
      throw new ConflictError(
        `The ${level} drill of ${region} was scheduled by someone else meanwhile. Read it again.`,
      );
    return {
      result: { id, dueAt },
      detail: {
        dueAt: dueAt.toISOString(),
        cadence: input.cadence,
        reason: input.reason,
        replaced: (rowCount ?? 0) > 0,
      },
      changes: [{ topic: 'recovery', ref: `drill/${id}` }],
    };
  },
});

export const EndDrillScheduleInput = z.strictObject({ id: z.uuid('is not the id of a schedule') });

/** Takes a drill out of the schedule. The calendar still says when it is due by the quarter. */
export const endDrillSchedule = defineVerb({
  name: 'drill.unschedule',
  action: 'drill.schedule',
  input: EndDrillScheduleInput,
  async scope(input, context) {
    const row = await readSchedule(context, input.id);
    return {
      environment: row.environment,
      regions: [row.region],
      subject: `drill/${row.level}/${row.region}`,
    };
  },
  async run(context, input) {
    const endedBy = requirePerson(context);
    const row = await readSchedule(context, input.id);
    const { count } = await context.database.prisma.drillSchedule.updateMany({
      where: { id: input.id, endedAt: null },
      data: { endedBy, endedAt: context.now },
    });
    if (count !== 1)
      throw new ConflictError(`The ${row.level} drill of ${row.region} is not scheduled any more.`);
    return { result: { id: input.id }, changes: [{ topic: 'recovery', ref: `drill/${input.id}` }] };
  },
});

async function readSchedule(context: VerbContext, id: string) {
  const row = await context.database.prisma.drillSchedule.findUnique({ where: { id } });
  if (!row) throw new NotFoundError(`There is no scheduled drill ${id}.`);
  return row;
}

function requirePerson(context: VerbContext): string {
  if (!context.actor.personId)
    throw new ForbiddenError('Only a person, or a token of one, can schedule drills.');
  return context.actor.personId;
}

function assertFits(context: VerbContext, input: { environment: string; region: string }, dueAt: Date): void {
  const { regions } = requireEnvironment(context.estate, input.environment);
  if (!regions.includes(input.region))
    throw new ValidationError('The drill was not scheduled: no such Region there.', {
      region: `is not one of ${regions.join(', ')}`,
    });
  const days = (dueAt.getTime() - context.now.getTime()) / 86_400_000;
  if (days < 0)
    throw new ValidationError('The drill was not scheduled: that time is over.', { at: 'is in the past' });
  if (days > LATEST_DAYS)
    throw new ValidationError('The drill was not scheduled: that is too far ahead.', {
      at: `is more than ${LATEST_DAYS} days ahead`,
    });
}
