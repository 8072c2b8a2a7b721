import type { MapFlow, MapLink, MapModel, MapRegion } from '#components/map/model.ts';
import type { RegionRow } from '#components/overview/model.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { cityFlows, movedPart } from '#lib/domain/traffic/city-flows.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { linkSource } from '#lib/services/links/link.ts';
import type { findActiveOperation } from '#lib/services/operations/read.ts';
import { type EstateState, isFresh, type RegionState } from '#lib/services/regions/state.ts';
import { readingOf, within } from './common.ts';
import { mapFlow } from './map-flow.ts';
import { missingPaths } from './missing-paths.ts';
import { capabilities, lagStatus } from './region-verdict.ts';

type Active = Awaited<ReturnType<typeof findActiveOperation>>;

/** Copies of the writer's database, and the paths that are missing. */
export function mapLinks(context: VerbContext, state: EstateState): MapLink[] {
  const primary = linkSource(context, state).writer;
  const links: MapLink[] = state.regions.flatMap((region) => {
    if (!region.lag || !primary || region === primary) return [];
    const fresh = isFresh(region.lag.observedAt, context.now, state.staleAfterSeconds * 2);
    const status = fresh ? lagStatus(region) : 'unknown';
    const lag = region.lag.value;
    const figure =
      !fresh || lag?.seconds == null
        ? 'not known'
        : lag.idle
          ? 'idle'
          : `${lag.seconds.toFixed(lag.seconds < 10 ? 2 : 0)} s`;
    const target = region.region.database.lagTargetSeconds;
    return [
      {
        id: `${primary.region.code}-${region.region.code}`,
        from: primary.region.code,
        to: region.region.code,
        status,
        missing: false,
        figure,
        ...((status === 'warning' || status === 'critical') && target
          ? { detail: `database behind, target < ${target} s` }
          : {}),
      },
    ];
  });
  for (const [from, to] of missingPaths(state)) {
    links.push({
      id: `missing-${from}-${to}`,
      from,
      to,
      status: 'critical',
      missing: true,
      figure: 'no path',
    });
  }
  return links;
}

/** Who serves whom, and what copies where. */
export function mapModel(
  context: VerbContext,
  state: EstateState,
  { rows, links, active }: { rows: readonly RegionRow[]; links: readonly MapLink[]; active: Active },
): MapModel {
  const { estate, now } = context;
  return {
    at: now.toISOString(),
    figures: 'measured',
    regions: state.regions.map((region) => {
      const verdict = rows.find(({ code }) => code === region.region.code);
      return mapRegion(context, state, region, verdict ?? { status: 'unknown', trouble: null });
    }),
    flows: measuredFlows(context, state, active),
    links,
    geographies: mapGeographies(estate),
  };
}

/** A Region where it is, with what was last seen of it. */
export function mapRegion(
  { estate }: VerbContext,
  { environment, staleAfterSeconds }: EstateState,
  seen: RegionState,
  { status, trouble }: Pick<MapRegion, 'status' | 'trouble'>,
): MapRegion {
  const { code, lat, lon } = seen.region;
  return {
    code,
    lat,
    lon,
    status,
    trouble,
    share: { value: seen.measuredShare, at: seen.traffic.observedAt, withinSeconds: staleAfterSeconds },
    requests: readingOf(seen.traffic, (traffic) => traffic.requestsPerSecond, staleAfterSeconds),
    capabilities: capabilities(seen),
    href: routes.region(code, within(estate, environment.name)),
  };
}

/** Where each geography's name stands: under the middle of its cities. */
export function mapGeographies({ geographies }: Pick<Estate, 'geographies'>): MapModel['geographies'] {
  return geographies
    .filter(({ plannedShare }) => plannedShare > 0)
    .map(({ key, name, cities, plannedShare }) => ({
      key,
      name,
      plannedShare,
      lat: cities.reduce((sum, { lat }) => sum + lat, 0) / Math.max(1, cities.length) - 12,
      lon: cities.reduce((sum, { lon }) => sum + lon, 0) / Math.max(1, cities.length),
    }));
}

/**
 * AWS measures by Region, not by where users sit: a Region's measured share is spread over cities as the weights send them. Where
 * no share is measured nothing stands in for it.
 */
function measuredFlows({ estate }: VerbContext, state: EstateState, active: Active): MapFlow[] {
  const before = beforeWeights(active);
  return cityFlows(estate, state.served ?? {}).map((flow) => {
    const found = state.regions.find((candidate) => candidate.region.code === flow.region);
    const [measured, configured] = [found?.measuredShare ?? null, found?.configuredShare ?? 0];
    const share = measured === null || configured <= 0 ? null : (flow.share * measured) / configured;
    const part = before === null ? 0 : movedPart(flow, before);
    return mapFlow(flow, share, { by: active?.id ?? '', part });
  });
}

/** Weights before the running operation, by geography and Region in percent, from its stored plan. */
function beforeWeights(active: Active): Record<string, Record<string, number>> | null {
  const plan = active?.plan as { change?: { before?: Record<string, Record<string, number>> } } | undefined;
  return plan?.change?.before ?? null;
}
