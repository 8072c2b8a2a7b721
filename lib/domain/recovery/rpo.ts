import { ageSeconds, ageWords } from '../observation/known.ts';
import { factsOf, known, type Outlook } from './facts.ts';
import type { RpoContract } from './params.ts';
import { sourceRegionOf } from './topology.ts';
import { byteWords, durationWords, sentence } from './words.ts';

/** What would be lost if the target took over now: acknowledged on the lost primary and not known to be on the target. */
export interface DataAtRisk {
  lost: string;
  target: string;
  /** Every order older than this many seconds before writes ended is on the target; null when nothing says. */
  seconds: number | null;
  /** Written on the lost primary and not known to have arrived; null when nothing says. */
  bytes: number | null;
  /** When the newest measurement it rests on was made. ISO; null when there is none. */
  measuredAt: string | null;
  /** How far the target was seen to have the lost primary's log; absent where it did not say, or has another's. */
  heldLsn?: string;
  /** The newest order that the target is known to have, and when it was placed. */
  lastOrder: { id: string; createdAt: string } | null;
  /** Commit time up to which the target is known to have everything. ISO. */
  completeUpTo: string | null;
  /** When orders stopped being written on the lost primary, and how that is known. */
  writesEndedAt: string;
  endedBy: 'outage' | 'now';
  message: string;
}

export interface RiskQuestion {
  lost: string;
  target: string;
  /** When writes stopped there: since when it is failing, or when it was fenced. Absent: they have not, as far as is known. */
  writesEndedAt?: string | null;
}

/**
 * Bounds what a promotion would lose. In WAL order a replica has everything that was committed before the newest
 * commit it has replayed, so at most the time from there to the end of writes is missing; an idle replica had everything
 * when it was looked at. Bytes are what the slot withheld when the primary was last seen, and what it went on to write.
 */
export function dataAtRisk(outlook: Outlook, { lost, target, writesEndedAt }: RiskQuestion): DataAtRisk {
  const now = outlook.facts.now.toISOString();
  const ended = writesEndedAt && writesEndedAt < now ? writesEndedAt : now;
  const foreign = foreignSource(outlook, lost, target);
  const complete = foreign === null ? newest(completeness(outlook, target)) : null;
  const seconds = complete === null ? null : Math.max(0, secondsBetween(complete.upTo, ended));
  const bytes = foreign === null ? bytesAtRisk(outlook, lost, target, ended) : null;
  const position = factsOf(outlook.facts, target).position.value;
  const risk = {
    lost,
    target,
    seconds,
    bytes: seconds === 0 ? 0 : bytes,
    measuredAt: complete?.measuredAt ?? null,
    ...(foreign === null && position?.inRecovery && position.receivedLsn
      ? { heldLsn: position.receivedLsn }
      : {}),
    lastOrder: position?.lastOrder ?? null,
    completeUpTo: complete?.upTo ?? null,
    writesEndedAt: ended,
    endedBy: ended === now ? ('now' as const) : ('outage' as const),
  };
  const message =
    foreign === null
      ? riskWords(outlook, risk)
      : `${target} replicates from ${foreign}, not from ${lost}: what was written in ${lost} is not there, and how much that is nobody knows.`;
  return { ...risk, message };
}

/** Region that the target really copies, where that is not the lost one: its lag then says nothing of what would be lost. */
function foreignSource(outlook: Outlook, lost: string, target: string): string | null {
  const { value } = factsOf(outlook.facts, target).database;
  const source = value?.role === 'replica' ? sourceRegionOf(value) : null;
  return source === lost ? null : source;
}

interface Completeness {
  /** The target has all that was committed before this. ISO. */
  upTo: string;
  measuredAt: string;
}

/** What each kind of observation proves, however old it is: WAL that has arrived does not go away. */
function completeness(outlook: Outlook, target: string): Completeness[] {
  const { position, lag } = factsOf(outlook.facts, target);
  const found: Completeness[] = [];
  if (position.value?.inRecovery && position.value.lastCommitAt && position.observedAt)
    found.push({ upTo: position.value.lastCommitAt, measuredAt: position.observedAt });
  if (lag.value && lag.value.seconds !== null && lag.observedAt) {
    const behind = lag.value.idle ? 0 : lag.value.seconds;
    const upTo = new Date(Date.parse(lag.observedAt) - behind * 1_000).toISOString();
    found.push({ upTo, measuredAt: lag.observedAt });
  }
  return found;
}

function newest(found: readonly Completeness[]): Completeness | null {
  return [...found].sort((a, b) => b.upTo.localeCompare(a.upTo))[0] ?? null;
}

/** From both positions where both are known, else from the slot; what was written after the last look is reckoned by rate. */
function bytesAtRisk(outlook: Outlook, lost: string, target: string, ended: string): number | null {
  const primary = factsOf(outlook.facts, lost).position;
  const { position, lag } = factsOf(outlook.facts, target);
  const rate = primary.value?.walBytesPerSecond ?? null;
  const written = primary.value ? lsnBytes(primary.value.receivedLsn) : null;
  const received = position.value ? lsnBytes(position.value.receivedLsn) : null;
  if (written !== null && received !== null && primary.observedAt) {
    const later = laterBytes(rate, primary.observedAt, ended);
    return later === null ? null : Math.max(0, written + later - received);
  }
  if (lag.value?.bytes == null || !lag.observedAt) return null;
  const later = laterBytes(rate, lag.observedAt, ended);
  return later === null ? null : lag.value.bytes + later;
}

