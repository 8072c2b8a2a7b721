import type { Random } from '#lab/kernel/random.ts';
import type { GeoMatch, RecordSet, Routing } from '#lab/route53/record-set.ts';
import type { Location } from './geo.ts';

export interface RoutingQuestion {
  /** Absent: the table knows nothing of the address; only the default record matches. */
  location: Location | undefined;
  isHealthy(record: RecordSet): boolean;
  random: Random;
  /** Kilometres from the location to an AWS Region; Infinity for an unknown Region. */
  distanceTo(region: string): number;
}

/** Most that a multivalue answer holds (Route 53, "Multivalue answer routing"). */
const MULTIVALUE_LIMIT = 8;

type Routed<Policy extends Routing['policy']> = RecordSet & { routing: Extract<Routing, { policy: Policy }> };

function withPolicy<Policy extends Routing['policy']>(
  records: readonly RecordSet[],
  policy: Policy,
): Routed<Policy>[] {
  return records.filter((record): record is Routed<Policy> => record.routing.policy === policy);
}

/**
 * Which records of one name and type answer a query, by Route 53's rules ("How Amazon Route 53 chooses records when health
 * checking is configured"): unhealthy records are passed over, and when none is healthy all count as healthy. Empty only when
 * no geolocation record covers the place.
 */
export function chooseRecords(records: readonly RecordSet[], question: RoutingQuestion): RecordSet[] {
  const policy = records[0]?.routing.policy;
  switch (policy) {
    case undefined:
      return [];
    case 'simple':
      return records.slice(0, 1);
    case 'weighted':
      return present(chooseWeighted(withPolicy(records, 'weighted'), question));
    case 'geolocation':
      return present(chooseByPlace(withPolicy(records, 'geolocation'), question));
    case 'latency':
      return present(chooseNearest(withPolicy(records, 'latency'), question));
    case 'failover':
      return present(chooseFailover(withPolicy(records, 'failover'), question));
    case 'multivalue':
      return chooseMany(records, question);
  }
}

function present(record: RecordSet | undefined): RecordSet[] {
  return record ? [record] : [];
}

/** Healthy records with weight first, then healthy ones of weight 0 in equal parts; none healthy: as if all were. */
function chooseWeighted(records: Routed<'weighted'>[], question: RoutingQuestion): RecordSet | undefined {
  const healthy = records.filter(question.isHealthy);
  const candidates = healthy.length > 0 ? healthy : records;
  const weighted = candidates.filter((record) => record.routing.weight > 0);
  if (weighted.length === 0) return candidates[Math.floor(question.random() * candidates.length)];
  const total = weighted.reduce((sum, record) => sum + record.routing.weight, 0);
  let remaining = question.random() * total;
  return weighted.find((record) => {
    remaining -= record.routing.weight;
    return remaining < 0;
  });
}

/** The most specific healthy record covering the place: country, continent, default. */
function chooseByPlace(records: Routed<'geolocation'>[], question: RoutingQuestion): RecordSet | undefined {
  const covering = records
    .map((record) => ({ record, rank: specificity(record.routing.location, question.location) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ record }) => record);
  return covering.find(question.isHealthy) ?? covering[0];
}

/** 3 for the country, 2 for the continent, 1 for the default record, 0 for elsewhere. The lab places nobody in a subdivision. */
function specificity(match: GeoMatch, location: Location | undefined): number {
  if (match.country === '*') return 1;
  if (!location || match.subdivision) return 0;
  if (match.country) return match.country === location.country ? 3 : 0;
  return match.continent === location.continent ? 2 : 0;
}

function chooseNearest(records: Routed<'latency'>[], question: RoutingQuestion): RecordSet | undefined {
  const nearestFirst = records
    .map((record) => ({ record, km: question.distanceTo(record.routing.region) }))
    .sort((a, b) => a.km - b.km)
    .map(({ record }) => record);
  return nearestFirst.find(question.isHealthy) ?? nearestFirst[0];
}

function chooseFailover(records: Routed<'failover'>[], question: RoutingQuestion): RecordSet | undefined {
  const primary = records.find((record) => record.routing.role === 'PRIMARY');
  const secondary = records.find((record) => record.routing.role === 'SECONDARY');
  const inOrder = [primary, secondary].filter((record) => record !== undefined);
  return inOrder.find(question.isHealthy) ?? inOrder[0];
}

function chooseMany(records: readonly RecordSet[], question: RoutingQuestion): RecordSet[] {
  const healthy = records.filter(question.isHealthy);
  const candidates = healthy.length > 0 ? healthy : [...records];
  return candidates
    .map((record) => ({ record, draw: question.random() }))
    .sort((a, b) => a.draw - b.draw)
    .slice(0, MULTIVALUE_LIMIT)
    .map(({ record }) => record);
}
