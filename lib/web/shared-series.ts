import 'server-only';
import type { AmbientPool } from '../data/pool.ts';
import { readSeries, type SeriesRequest, type SeriesResult } from '../data/samples.ts';

/** Whoever asks for the same within this time is shown the same reading: samples come every few seconds. */
const LEAST_SHARED_MS = 2_000;
/** An open page reads itself again no more often (components/shell/live-updates.tsx). */
const MOST_SHARED_MS = 5_000;
/** Of the time that one point of the line stands for: so much later it would look the same. */
const SHARED_PART = 1 / 5;

const readings = new Map<string, Promise<SeriesResult>>();

/**
 * As readSeries, once for everybody who asks for the same at about the same time: a change makes every open page read
 * itself again, and what is costly about that is the samples, which are the same for all.
 */
export function readSharedSeries(pool: AmbientPool, request: SeriesRequest): Promise<SeriesResult> {
  const { from, to, subjects, metrics, points } = request;
  const pointMs = (to.getTime() - from.getTime()) / points;
  const sharedMs = Math.min(MOST_SHARED_MS, Math.max(LEAST_SHARED_MS, pointMs * SHARED_PART));
  const [first, last] = [from, to].map((time) => Math.floor(time.getTime() / sharedMs));
  const key = JSON.stringify([first, last, points, subjects, metrics]);
  const known = readings.get(key);
  if (known) return known;
  const reading = readSeries(pool, request);
  readings.set(key, reading);
  setTimeout(() => readings.delete(key), sharedMs).unref();
  reading.catch(() => readings.delete(key));
  return reading;
}
