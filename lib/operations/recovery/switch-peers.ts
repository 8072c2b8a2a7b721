import type { Environment } from '#lib/domain/estate/estate.ts';

/** Buckets in which a Region is switched off: two other Regions, so that the loss of one leaves the switch (DECISIONS, The data-plane switch). */
const SWITCHES = 2;

/** Regions whose buckets hold the switches of this one: the next ones in the environment's order, the same each time. */
export function switchPeers(environment: Pick<Environment, 'regions'>, region: string): string[] {
  const { regions } = environment;
  const at = regions.indexOf(region);
  return [...regions.slice(at + 1), ...regions.slice(0, at)]
    .filter((code) => code !== region)
    .slice(0, SWITCHES);
}
