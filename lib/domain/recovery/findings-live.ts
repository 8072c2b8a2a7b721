import { nodesNeeded, survivability } from '../capacity/capacity.ts';
import type { ObservationKind, Observed } from '../observation/kinds.ts';
import { ageSeconds, ageWords } from '../observation/known.ts';
import { parityOf } from './database-checks.ts';
import { CLAIMED_DETECTION_SECONDS, detectionTime } from './detection.ts';
import { switchOf } from './dns-switch.ts';
import {
  CONTROL_PLANE_REGION,
  declaredRegions,
  factsOf,
  known,
  type Outlook,
  type RecoveryRegionFacts,
} from './facts.ts';
import { lossOf } from './loss.ts';
import { dataAtRisk } from './rpo.ts';
import { dutyOf } from './support.ts';
import { isFenced, pathBetween, writerOf, writerRegion } from './topology.ts';
import type { Remedy } from './verdict.ts';
import { byteWords, count, durationWords, listOf, shareWords } from './words.ts';

/** Whether the estate still shows what a statement gets wrong, with numbers. */
export interface Live {
  state: 'open' | 'gone' | 'unknown';
  text: string;
  observedAt: string | null;
  operation?: Remedy['operation'];
}

type LiveCheck = (outlook: Outlook) => Live;

/** Statements that the live estate proves or refutes; all others stand as the document has them. */
export const LIVE_CHECKS: Readonly<Record<string, LiveCheck>> = {
  'B-02': storageRules,
  'B-05': missingPaths,
  'B-06': switches,
  'B-09': idleLag,
  'B-10': cacheSecondaries,
  'B-11': cacheSlots,
  'B-17': timeControl,
  'B-18': storageGaps,
  'B-19': replicaSettings,
  'B-20': splitBrain,
  'C-01': detection,
  'C-03': residency,
  'C-08': survivableAtPeak,
  'C-09': parity,
  'C-12': versions,
  'C-13': wayBack,
  'C-15': forwardedOrders,
  'C-21': weightedSets,
  'C-22': defaultRecord,
  'C-26': overdueReview,
  'C-27': onDuty,
  'R-01': home,
  'R-02': readyNodes,
  'R-03': statedLoss,
  'R-05': separateProbes,
  'R-06': zeroWeights,
  'R-07': disabledChecks,
  'R-10': oldPrimaries,
  'R-12': deadReplicas,
  'R-13': replicaChains,
  'R-14': replicaCount,
  'R-16': replicators,
  'R-18': pinnedImages,
};

function open(text: string, observedAt: string | null, operation?: Remedy['operation']): Live {
  return { state: 'open', text, observedAt, operation };
}

function gone(text: string, observedAt: string | null): Live {
  return { state: 'gone', text, observedAt };
}

function unknown(text: string, observedAt: string | null): Live {
  return { state: 'unknown', text, observedAt };
}

/** One kind of observation of every Region, as far as it is known. */
function everywhere<T>(
  outlook: Outlook,
  kind: ObservationKind,
  of: (region: RecoveryRegionFacts) => Observed<T>,
) {
  const seen = outlook.environment.regions.map((code) => ({
    code,
    ...known(outlook, kind, of(factsOf(outlook.facts, code))),
  }));
  return {
    known: seen.flatMap(({ code, value }) => (value === null ? [] : [{ code, value }])),
    missing: seen.filter((found) => !found.known).map(({ code }) => code),
    observedAt: seen.flatMap(({ observedAt }) => observedAt ?? []).sort()[0] ?? null,
  };
}

/** Open where one was found; unknown while a Region is not seen; else gone. */
function verdict(
  found: readonly string[],
  seen: { missing: readonly string[]; observedAt: string | null },
  well: string,
): Live {
  if (found.length > 0) return open(`${found.join('. ')}.`, seen.observedAt);
  if (seen.missing.length > 0)
    return unknown(
      `Not known while ${listOf(seen.missing)} ${seen.missing.length === 1 ? 'is' : 'are'} not seen.`,
      seen.observedAt,
    );
  return gone(well, seen.observedAt);
}

