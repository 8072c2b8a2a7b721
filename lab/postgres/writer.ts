import type { DatabaseInstance } from './types.ts';

/**
 * The instance that takes a Region's writes. An endpoint that is an instance's id, alone or as the beginning of a host name, means
 * that instance and no other, as its name would be resolved: there may be a fenced old primary beside it. Otherwise one that lets
 * clients in before one that does not, then the newest.
 */
export function writerIn(
  region: string,
  instances: DatabaseInstance[],
  endpoint = '',
): DatabaseInstance | undefined {
  const here = instances.filter((instance) => instance.region === region);
  const named = here.find(({ id }) => isNameOf(endpoint.toLowerCase(), id));
  const rank = (instance: DatabaseInstance) =>
    (instance.state === 'running' ? 0 : 2) + (instance.open ? 0 : 1);
  return (named ? [named] : here)
    .filter(({ role, state }) => role === 'primary' && state !== 'stopped')
    .sort((a, b) => rank(a) - rank(b) || b.createdAt - a.createdAt)[0];
}

const isNameOf = (endpoint: string, id: string) => endpoint === id || endpoint.startsWith(`${id}.`);
