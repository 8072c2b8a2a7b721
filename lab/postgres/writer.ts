import { isEndpointOf } from './endpoint-name.ts';
import type { DatabaseInstance, ShopPlace } from './types.ts';

/**
 * The instance that takes a shop's writes in a Region: one of its environment's. An endpoint that names an instance there means that one and no other, as its name would
 * be resolved: there may be a fenced old primary beside it. Otherwise one that lets clients in before one that does not, then the
 * newest.
 */
export function writerIn(
  { region, environment, endpoint = '' }: ShopPlace,
  instances: DatabaseInstance[],
): DatabaseInstance | undefined {
  const here = instances.filter((instance) => instance.region === region);
  const named = here.find((instance) => isEndpointOf(endpoint, instance));
  const rank = (instance: DatabaseInstance) =>
    (instance.state === 'running' ? 0 : 2) + (instance.open ? 0 : 1);
  return (named ? [named] : here.filter((instance) => instance.environment === environment))
    .filter(({ role, state }) => role === 'primary' && state !== 'stopped')
    .sort((a, b) => rank(a) - rank(b) || b.createdAt - a.createdAt)[0];
}
