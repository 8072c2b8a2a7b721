import 'server-only';
import type { AmbientPool } from '../data/pool.ts';
import { readSeries, type SeriesRequest, type SeriesResult } from '../data/samples.ts';

/** Samples come every few seconds; whoever asks within this time is shown the same reading. */
const SHARED_MS = 2_000;

const readings = new Map<string, Promise<SeriesResult>>();

/**
 * As readSeries, once for everybody who asks for the same at about the same time: a change makes every open page read
 * itself again, and what is costly about that is the samples, which are the same for all.
 */
export function readSharedSeries(pool: AmbientPool, request: SeriesRequest): Promise<SeriesResult> {
  const { from, to, subjects, metrics, points } = request;
  const [first, last] = [from, to].map((time) => Math.floor(time.getTime() / SHARED_MS));
  const key = JSON.stringify([first, last, points, subjects, metrics]);
  const known = readings.get(key);
  if (known) return known;
  const reading = readSeries(pool, request);
  readings.set(key, reading);
  setTimeout(() => readings.delete(key), SHARED_MS).unref();
  reading.catch(() => readings.delete(key));
  return reading;
}