function writing(outlook: Outlook): string | null {
  return writerRegion(writerOf(outlook));
}

function othersThan(outlook: Outlook, region: string | null) {
  return declaredRegions(outlook).filter(({ code }) => code !== region);
}

/** Of the Region that takes the orders, where a statement is about the source of everything. */
function sourceStorage(outlook: Outlook) {
  const source = writing(outlook);
  const seen = source ? known(outlook, 'storage', factsOf(outlook.facts, source).storage) : null;
  return { source, seen };
}

function storageRules(outlook: Outlook): Live {
  const { source, seen } = sourceStorage(outlook);
  if (!source || !seen?.known)
    return unknown('Replication rules of the source bucket are not seen.', seen?.observedAt ?? null);
  const missing = othersThan(outlook, source).filter(
    ({ bucket }) => !seen.value.rules.some((rule) => rule.enabled && rule.destination === bucket),
  );
  if (missing.length > 0)
    return open(
      `${seen.value.bucket} has no enabled rule to ${listOf(missing.map(({ bucket }) => bucket))}: they were replaced, or never made.`,
      seen.observedAt,
    );
  return gone(`${seen.value.bucket} has a rule to every other Region.`, seen.observedAt);
}

function missingPaths(outlook: Outlook): Live {
  const { regions } = outlook.environment;
  const paths = regions.flatMap((a, i) => regions.slice(i + 1).map((b) => pathBetween(outlook, a, b)));
  const observedAt = paths.flatMap((path) => path.observedAt ?? []).sort()[0] ?? null;
  const missing = paths.filter(({ state }) => state === 'missing');
  const [first] = missing;
  if (first) {
    const pairs = listOf(missing.map(({ from, to }) => `${from} with ${to}`));
    const operation = { kind: 'connect-regions' as const, params: { from: first.from, to: first.to } };
    return open(
      `${missing.length} of ${paths.length} pairs are not connected: ${pairs}.`,
      observedAt,
      operation,
    );
  }
  const unseen = paths.find(({ state }) => state === 'unknown');
  if (unseen) return unknown(unseen.message, observedAt);
  return gone(`All ${count(paths.length, 'pair')} of Regions reach each other.`, observedAt);
}

function switches(outlook: Outlook): Live {
  const zone = known(outlook, 'zone', outlook.facts.zone);
  if (!zone.known) return unknown(`The zone is not known: ${zone.why}.`, zone.observedAt);
  const missing = outlook.environment.regions.filter((code) => !switchOf(outlook, zone.value, code).prepared);
  const [first] = missing;
  if (first) {
    const operation = { kind: 'prepare-switch' as const, params: { region: first } };
    return open(`No switch is prepared for ${listOf(missing)}.`, zone.observedAt, operation);
  }
  return gone('Every Region can be taken out of DNS without a change of records.', zone.observedAt);
}

function idleLag(outlook: Outlook): Live {
  const replicas = everywhere(outlook, 'lag', (region) => region.lag);
  const idle = replicas.known.filter(({ value }) => value.idle);
  const [first] = idle;
  if (first) {
    const text = `ReplicaLag of ${first.code} says ${durationWords(first.value.seconds ?? 0)}, and nothing is missing there: nobody writes.`;
    return open(text, replicas.observedAt);
  }
  return open(
    'ReplicaLag is now() minus the last commit replayed: it rises again whenever nobody writes.',
    replicas.observedAt,
  );
}

function cacheSecondaries(outlook: Outlook): Live {
  const caches = everywhere(outlook, 'cache', (region) => region.cache);
  const found = caches.known
    .filter(({ value }) => value.role === 'secondary')
    .map(
      ({ code, value }) =>
        `${value.replicationGroup} in ${code} is a secondary and stays one until it is failed over by hand`,
    );
  return verdict(found, caches, 'No cache is a secondary of one in another Region.');
}

