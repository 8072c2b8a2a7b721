import 'server-only';
import type { Database } from '../data/database.ts';
import { type ObservationSet, readObservations } from '../services/observations/read.ts';
import type { ChangeFeed } from './change-feed.ts';

/** While a Region's round is under way its rows change before it is announced; nothing older than this is shown. */
const SHARED_MS = 2_000;

/**
 * Reads what was last seen once for all pages that ask before anything new is announced: a change makes every open page
 * read itself again, and what grows with the number of Regions is the same for all of them.
 */
export function shareObservations(
  database: Database,
  feed: Pick<ChangeFeed, 'subscribe'>,
): () => Promise<ObservationSet> {
  let shared: Promise<ObservationSet> | undefined;
  const drop = (reading: Promise<ObservationSet> | undefined) => {
    if (shared === reading) shared = undefined;
  };
  feed.subscribe(({ topic }) => {
    if (topic === 'observation') drop(shared);
  });
  return () => {
    if (shared) return shared;
    const reading = readObservations({ database });
    shared = reading;
    setTimeout(drop, SHARED_MS, reading).unref();
    reading.catch(() => drop(reading));
    return reading;
  };
}
