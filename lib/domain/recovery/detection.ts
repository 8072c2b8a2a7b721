import type { CanariesObservation } from '../observation/kinds.ts';
import { isAnswered } from '../traffic/answers.ts';
import { CONTROL_PLANE_REGION, factsOf, known, type Outlook, requireDeclared } from './facts.ts';
import { awaitsRebuild } from './returned.ts';
import { listOf } from './words.ts';

/** `failing`: two vantage points outside agree. `suspect`: something says so, and too little to act on. */
export type RegionHealth = 'serving' | 'suspect' | 'failing' | 'unknown';

export type Sight = 'up' | 'partly' | 'down' | 'unknown';

/** A place from which a Region is looked at. */
export interface Vantage {
  /** `route53`, `canary-eu-west-1`, `console`. */
  id: string;
  /** "Route 53's checkers", "the canary in eu-west-1". */
  name: string;
  /** Whether it may help to declare a Region failing: independent of the Region and of Meridian's own network. */
  decisive: boolean;
  sees: Sight;
  /** Observations in a row that found it down. */
  failures: number;
  /** Since when it sees this, as far as anybody looked. ISO; null while it sees nothing. */
  since: string | null;
  /** Time of the observation. ISO. */
  at: string | null;
  detail: string;
}

export interface RegionDetection {
  region: string;
  state: RegionHealth;
  /** Of `failing` and `suspect`: when the first vantage point saw it down. Of the others: since it is so. ISO. */
  since: string;
  reason: string;
  vantages: Vantage[];
  /** Orders placed through this Region, by canaries of its peers: tells of the writer, never of the Region. */
  orders: Sight;
}

export interface Detection {
  at: string;
  regions: RegionDetection[];
  /** More than one Region seemed to fail at once, so none is declared failing. */
  correlated: boolean;
  /** Whether orders are taken, by canaries that place some through every Region. */
  orders: { state: Sight; since: string; reason: string };
}

/** A canary's run succeeded in fewer than this share of its period: it sees the Region down. */
const DOWN_BELOW = 0.5;
/** Who was declared failing is serving again only when as many see it up as it took to declare it. */
const AGREEING = 2;

/**
 * What peers and Route 53's checkers see of each Region, folded over what was known before: consecutive failures and since
 * when come from `previous`, null at first. A Region is failing when two decisive vantage points outside it see it down and
 * outnumber those that see it up (aws-facts 2.5); missing data is a reason to look, never to act; when more than one would
 * be failing, a common cause is likelier and all of them are suspect (R-05).
 */
export function detectRegions(outlook: Outlook, previous: Detection | null): Detection {
  const at = outlook.facts.now.toISOString();
  const looks = outlook.environment.regions.map((region) => ({
    region,
    vantages: vantagesOf(outlook, region, previous),
  }));
  // The one Region that others see down may be cut off itself: what its own canary says of the rest is discounted.
  const outvoted = looks.filter(({ vantages }) => isOutvoted(vantages)).map(({ region }) => region);
  const cutOff = outvoted.length === 1 ? outvoted : [];
  const judged = looks.map(({ region, vantages }) => {
    const heard = vantages.filter(
      ({ id }) => !cutOff.some((code) => code !== region && id === canaryId(code)),
    );
    return { region, vantages, heard, failing: isOutvoted(heard) };
  });
  // One that was fenced and came back is down because its database is shut: no sign of a cause that others share.
  const failing = judged
    .filter((look) => look.failing && !awaitsRebuild(outlook, look.region))
    .map(({ region }) => region);
  const correlated = failing.length > 1;
  const regions = judged.map(({ region, vantages, heard }): RegionDetection => {
    const before = previous?.regions.find((candidate) => candidate.region === region);
    const { state, reason } =
      correlated && failing.includes(region) ? atOnce(failing) : stateOf(region, heard, before?.state);
    return {
      region,
      state,
      since: sinceOf(state, heard, before, at),
      reason,
      vantages,
      orders: ordersThrough(outlook, region, cutOff),
    };
  });
  return { at, regions, correlated, orders: judgeOrders(regions, previous, at) };
}

function canaryId(region: string): string {
  return `canary-${region}`;
}

function vantagesOf(outlook: Outlook, region: string, previous: Detection | null): Vantage[] {
  const before = previous?.regions.find((candidate) => candidate.region === region)?.vantages ?? [];
  const fold = (look: Look): Vantage =>
    foldVantage(
      outlook,
      look,
      before.find(({ id }) => id === look.id),
    );
  const canaries = outlook.environment.regions
    .filter((code) => code !== region)
    .map((code) => fold(lookOfCanary(outlook, code, region)));
  return [fold(lookOfCheckers(outlook, region)), ...canaries, fold(lookOfConsole(outlook, region))];
}

