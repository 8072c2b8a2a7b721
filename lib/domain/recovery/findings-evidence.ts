import type { ObservationKind, Observed } from '../observation/kinds.ts';
import { declaredRegions, factsOf, known, type Outlook, type RecoveryRegionFacts } from './facts.ts';
import { writerOf, writerRegion } from './topology.ts';
import type { Remedy } from './verdict.ts';
import { listOf } from './words.ts';

/** Whether the estate still shows what a statement gets wrong, with numbers. */
export interface Live {
  state: 'open' | 'gone' | 'unknown';
  text: string;
  observedAt: string | null;
  operation?: Remedy['operation'];
}

export function open(text: string, observedAt: string | null, operation?: Remedy['operation']): Live {
  return { state: 'open', text, observedAt, operation };
}

export function gone(text: string, observedAt: string | null): Live {
  return { state: 'gone', text, observedAt };
}

export function unknown(text: string, observedAt: string | null): Live {
  return { state: 'unknown', text, observedAt };
}

/** One kind of observation of every Region, as far as it is known. */
export function everywhere<T>(
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
export function verdict(
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

export function writing(outlook: Outlook): string | null {
  return writerRegion(writerOf(outlook));
}

export function othersThan(outlook: Outlook, region: string | null) {
  return declaredRegions(outlook).filter(({ code }) => code !== region);
}
