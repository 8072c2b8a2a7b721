import { z } from 'zod';
import { type Occurrence, occurrencesBetween } from '#lib/domain/freeze/recurrence.ts';
import type { VerbContext } from '../context.ts';
import { Instant } from '../instant.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { RecurrenceInput, spanOf } from './input.ts';

const SHOWN = 5;
/** As far as the form looks: a rule of years is shown with fewer. */
const AHEAD_MS = 6 * 366 * 86_400_000;

export const PreviewFreezeInput = z.strictObject({
  recurrence: RecurrenceInput,
  endsAt: Instant.nullable().default(null),
});

/** The next occurrences of a rule that is not stored yet. Throws a ValidationError that names what does not fit. */
export function previewFreeze(
  context: VerbContext,
  raw: unknown,
): { next: Occurrence[]; endsAt: string | null } {
  assertPermitted(context, 'read', {});
  const input = parseInput(PreviewFreezeInput, raw);
  const { startsAt, endsAt } = spanOf(context, input, 'No preview');
  const from = startsAt > context.now ? startsAt : context.now;
  const until = endsAt?.toISOString() ?? null;
  const window = { from, to: new Date(from.getTime() + AHEAD_MS) };
  return { next: occurrencesBetween({ ...input.recurrence, until }, window, SHOWN), endsAt: until };
}