type Look = Omit<Vantage, 'failures' | 'since'> & { failuresNeeded: number };

/** Route 53's checkers by their metric, or by what DNS still answers: one vantage point, however it is heard. */
function lookOfCheckers(outlook: Outlook, region: string): Look {
  const base = { id: 'route53', name: 'Route 53’s checkers', decisive: true, failuresNeeded: 1 };
  const check = known(outlook, 'health-check', factsOf(outlook.facts, region).healthCheck);
  if (check.value && check.value.healthy !== null) {
    const { healthy, percentHealthy } = check.value;
    const share = percentHealthy === null ? '' : `, ${Math.round(percentHealthy)} % of them see it healthy`;
    const detail = `the health check of ${region} is ${healthy ? 'healthy' : 'unhealthy'}${share}`;
    return { ...base, sees: healthy ? 'up' : 'down', at: check.observedAt, detail };
  }
  const why = check.known ? 'has not reported' : check.why;
  return (
    lookOfDns(outlook, region) ?? {
      ...base,
      sees: 'unknown',
      at: null,
      detail: `the health check of ${region}: ${why}`,
    }
  );
}

/**
 * A Region with weight of which DNS says nothing is one whose health check fails (part 3: metrics of health checks are in
 * us-east-1 alone). Says nothing where a switch takes it out, where it has no weight, or where too few answers were heard; nor
 * of an environment whose own load balancer there is none of those that the zone answers with.
 */
function lookOfDns(outlook: Outlook, region: string): Look | undefined {
  const { facts, environment } = outlook;
  if (environment.loadBalancers?.[region]) return undefined;
  const dns = known(outlook, 'dns', facts.dns);
  const weights = facts.records.value?.recordWeights;
  if (!dns.known || !weights) return undefined;
  const switchedOff = environment.regions.some((code) => {
    const seen = known(outlook, 'switch', factsOf(facts, code).switch);
    return seen.value?.off.includes(region) ?? false;
  });
  if (switchedOff) return undefined;
  const isNamed = isAnswered(region, dns.value.answers, weights);
  if (isNamed === null) return undefined;
  const base = {
    id: 'route53',
    name: 'Route 53’s checkers',
    decisive: true,
    failuresNeeded: 1,
    at: dns.observedAt,
  };
  return isNamed
    ? { ...base, sees: 'up', detail: `DNS answers ${region}` }
    : { ...base, sees: 'down', detail: `DNS no longer answers ${region}, although it has weight` };
}

function lookOfCanary(outlook: Outlook, from: string, region: string): Look {
  const base = {
    id: canaryId(from),
    name: `the canary in ${from}`,
    decisive: true,
    failuresNeeded: outlook.estate.thresholds.alert.consecutiveFailures,
  };
  const canaries = known(outlook, 'canaries', factsOf(outlook.facts, from).canaries);
  const probe = probeOf(canaries.value, region, 'reads');
  if (!probe) {
    const why = canaries.known ? `does not probe ${region}` : canaries.why;
    return { ...base, sees: 'unknown', at: null, detail: `the canary in ${from}: ${why}` };
  }
  const share = `${Math.round(probe.success * 100)} %`;
  const detail = `${share} of the canary’s runs in ${from} read from ${region}`;
  return { ...base, sees: sightOf(probe.success), at: probe.at, detail };
}

function probeOf(canaries: CanariesObservation | null, target: string, path: 'reads' | 'writes') {
  return canaries?.probes.find((probe) => probe.target === target && probe.path === path);
}

function sightOf(success: number): Sight {
  if (success < DOWN_BELOW) return 'down';
  return success < 1 ? 'partly' : 'up';
}

/** Meridian's own reach: a hint, never decisive, because its own network may be what failed. */
function lookOfConsole(outlook: Outlook, region: string): Look {
  const base = { id: 'console', name: 'Meridian’s collectors', decisive: false, failuresNeeded: 1 };
  const { identity } = factsOf(outlook.facts, region);
  const reached = known(outlook, 'identity', identity);
  if (reached.known && !identity.error)
    return { ...base, sees: 'up', at: reached.observedAt, detail: `AWS answers Meridian in ${region}` };
  const why = reached.known ? identity.error : reached.why;
  const sees = identity.error ? 'down' : 'unknown';
  return { ...base, sees, at: identity.observedAt, detail: `AWS in ${region}, asked by Meridian: ${why}` };
}

