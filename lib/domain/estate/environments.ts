import type { Environment, Estate, Region, RegionDatabase } from './estate.ts';

type Own = Pick<Environment, 'databases' | 'loadBalancers'>;

/** The estate as that environment has it: where databases or load balancers are its own, its Regions have those. */
export function estateOf(estate: Estate, { databases, loadBalancers }: Own): Estate {
  if (!databases && !loadBalancers) return estate;
  const regions = estate.regions.map((region) => ({
    ...region,
    database: databases?.[region.code] ?? region.database,
    loadBalancer: loadBalancers?.[region.code] ?? region.loadBalancer,
  }));
  return { ...estate, regions };
}

/** What an environment's traffic in a Region is observed and sampled under: the Region's code, or its own load balancer's name. */
export function trafficName({ loadBalancers }: Own, region: string): string {
  return loadBalancers?.[region]?.name ?? region;
}

/**
 * The Route 53 health check of what the environment's users reach in the Region. The Region's asks the Region's load balancer:
 * an environment with one to itself has none, null.
 */
export function healthCheckIdOf(
  { loadBalancers }: Own,
  { code, healthCheckId }: Pick<Region, 'code' | 'healthCheckId'>,
): string | null {
  return loadBalancers?.[code] ? null : healthCheckId;
}

/** The load balancers that environments have to themselves in a Region. */
export function ownLoadBalancers(
  { environments }: Pick<Estate, 'environments'>,
  region: string,
): Region['loadBalancer'][] {
  return environments.flatMap(({ loadBalancers }) => loadBalancers?.[region] ?? []);
}

/** A database that the estate declares, where it stands, and the environment it belongs to. */
export interface DeclaredDatabase {
  environment: string;
  region: Region;
  database: RegionDatabase;
}

/** Every database of the estate: the Regions' own, then those that environments have to themselves. */
export function declaredDatabases(estate: Estate): DeclaredDatabase[] {
  const shared = ownerOfShared(estate);
  return [
    ...estate.regions.map((region) => ({ environment: shared, region, database: region.database })),
    ...estate.environments.flatMap(({ name, databases = {} }) =>
      estate.regions.flatMap((region) => {
        const database = databases[region.code];
        return database ? [{ environment: name, region, database }] : [];
      }),
    ),
  ];
}

/** The environment whose databases that one uses: itself, or the first of those that have none of their own. */
export function databaseOwner(estate: Estate, { name, databases }: Environment): string {
  return databases ? name : ownerOfShared(estate);
}

function ownerOfShared({ environments }: Estate): string {
  return (environments.find(({ databases }) => !databases) ?? environments[0])?.name ?? '';
}
