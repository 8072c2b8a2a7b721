import type { SeriesResult } from '#lib/data/samples.ts';

/** Shares of all requests, 0–1, by Region, as a plan found and leaves them. */
export interface ShareChange {
  sharesBefore: Record<string, number>;
  sharesAfter: Record<string, number>;
}

/** Of those Regions the one that gains most by it, the first among equals. */
export function gainsMost(
  { sharesBefore, sharesAfter }: ShareChange,
  regions: readonly string[],
): string | undefined {
  const gain = (code: string) => (sharesAfter[code] ?? 0) - (sharesBefore[code] ?? 0);
  return regions.toSorted((a, b) => gain(b) - gain(a))[0];
}

/** What is known of a line of one Region, as points of time. */
export function courseOf(
  { times, series }: SeriesResult,
  metric: 'share.configured' | 'share.measured',
): { at: string; share: number }[] {
  const values = series.find((one) => one.metric === metric)?.values ?? [];
  return values.flatMap((share, i) =>
    share === null ? [] : [{ at: new Date((times[i] ?? 0) * 1_000).toISOString(), share }],
  );
}
