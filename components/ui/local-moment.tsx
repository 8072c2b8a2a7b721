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

const SECONDS = /:\d\d:/;

/** "2026-11-23 11:00 UTC", or with its seconds, within a sentence: in the reader's zone, UTC on hover; as it is until the browser takes over. */
export function LocalMoment({ text }: { text: string }) {
  const hydrated = useHydrated();
  const at = new Date(text.replace(' ', 'T').replace(' UTC', 'Z'));
  if (Number.isNaN(at.getTime())) return text;
  return (
    <time className="nowrap" dateTime={at.toISOString()} title={text} suppressHydrationWarning>
      {hydrated
        ? at.toLocaleString('en-GB', SECONDS.test(text) ? { ...LOCAL, second: '2-digit' } : LOCAL)
        : text}
    </time>
  );
}
