import { factsOf, known, type Outlook } from './facts.ts';
import { isFenced, isShut } from './topology.ts';

/**
 * Whether a Region answers Meridian again and serves nobody only because its database was shut: users see it fail, as a fence
 * wants it, and a rebuild is what mends it. Told by what its own APIs said lately, never by silence.
 */
export function awaitsRebuild(outlook: Outlook, region: string): boolean {
  const { database, databases, identity } = factsOf(outlook.facts, region);
  if (identity.error !== null || !known(outlook, 'identity', identity).known) return false;
  const current = known(outlook, 'database', database);
  if (current.known) return isShut(current.value) || isFenced(current.value.instanceId);
  const all = known(outlook, 'databases', databases);
  return all.known && all.value.instances.length > 0 && all.value.instances.every(isOutOfService);
}

function isOutOfService(instance: Parameters<typeof isShut>[0]): boolean {
  return isFenced(instance.instanceId) || isShut(instance);
}
