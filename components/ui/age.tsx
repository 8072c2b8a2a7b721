'use client';

import { useHydrated, useNow } from './clock.tsx';
import { EMPTY, formatAge, formatUtcDay, formatUtcFull, formatUtcTime } from './format.ts';

interface AgeProps {
  at: string | null;
  withinSeconds?: number;
  /** Adds "old, expected 15 s" when stale. For a heading; a table cell has no room for it. */
  explain?: boolean;
  /** Before the age: "checked", "measured". */
  verb?: string;
}

/** Seconds since `at`, and whether that is more than expected. */
export function ageOf(at: string | null, withinSeconds: number | undefined, nowMs: number) {
  if (at === null) return { seconds: null, stale: true } as const;
  const seconds = Math.max(0, (nowMs - Date.parse(at)) / 1000);
  return { seconds, stale: withinSeconds !== undefined && seconds > withinSeconds } as const;
}

/** How old a value is; grey and dashed past its expected age. */
export function Age({ at, withinSeconds, explain = false, verb }: AgeProps) {
  const { seconds, stale } = ageOf(at, withinSeconds, useNow());
  if (at === null || seconds === null) return <span className="age old">never seen</span>;
  const suffix =
    stale && explain && withinSeconds !== undefined ? ` old, expected ${formatAge(withinSeconds)}` : '';
  const ago = verb === undefined || suffix !== '' ? '' : ' ago';
  return (
    <time className={stale ? 'age old' : 'age'} dateTime={at} title={formatUtcFull(new Date(at))}>
      {verb === undefined ? '' : `${verb} `}
      {formatAge(seconds)}
      {suffix}
      {ago}
    </time>
  );
}

/** "in 52 min", or what to say when the moment has passed. */
export function Until({ at, past }: { at: string; past: string }) {
  const seconds = (Date.parse(at) - useNow()) / 1000;
  return (
    <time dateTime={at} title={formatUtcFull(new Date(at))}>
      {seconds > 0 ? `in ${formatAge(seconds)}` : past}
    </time>
  );
}

const DAY_MS = 86_400_000;

/** A moment in the reader's zone, UTC on hover; UTC itself until the browser takes over or where `utc` is set. */
export function Moment({
  at,
  utc = false,
  seconds = false,
}: {
  at: string | null;
  utc?: boolean;
  seconds?: boolean;
}) {
  const nowMs = useNow();
  const hydrated = useHydrated();
  if (at === null) return <span className="muted">{EMPTY}</span>;
  const date = new Date(at);
  const local = hydrated && !utc;
  const recent = Math.abs(nowMs - date.getTime()) < DAY_MS;
  const time = local ? date.toLocaleTimeString('en-GB') : formatUtcTime(date);
  const day = local
    ? date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
    : formatUtcDay(date);
  return (
    <time dateTime={at} title={formatUtcFull(date)} suppressHydrationWarning>
      {recent || seconds ? `${recent ? '' : `${day} `}${seconds ? time : time.slice(0, 5)}` : day}
    </time>
  );
}
