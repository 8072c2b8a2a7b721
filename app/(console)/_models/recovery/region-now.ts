import type { RegionNow } from '#components/recovery/model.ts';
import type { Reading } from '#components/ui/model.ts';
import { ageSeconds, ageWords, oldestOf } from '#lib/domain/observation/known.ts';
import type { RegionDetection } from '#lib/domain/recovery/detection.ts';
import { answeredShare } from '#lib/domain/recovery/dns-answers.ts';
import { switchOf } from '#lib/domain/recovery/dns-switch.ts';
import { factsOf, known, type RecoveryRegionFacts, requireDeclared } from '#lib/domain/recovery/facts.ts';
import { isShut, sourceRegionOf, takesWrites } from '#lib/domain/recovery/topology.ts';
import { routes } from '#lib/routes.ts';
import { detectionOf } from '#lib/services/recovery/situation.ts';
import { count, readingOf } from '../common.ts';
import { type Frame, freshSeconds } from './frame.ts';
import { seenRegion } from './region-state.ts';

/** One line of "Now": how a Region stands, who writes, how users reach it, where its orders go. */
export function regionNow(frame: Frame, code: string, selected: boolean): RegionNow {
  const { outlook, detection } = frame.situation;
  const facts = factsOf(outlook.facts, code);
  const seen = detectionOf(detection, code);
  const { status, word, since, seenBy } = seenRegion(frame.situation, code);
  const limit = freshSeconds(frame);
  return {
    code,
    name: requireDeclared(outlook, code).name,
    href: routes.recovery({ ...frame.here, region: code }),
    selected,
    status,
    word,
    since,
    seenBy,
    database: databaseWords(frame, facts),
    lag: lagOf(frame, facts, limit),
    share: shareOf(frame, code),
    traffic: trafficWords(frame, facts),
    orders: ordersWords(frame, facts, seen),
    at: detection?.at ?? null,
    withinSeconds: limit,
  };
}

function databaseWords(frame: Frame, { code, database }: RecoveryRegionFacts): RegionNow['database'] {
  const { outlook, topology } = frame.situation;
  const seen = known(outlook, 'database', database);
  const value = database.value;
  if (value === null) {
    return seen.known || database.error === null
      ? { status: 'unknown', word: 'no database seen', detail: '' }
      : { status: 'unknown', word: 'not known', detail: database.error };
  }
  const { instanceId, replication, role, status } = value;
  if (!seen.known) {
    const was = role !== 'primary' ? 'replica' : topology.writer === code ? 'writer' : 'former writer';
    return { status: 'unknown', word: was, detail: lastSeen(frame, database.observedAt) };
  }
  if (isShut(value)) return { status: 'held', word: 'fenced', detail: instanceId };
  if (role === 'primary') {
    const second = topology.writer !== null && topology.writer !== code;
    if (second) return { status: 'critical', word: 'second writer', detail: instanceId };
    return takesWrites(value)
      ? { status: 'ok', word: 'writer', detail: instanceId }
      : { status: 'critical', word: status, detail: instanceId };
  }
  const source = sourceRegionOf(value);
  const detail = source === null ? instanceId : `of ${source}`;
  if (replication !== 'replicating')
    return { status: 'warning', word: `replica, ${replication ?? 'not reported'}`, detail };
  if (source !== null && topology.writer !== null && source !== topology.writer)
    return { status: 'warning', word: 'stale replica', detail };
  return status === 'available'
    ? { status: 'ok', word: 'replica', detail }
    : { status: 'warning', word: `replica, ${status}`, detail };
}

function lastSeen({ context }: Frame, at: string | null): string {
  return at === null ? 'never seen' : `last seen ${ageWords(ageSeconds(context.now, at))} ago`;
}

function lagOf({ situation }: Frame, facts: RecoveryRegionFacts, limit: number): RegionNow['lag'] {
  if (situation.topology.writer === facts.code || facts.database.value?.role === 'primary') return null;
  const seen = known(situation.outlook, 'lag', facts.lag);
  return {
    reading: readingOf(facts.lag, (value) => (value.idle ? 0 : value.seconds), limit),
    status: seen.value?.class ?? 'unknown',
  };
}

