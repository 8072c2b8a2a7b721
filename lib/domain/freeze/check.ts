import type { Check } from '../operation/plan.ts';
import { utcMinute } from '../time/utc.ts';
import { withFullStop } from '../traffic/check.ts';
import { type Coverage, coverageOf, type Freeze, type FreezeTarget, freezeReason } from './freeze.ts';

/**
 * Whether a freeze in force keeps the target from being asked for. One that is excepted passes; a check of its own names who let
 * it through, which is part of the request's risk (lib/domain/approval/risk.ts) and is kept with the operation.
 */
export function checkFreezes(freezes: readonly Freeze[], target: FreezeTarget, now: Date): Check[] {
  const met = coverageOf(freezes, target, now);
  const blocking = met.flatMap(({ freeze, exceptions }) => (exceptions === null ? freeze : []));
  const [first, ...others] = blocking;
  if (first) {
    const more = others.length === 0 ? '' : ` ${moreWords(others.length)}`;
    return [{ ...frozen(first), verdict: 'refuse', message: `${withFullStop(freezeReason(first))}${more}` }];
  }
  const [passed] = met;
  if (!passed)
    return [{ code: 'freeze', verdict: 'pass', message: 'No freeze covers it.', observedAt: null }];
  const message = met.map(({ freeze }) => withFullStop(freezeReason(freeze))).join(' ');
  return [
    { ...frozen(passed.freeze), verdict: 'pass', message: `Excepted. ${message}` },
    exceptionCheck(passed.freeze.id, met),
  ];
}

function frozen({ id }: Freeze): Pick<Check, 'code' | 'observedAt' | 'freeze'> {
  return { code: 'freeze', observedAt: null, freeze: id };
}

function exceptionCheck(freeze: string, met: readonly Coverage[]): Check {
  const exceptions = met.flatMap((found) => found.exceptions ?? []);
  const said = exceptions.map(
    ({ grantedBy, endsAt, reason }) =>
      `${grantedBy.name} lets it through until ${utcMinute(endsAt)}: ${withFullStop(reason)}`,
  );
  return {
    code: 'freeze-exception',
    verdict: 'warn',
    message: [...new Set(said)].join(' '),
    observedAt: null,
    freeze,
    exceptions: [...new Set(exceptions.map(({ id }) => id))],
  };
}

/** Exceptions that a check says the operation goes through by. */
export function usedExceptions(checks: readonly Check[]): string[] {
  return [...new Set(checks.flatMap(({ exceptions }) => exceptions ?? []))];
}

function moreWords(count: number): string {
  return count === 1 ? 'One more freeze covers it.' : `${count} more freezes cover it.`;
}
