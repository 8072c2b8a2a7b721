import type { Estate } from '../estate/estate.ts';
import type { Check } from '../operation/plan.ts';
import { pass } from './check.ts';
import type { ShiftChange } from './shift-facts.ts';
import { residencyEffect } from './solve.ts';

/** Whether users would newly be served outside the jurisdiction meant for them. */
export function checkResidency(estate: Estate, change: ShiftChange): Check[] {
  const effects = residencyEffect(estate, change.before, change.after);
  if (effects.length === 0)
    return [
      pass('residency', 'Data residency unchanged: no user leaves the jurisdiction meant for them.', null),
    ];
  return effects.map(({ geography, points, regions }) => ({
    code: `residency-${geography.key}`,
    verdict: 'accept' as const,
    message: `${points.toFixed(1)} % of users in ${geography.name} would newly be served from ${regions.join(' and ')}, outside ${geography.residency}.`,
    observedAt: null,
    acceptance: `I accept that ${geography.residency} users are served outside ${geography.residency} while this lasts`,
  }));
}