/** Part of all requests. A silent Region counts nothing where DNS sends nobody there; else no share is known. */
function shareOf(frame: Frame, code: string): Reading {
  const { outlook } = frame.situation;
  const withinSeconds = freshSeconds(frame);
  const rates = outlook.environment.regions.map((region) => ({ region, ...rateOf(frame, region) }));
  const at = oldestOf(...rates.map((rate) => rate.at));
  const own = rates.find(({ region }) => region === code)?.rate ?? null;
  if (own === null || rates.some(({ rate }) => rate === null)) return { value: null, at, withinSeconds };
  const total = rates.reduce((sum, { rate }) => sum + (rate ?? 0), 0);
  return { value: total > 0 ? own / total : null, at, withinSeconds };
}

function rateOf({ situation }: Frame, code: string): { rate: number | null; at: string | null } {
  const { outlook } = situation;
  const traffic = known(outlook, 'traffic', factsOf(outlook.facts, code).traffic);
  if (traffic.value) return { rate: traffic.value.requestsPerSecond, at: traffic.observedAt };
  const answered = answeredShare(outlook, code);
  return answered === 0 ? { rate: 0, at: outlook.facts.dns.observedAt } : { rate: null, at: null };
}

function trafficWords(frame: Frame, facts: RecoveryRegionFacts): RegionNow['traffic'] {
  const { outlook } = frame.situation;
  const { code } = facts;
  const detail = switchWords(frame, code);
  const offBy = outlook.facts.regions
    .filter((peer) => known(outlook, 'switch', peer.switch).value?.off.includes(code))
    .map((peer) => peer.code);
  if (offBy.length > 0)
    return {
      status: 'held',
      word: 'forced off',
      detail: `by ${count(offBy.length, 'switch', 'switches')} of its peers`,
    };
  const answered = answeredShare(outlook, code);
  const check = known(outlook, 'health-check', facts.healthCheck);
  const weighted = Object.values(outlook.facts.records.value?.recordWeights ?? {}).some(
    (weights) => (weights[code] ?? 0) > 0,
  );
  if (outlook.facts.records.value && !weighted) return { status: 'ok', word: 'no weight', detail };
  if (check.value?.healthy === false || (weighted && answered === 0))
    return { status: 'warning', word: 'out by its check', detail };
  if (check.value?.healthy === true || (answered ?? 0) > 0) return { status: 'ok', word: 'in DNS', detail };
  return { status: 'unknown', word: 'not known', detail };
}

function switchWords({ situation: { outlook } }: Frame, code: string): string {
  const { value } = outlook.facts.zone;
  if (value === null) return 'switch not known';
  const { prepared, inRegions } = switchOf(outlook, value, code);
  if (prepared) return 'switch ready';
  return inRegions.length === 0 ? 'no switch prepared' : `one switch only, in ${inRegions.join(', ')}`;
}

/** What becomes of an order that is placed there. */
function ordersWords(
  { context, situation }: Frame,
  { code, shopConfig }: RecoveryRegionFacts,
  seen: RegionDetection | undefined,
): RegionNow['orders'] {
  const config = known(situation.outlook, 'shop-config', shopConfig);
  if (config.value?.writeFreeze) return { status: 'held', word: 'frozen' };
  if (seen?.orders === 'down') return { status: 'critical', word: 'fail' };
  if (!config.known && seen?.orders !== 'up') return { status: 'unknown', word: 'not known' };
  const endpoint = config.value?.writerEndpoint ?? null;
  const to =
    endpoint === null
      ? situation.topology.writer
      : context.estate.regions.find((region) => endpoint.includes(region.code))?.code;
  const word = to === code ? 'taken here' : `to ${to ?? endpoint ?? 'the writer'}`;
  return seen?.orders === 'partly'
    ? { status: 'warning', word: `${word}, some fail` }
    : { status: 'ok', word };
}
