import { type Parity, parityOf } from '#lib/domain/release/parity.ts';
import type { VerbContext } from '../context.ts';
import { readObservations } from '../observations/read.ts';
import { readVerdicts } from '../releases/verdicts.ts';
import { assertPermitted } from '../verb.ts';
import { placedServices } from './services.ts';

export interface EnvironmentVersions extends Parity {
  environment: string;
}

/** What each Region of each environment serves now, side by side and against what was registered. */
export async function readVersions(context: VerbContext): Promise<EnvironmentVersions[]> {
  assertPermitted(context, 'read', {});
  const { database, estate, now } = context;
  const placed = placedServices(estate, await readObservations(context, ['service']), now);
  const live = new Set(placed.flatMap(({ service }) => service.value?.liveVersion ?? []));
  const releases = await readVerdicts(database, [...live]);
  return estate.environments.map(({ name }) => ({
    environment: name,
    ...parityOf(
      placed.filter(({ environment }) => environment === name),
      releases,
    ),
  }));
}
