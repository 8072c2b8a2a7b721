import type { LagObservation } from '../observation/kinds.ts';

export interface LagPoint {
  atMs: number;
  /** `ReplicaLag` as CloudWatch says it; −1 means not replicating. */
  seconds: number;
}

/** Slot lag under which a replica counts as caught up: less than one small transaction in flight on a busy primary. */
const CAUGHT_UP_BYTES = 64 * 1024;
/** How near to one second a second an idle primary's lag must rise. */
const IDLE_SLOPE_TOLERANCE = 0.15;
const POINTS_TO_JUDGE = 3;

/**
 * Judges RDS for PostgreSQL's `ReplicaLag`, which is now() − last replayed commit and so rises while nobody writes
 * (aws-facts B-09): rising a second a second with nothing withheld in the slot is idle. Missing and −1 are unknown.
 */
export function judgeLag(
  points: readonly LagPoint[],
  slotBytes: number | null,
  limits: { warning: number; critical: number },
): LagObservation {
  const latest = points.at(-1);
  if (!latest || latest.seconds < 0)
    return { seconds: null, bytes: slotBytes, class: 'unknown', idle: false };
  const judged = { seconds: latest.seconds, bytes: slotBytes };
  if (latest.seconds <= limits.warning) return { ...judged, class: 'ok', idle: false };
  if (slotBytes !== null && slotBytes <= CAUGHT_UP_BYTES && risesLikeAClock(points))
    return { ...judged, class: 'ok', idle: true };
  return { ...judged, class: latest.seconds > limits.critical ? 'critical' : 'warning', idle: false };
}

function risesLikeAClock(points: readonly LagPoint[]): boolean {
  const recent = points.slice(-POINTS_TO_JUDGE);
  const first = recent[0];
  const last = recent.at(-1);
  if (recent.length < POINTS_TO_JUDGE || !first || !last || last.atMs <= first.atMs) return false;
  const slope = (last.seconds - first.seconds) / ((last.atMs - first.atMs) / 1_000);
  return Math.abs(slope - 1) <= IDLE_SLOPE_TOLERANCE;
}
