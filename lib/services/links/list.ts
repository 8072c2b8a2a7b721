import type { VerbContext } from '../context.ts';
import { type EstateState, readEstateState } from '../regions/state.ts';
import { type CacheLink, cacheLinks } from './cache.ts';
import { type DatabaseLink, databaseLinks } from './database.ts';
import { linkSource } from './link.ts';
import { type QueueLink, queueLinks } from './queue.ts';
import { type StorageLink, storageLinks } from './storage.ts';

/** A replication path between two Regions, as it was last seen. */
export type ReplicationLink = DatabaseLink | StorageLink | CacheLink | QueueLink;

/** Every replication link of the environment: databases, storage, caches, queues, each in the estate's order. */
export async function listLinks(
  context: VerbContext,
  environment: string,
): Promise<{ items: ReplicationLink[] }> {
  return { items: linksOf(context, await readEstateState(context, environment)) };
}

/** The same from a state that was read already. */
export function linksOf(context: VerbContext, state: EstateState): ReplicationLink[] {
  const source = linkSource(context, state);
  return [...databaseLinks(source), ...storageLinks(source), ...cacheLinks(source), ...queueLinks(source)];
}
