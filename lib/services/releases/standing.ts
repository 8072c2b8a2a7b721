import type { Estate } from '#lib/domain/estate/estate.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { knownNow } from '#lib/domain/observation/known.ts';
import type { Release } from '#lib/domain/release/release.ts';
import {
  isInEveryRegistry,
  type LivePlace,
  livePlaces,
  type RegistryRemark,
  type RegistryStanding,
  registryRemarks,
  registryStanding,
} from '#lib/domain/release/standing.ts';
import type { Database } from '../../data/database.ts';
import type { VerbContext } from '../context.ts';
import { placedServices } from '../deployments/services.ts';
import { type ObservationSet, readObservations } from '../observations/read.ts';

/** The environment in which a release is proven before production (issue 4, "Staging first"). */
export const STAGING = 'staging';

/** The run that proved a release in staging: it went through there, gates and all. */
export interface StagingProof {
  operation: string;
  /** ISO. */
  at: string;
}

/** Where a release stands now, as far as it was observed. */
export interface ReleaseStanding {
  registries: RegistryStanding[];
  inEveryRegistry: boolean;
  remarks: RegistryRemark[];
  liveIn: LivePlace[];
  /** Null: no deployment of it to staging ended well. */
  staging: StagingProof | null;
}

/** Where each of these releases stands: two reads, however many they are. */
export async function readStandings(
  context: Pick<VerbContext, 'database' | 'estate' | 'now' | 'observations'>,
  releases: readonly Release[],
): Promise<Map<string, ReleaseStanding>> {
  if (releases.length === 0) return new Map();
  const { database, estate, now } = context;
  const observations = await readObservations(context, ['registry', 'service']);
  const proofs = await readStagingProofs(
    database,
    releases.map(({ version }) => version),
  );
  return new Map(
    releases.map((release) => [
      release.version,
      { ...standingOf(release, { estate, observations, now }), staging: proofs.get(release.version) ?? null },
    ]),
  );
}

function standingOf(
  release: Release,
  { estate, observations, now }: { estate: Estate; observations: ObservationSet; now: Date },
): Omit<ReleaseStanding, 'staging'> {
  const limit = staleAfterSeconds('registry', estate.metrics.periodSeconds);
  const registries = estate.regions.map(({ code }) =>
    registryStanding(release, code, knownNow(now, observations.of(code, 'registry'), limit)),
  );
  return {
    registries,
    inEveryRegistry: isInEveryRegistry(registries),
    remarks: registryRemarks(release, registries),
    liveIn: livePlaces(release, placedServices(estate, observations, now)),
  };
}

/** The latest deployment to staging of each of these versions that ended well. */
export async function readStagingProofs(
  database: Database,
  versions: readonly string[],
): Promise<Map<string, StagingProof>> {
  const { rows } = await database.pool.query<{ version: string; id: string; endedAt: Date }>(
    `select distinct on (params -> 'request' ->> 'version') params -> 'request' ->> 'version' as version, id, ended_at as "endedAt"
       from operation
      where kind = 'deployment' and state = 'done' and environment = $1 and params -> 'request' ->> 'version' = any($2)
      order by params -> 'request' ->> 'version', ended_at desc`,
    [STAGING, versions],
  );
  return new Map(
    rows.map(({ version, id, endedAt }) => [version, { operation: id, at: endedAt.toISOString() }]),
  );
}
