import type { LagObservation } from '../observation/kinds.ts';

export interface LagPoint {
  atMs: number;
  /** `ReplicaLag` as CloudWatch says it; −1 means not replicating. */
  seconds: number;
}

/** What the primary says of itself. */
export interface PrimaryActivity {
  /** `OldestReplicationSlotLag`: written there and not yet received by the slowest replica; null where it does not say. */
  slotBytes: number | null;
  /** `TransactionLogsGeneration`, oldest first; none where it does not say. */
  wal: readonly { atMs: number; bytesPerSecond: number }[];
}

/** Slot lag under which a replica counts as caught up: less than one small transaction in flight on a busy primary. */
const CAUGHT_UP_BYTES = 64 * 1024;
/** A primary nobody writes to still logs a checkpoint now and then; a commit every few seconds is more than this. */
const IDLE_WAL_BYTES_PER_SECOND = 20;
/** How near to one second a second an idle primary's lag must rise. */
const IDLE_SLOPE_TOLERANCE = 0.15;
const POINTS_TO_JUDGE = 3;

/**
 * Judges RDS for PostgreSQL's `ReplicaLag`, which is now() − last replayed commit and so rises while nobody writes
 * (aws-facts B-09): rising a second a second, with nothing withheld in the slot and nothing written on the primary, is
 * idle. A slot knows what was received, not what was replayed, so without the primary's own silence a replica that
 * stopped replaying would look the same. Missing and −1 are unknown.
 */
export function judgeLag(
  points: readonly LagPoint[],
  primary: PrimaryActivity,
  limits: { warning: number; critical: number },
): LagObservation {
  const latest = points.at(-1);
  const { slotBytes } = primary;
  if (!latest || latest.seconds < 0)
    return { seconds: null, bytes: slotBytes, class: 'unknown', idle: false };
  const judged = { seconds: latest.seconds, bytes: slotBytes };
  if (latest.seconds <= limits.warning) return { ...judged, class: 'ok', idle: false };
  const run = clockRun(points);
  if (run && isCaughtUp(primary) && isSilentSince(primary, run.fromMs))
    return { ...judged, class: 'ok', idle: true };
  return { ...judged, class: latest.seconds > limits.critical ? 'critical' : 'warning', idle: false };
}

function isCaughtUp({ slotBytes }: PrimaryActivity): boolean {
  return slotBytes !== null && slotBytes <= CAUGHT_UP_BYTES;
}

function isSilentSince({ wal }: PrimaryActivity, fromMs: number): boolean {
  const since = wal.filter(({ atMs }) => atMs > fromMs);
  if (since.length === 0) return false;
  const sum = since.reduce((total, { bytesPerSecond }) => total + bytesPerSecond, 0);
  return sum / since.length <= IDLE_WAL_BYTES_PER_SECOND;
}

/**
 * Since when the lag rises a second a second, looking at the last few points, or at those since it last fell: RDS' own
 * commit every five minutes sets an idle lag back. Undefined where it does not.
 */
function clockRun(points: readonly LagPoint[]): { fromMs: number } | undefined {
  const recent = points.slice(-POINTS_TO_JUDGE);
  const fallen = recent.findLastIndex(({ seconds }, i) => seconds < (recent[i - 1]?.seconds ?? seconds));
  const first = recent[Math.max(0, fallen)];
  const last = recent.at(-1);
  const enough = fallen > 0 ? fallen < recent.length - 1 : recent.length === POINTS_TO_JUDGE;
  if (!enough || !first || !last || last.atMs <= first.atMs) return undefined;
  const slope = (last.seconds - first.seconds) / ((last.atMs - first.atMs) / 1_000);
  return Math.abs(slope - 1) <= IDLE_SLOPE_TOLERANCE ? { fromMs: first.atMs } : undefined;
}
