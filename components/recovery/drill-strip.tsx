'use client';

import { useNow } from '#components/ui/clock.tsx';
import { formatUtcDay } from '#components/ui/format.ts';
import { statusColour, statusPath } from '#components/ui/status.tsx';
import type { DrillRow } from './model.ts';

interface Span {
  from: string;
  to: string;
}

const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' });

/** First days of the months inside the span. */
export function monthsOf({ from, to }: Span): Date[] {
  const end = Date.parse(to);
  const start = new Date(from);
  const months: Date[] = [];
  for (let index = 0; index <= 24; index += 1) {
    const month = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + index, 1));
    if (month.getTime() >= end) break;
    if (month.getTime() >= start.getTime()) months.push(month);
  }
  return months;
}

/** How far into the span a moment is, percent; outside it, the nearer end. */
export function percentOf(at: number, { from, to }: Span): number {
  const start = Date.parse(from);
  return Math.min(100, Math.max(0, ((at - start) / (Date.parse(to) - start)) * 100));
}

/** The months above the strips. */
export function MonthAxis(span: Span) {
  const months = monthsOf(span);
  return (
    <span className="months">
      {months.map((month, index) => (
        <span
          key={month.toISOString()}
          style={{ left: `${percentOf(month.getTime(), span)}%` }}
          className={index % 2 === 0 ? undefined : 'opt'}
        >
          {MONTH.format(month).slice(0, 3)}
        </span>
      ))}
    </span>
  );
}

/** One drill through the months: what was done, what is due; the line is now. */
export function DrillStrip({ marks, ...span }: Span & { marks: DrillRow['marks'] }) {
  const now = useNow();
  return (
    <span className="strip">
      {monthsOf(span).map((month) => (
        <i key={month.toISOString()} style={{ left: `${percentOf(month.getTime(), span)}%` }} />
      ))}
      <u style={{ left: `${percentOf(now, span)}%` }} />
      {marks.map((mark) => (
        <svg
          key={`${mark.at} ${mark.label}`}
          viewBox="0 0 10 10"
          className={statusColour(mark.status)}
          style={{ left: `${percentOf(Date.parse(mark.at), span)}%` }}
          role="img"
          aria-label={`${mark.label}, ${formatUtcDay(new Date(mark.at))}`}
        >
          <title>{`${mark.label}, ${formatUtcDay(new Date(mark.at))}`}</title>
          {statusPath(mark.status)}
        </svg>
      ))}
    </span>
  );
}
