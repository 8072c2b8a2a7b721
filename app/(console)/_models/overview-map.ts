import type { MapFlow, MapLink, MapModel } from '#components/map/model.ts';
import type { RegionRow } from '#components/overview/model.ts';
import { plannedShares } from '#lib/domain/traffic/solve.ts';
import { globalShares } from '#lib/domain/traffic/weights.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { linkSource } from '#lib/services/links/link.ts';
import type { findActiveOperation } from '#lib/services/operations/read.ts';
import { type EstateState, isFresh } from '#lib/services/regions/state.ts';
import { within } from './common.ts';
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
  const weights = state.served ?? {};
  const before = beforeWeights(active);
  // AWS measures by Region, not by where users sit: a Region's measured share is spread over cities as the weights send them.
  const configured = globalShares(weights, plannedShares(estate), state.environment.regions);
  const flows: MapFlow[] = estate.geographies.flatMap((geography) =>
    geography.cities.flatMap((city) =>
      Object.entries(weights[geography.key] ?? {}).flatMap(([region, percent]): MapFlow[] => {
        const regionState = state.regions.find((candidate) => candidate.region.code === region);
        const planned = (geography.plannedShare * percent) / 100 / geography.cities.length;
        const expected = configured[region] ?? 0;
        const scale =
          regionState?.measuredShare != null && expected > 0 ? regionState.measuredShare / expected : 1;
        if (planned <= 0) return [];
        const moved = active && (before?.[geography.key]?.[region] ?? percent) < percent - 0.01;
        return [
          {
            city: city.name,
            lat: city.lat,
            lon: city.lon,
            region,
            share: planned * scale,
            ...(moved ? { movedBy: active.id } : {}),
          },
        ];
      }),
    ),
  );
  return {
    at: now.toISOString(),
    regions: state.regions.map((region) => {
      const row = rows.find(({ code }) => code === region.region.code);
      return {
        code: region.region.code,
        lat: region.region.lat,
        lon: region.region.lon,
        status: row?.status ?? 'unknown',
        trouble: row?.trouble ?? null,
        share: row?.share ?? { value: null, at: null, withinSeconds: state.staleAfterSeconds },
        requests: row?.requests ?? { value: null, at: null, withinSeconds: state.staleAfterSeconds },
        capabilities: capabilities(region),
        href: routes.region(region.region.code, within(context.estate, state.environment.name)),
      };
    }),
    flows,
    links,
    geographies: estate.geographies
      .filter(({ plannedShare }) => plannedShare > 0)
      .map(({ key, name, cities, plannedShare }) => ({
        key,
        name,
        share: plannedShare,
        lat: cities.reduce((sum, { lat }) => sum + lat, 0) / Math.max(1, cities.length) - 12,
        lon: cities.reduce((sum, { lon }) => sum + lon, 0) / Math.max(1, cities.length),
      })),
  };
}

/** Weights before the running operation, by geography and Region in percent, from its stored plan. */
function beforeWeights(active: Active): Record<string, Record<string, number>> | null {
  const plan = active?.plan as { change?: { before?: Record<string, Record<string, number>> } } | undefined;
  return plan?.change?.before ?? null;
}
