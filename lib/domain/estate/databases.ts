import type { Environment, Estate, Region, RegionDatabase } from './estate.ts';

/** The estate as that environment has it: where it has databases of its own, its Regions have those. */
export function estateOf(estate: Estate, { databases }: Pick<Environment, 'databases'>): Estate {
  if (!databases) return estate;
  const regions = estate.regions.map((region) => ({
    ...region,
    database: databases[region.code] ?? region.database,
  }));
  return { ...estate, regions };
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
