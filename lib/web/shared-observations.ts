import 'server-only';
import type { Database } from '../data/database.ts';
import {
  type ObservationSet,
  observationSet,
  readSeen,
  type SeenByRegion,
} from '../services/observations/read.ts';
import type { ChangeFeed } from './change-feed.ts';

/** While a Region's round is under way its rows change before it is announced; nothing older than this is shown. */
const SHARED_MS = 2_000;

/**
 * Reads what was last seen once for all pages that ask before anything new is announced, and then of the Regions alone that
 * it was announced of: a change makes every open page read itself again, and what grows with the number of Regions is the
 * same for all of them.
 */
export function shareObservations(
  database: Pick<Database, 'pool'>,
  feed: Pick<ChangeFeed, 'subscribe'>,
): () => Promise<ObservationSet> {
  let seen: Promise<SeenByRegion> | undefined;
  let shared: Promise<ObservationSet> | undefined;
  const changed = new Set<string>();
  feed.subscribe(({ topic, ref }) => {
    if (topic !== 'observation') return;
    changed.add(ref);
    shared = undefined;
  });

  function dropAll(): void {
    seen = undefined;
    shared = undefined;
  }

  function readAll(): Promise<SeenByRegion> {
    setTimeout(dropAll, SHARED_MS).unref();
    return readSeen(database, {});
  }

  return () => {
    if (shared) return shared;
    const regions = [...changed];
    changed.clear();
    seen = seen ? readChanged(database, seen, regions) : readAll();
    const reading = seen;
    shared = reading.then(observationSet);
    shared.catch(() => seen === reading && dropAll());
    return shared;
  };
}

async function readChanged(
  database: Pick<Database, 'pool'>,
  before: Promise<SeenByRegion>,
  regions: readonly string[],
): Promise<SeenByRegion> {
  const after = new Map(await before);
  const now = await readSeen(database, { regions });
  for (const region of regions) after.set(region, now.get(region) ?? new Map());
  return after;
}