function cacheSlots(outlook: Outlook): Live {
  const caches = everywhere(outlook, 'cache', (region) => region.cache);
  const stores = new Map<string, string[]>();
  for (const { code, value } of caches.known)
    if (value.globalDatastore)
      stores.set(value.globalDatastore, [...(stores.get(value.globalDatastore) ?? []), code]);
  const full = [...stores]
    .filter(([, members]) => members.length >= GLOBAL_DATASTORE_MEMBERS)
    .map(
      ([name, members]) =>
        `${name} is full: ${listOf(members)} are its members, and it takes ${GLOBAL_DATASTORE_MEMBERS}`,
    );
  return verdict(full, caches, 'A cache of another Region could still join.');
}

/** One primary and up to two secondaries (aws-facts B-11). */
const GLOBAL_DATASTORE_MEMBERS = 3;

function timeControl(outlook: Outlook): Live {
  return ruleGaps(outlook, 'B-17', (rule) => (rule.timeControl ? [] : ['no time control']));
}

function storageGaps(outlook: Outlook): Live {
  return ruleGaps(outlook, 'B-18', (rule) => [
    ...(rule.encrypted ? [] : ['leaves out what is encrypted with a KMS key']),
    ...(rule.deleteMarkers ? [] : ['leaves out delete markers']),
  ]);
}

type Rule = NonNullable<RecoveryRegionFacts['storage']['value']>['rules'][number];

function ruleGaps(outlook: Outlook, code: 'B-17' | 'B-18', gapsOf: (rule: Rule) => string[]): Live {
  const { seen } = sourceStorage(outlook);
  if (!seen?.known)
    return unknown('Replication rules of the source bucket are not seen.', seen?.observedAt ?? null);
  const { bucket, rules, versioned } = seen.value;
  if (code === 'B-18' && !versioned)
    return open(`${bucket} keeps no versions: nothing is replicated.`, seen.observedAt);
  const enabled = rules.filter((rule) => rule.enabled);
  const found = enabled.flatMap((rule) =>
    gapsOf(rule).map((gap) => `${rule.id} ${gap.startsWith('no') ? 'has ' : ''}${gap}`),
  );
  if (found.length > 0) return open(`${found.join('. ')}.`, seen.observedAt);
  if (enabled.length === 0) return open(`${bucket} has no enabled rule.`, seen.observedAt);
  return gone(`${count(enabled.length, 'rule')} of ${bucket} without a gap.`, seen.observedAt);
}

function replicaSettings(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'database', (region) => region.database);
  const found = databases.known
    .filter(({ value }) => value.role === 'replica')
    .flatMap(({ value }) => {
      const gaps = [
        ...(value.parameterGroup?.startsWith('default.') ? ['RDS’ own parameter group'] : []),
        ...(value.backupRetentionDays === 0 ? ['no backups'] : []),
        ...(value.deletionProtection ? [] : ['no deletion protection']),
      ];
      return gaps.length > 0 ? [`${value.instanceId} has ${listOf(gaps)}`] : [];
    });
  return verdict(
    found,
    databases,
    'Every replica has its own parameter group, backups and deletion protection.',
  );
}

function splitBrain(outlook: Outlook): Live {
  const writer = writerOf(outlook);
  switch (writer.kind) {
    case 'several':
      return open(writer.message, null);
    case 'one':
      return gone(
        `${writer.message} Plans here fence before they promote; the document’s steps do not.`,
        null,
      );
    case 'none':
    case 'unknown':
      return unknown(writer.message, null);
    default:
      return writer satisfies never;
  }
}

function detection(outlook: Outlook): Live {
  const times = outlook.environment.regions.map((code) => ({ code, ...detectionTime(outlook, code) }));
  const observedAt = outlook.facts.zone.observedAt;
  const never = times.filter(({ confirmedSeconds }) => confirmedSeconds === null).map(({ code }) => code);
  if (never.length > 0)
    return open(`No two vantage points could agree that ${listOf(never, 'or')} is lost.`, observedAt);
  const slowest = Math.max(...times.map(({ confirmedSeconds }) => confirmedSeconds ?? 0));
  const text = `The loss of a Region is confirmed after ${durationWords(slowest)}, reckoned from intervals and thresholds.`;
  return slowest > CLAIMED_DETECTION_SECONDS ? open(text, observedAt) : gone(text, observedAt);
}

