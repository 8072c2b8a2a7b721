import type { Estate } from '../estate/estate.ts';
import type { WeightMatrix } from './weights.ts';

/** Users of one city whom DNS sends to one Region. */
export interface CityFlow {
  geography: string;
  city: string;
  lat: number;
  lon: number;
  region: string;
  /** Percent of the geography's users that the weights send there. */
  percent: number;
  /** Part of all requests as planned, 0–1. */
  share: number;
}

/** Percent of a geography; less is rounding. */
const LEAST_MOVED = 0.01;

/**
 * Who serves whom under these weights. No AWS metric tells where users sit (docs/adr/0012): a geography has its planned share
 * of all requests, spread evenly over its cities.
 */
export function cityFlows({ geographies }: Pick<Estate, 'geographies'>, weights: WeightMatrix): CityFlow[] {
  return geographies.flatMap(({ key, cities, plannedShare }) =>
    cities.flatMap(({ name, lat, lon }) =>
      Object.entries(weights[key] ?? {}).flatMap(([region, percent]): CityFlow[] => {
        const share = (plannedShare * percent) / 100 / cities.length;
        return share > 0 ? [{ geography: key, city: name, lat, lon, region, percent, share }] : [];
      }),
    ),
  );
}

/** Part of a flow, 0–1, that is not there under the other weights: what moves between the two. Nothing where they do not say. */
export function movedPart({ geography, region, percent }: CityFlow, other: WeightMatrix): number {
  const row = other[geography];
  if (row === undefined) return 0;
  const moved = percent - (row[region] ?? 0);
  return moved > LEAST_MOVED ? moved / percent : 0;
}
