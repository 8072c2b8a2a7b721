import 'server-only';
import type { Database } from '../data/database.ts';
import { bucketsOf, readSeries, type SeriesRequest, type SeriesResult } from '../data/samples.ts';
import type { VerbContext } from '../services/context.ts';
import type { ChangeFeed } from './change-feed.ts';

/** However much is announced, whoever asks for the same within this time is shown the same reading: samples come every few seconds. */
const LEAST_SHARED_MS = 2_000;
/** An open page reads itself again no more often (components/shell/live-updates.tsx). */
const REFRESH_MS = 5_000;
/** Of the time that one point of the line stands for: so much later it would look the same. */
const SHARED_PART = 1 / 5;
/** An announcement may be lost while the feed connects again; nothing older than this is shown for that. */
const MOST_SHARED_MS = 30_000;
/** So many readings are kept, whatever people look at. */
const KEPT = 200;

interface Shared {
  reading: Promise<SeriesResult>;
  readAtMs: number;
  /** How much had been announced before it was read. */
  announced: number;
}

/**
 * Reads series once for everybody who asks for the same points of the same lines until something new is announced: a change
 * makes every open page read itself again, and what is costly about that is the samples, which are the same for all.
 */
export function shareSeries(
  { pool }: Pick<Database, 'pool'>,
  feed: Pick<ChangeFeed, 'subscribe'>,
): (request: SeriesRequest) => Promise<SeriesResult> {
  const shared = new Map<string, Shared>();
  let announced = 0;
  feed.subscribe(({ topic }) => {
    if (topic === 'observation') announced += 1;
  });
  return (request) => {
    const { subjects, metrics } = request;
    const { bucketSeconds, first, last } = bucketsOf(request);
    const key = JSON.stringify([bucketSeconds, first, last, subjects, metrics]);
    const known = shared.get(key);
    const sharedMs = known?.announced === announced ? MOST_SHARED_MS : leastSharedMs(bucketSeconds);
    if (known && Date.now() - known.readAtMs < sharedMs) return known.reading;
    const [oldest] = shared.keys();
    if (oldest !== undefined && shared.size >= KEPT) shared.delete(oldest);
    const made: Shared = { reading: readSeries(pool, request), readAtMs: Date.now(), announced };
    shared.set(key, made);
    const drop = () => {
      if (shared.get(key) === made) shared.delete(key);
    };
    setTimeout(drop, MOST_SHARED_MS).unref();
    made.reading.catch(drop);
    return made.reading;
  };
}

function leastSharedMs(bucketSeconds: number): number {
  return Math.min(REFRESH_MS, Math.max(LEAST_SHARED_MS, bucketSeconds * 1_000 * SHARED_PART));
}

/** Series as the page shares them with others; read for itself where nothing is shared. */
export function readSharedSeries(
  { database, series }: Pick<VerbContext, 'database' | 'series'>,
  request: SeriesRequest,
): Promise<SeriesResult> {
  return series ? series(request) : readSeries(database.pool, request);
}