function residency(outlook: Outlook): Live {
  const writer = writing(outlook);
  const bound = outlook.estate.geographies.filter((geography) => geography.residency !== undefined);
  if (bound.length === 0) return gone('No geography is bound to a jurisdiction.', null);
  if (writer === null) return unknown('Where orders are written is not known.', null);
  const copies = declaredRegions(outlook);
  const found = bound.flatMap(({ name, residency: bounds }) => {
    const outside = copies.filter(({ jurisdiction }) => jurisdiction !== bounds);
    if (outside.length === 0) return [];
    const where = listOf(outside.map(({ code, jurisdiction }) => `${code} (${jurisdiction})`));
    return [`Orders of ${name} are bound to ${bounds} and stored in ${where}`];
  });
  return found.length > 0
    ? open(`${found.join('; ')}.`, null)
    : gone('Every copy of the orders is inside.', null);
}

function survivableAtPeak(outlook: Outlook): Live {
  const { requestsPerSecondPerNode: perNode, peakRequestsPerSecond: peak } = outlook.estate.capacity;
  const regions = declaredRegions(outlook);
  const losses = survivability({
    shares: Object.fromEntries(regions.map(({ code, plan }) => [code, plan.trafficShare])),
    capacities: regions.map(({ code, nodes }) => {
      const seen = factsOf(outlook.facts, code);
      return {
        region: code,
        ready: seen.nodes.value?.ready ?? null,
        maximum: seen.nodeGroup.value?.maximum ?? nodes.max,
      };
    }),
    requestsPerSecond: peak,
    peakRequestsPerSecond: peak,
    perNode,
  });
  const observedAt =
    regions.flatMap(({ code }) => factsOf(outlook.facts, code).nodeGroup.observedAt ?? []).sort()[0] ?? null;
  const fatal = losses.filter(({ survivableNow }) => !survivableNow);
  if (fatal.length === 0)
    return gone(`At peak, ${nodesNeeded(peak, perNode)} nodes, any Region may be lost.`, observedAt);
  const said = fatal.map(
    ({ lost, carriedAtPeak }) => `without ${lost} the rest carry ${shareWords(carriedAtPeak)} of peak`,
  );
  return open(`${capital(listOf(said))}.`, observedAt);
}

function parity(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'database', (region) => region.database);
  const found = databases.known
    .filter(({ value }) => value.role === 'replica')
    .flatMap(({ code, value }) => {
      const differences = (parityOf(outlook, code) ?? []).filter(({ what }) => what !== 'parameter-group');
      return differences.length > 0
        ? [`${value.instanceId} has ${listOf(differences.map(({ message }) => message))}`]
        : [];
    });
  return verdict(found, databases, 'Every replica matches the primary.');
}

function versions(outlook: Outlook): Live {
  const services = everywhere(outlook, 'service', (region) => region.service);
  const live = new Set(services.known.map(({ value }) => value.liveVersion));
  const found =
    live.size > 1
      ? [listOf(services.known.map(({ code, value }) => `${code} serves ${value.liveVersion ?? 'nothing'}`))]
      : [];
  return verdict(found, services, `Every Region serves ${[...live][0] ?? 'nothing'}.`);
}

function wayBack(outlook: Outlook): Live {
  const services = everywhere(outlook, 'service', (region) => region.service);
  const found = services.known
    .filter(({ value }) => !value.deployments.some(({ version }) => version !== value.liveVersion))
    .map(({ code, value }) => `${code} has no deployment but that of ${value.liveVersion ?? 'no version'}`);
  return verdict(found, services, 'Every Region keeps a deployment of another version.');
}

