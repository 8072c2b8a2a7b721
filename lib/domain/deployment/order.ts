import type { Environment, Estate } from '../estate/estate.ts';

/** An order of Regions that is better than the seed's, and why. */
export interface RecommendedOrder {
  regions: string[];
  reason: string;
}

/**
 * Smallest blast radius first: the Regions by the share of users that a bad release would reach, the writer last, for a bad one
 * there stops every order (aws-facts R-19). The seed's order, US first, begins with half of the users and all orders.
 */
export function recommendOrder(estate: Estate, environment: Environment): RecommendedOrder {
  const known = environment.regions.map((code) => {
    const region = estate.regions.find((candidate) => candidate.code === code);
    return { code, share: region?.plan.trafficShare ?? 0, writes: region?.servesWrites ?? false };
  });
  const ordered = known.toSorted((a, b) => Number(a.writes) - Number(b.writes) || a.share - b.share);
  const first = ordered[0];
  const last = ordered.at(-1);
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return {
    regions: ordered.map(({ code }) => code),
    reason:
      first && last && first !== last
        ? `${first.code} has ${percent(first.share)} of the users, ${last.code} has ${percent(last.share)}${last.writes ? ' and takes every order' : ''}: what is wrong shows where it harms the fewest.`
        : 'There is one Region only.',
  };
}
