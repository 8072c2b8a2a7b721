import 'server-only';
import type { Database } from '../data/database.ts';
import {
  type ObservationSet,
  observationSet,
  readSeen,
  readVersions,
  type SeenByRegion,
} from '../services/observations/read.ts';
import type { ChangeFeed } from './change-feed.ts';

/** While a Region's round is under way its rows change before it is announced; nothing older than this is shown. */
const SHARED_MS = 2_000;

interface Reading {
  seen: SeenByRegion;
  /** Of the rows of each Region, or of some that were there just before. */
  versions: ReadonlyMap<string, string>;
}

const NOTHING: Reading = { seen: new Map(), versions: new Map() };

/**
 * Reads what was last seen once for all pages that ask before anything new is announced, and then of the Regions alone whose
 * rows have changed: a change makes every open page read itself again, and what grows with the number of Regions is the same
 * for all of them.
 */
export function shareObservations(
  database: Pick<Database, 'pool'>,
  feed: Pick<ChangeFeed, 'subscribe'>,
): () => Promise<ObservationSet> {
  let last = Promise.resolve(NOTHING);
  let shared: Promise<ObservationSet> | undefined;
  const drop = (reading: Promise<ObservationSet> | undefined) => {
    if (shared === reading) shared = undefined;
  };
  feed.subscribe(({ topic }) => {
    if (topic === 'observation') drop(shared);
  });
  return () => {
    if (shared) return shared;
    last = readAgain(database, last);
    const reading = last.then(({ seen }) => observationSet(seen));
    shared = reading;
    setTimeout(drop, SHARED_MS, reading).unref();
    reading.catch(() => drop(reading));
    return reading;
  };
}

/** One after the other, so that each rests on what the one before has read; one that failed is passed over. */
async function readAgain(database: Pick<Database, 'pool'>, last: Promise<Reading>): Promise<Reading> {
  const before = await last.catch(() => NOTHING);
  // First: what changes after this is read once more.
  const versions = await readVersions(database);
  const regions = [...versions.keys()].filter(
    (region) => versions.get(region) !== before.versions.get(region),
  );
  if (regions.length === 0 && versions.size === before.versions.size) return before;
  const changed = await readSeen(database, { regions });
  const seen = new Map([...before.seen, ...changed].filter(([region]) => versions.has(region)));
  return { seen, versions };
}