function forwardedOrders(outlook: Outlook): Live {
  const { p95Ms } = outlook.estate.thresholds.gate;
  const source = writing(outlook);
  const seen = othersThan(outlook, source).map(({ code }) => ({
    code,
    traffic: known(outlook, 'traffic', factsOf(outlook.facts, code).traffic),
  }));
  const observedAt = seen.flatMap(({ traffic }) => traffic.observedAt ?? []).sort()[0] ?? null;
  const slow = seen.flatMap(({ code, traffic }) => {
    const measured = traffic.value?.writes.p95Ms ?? null;
    return measured !== null && measured >= p95Ms ? [`${Math.round(measured)} ms in ${code}`] : [];
  });
  const missing = seen.filter(({ traffic }) => traffic.value?.writes.p95Ms == null).map(({ code }) => code);
  return verdict(
    slow.length > 0
      ? [
          `P95 of orders forwarded to ${source ?? 'the writer'}: ${listOf(slow)}, over the ${p95Ms} ms of the gate`,
        ]
      : [],
    { missing, observedAt },
    `Forwarded orders stay under the ${p95Ms} ms of the gate.`,
  );
}

function weightedSets(outlook: Outlook): Live {
  const { value, observedAt } = outlook.facts.records;
  if (!value) return unknown('The records were never read.', observedAt);
  const missing = outlook.estate.geographies
    .filter(({ key }) => !value.recordWeights[key])
    .map(({ key }) => key);
  return missing.length > 0
    ? open(`There is no weighted set for ${listOf(missing)}.`, observedAt)
    : gone(
        `Each of ${count(outlook.estate.geographies.length, 'geography', 'geographies')} has a weighted set below its place.`,
        observedAt,
      );
}

/** Countries of the Middle East that Route 53 counts as Asia (aws-facts C-22). */
const MIDDLE_EAST = ['AE', 'BH', 'IL', 'IQ', 'IR', 'JO', 'KW', 'LB', 'OM', 'PS', 'QA', 'SA', 'SY', 'YE'];

function defaultRecord(outlook: Outlook): Live {
  const locations = outlook.estate.geographies.flatMap((geography) => geography.locations);
  const named = locations.flatMap((location) => ('country' in location ? [location.country] : []));
  const missing = MIDDLE_EAST.filter((country) => !named.includes(country));
  const found = [
    ...(missing.length > 0 ? [`${listOf(missing)} ${missing.length === 1 ? 'is' : 'are'} left to Asia`] : []),
    ...(locations.some((location) => 'default' in location) ? [] : ['addresses in no list get no answer']),
  ];
  return found.length > 0
    ? open(`${capital(listOf(found))}.`, null)
    : gone(`All ${MIDDLE_EAST.length} countries have records of their own, and there is a default.`, null);
}

/** "Next Review: 2026-01-24 (Quarterly)", L785. */
const NEXT_REVIEW = '2026-01-24';

function overdueReview({ facts }: Outlook): Live {
  const days = Math.floor((facts.now.getTime() - Date.parse(NEXT_REVIEW)) / 86_400_000);
  if (days < 0) return gone(`Its next review is due on ${NEXT_REVIEW}.`, null);
  return open(`Its review was due on ${NEXT_REVIEW}, ${count(days, 'day')} ago.`, null);
}

function onDuty(outlook: Outlook): Live {
  const duties = declaredRegions(outlook).map((region) => ({
    code: region.code,
    duty: dutyOf(region, outlook.facts.now),
  }));
  const asleep = duties
    .filter(({ duty }) => !duty.awake)
    .map(({ code, duty }) => `${code} (${duty.localTime}, ${duty.hours})`);
  if (asleep.length > 0) return open(`Nobody is on duty in ${listOf(asleep)}.`, null);
  const business = declaredRegions(outlook)
    .filter(({ support }) => support.hours === 'business')
    .map(({ code }) => code);
  if (business.length === 0) return gone('Somebody is on duty everywhere at every hour.', null);
  return open(`Somebody is on duty everywhere now, but in ${listOf(business)} only in business hours.`, null);
}

