import type { Estate } from '../estate/estate.ts';
import { staleAfterSeconds, type TrafficObservation } from '../observation/kinds.ts';
import type { Check } from '../operation/plan.ts';
import { pass, unknown, withFullStop } from './check.ts';
import { trafficLimit } from './check-load.ts';
import { fresh, oldest, whyUnknown } from './freshness.ts';
import type { RegionFacts, ShiftFacts } from './shift-facts.ts';

/** Whether a receiver is healthy, by Route 53 and by its own error rate and latency. */
export function checkHealth(
  estate: Estate,
  facts: ShiftFacts,
  region: RegionFacts,
): { check: Check; class: string } {
  const answer = (verdict: Check['verdict'], healthClass: string, message: string) => ({
    class: healthClass,
    check: { code: `health-${region.code}`, verdict, message, observedAt, region: region.code },
  });
  const observedAt = oldest(region.healthCheck.observedAt, region.traffic.observedAt);
  const healthLimit = staleAfterSeconds('health-check', estate.metrics.periodSeconds);
  const health = fresh(facts.now, region.healthCheck, healthLimit);
  if (!health || health.healthy === null) {
    const why = health
      ? 'its health check has not reported'
      : whyUnknown(facts.now, region.healthCheck, healthLimit);
    return answer(
      'unknown',
      'unknown',
      `Health of ${region.code} is not known: ${why}. Unknown is not safe.`,
    );
  }
  if (!health.healthy) {
    const message = `${region.code} fails its Route 53 health check; it cannot receive traffic.`;
    return answer('refuse', 'unhealthy', message);
  }
  const traffic = fresh(facts.now, region.traffic, trafficLimit(estate));
  if (!traffic) {
    const why = whyUnknown(facts.now, region.traffic, trafficLimit(estate));
    const message = `Error rate and latency of ${region.code} are not known: ${why}. Unknown is not safe.`;
    return answer('unknown', 'unknown', message);
  }
  const { gate, rollback } = estate.thresholds;
  const rate = traffic.errorRate ?? 0;
  const p95 = traffic.p95Ms ?? 0;
  const numbers = trafficWords(traffic);
  if (rate > rollback.errorRate || p95 > rollback.p95Ms) {
    return answer(
      'refuse',
      'failing',
      `${region.code} is failing: ${numbers}. A shift would revert at once.`,
    );
  }
  if (rate >= gate.errorRate || p95 >= gate.p95Ms) {
    const message = `${region.code} is healthy, but a shift would hold: ${numbers}; gates pass below ${gate.errorRate * 100} % and ${gate.p95Ms} ms.`;
    return answer('warn', 'healthy', message);
  }
  return answer('pass', 'healthy', `${region.code} is healthy: ${numbers}.`);
}

function trafficWords({ errorRate, p95Ms }: TrafficObservation): string {
  if (errorRate === null) return 'no traffic to judge';
  const p95 = p95Ms === null ? 'no response times' : `p95 ${Math.round(p95Ms)} ms`;
  return `error rate ${(errorRate * 100).toFixed(2)} %, ${p95}`;
}

/** Whether an alarm stands in a receiver. */
export function checkAlarms(estate: Estate, facts: ShiftFacts, region: RegionFacts): Check {
  const limit = staleAfterSeconds('alarms', estate.metrics.periodSeconds) * 2;
  const alarms = fresh(facts.now, region.alarms, limit);
  const { observedAt } = region.alarms;
  const code = `alarms-${region.code}`;
  if (!alarms) {
    const why = whyUnknown(facts.now, region.alarms, limit);
    return {
      ...unknown(code, `Alarms of ${region.code} are not known: ${why}.`, observedAt),
      region: region.code,
    };
  }
  const [first, ...more] = alarms.inAlarm;
  if (first) {
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    return {
      code,
      verdict: 'refuse',
      region: region.code,
      message: `Alarm in ${region.code}: ${first.name}${others}. ${withFullStop(first.reason)}`,
      observedAt,
    };
  }
  return { ...pass(code, `No alarm in ${region.code}.`, observedAt), region: region.code };
}
