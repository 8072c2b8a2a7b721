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
