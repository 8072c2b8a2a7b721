import { type DatabaseInstance, isEndpointOf, type ShopPlace } from '#lab/postgres/index.ts';

const FITNESS: Record<DatabaseInstance['state'], number> = {
  running: 0,
  hung: 1,
  down: 2,
  stopped: 3,
  seeding: 4,
};

/**
 * The instance that a Region's shop reads from. An endpoint names it, in whatever Region it is; one that is not there is none. Without
 * an endpoint it is the one of its environment in the Region: one that runs and lets clients in before one that does not, the oldest first. A copy that
 * is still being seeded is none.
 */
export function readerIn(
  { region, environment, endpoint = '' }: ShopPlace,
  instances: DatabaseInstance[],
): DatabaseInstance | undefined {
  const here = instances.filter((instance) => instance.region === region);
  if (endpoint)
    return [...here, ...instances].find(
      (instance) => isEndpointOf(endpoint, instance) && instance.state !== 'seeding',
    );
  const own = here.filter((instance) => instance.environment === environment);
  const rank = (instance: DatabaseInstance) => FITNESS[instance.state] * 2 + (instance.open ? 0 : 1);
  return own
    .filter((instance) => instance.state !== 'seeding')
    .sort((a, b) => rank(a) - rank(b) || a.createdAt - b.createdAt)[0];
}
