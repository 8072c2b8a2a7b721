import type { ActionKind } from './action-kinds.ts';

/** One freeze, let through for one kind of action in one environment, by somebody who does not ask for it. */
export interface FreezeException {
  id: string;
  environment: string;
  /** Null: in every Region that the freeze covers. */
  region: string | null;
  actionKind: ActionKind;
  /** Whose requests it lets through; null: anybody's but those of who granted it. */
  person: string | null;
  grantedBy: { id: string; name: string };
  reason: string;
  startsAt: string;
  endsAt: string;
  /** Lets one operation through and no second. */
  once: boolean;
  /** Operations that went through by it and may still run, or have. */
  usedBy: readonly string[];
}

/** Whose operation it is; absent: nobody's in particular. */
export interface Asker {
  personId: string | null;
  /** The operation itself, where it exists already. */
  operation?: string;
}

/**
 * Exceptions that this asker may go through by. Nobody goes through by what they granted themselves, and what lets one
 * operation through is used up by another.
 */
export function usableBy(
  exceptions: readonly FreezeException[],
  asker: Asker | undefined,
): readonly FreezeException[] {
  return exceptions.filter(
    ({ person, grantedBy, once, usedBy }) =>
      (person === null || person === asker?.personId) &&
      (asker?.personId === undefined || grantedBy.id !== asker.personId) &&
      (!once || usedBy.every((operation) => operation === asker?.operation)),
  );
}

interface Excepted {
  environment: string;
  regions: readonly string[];
  actionKind: ActionKind | null;
}

/** What lets that through in all of these Regions, as few exceptions as do; null where a Region stays frozen. */
export function exceptionsFor(
  exceptions: readonly FreezeException[],
  { environment, regions, actionKind }: Excepted,
  now: Date,
): FreezeException[] | null {
  const at = now.getTime();
  const fitting = exceptions.filter(
    (exception) =>
      exception.environment === environment &&
      exception.actionKind === actionKind &&
      Date.parse(exception.startsAt) <= at &&
      at < Date.parse(exception.endsAt),
  );
  const everywhere = fitting.find(({ region }) => region === null);
  if (everywhere) return [everywhere];
  if (regions.length === 0) return null;
  const named = regions.map((code) => fitting.find(({ region }) => region === code));
  return named.every((exception) => exception !== undefined) ? [...new Set(named)] : null;
}
