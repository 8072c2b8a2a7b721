import type { Environment, Estate } from '../estate/estate.ts';
import { checkFreezes } from '../freeze/check.ts';
import { staleAfterSeconds } from '../observation/kinds.ts';
import type { Check } from '../operation/plan.ts';
import { pass, unknown } from './check.ts';
import { staleness } from './freshness.ts';
import type { ShiftChange, ShiftFacts } from './shift-facts.ts';
import { touchedRegions } from './weights.ts';

/** Whether another operation holds the environment: asked for now, it starts after that one. */
export function checkHolder({ holder }: ShiftFacts): Check {
  if (!holder) return pass('one-at-a-time', 'No other operation runs in this environment.', null);
  return {
    code: 'one-at-a-time',
    verdict: 'warn',
    message: `${holder.id}, ${holder.title}, holds the environment. This can be requested now and starts only when that one has ended.`,
    observedAt: null,
  };
}

/** Whether a freeze in force covers the Regions whose users move. */
export function checkFreeze(
  environment: Environment,
  facts: ShiftFacts,
  change: ShiftChange,
  kind: string,
): Check[] {
  const { touched } = touchedRegions(change.before, change.after);
  return checkFreezes(facts.freezes, { environment: environment.name, regions: touched, kind }, facts.now);
}

/** Whether Route 53 answers and the live records are known. */
export function checkRecords(estate: Estate, facts: ShiftFacts): Check {
  const { records } = facts;
  const stale = staleness(facts.now, records, staleAfterSeconds('records', estate.metrics.periodSeconds));
  if (records.error) {
    return {
      code: 'route53',
      verdict: 'refuse',
      message: `Route 53's control plane, in us-east-1, does not answer: ${records.error}. Records cannot be changed while it is down; traffic can then move only by health checks prepared in advance.`,
      observedAt: records.observedAt,
    };
  }
  if (!records.value || stale)
    return unknown(
      'route53',
      `The live records are not known${stale ? `: last read ${stale} ago` : ''}.`,
      records.observedAt,
    );
  return pass('route53', 'Route 53 answers and the zone was read.', records.observedAt);
}
