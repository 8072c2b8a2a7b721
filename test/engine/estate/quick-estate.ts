import type { Estate } from '#lib/domain/estate/estate.ts';
import { seedEstate } from '#test/seed-estate.ts';

/** The estate as shipped, but that resolvers follow within a second and few requests make a verdict. */
export function quickEstate(timeScale?: number): Estate {
  const estate = seedEstate();
  estate.dns.ttlSeconds = 1;
  for (const environment of estate.environments) {
    environment.minSample = 1;
    if (timeScale !== undefined) environment.timeScale = timeScale;
  }
  return estate;
}
