'use client';

import { useHydrated } from '#components/ui/clock.tsx';
import { formatUtcFull } from '#components/ui/format.ts';

const SHORT = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;

/** Day and time of a moment in the reader's zone, UTC on hover; UTC itself until the browser takes over. */
export function DayTime({ at }: { at: string }) {
  const hydrated = useHydrated();
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatUtcFull(date)} className="nowrap" suppressHydrationWarning>
      {date.toLocaleString('en-GB', hydrated ? SHORT : { ...SHORT, timeZone: 'UTC' })}
    </time>
  );
}
