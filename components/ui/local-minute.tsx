'use client';

import { useHydrated } from './clock.tsx';

const LOCAL = {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
} as const satisfies Intl.DateTimeFormatOptions;

/** "2026-11-23 11:00 UTC" within a sentence: in the reader's zone, UTC on hover; as it is until the browser takes over. */
export function LocalMinute({ text }: { text: string }) {
  const hydrated = useHydrated();
  const at = new Date(`${text.slice(0, 10)}T${text.slice(11, 16)}:00Z`);
  if (Number.isNaN(at.getTime())) return text;
  return (
    <time className="nowrap" dateTime={at.toISOString()} title={text} suppressHydrationWarning>
      {hydrated ? at.toLocaleString('en-GB', LOCAL) : text}
    </time>
  );
}
