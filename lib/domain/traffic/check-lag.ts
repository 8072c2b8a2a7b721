import type { Estate } from '../estate/estate.ts';
import { type LagObservation, staleAfterSeconds } from '../observation/kinds.ts';
import type { Check } from '../operation/plan.ts';
import { pass, unknown } from './check.ts';
import { fresh, whyUnknown } from './freshness.ts';
import type { RegionFacts, ShiftFacts } from './shift-facts.ts';

/** Whether users of a Region would read data that is too old; a warning where it receives none. */
export function checkLag(
  estate: Estate,
  facts: ShiftFacts,
  region: RegionFacts,
  receives: boolean,
): { check: Check; class: LagObservation['class'] } {
  const code = `lag-${region.code}`;
  const limit = staleAfterSeconds('lag', estate.metrics.periodSeconds) * 2;
  const lag = region.lag && fresh(facts.now, region.lag, limit);
  const observedAt = region.lag?.observedAt ?? null;
  const limits = estate.thresholds.databaseLagSeconds;
  if (!lag || lag.class === 'unknown') {
    const why =
      lag || !region.lag
        ? 'it does not replicate, or does not report'
        : whyUnknown(facts.now, region.lag, limit);
    const message = `Database lag of ${region.code} is not known: ${why}.`;
    if (receives)
      return { class: 'unknown', check: { ...unknown(code, message, observedAt), region: region.code } };
    return {
      class: 'unknown',
      check: {
        code,
        verdict: 'warn',
        region: region.code,
        message: `${message} It is not a receiver.`,
        observedAt,
      },
    };
  }
  const said = lag.idle ? 'idle and caught up' : `${(lag.seconds ?? 0).toFixed(1)} s`;
  if (lag.class === 'critical' && receives) {
    return {
      class: lag.class,
      check: {
        code,
        verdict: 'refuse',
        region: region.code,
        message: `Database lag of ${region.code} is ${said}, over the critical ${limits.critical} s. Users sent there would read the past.`,
        observedAt,
      },
    };
  }
  if (lag.class !== 'ok') {
    return {
      class: lag.class,
      check: {
        code,
        verdict: receives ? 'accept' : 'warn',
        region: region.code,
        message: `Database lag of ${region.code} is ${said}, above ${limits.warning} s.${receives ? ' Users sent there read older data.' : ' It is not a receiver.'}`,
        observedAt,
        ...(receives
          ? { acceptance: `I accept ${region.code} lag up to ${limits.critical} s during this run` }
          : {}),
      },
    };
  }
  return {
    class: 'ok',
    check: { ...pass(code, `Database lag of ${region.code} is ${said}.`, observedAt), region: region.code },
  };
}
