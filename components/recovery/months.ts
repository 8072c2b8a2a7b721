export interface Span {
  from: string;
  to: string;
}

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
