import type { Estate } from '#lib/domain/estate/estate.ts';
import { type ServiceObservation, staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { type Known, knownNow } from '#lib/domain/observation/known.ts';
import type { ObservationSet } from '../observations/read.ts';

/** What serves users of an environment in a Region, as far as that is known now. */
export interface PlacedService {
  environment: string;
  region: string;
  service: Known<ServiceObservation>;
}

/** The application's Service in every Region of every environment. */
export function placedServices(estate: Estate, observations: ObservationSet, now: Date): PlacedService[] {
  const limit = serviceStaleAfter(estate);
  return estate.environments.flatMap(({ name, namespace, regions }) =>
    regions.map((region) => ({
      environment: name,
      region,
      service: knownNow(now, observations.named(region, 'service', namespace), limit),
    })),
  );
}

/** Age in seconds past which what a cluster serves is not known any more. */
export function serviceStaleAfter({ metrics }: Pick<Estate, 'metrics'>): number {
  return staleAfterSeconds('service', metrics.periodSeconds);
}
