import { healthCheckIdOf } from '#lib/domain/estate/environments.ts';
import type { Environment, Region } from '#lib/domain/estate/estate.ts';
import type { HealthCheckObservation, Observed } from '#lib/domain/observation/kinds.ts';
import { GLOBAL } from './global.ts';
import type { ObservationSet } from './read.ts';

/** What Route 53 says of the environment in that Region; never seen, with the reason, where it has no check of its own there. */
export function healthCheckOf(
  observations: ObservationSet,
  environment: Environment,
  region: Pick<Region, 'code' | 'healthCheckId'> | undefined,
): Observed<HealthCheckObservation> {
  const id = region && healthCheckIdOf(environment, region);
  if (id === null)
    return {
      value: null,
      observedAt: null,
      error: `${environment.name} has no health check of its own in ${region?.code}`,
    };
  return observations.named(GLOBAL, 'health-check', id ?? '');
}
