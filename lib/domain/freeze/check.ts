import type { Check } from '../operation/plan.ts';
import { withFullStop } from '../traffic/check.ts';
import type { FreezeException } from './exception.ts';
import { coverageOf, type Freeze, type FreezeTarget, freezeReason, utcMinute } from './freeze.ts';

/**
 * Whether a freeze in force keeps the target from being asked for. One that is excepted passes, names who let it through, and
 * is kept with the operation.
 */
export function checkFreezes(freezes: readonly Freeze[], target: FreezeTarget, now: Date): Check {
  const met = coverageOf(freezes, target, now);
  const blocking = met.flatMap(({ freeze, exceptions }) => (exceptions === null ? freeze : []));
  const [first, ...others] = blocking;
  if (first) {
    const more = others.length === 0 ? '' : ` ${moreWords(others.length)}`;
    return {
      code: 'freeze',
      verdict: 'refuse',
      message: `${withFullStop(freezeReason(first))}${more}`,
      observedAt: null,
      freeze: first.id,
    };
  }
  const notes = met.map(({ freeze, exceptions }) => exceptedWords(freeze, exceptions ?? []));
  const exceptions = [...new Set(met.flatMap((found) => (found.exceptions ?? []).map(({ id }) => id)))];
  return {
    code: 'freeze',
    verdict: 'pass',
    message: notes.length === 0 ? 'No freeze covers it.' : notes.join(' '),
    observedAt: null,
    ...(exceptions.length > 0 ? { exceptions, freeze: met[0]?.freeze.id } : {}),
  };
}

/** Exceptions that a check says the operation goes through by. */
export function usedExceptions(checks: readonly Check[]): string[] {
  return [...new Set(checks.flatMap(({ exceptions }) => exceptions ?? []))];
}

function exceptedWords(freeze: Freeze, exceptions: readonly FreezeException[]): string {
  const said = exceptions.map(
    ({ grantedBy, endsAt, reason }) =>
      `Excepted by ${grantedBy.name} until ${utcMinute(endsAt)}: ${withFullStop(reason)}`,
  );
  return [withFullStop(freezeReason(freeze)), ...said].join(' ');
}

function moreWords(count: number): string {
  return count === 1 ? 'One more freeze covers it.' : `${count} more freezes cover it.`;
}