/** Counts failures in a row and keeps since when. A canary's first failure is seen `partly`, until it fails again. */
function foldVantage({ facts }: Outlook, look: Look, before: Vantage | undefined): Vantage {
  const { failuresNeeded, ...seen } = look;
  const again = before !== undefined && before.failures > 0 && look.sees === 'down';
  const fresh = look.at !== before?.at;
  const failures = look.sees !== 'down' ? 0 : again ? before.failures + (fresh ? 1 : 0) : 1;
  const sees = look.sees === 'down' && failures < failuresNeeded ? 'partly' : look.sees;
  const kept = again || (before?.sees === sees && before.failures === 0 && failures === 0);
  const began = look.sees === 'unknown' ? null : (look.at ?? facts.now.toISOString());
  return { ...seen, sees, failures, since: kept ? (before?.since ?? began) : began };
}

function isOutvoted(vantages: readonly Vantage[]): boolean {
  const { up, down } = votes(vantages);
  return down.length >= AGREEING && down.length > up.length;
}

function votes(vantages: readonly Vantage[]) {
  const of = (sees: Sight) => vantages.filter((vantage) => vantage.decisive && vantage.sees === sees);
  return { up: of('up'), partly: of('partly'), down: of('down') };
}

function stateOf(
  region: string,
  vantages: readonly Vantage[],
  before: RegionHealth | undefined,
): { state: RegionHealth; reason: string } {
  const { up, partly, down } = votes(vantages);
  const names = (those: readonly Vantage[]) => listOf(those.map(({ name }) => name));
  const against = up.length === 0 ? '' : `, not by ${names(up)}`;
  if (isOutvoted(vantages))
    return { state: 'failing', reason: `${region} is seen down by ${names(down)}${against}.` };
  if (down.length > 0) {
    const alone = `${region} is seen down by ${names(down)}${against}. ${down.length < AGREEING ? 'One vantage point does not decide' : 'As many see it up'}.`;
    return { state: 'suspect', reason: alone };
  }
  if (partly.length > 0)
    return {
      state: 'suspect',
      reason: `${names(partly)} reach${partly.length === 1 ? 'es' : ''} ${region} only in part, or failed once.`,
    };
  if (up.length === 0)
    return {
      state: 'unknown',
      reason: `Nothing outside ${region} sees it now: ${vantages.map(({ detail }) => detail).join('; ')}.`,
    };
  if (before === 'failing' && up.length < AGREEING)
    return { state: 'suspect', reason: `${region} is seen up again by ${names(up)} alone; it was failing.` };
  return { state: 'serving', reason: `${region} is seen up by ${names(up)}.` };
}

function atOnce(failing: readonly string[]): { state: RegionHealth; reason: string } {
  return {
    state: 'suspect',
    reason: `${listOf(failing)} look down at once. A common cause is likelier than ${failing.length} lost Regions, so nothing is declared: look at what they share, DNS, the database, the network of the vantage points.`,
  };
}

/** What is wrong began when the first vantage point saw it down; what is well, when the state last changed. */
function sinceOf(
  state: RegionHealth,
  vantages: readonly Vantage[],
  before: RegionDetection | undefined,
  at: string,
): string {
  if (state === 'failing' || state === 'suspect') {
    const first = vantages
      .filter(({ decisive, failures }) => decisive && failures > 0)
      .flatMap(({ since }) => since ?? [])
      .sort()[0];
    const known = before && (before.state === 'failing' || before.state === 'suspect') ? before.since : at;
    return first !== undefined && first < known ? first : known;
  }
  return before?.state === state ? before.since : at;
}

/** Orders that canaries outside placed through the Region; one that is itself cut off is not asked. */
function ordersThrough(outlook: Outlook, region: string, cutOff: readonly string[]): Sight {
  const sights = outlook.environment.regions
    .filter((code) => code !== region && !cutOff.includes(code))
    .flatMap((code) => {
      const canaries = known(outlook, 'canaries', factsOf(outlook.facts, code).canaries);
      return probeOf(canaries.value, region, 'writes') ?? [];
    })
    .map(({ success }) => sightOf(success));
  if (sights.length === 0) return 'unknown';
  if (sights.every((sight) => sight === 'down')) return 'down';
  return sights.every((sight) => sight === 'up') ? 'up' : 'partly';
}

/** Orders that fail wherever they are placed tell of the database or its Region, so no Region is left because of them. */
function judgeOrders(
  regions: readonly RegionDetection[],
  previous: Detection | null,
  at: string,
): Detection['orders'] {
  const seen = regions.filter(({ orders }) => orders !== 'unknown');
  const failing = seen.filter(({ orders }) => orders !== 'up').map(({ region }) => region);
  const { state, reason } = ordersVerdict(seen, failing);
  const since = previous?.orders.state === state ? previous.orders.since : at;
  return { state, since, reason };
}

