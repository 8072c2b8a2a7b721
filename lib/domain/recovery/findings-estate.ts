import { nodesNeeded, survivability } from '../capacity/capacity.ts';
import { oldestOf } from '../observation/known.ts';
import { CONTROL_PLANE_REGION, declaredRegions, factsOf, known, type Outlook } from './facts.ts';
import { gone, type Live, open, othersThan, unknown, verdict, writing } from './findings-evidence.ts';
import { lossOf } from './loss.ts';
import { dutyOf } from './support.ts';
import { capitalized, count, listOf, shareWords } from './words.ts';

export function residency(outlook: Outlook): Live {
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

export function survivableAtPeak(outlook: Outlook): Live {
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
  return open(`${capitalized(listOf(said))}.`, observedAt);
}

export function forwardedOrders(outlook: Outlook): Live {
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

/** "Next Review: 2026-01-24 (Quarterly)", L785. */
const NEXT_REVIEW = '2026-01-24';

export function overdueReview({ facts }: Outlook): Live {
  const days = Math.floor((facts.now.getTime() - Date.parse(NEXT_REVIEW)) / 86_400_000);
  if (days < 0) return gone(`Its next review is due on ${NEXT_REVIEW}.`, null);
  return open(`Its review was due on ${NEXT_REVIEW}, ${count(days, 'day')} ago.`, null);
}

export function onDuty(outlook: Outlook): Live {
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

export function home(outlook: Outlook): Live {
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

export function readyNodes(outlook: Outlook): Live {
  const losses = outlook.environment.regions.map((code) => lossOf(outlook, [code]));
  const all = losses.flatMap(({ lost, survivors }) =>
    survivors.map((after) => ({ lost: lost[0] ?? '', ...after })),
  );
  const observedAt = oldestOf(...all.map((after) => after.observedAt));
  const missing = all.filter(({ ready }) => ready === null).map(({ region }) => region);
  const tooFew = Map.groupBy(
    all.filter(({ ready, needed }) => ready !== null && needed > ready),
    ({ region }) => region,
  );
  const short = outlook.environment.regions.flatMap((code) => {
    const [worst] = (tooFew.get(code) ?? []).sort((a, b) => b.needed - a.needed);
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
