import { type CapacityClass, classifyCapacity, nodesNeeded, survivability } from '../capacity/capacity.ts';
import { type ReckonedLoad, reckonLoad } from '../capacity/load.ts';
import type { Environment, Estate } from '../estate/estate.ts';
import { blockingFreeze, type Freeze, freezeReason } from '../freeze/freeze.ts';
import type {
  AlarmsObservation,
  DatabaseObservation,
  HealthCheckObservation,
  LagObservation,
  NodeGroupObservation,
  NodesObservation,
  Observed,
  RecordsObservation,
  TrafficObservation,
} from '../observation/kinds.ts';
import { staleAfterSeconds } from '../observation/kinds.ts';
import type { Check } from '../operation/plan.ts';
import { residencyEffect } from './solve.ts';
import { touchedRegions, type WeightMatrix } from './weights.ts';

export interface RegionFacts {
  code: string;
  nodes: Observed<NodesObservation>;
  nodeGroup: Observed<NodeGroupObservation>;
  healthCheck: Observed<HealthCheckObservation>;
  database: Observed<DatabaseObservation>;
  alarms: Observed<AlarmsObservation>;
  /** Request rate, error share and p95 over the last minute, by CloudWatch. */
  traffic: Observed<TrafficObservation>;
  /** Replica lag as judged (idle is ok); null on a primary. */
  lag: Observed<LagObservation> | null;
  version: string | null;
}

export interface ShiftFacts {
  now: Date;
  records: Observed<RecordsObservation>;
  regions: readonly RegionFacts[];
  /** The operation that holds the environment, if any. */
  holder: { id: string; title: string } | null;
  freezes: readonly Freeze[];
}

export interface ShiftChange {
  before: WeightMatrix;
  after: WeightMatrix;
  sharesBefore: Record<string, number>;
  sharesAfter: Record<string, number>;
}

export interface Preflight {
  checks: Check[];
  /** Classes of preconditions, for the digest. */
  classes: Record<string, string>;
  /** Regions that get users they did not have. */
  receivers: string[];
  /** Load the rules reckon with, requests a second; see `steadyLoad`. */
  load: number;
}

/** Everything that could go wrong with a shift, with reasons, in the order a tired person should read it. */
export function preflightShift(
  estate: Estate,
  environment: Environment,
  facts: ShiftFacts,
  change: ShiftChange,
  kind = 'traffic-shift',
): Preflight {
  const { receiving } = touchedRegions(change.before, change.after);
  const receivers = environment.regions.filter((code) => receiving.includes(code));
  const reckoned = reckonLoad(estate, facts.regions);
  const { load } = reckoned;
  const classes: Record<string, string> = {};
  const checks: Check[] = [];

  checks.push(
    checkHolder(facts),
    checkFreeze(environment, facts, change, kind),
    checkRecords(estate, facts),
    checkLoad(estate, facts, reckoned),
  );
  for (const code of receivers) {
    const region = facts.regions.find((candidate) => candidate.code === code);
    if (!region) continue;
    const capacity = checkCapacity(estate, facts, region, change, load);
    const health = checkHealth(estate, facts, region);
    checks.push(capacity.check, health.check, checkAlarms(estate, facts, region));
    classes[`capacity of ${code}`] = capacity.class;
    classes[`health of ${code}`] = health.class;
  }
  for (const region of facts.regions) {
    if (!region.lag) continue;
    const lag = checkLag(estate, facts, region, receivers.includes(region.code));
    checks.push(lag.check);
    classes[`database lag of ${region.code}`] = lag.class;
  }
  checks.push(
    checkSurvivability(estate, facts, change, load),
    checkPeak(estate, environment, change),
    ...checkResidency(estate, change),
  );
  return { checks, classes, receivers, load };
}

/** Whether every check passes or was accepted; otherwise the checks that stop the request. */
export function openChecks(checks: readonly Check[], acknowledged: readonly string[]): Check[] {
  return checks.filter(
    ({ code, verdict }) =>
      verdict === 'refuse' || verdict === 'unknown' || (verdict === 'accept' && !acknowledged.includes(code)),
  );
}

/** Requests a second over every Region that was measured. */
export function totalRequests(facts: ShiftFacts): number {
  return facts.regions.reduce((sum, region) => sum + (region.traffic.value?.requestsPerSecond ?? 0), 0);
}

