import type { Trouble } from '#components/map/model.ts';
import type { Status } from '#components/ui/model.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { detectionOf, type Situation } from '#lib/services/recovery/situation.ts';
import { isFresh, type RegionState } from '#lib/services/regions/state.ts';
import { seenRegion } from './recovery/region-state.ts';

/** Shares of requests and milliseconds past which a Region is called erring or slow, as the rollback triggers (aws-facts 1A). */
const ERRING = 0.01;
const SLOW_MS = 500;

export const FORCED_OFF = 'Forced off';

export interface RegionVerdict {
  status: Status;
  /** "Serving", "Failing", "Orders fail" */
  word: string;
  /** Pages are served and orders are not: they go to the writer's Region (aws-facts R-05). */
  ordersFail: boolean;
  /** What those outside see, where it is in trouble; null where its own numbers tell. */
  trouble: Trouble | null;
}

/**
 * The worst thing known about a Region, in two words. Whether it fails is said by those outside it, never by its silence; what it
 * reports of itself comes after.
 */
export function regionVerdict(situation: Situation, region: RegionState): RegionVerdict {
  const { code } = region.region;
  const seen = seenRegion(situation, code);
  const own = ownVerdict(situation, region);
  const isSuspect = seen.health === 'suspect' && own.status !== 'critical';
  const isWorse = seen.status === 'critical' || seen.status === 'held' || isSuspect;
  if (!isWorse && own.status === 'ok' && isForcedOff(situation, code))
    return { status: 'held', word: FORCED_OFF, ordersFail: false, trouble: null };
  if (!isWorse) return { ...own, trouble: null };
  const { status, word, since, seenBy } = seen;
  return {
    status,
    word,
    ordersFail: false,
    trouble: {
      word,
      since,
      seenBy,
      at: situation.detection?.at ?? null,
      withinSeconds: staleAfterSeconds('metrics', situation.outlook.estate.metrics.periodSeconds),
    },
  };
}

/** Whether its peers' switches keep it out of DNS, healthy or not. */
function isForcedOff({ topology }: Situation, code: string): boolean {
  return topology.regions.some((region) => region.code === code && region.switchedOff);
}

/** By its own numbers, and by whether orders that are placed through it are taken. */
function ownVerdict(
  { detection, outlook }: Situation,
  region: RegionState,
): Pick<RegionVerdict, 'status' | 'word' | 'ordersFail'> {
  const { traffic, alarms, database } = region;
  const limit = staleAfterSeconds('metrics', outlook.estate.metrics.periodSeconds);
  const of = (status: Status, word: string) => ({ status, word, ordersFail: false });
  if (!isFresh(traffic.observedAt, outlook.facts.now, limit)) return of('unknown', 'Not reporting');
  if ((traffic.value?.reads.errorRate ?? 0) > ERRING) return of('critical', 'Erring');
  if ((traffic.value?.p95Ms ?? 0) > SLOW_MS) return of('critical', 'Slow');
  const refused = (traffic.value?.writes.errorRate ?? 0) > ERRING;
  const seen = detectionOf(detection, region.region.code);
  if (refused || (seen?.state === 'serving' && seen.orders === 'down'))
    return { status: 'critical', word: 'Orders fail', ordersFail: true };
  if ((alarms.value?.inAlarm.length ?? 0) > 0) return of('warning', 'In alarm');
  const lag = lagStatus(region);
  if (lag === 'critical' || lag === 'warning') return of(lag, 'Link behind');
  if (database.value && database.value.status !== 'available')
    return of('warning', `Database ${database.value.status}`);
  return of('ok', 'Serving');
}

export function capabilities({ region, database }: RegionState): string {
  const words = [region.servesReads ? 'reads' : null];
  const role = database.value?.role ?? region.database.role;
  words.push(role === 'primary' ? 'writes' : region.promotable ? 'promotable' : 'not promotable');
  return words.filter(Boolean).join(', ');
}

const LAG_STATUS = { ok: 'ok', warning: 'warning', critical: 'critical', unknown: 'unknown' } as const;

export function lagStatus({ lag }: RegionState): Status {
  return LAG_STATUS[lag?.value?.class ?? 'unknown'];
}
