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
  return stored
    .flatMap(({ recurrence, ...freeze }): Freeze[] => {
      const exceptions = usableBy(freeze.exceptions, asker);
      if (recurrence === null) return [{ ...freeze, exceptions }];
      const { current, next } = standingAt({ ...recurrence, until: freeze.endsAt }, now);
      const occurrence = current ?? next;
      return occurrence ? [{ ...freeze, ...occurrence, exceptions }] : [];
    })
    .filter(({ endsAt }) => endsAt === null || Date.parse(endsAt) > now.getTime());
}
