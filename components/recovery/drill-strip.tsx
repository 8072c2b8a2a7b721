'use client';

import { useNow } from '#components/ui/clock.tsx';
import { formatUtcDay } from '#components/ui/format.ts';
import { statusColour, statusPath } from '#components/ui/status.tsx';
import type { DrillRow } from './model.ts';
import { monthsOf, percentOf, type Span } from './months.ts';

const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' });

/** The months above the strips. */
export function MonthAxis(span: Span) {
  // A name at the very end would stand in the next column.
  const months = monthsOf(span).filter((month) => percentOf(month.getTime(), span) < 96);
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