function ordersVerdict(
  seen: readonly RegionDetection[],
  failing: readonly string[],
): { state: Sight; reason: string } {
  if (seen.length === 0)
    return { state: 'unknown', reason: 'No canary places orders, so nothing is known of them.' };
  if (failing.length === 0)
    return { state: 'up', reason: 'Orders are taken in every Region that is looked at.' };
  if (seen.every(({ orders }) => orders === 'down')) {
    return {
      state: 'down',
      reason:
        'Orders fail in every Region: that tells of the writer’s database or the paths to it. It is no reason to send readers away.',
    };
  }
  return { state: 'partly', reason: `Orders fail, or fail at times, in ${listOf(failing)}.` };
}

export interface DetectionTime {
  /** Until two vantage points can agree, seconds; null where there are not two. */
  confirmedSeconds: number | null;
  /** Until DNS has sent users elsewhere by itself, resolvers' caches included; null without a health check on the records. */
  trafficSeconds: number | null;
  parts: { label: string; seconds: number }[];
  /** The strategy document's figure, which the others are to be read against. */
  claimedSeconds: number;
  message: string;
  source: string;
}

/** "Detect failure (< 1 minute)", L403. */
export const CLAIMED_DETECTION_SECONDS = 60;

/**
 * How long it takes to notice that a Region is lost, reckoned from intervals and thresholds as they are configured: checkers
 * need interval × threshold failures, a canary two runs, a metric period each; resolvers keep an answer for the TTL. Only
 * canaries that were ever seen to probe the Region count (aws-facts C-01: 2 to 4 minutes where the document says under one).
 */
export function detectionTime(outlook: Outlook, region: string): DetectionTime {
  const { estate, environment } = outlook;
  const period = estate.metrics.periodSeconds;
  const failures = estate.thresholds.alert.consecutiveFailures;
  const canarySeconds = failures * period + period;
  const checkSeconds = checkerSeconds(outlook, region);
  const peers = environment.regions.filter(
    (code) =>
      code !== region && probeOf(factsOf(outlook.facts, code).canaries.value, region, 'reads') !== undefined,
  ).length;
  // The checkers' metric is in us-east-1 alone: with it lost they are heard through DNS, if that is asked.
  const heard =
    checkSeconds !== null && (region !== CONTROL_PLANE_REGION || outlook.facts.dns.value !== null);
  const vantages = [
    ...(heard ? [checkSeconds + period] : []),
    ...Array.from({ length: peers }, () => canarySeconds),
  ];
  const confirmedSeconds = vantages.sort((a, b) => a - b)[AGREEING - 1] ?? null;
  const trafficSeconds = checkSeconds === null ? null : checkSeconds + estate.dns.ttlSeconds;
  return {
    confirmedSeconds,
    trafficSeconds,
    parts: [
      ...(checkSeconds === null
        ? []
        : [{ label: 'Route 53’s checkers fail the Region', seconds: checkSeconds }]),
      { label: 'resolvers forget the old answer (TTL)', seconds: estate.dns.ttlSeconds },
      { label: `a canary fails ${failures} times in a row and its metric arrives`, seconds: canarySeconds },
    ],
    claimedSeconds: CLAIMED_DETECTION_SECONDS,
    message: timeMessage(requireDeclared(outlook, region).code, confirmedSeconds, trafficSeconds),
    source: 'C-01',
  };
}

function timeMessage(region: string, confirmed: number | null, traffic: number | null): string {
  const moved =
    traffic === null
      ? 'DNS does not leave it by itself, as its records carry no health check'
      : `DNS has left it ${traffic} s after it fails`;
  const said =
    confirmed === null
      ? 'there are no two vantage points that could agree on it'
      : `two vantage points agree after ${confirmed} s`;
  return `Loss of ${region}: ${said}; ${moved}. The strategy document says under 60 s (L403).`;
}

/** Of the endpoint's own check, also where a calculated check stands before it; null where the records carry none. */
function checkerSeconds(outlook: Outlook, region: string): number | null {
  const zone = outlook.facts.zone.value;
  const declared = requireDeclared(outlook, region);
  const carried = zone?.recordChecks[region] ?? null;
  if (!zone || carried === null) return null;
  const check =
    zone.checks.find(({ id }) => id === declared.healthCheckId) ??
    zone.checks.find(({ id }) => id === carried);
  if (!check || check.disabled || check.intervalSeconds === null || check.failureThreshold === null)
    return null;
  return check.intervalSeconds * check.failureThreshold;
}