function checkLoad(estate: Estate, facts: ShiftFacts, { load, assumed }: ReckonedLoad): Check {
  const limit = trafficLimit(estate);
  const stale = facts.regions.flatMap(({ code, traffic }) => {
    const age = staleness(facts.now, traffic, limit);
    return age === null ? [] : [`${code} last reported its traffic ${age} ago`];
  });
  const missing = assumed.map(
    (code) => `${code} never reported its traffic; its planned share of peak counts`,
  );
  const doubts = [...missing, ...stale];
  const message = `Reckoned with ${formatLoad(load)} requests/s over all Regions`;
  const observedAt = oldest(...facts.regions.map(({ traffic }) => traffic.observedAt));
  if (doubts.length === 0) return pass('load', `${message}.`, observedAt);
  return { code: 'load', verdict: 'warn', message: `${message}: ${doubts.join('; ')}.`, observedAt };
}

function formatLoad(requestsPerSecond: number): string {
  return String(Number(requestsPerSecond.toFixed(1)));
}

function trafficLimit(estate: Estate): number {
  return staleAfterSeconds('traffic', estate.metrics.periodSeconds) * 2;
}

function checkHolder({ holder }: ShiftFacts): Check {
  if (!holder) return pass('one-at-a-time', 'No other operation runs in this environment.', null);
  return {
    code: 'one-at-a-time',
    verdict: 'warn',
    message: `${holder.id}, ${holder.title}, holds the environment. This can be requested now and starts only when that one has ended.`,
    observedAt: null,
  };
}

function checkFreeze(environment: Environment, facts: ShiftFacts, change: ShiftChange, kind: string): Check {
  const { touched } = touchedRegions(change.before, change.after);
  const target = { environment: environment.name, regions: touched, kind };
  const freeze = blockingFreeze(facts.freezes, target, facts.now);
  if (!freeze) return pass('freeze', 'No freeze covers it.', null);
  return { code: 'freeze', verdict: 'refuse', message: withFullStop(freezeReason(freeze)), observedAt: null };
}

