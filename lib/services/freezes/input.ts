import { z } from 'zod';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { ACTION_KINDS } from '#lib/domain/freeze/action-kinds.ts';
import { FREEZABLE_KINDS } from '#lib/domain/freeze/freeze.ts';
import {
  firstOccurrence,
  LONGEST_MINUTES,
  lastOccurrence,
  type Recurrence,
  recurrenceProblem,
  standingAt,
} from '#lib/domain/freeze/recurrence.ts';
import { ForbiddenError, RefusedError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { Instant } from '../instant.ts';

export const FreezeReason = z.string().trim().min(3, 'says why, in three letters at least').max(500);
export const FreezeName = z.string().trim().min(1).max(80);
export const IncidentUrl = z.url({ protocol: /^https?$/ }).max(500);

/** Comes again by a rule on the clock of one zone. */
export const RecurrenceInput = z.strictObject({
  start: z.string().max(20).describe('local time from which the rule counts: 2026-11-27T22:00'),
  rule: z.string().trim().min(1).max(300).describe('RFC 5545, without UNTIL: FREQ=WEEKLY;BYDAY=FR'),
  zone: z.string().max(50).describe('IANA name: Europe/Berlin'),
  durationMinutes: z
    .int()
    .min(1)
    .max(LONGEST_MINUTES)
    .describe('on the local clock: a night of 22:00 to 06:00 is 480, also when the clocks change in it'),
});
export type RecurrenceInput = z.infer<typeof RecurrenceInput>;

export const CreateFreezeInput = z.strictObject({
  name: FreezeName.nullable().default(null).describe('what people call it: Quarter end'),
  environment: z.string().max(40).nullable().default(null),
  region: z.string().max(40).nullable().default(null),
  actionKind: z
    .enum(ACTION_KINDS)
    .nullable()
    .default(null)
    .describe('a group of operation kinds; null: all of them but rollback'),
  kind: z.string().max(40).nullable().default(null).describe('one kind of operation, instead of a group'),
  stopTheLine: z.boolean().default(false),
  reason: FreezeReason,
  incidentUrl: IncidentUrl.nullable().default(null),
  startsAt: Instant.optional(),
  endsAt: Instant.nullable().default(null),
  recurrence: RecurrenceInput.nullable().default(null),
  acknowledged: z
    .array(z.string().max(80))
    .max(10)
    .default([])
    .describe('codes of warnings that are accepted: rollback-frozen'),
});
export type CreateFreezeInput = z.infer<typeof CreateFreezeInput>;

/** From when until when a freeze is to stand. */
export interface Span {
  startsAt: Date;
  endsAt: Date | null;
}

/** The span of what is asked for. Throws a ValidationError that names the field. */
export function spanOf(
  { now }: Pick<VerbContext, 'now'>,
  asked: { startsAt?: string | undefined; endsAt: string | null; recurrence: RecurrenceInput | null },
  attempted: string,
): Span {
  const endsAt = asked.endsAt === null ? null : new Date(asked.endsAt);
  if (endsAt && endsAt <= now)
    throw new ValidationError(`${attempted}: it would have ended already.`, { endsAt: 'is in the past' });
  if (asked.recurrence !== null) {
    if (asked.startsAt !== undefined)
      throw new ValidationError(`${attempted}: it begins when its recurrence says.`, {
        startsAt: 'is not given with a recurrence, which has a start of its own',
      });
    return recurringSpan(now, { ...asked.recurrence, until: endsAt?.toISOString() ?? null }, attempted);
  }
  const startsAt = asked.startsAt === undefined ? now : new Date(asked.startsAt);
  if (endsAt && endsAt <= startsAt)
    throw new ValidationError(`${attempted}: it would end before it starts.`, {
      endsAt: 'is not after startsAt',
    });
  return { startsAt, endsAt };
}

function recurringSpan(now: Date, recurrence: Recurrence, attempted: string): Span {
  const problem = recurrenceProblem(recurrence);
  if (problem)
    throw new ValidationError(`${attempted}: its recurrence does not fit.`, {
      [`recurrence.${problem.field}`]: problem.message,
    });
  const first = firstOccurrence(recurrence);
  const { current, next } = standingAt(recurrence, now);
  if (!first || !(current ?? next))
    throw new ValidationError(`${attempted}: it never occurs from now on.`, {
      'recurrence.rule': 'has no occurrence that is not over',
    });
  const last = lastOccurrence(recurrence);
  const ends = last?.endsAt ?? recurrence.until;
  return { startsAt: new Date(first.startsAt), endsAt: ends === null ? null : new Date(ends) };
}

/** Columns of a recurrence. */
export function recurrenceColumns(recurrence: RecurrenceInput | null) {
  return {
    rule: recurrence === null ? null : recurrence.rule.replace(/^RRULE:/i, '').toUpperCase(),
    zone: recurrence?.zone ?? null,
    localStart: recurrence?.start ?? null,
    durationMinutes: recurrence?.durationMinutes ?? null,
  };
}

/** Throws where what is to be frozen is not there, is said twice over, or may not be frozen so. */
export function assertFreezable(context: VerbContext, input: CreateFreezeInput): void {
  assertKnown(context, input, 'Nothing was frozen');
  if (input.kind !== null && !(FREEZABLE_KINDS as readonly string[]).includes(input.kind))
    throw new ValidationError('Nothing was frozen: that is no kind of operation that can be.', {
      kind: `is not one of ${FREEZABLE_KINDS.join(', ')}; what puts things back is frozen by actionKind alone`,
    });
  if (input.kind !== null && input.actionKind !== null)
    throw new ValidationError('Nothing was frozen: a kind and an action kind are named.', {
      kind: 'is narrower than actionKind: name one of them',
    });
  if (input.stopTheLine && input.recurrence !== null)
    throw new ValidationError('Nothing was frozen: the line is stopped now, not again and again.', {
      recurrence: 'does not go with stopTheLine',
    });
  if (input.actionKind !== 'rollback') return;
  if (input.stopTheLine)
    throw new ValidationError('Nothing was frozen: stopping the line never holds what puts things back.', {
      actionKind: 'does not go with stopTheLine',
    });
  if (!input.acknowledged.includes('rollback-frozen'))
    throw new RefusedError(
      'rollback-frozen',
      `Nothing was frozen: ${ROLLBACK_WARNING} Accept it by its code, rollback-frozen.`,
    );
}

/** What a freeze of rollbacks does. */
export const ROLLBACK_WARNING =
  'Rollbacks and reverts are never frozen by default. Where they are, a bad release or a bad shift stays in service until this freeze ends, is lifted or excepted.';

/** Throws a ValidationError where no such environment or Region is in the estate. */
export function assertKnown(
  { estate }: Pick<VerbContext, 'estate'>,
  { environment, region }: { environment: string | null; region: string | null },
  attempted: string,
): void {
  if (environment !== null && !findEnvironment(estate, environment))
    throw new ValidationError(`${attempted}: no such environment.`, {
      environment: `is not one of ${estate.environments.map(({ name }) => name).join(', ')}`,
    });
  if (region !== null && !estate.regions.some(({ code }) => code === region))
    throw new ValidationError(`${attempted}: no such Region.`, {
      region: `is not one of ${estate.regions.map(({ code }) => code).join(', ')}`,
    });
}

/** Regions in which a freeze holds changes: where it names none, every one of its environment. */
export function coveredRegions(
  { estate }: Pick<VerbContext, 'estate'>,
  freeze: { environment: string | null; region: string | null },
): string[] {
  if (freeze.region !== null) return [freeze.region];
  const environment = freeze.environment === null ? undefined : findEnvironment(estate, freeze.environment);
  return environment?.regions ?? estate.regions.map(({ code }) => code);
}

export function requirePerson(context: VerbContext): string {
  if (!context.actor.personId)
    throw new ForbiddenError('Only a person, or a token of one, can freeze or release changes.');
  return context.actor.personId;
}
