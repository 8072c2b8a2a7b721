import { type Asker, type FreezeException, usableBy } from './exception.ts';
import type { Freeze } from './freeze.ts';
import { type Recurrence, standingAt } from './recurrence.ts';

/** A freeze as it is stored: from when until when, and where it recurs, by which rule in between. */
export interface StoredFreeze extends Omit<Freeze, 'exceptions'> {
  recurrence: Omit<Recurrence, 'until'> | null;
  exceptions: readonly FreezeException[];
}

/** Those freezes as they stand at that moment, for whoever asks; one whose last occurrence is over is left out. */
export function freezesAt(
  stored: readonly StoredFreeze[],
  now: Date,
  asker: Asker | undefined = undefined,
): Freeze[] {
  return standingFreezes(stored, now).map((freeze) => ({
    ...freeze,
    exceptions: usableBy(freeze.exceptions, asker),
  }));
}

/** As `freezesAt`, with every exception there is, whoever it lets through. */
export function standingFreezes(stored: readonly StoredFreeze[], now: Date): Freeze[] {
  return stored
    .flatMap(({ recurrence, ...freeze }): Freeze[] => {
      if (recurrence === null) return [freeze];
      const { current, next } = standingAt({ ...recurrence, until: freeze.endsAt }, now);
      const occurrence = current ?? next;
      return occurrence ? [{ ...freeze, ...occurrence }] : [];
    })
    .filter(({ endsAt }) => endsAt === null || Date.parse(endsAt) > now.getTime());
}