function home(outlook: Outlook): Live {
  const { home: place, regions } = outlook.facts;
  const text = `This console runs in ${place.console}, its database in ${place.database}`;
  const exposed = [place.console, place.database].filter(
    (code) => code === CONTROL_PLANE_REGION || regions.some((region) => region.code === code),
  );
  if (exposed.length > 0) return open(`${text}: it may be lost with what it has to recover.`, null);
  const source = writing(outlook);
  if (source === null) return unknown('Where orders are written is not known.', null);
  return source === CONTROL_PLANE_REGION
    ? open(
        `Orders are written in ${CONTROL_PLANE_REGION}, whose loss takes IAM’s and Route 53’s changes along. ${text}.`,
        null,
      )
    : gone(`${text}, and orders are not written in ${CONTROL_PLANE_REGION}.`, null);
}

function readyNodes(outlook: Outlook): Live {
  const losses = outlook.environment.regions.map((code) => lossOf(outlook, [code]));
  const all = losses.flatMap(({ lost, survivors }) =>
    survivors.map((after) => ({ lost: lost[0] ?? '', ...after })),
  );
  const observedAt = all.flatMap((after) => after.observedAt ?? []).sort()[0] ?? null;
  const missing = all.filter(({ ready }) => ready === null).map(({ region }) => region);
  const short = outlook.environment.regions.flatMap((code) => {
    const [worst] = all
      .filter(({ region, ready, needed }) => region === code && ready !== null && needed > ready)
      .sort((a, b) => b.needed - a.needed);
    return worst
      ? [`${code} has ${worst.ready} nodes ready and would need ${worst.needed} without ${worst.lost}`]
      : [];
  });
  return verdict(
    short,
    { missing: [...new Set(missing)], observedAt },
    'What is ready would carry the load of now without any one Region.',
  );
}

function statedLoss(outlook: Outlook): Live {
  const lost = writing(outlook);
  if (!lost) return unknown('Where orders are written is not known.', null);
  const risks = othersThan(outlook, lost).map(({ code }) => dataAtRisk(outlook, { lost, target: code }));
  const measured = risks.filter(({ seconds }) => seconds !== null);
  const [best] = measured.sort((a, b) => (a.seconds ?? 0) - (b.seconds ?? 0));
  if (!best) return unknown('How much would be lost is not measured.', null);
  const bytes = best.bytes === null ? '' : ` and ${byteWords(best.bytes)}`;
  const age = best.measuredAt ? ageWords(ageSeconds(outlook.facts.now, best.measuredAt)) : '';
  return gone(
    `It is measured here: at most ${durationWords(best.seconds ?? 0)}${bytes} in ${best.target}, ${age} ago.`,
    best.measuredAt,
  );
}

function separateProbes(outlook: Outlook): Live {
  const canaries = everywhere(outlook, 'canaries', (region) => region.canaries);
  const found = canaries.known
    .filter(
      ({ value }) =>
        !value.probes.some(({ path }) => path === 'reads') ||
        !value.probes.some(({ path }) => path === 'writes'),
    )
    .map(({ code }) => `The canary in ${code} does not look at reads and orders apart`);
  return verdict(found, canaries, 'Every canary looks at reads and orders apart.');
}

function zeroWeights(outlook: Outlook): Live {
  const { value, observedAt } = outlook.facts.records;
  if (!value) return unknown('The records were never read.', observedAt);
  const zero = Object.entries(value.recordWeights)
    .filter(([, weights]) => Object.values(weights).every((weight) => weight === 0))
    .map(([geography]) => geography);
  return zero.length > 0
    ? open(`All weights of ${listOf(zero)} are 0: its users are spread over every Region.`, observedAt)
    : gone('Every set has a record with weight.', observedAt);
}