function checkRecords(estate: Estate, facts: ShiftFacts): Check {
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

function checkCapacity(
  estate: Estate,
  facts: ShiftFacts,
  region: RegionFacts,
  change: ShiftChange,
  load: number,
): { check: Check; class: CapacityClass } {
  const code = `capacity-${region.code}`;
  const needed = nodesNeeded(
    (change.sharesAfter[region.code] ?? 0) * load,
    estate.capacity.requestsPerSecondPerNode,
  );
  const nodesLimit = staleAfterSeconds('nodes', estate.metrics.periodSeconds);
  const nodes = fresh(facts.now, region.nodes, nodesLimit);
  const declared = estate.regions.find((candidate) => candidate.code === region.code);
  const maximum = region.nodeGroup.value?.maximum ?? declared?.nodes.max ?? 0;
  const verdict = classifyCapacity(
    { region: region.code, ready: nodes?.ready ?? null, maximum },
    needed,
    estate.capacity.ceiling,
  );
  const observedAt = region.nodes.observedAt;
  const ceiling = Math.floor(maximum * estate.capacity.ceiling);
  switch (verdict) {
    case 'ok':
      return {
        class: verdict,
        check: {
          ...pass(code, `${region.code} carries it: ${needed} of ${nodes?.ready} ready nodes.`, observedAt),
          region: region.code,
        },
      };
    case 'pre-scale':
      return {
        class: verdict,
        check: {
          code,
          verdict: 'warn',
          region: region.code,
          message: `${region.code} needs ${needed} nodes and has ${nodes?.ready} ready, so it is scaled up first (${ceiling} of ${maximum} may be used).`,
          observedAt,
        },
      };
    case 'short':
      return {
        class: verdict,
        check: {
          code,
          verdict: 'refuse',
          region: region.code,
          message: `${region.code} cannot carry it: ${needed} nodes would be needed, ${nodes?.ready} are ready and ${ceiling}, ${Math.round(estate.capacity.ceiling * 100)} % of its ${maximum}, is the most a shift may use.`,
          observedAt,
        },
      };
    case 'unknown':
      return {
        class: verdict,
        check: {
          ...unknown(
            code,
            `Ready nodes of ${region.code} are not known: ${whyUnknown(facts.now, region.nodes, nodesLimit)}.`,
            observedAt,
          ),
          region: region.code,
        },
      };
    default:
      return verdict satisfies never;
  }
}

function checkHealth(
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

function checkAlarms(estate: Estate, facts: ShiftFacts, region: RegionFacts): Check {
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

function withFullStop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

function checkLag(
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

function checkSurvivability(estate: Estate, facts: ShiftFacts, change: ShiftChange, load: number): Check {
  const capacities = facts.regions.map(({ code, nodes, nodeGroup }) => ({
    region: code,
    ready: nodes.value?.ready ?? null,
    maximum:
      nodeGroup.value?.maximum ?? estate.regions.find((region) => region.code === code)?.nodes.max ?? 0,
  }));
  const losses = survivability({
    shares: change.sharesAfter,
    capacities,
    requestsPerSecond: load,
    peakRequestsPerSecond: estate.capacity.peakRequestsPerSecond,
    perNode: estate.capacity.requestsPerSecondPerNode,
  });
  const observedAt = oldest(...facts.regions.map(({ nodes }) => nodes.observedAt));
  const fatal = losses.find((loss) => !loss.survivableNow);
  const shown = fatal ?? [...losses].sort((a, b) => (b.shortNow ?? 0) - (a.shortNow ?? 0))[0];
  if (!shown) return pass('survivability', 'There is no second Region to lose.', observedAt);
  const needs = shown.survivors.map(
    (survivor) => `${survivor.region} would need ${survivor.needed} of at most ${survivor.maximum}`,
  );
  const message = `If ${shown.lost} were lost then: ${needs.join(', ')}.`;
  if (fatal)
    return {
      code: 'survivability',
      verdict: 'accept',
      message: `${message} The rest could not carry the load of now.`,
      observedAt,
      acceptance: `I accept that losing ${fatal.lost} could not be survived at this load`,
    };
  return pass('survivability', message, observedAt);
}

function checkPeak(estate: Estate, environment: Environment, change: ShiftChange): Check {
  const { peakRequestsPerSecond, requestsPerSecondPerNode } = estate.capacity;
  const short = estate.regions
    .filter(({ code }) => environment.regions.includes(code))
    .map((region) => ({
      code: region.code,
      needed: nodesNeeded(
        (change.sharesAfter[region.code] ?? 0) * peakRequestsPerSecond,
        requestsPerSecondPerNode,
      ),
      maximum: region.nodes.max,
    }))
    .filter(({ needed, maximum }) => needed > maximum);
  if (short.length === 0)
    return pass(
      'peak',
      `At peak, ${peakRequestsPerSecond} requests/s, every Region's maximum carries its share.`,
      null,
    );
  const said = short
    .map(({ code, needed, maximum }) => `${code} would need ${needed} nodes and may have ${maximum}`)
    .join(', ');
  return {
    code: 'peak',
    verdict: 'warn',
    message: `At peak, ${peakRequestsPerSecond} requests/s: ${said}.`,
    observedAt: null,
  };
}

function checkResidency(estate: Estate, change: ShiftChange): Check[] {
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

function pass(code: string, message: string, observedAt: string | null): Check {
  return { code, verdict: 'pass', message, observedAt };
}

function unknown(code: string, message: string, observedAt: string | null): Check {
  return { code, verdict: 'unknown', message: `${message} Unknown is not safe.`, observedAt };
}

/** The value, if it is not older than so many seconds; what is older counts as not known. */
function fresh<T>(now: Date, observed: Observed<T>, limitSeconds: number): T | null {
  return staleness(now, observed, limitSeconds) === null ? observed.value : null;
}

/** Why there is no value to go by: never seen, seen too long ago, and what stopped the last attempt. */
function whyUnknown(now: Date, observed: Observed<unknown>, limitSeconds: number): string {
  const age = staleness(now, observed, limitSeconds);
  const seen = age === null ? 'not observed' : `last seen ${age} ago`;
  return observed.error ? `${seen}; ${observed.error}` : seen;
}

/** How old it is, in words, if older than the limit; null when fresh or never seen. */
function staleness(now: Date, observed: Observed<unknown>, limitSeconds: number): string | null {
  if (!observed.observedAt) return null;
  const seconds = (now.getTime() - Date.parse(observed.observedAt)) / 1000;
  if (seconds <= limitSeconds) return null;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function oldest(...times: (string | null)[]): string | null {
  return times.filter((time) => time !== null).sort()[0] ?? null;
}