/** Null where it went on writing for a while and nobody knows how much. */
function laterBytes(rate: number | null, since: string, until: string): number | null {
  const seconds = Math.max(0, secondsBetween(since, until));
  if (rate === null) return seconds === 0 ? 0 : null;
  return Math.round(rate * seconds);
}

/** Position in the WAL as a number of bytes: `16/B374D848`. Null where it is none. */
export function lsnBytes(lsn: string | null): number | null {
  const parts = lsn?.match(/^([0-9a-f]{1,8})\/([0-9a-f]{1,8})$/i);
  if (!parts) return null;
  return Number.parseInt(parts[1] ?? '', 16) * 2 ** 32 + Number.parseInt(parts[2] ?? '', 16);
}

/** Where a copy stands in the log of what it copies. */
export interface LogPosition {
  receivedLsn: string | null;
  replayedLsn: string | null;
}

/**
 * How much of its source's log a copy has, as a number of bytes: what it has received it keeps, and a copy that was restarted
 * with its source gone says only how far it has replayed. Null where it says neither.
 */
export function logHeld({ receivedLsn, replayedLsn }: LogPosition): number | null {
  const known = [lsnBytes(receivedLsn), lsnBytes(replayedLsn)].filter((bytes) => bytes !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1_000;
}

function riskWords(outlook: Outlook, risk: Omit<DataAtRisk, 'message'>): string {
  const { lost, target, seconds, bytes, measuredAt, lastOrder } = risk;
  if (seconds === null || measuredAt === null) {
    const { why } = known(outlook, 'lag', factsOf(outlook.facts, target).lag);
    return sentence(
      `What ${target} would lack of ${lost} is not known: its position was ${why ?? 'never reported'}`,
    );
  }
  const amount = bytes === null ? '' : `, ${byteWords(bytes)}`;
  const age = ageWords(ageSeconds(outlook.facts.now, measuredAt));
  const order = lastOrder
    ? ` The last order it has was placed at ${lastOrder.createdAt.slice(11, 19)} UTC.`
    : '';
  return `At most ${durationWords(seconds)} of orders${amount} would be missing in ${target}, measured ${age} ago.${order}`;
}

/** What requester and approver accept: the measured bound, rounded up so that noise does not break it. Null when unknown. */
export function contractOf({ seconds, bytes, measuredAt, heldLsn }: DataAtRisk): RpoContract | null {
  if (seconds === null || measuredAt === null) return null;
  return {
    seconds: roundedSeconds(seconds),
    bytes: bytes === null ? null : roundedBytes(bytes),
    measuredAt,
    ...(heldLsn === undefined ? {} : { heldLsn }),
  };
}

/**
 * What an accepted bound in bytes has become, by the target's own position: what the lost primary wrote was counted when the
 * bound was measured, and cannot be asked for any more; what the target had then it must still have. Null where no such bound
 * was accepted, or where the target does not say any more how far it has come.
 */
export function bytesNow({ bytes, heldLsn }: RpoContract, now: LogPosition): number | null {
  if (bytes === null) return null;
  const had = lsnBytes(heldLsn ?? null);
  if (had === null) return bytes;
  const has = logHeld(now);
  return has === null ? null : bytes + Math.max(0, had - has);
}

/** Up to the next second; from 10 s to five, from a minute to thirty, from ten minutes to whole minutes. */
function roundedSeconds(seconds: number): number {
  const step = seconds <= 10 ? 1 : seconds <= 60 ? 5 : seconds <= 600 ? 30 : 60;
  return Math.max(1, Math.ceil(seconds / step - 1e-9) * step);
}

/** Up to two leading digits, 1 KB at least. */
function roundedBytes(bytes: number): number {
  if (bytes <= 1_000) return 1_000;
  const step = 10 ** (Math.floor(Math.log10(bytes)) - 1);
  return Math.ceil(bytes / step) * step;
}

export type Comparison = { worse: false } | { worse: true; reason: string };

/**
 * Whether what is measured now breaks what was accepted; the run stops before promotion if so. A measure that is gone breaks
 * it too: unknown is not safe. One that was not there when it was accepted breaks nothing.
 */
export function isWorse(accepted: RpoContract, measured: Pick<DataAtRisk, 'seconds' | 'bytes'>): Comparison {
  if (measured.seconds === null)
    return {
      worse: true,
      reason: `Up to ${durationWords(accepted.seconds)} were accepted, and how much would be lost is no longer known.`,
    };
  if (measured.seconds > accepted.seconds)
    return {
      worse: true,
      reason: changed(accepted.seconds, measured.seconds, durationWords, 's of orders'),
    };
  if (accepted.bytes === null) return { worse: false };
  if (measured.bytes === null)
    return {
      worse: true,
      reason: `Up to ${byteWords(accepted.bytes)} were accepted to be lost, and how many it would be is no longer known.`,
    };
  if (measured.bytes > accepted.bytes)
    return {
      worse: true,
      reason: changed(accepted.bytes, measured.bytes, byteWords, 'bytes'),
    };
  return { worse: false };
}

/** Two numbers that read alike are written out. */
function changed(
  accepted: number,
  measured: number,
  words: (amount: number) => string,
  unit: string,
): string {
  const same = words(accepted) === words(measured);
  const [was, is] = same
    ? [`${accepted} ${unit}`, `${measured} ${unit}`]
    : [words(accepted), words(measured)];
  return `Up to ${was} were accepted to be lost; it is ${is} now.`;
}