function disabledChecks(outlook: Outlook): Live {
  const zone = known(outlook, 'zone', outlook.facts.zone);
  if (!zone.known) return unknown(`The zone is not known: ${zone.why}.`, zone.observedAt);
  const disabled = zone.value.checks.filter((check) => check.disabled).map(({ id }) => id);
  return disabled.length > 0
    ? open(
        `${listOf(disabled)} ${disabled.length === 1 ? 'is' : 'are'} disabled and count as healthy.`,
        zone.observedAt,
      )
    : gone(`None of ${count(zone.value.checks.length, 'health check')} is disabled.`, zone.observedAt);
}

function oldPrimaries(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'databases', (region) => region.databases);
  const old = databases.known.flatMap(({ value }) =>
    value.instances.filter(({ instanceId }) => isFenced(instanceId)).map(({ instanceId }) => instanceId),
  );
  return verdict(
    old.length > 0
      ? [
          `${listOf(old)} ${old.length === 1 ? 'is' : 'are'} kept, fenced, and cost${old.length === 1 ? 's' : ''} as before`,
        ]
      : [],
    databases,
    'No old primary is kept.',
  );
}

function deadReplicas(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'database', (region) => region.database);
  const dead = databases.known
    .filter(({ value }) => value.role === 'replica' && value.replication !== 'replicating')
    .map(
      ({ value }) =>
        `Replication to ${value.instanceId} is ${value.replication ?? 'not reported'}, and its slot keeps WAL on the primary`,
    );
  return verdict(dead, databases, 'Every replica replicates.');
}

function replicaChains(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'database', (region) => region.database);
  const replicaArns = new Set(
    databases.known.filter(({ value }) => value.role === 'replica').map(({ value }) => value.arn),
  );
  const chained = databases.known
    .filter(({ value }) => value.sourceArn !== null && replicaArns.has(value.sourceArn))
    .map(({ value }) => `${value.instanceId} replicates from another replica`);
  return verdict(chained, databases, 'Every replica has the primary as its source.');
}

/** More cross-Region replicas of one source are not promised (aws-facts R-14). */
const MOST_REPLICAS = 5;

function replicaCount(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'database', (region) => region.database);
  const replicas = databases.known.filter(({ value }) => value.role === 'replica').length;
  return verdict(
    replicas > MOST_REPLICAS ? [`The primary has ${replicas} replicas in other Regions`] : [],
    databases,
    `${capital(count(replicas, 'replica'))} in other Regions; ${MOST_REPLICAS} are safe.`,
  );
}

function replicators(outlook: Outlook): Live {
  const queues = everywhere(outlook, 'queue', (region) => region.queue);
  const source = writing(outlook);
  const into =
    queues.known
      .find(({ code }) => code === source)
      ?.value.replicators.filter(({ state }) => state === 'RUNNING') ?? [];
  const stopped = queues.known.flatMap(({ value }) =>
    value.replicators
      .filter(({ state }) => state !== 'RUNNING')
      .map(({ name, state }) => `${name} is ${state}`),
  );
  const oneWay =
    source && into.length === 0
      ? [`No replicator leads to ${source}: events written elsewhere after a failover stay there`]
      : [];
  return verdict([...oneWay, ...stopped], queues, 'Events are replicated both ways.');
}

function pinnedImages(outlook: Outlook): Live {
  const services = everywhere(outlook, 'service', (region) => region.service);
  const images = services.known.flatMap(({ code, value }) =>
    value.deployments
      .filter(({ version }) => version === value.liveVersion)
      .map(({ image }) => ({ code, image })),
  );
  const loose = images
    .filter(({ image }) => !image.includes('@sha256:'))
    .map(({ code, image }) => `${code} runs ${image}`);
  const digests = new Set(images.map(({ image }) => image.split('@').at(-1)));
  const found =
    loose.length > 0
      ? [`${listOf(loose)}, by a tag that can be moved`]
      : digests.size > 1
        ? ['The Regions run different digests']
        : [];
  return verdict(found, services, 'Every Region runs the same digest.');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
