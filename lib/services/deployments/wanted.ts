import type { WantedRelease } from '#lib/domain/deployment/facts.ts';
import type { Environment, Estate } from '#lib/domain/estate/estate.ts';
import type { Database } from '../../data/database.ts';
import { readRelease } from '../releases/read.ts';
import { readStagingProofs, STAGING } from '../releases/standing.ts';

/** The release that is to be deployed, as it was registered and proven. */
export async function readWantedRelease(
  { database, estate }: { database: Database; estate: Estate },
  { name }: Environment,
  version: string,
): Promise<WantedRelease> {
  const staged = estate.environments.some((environment) => environment.name === STAGING);
  const proofs = staged ? await readStagingProofs(database, [version]) : null;
  return {
    version,
    release: await readRelease(database, version),
    staging: proofs?.get(version) ?? null,
    stagedIn: staged && name !== STAGING ? STAGING : null,
  };
}
