import { DEFAULT_RANGE, RANGES, type RangeKey } from '#components/shell/model.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';

type SearchParams = Record<string, string | string[] | undefined>;

const RANGE_SECONDS: Record<RangeKey, number> = {
  '15m': 900,
  '1h': 3_600,
  '6h': 21_600,
  '24h': 86_400,
  '7d': 604_800,
};

/** One value of the query; repeated or oversized ones count as absent. */
export function one(params: SearchParams, name: string): string | undefined {
  const value = params[name];
  return typeof value === 'string' && value.length <= 300 && value !== '' ? value : undefined;
}

/** The environment that the URL names, else the estate's first. */
export function environmentOf(params: SearchParams, estate: Estate): string {
  const wanted = one(params, 'environment');
  const known = estate.environments.map(({ name }) => name);
  return wanted && known.includes(wanted) ? wanted : (known[0] ?? 'production');
}

/** The time range that the URL names, ending now. */
export function rangeOf(
  params: SearchParams,
  now: Date,
): { key: RangeKey; label: string; from: Date; to: Date } {
  const wanted = one(params, 'range');
  const range =
    RANGES.find(({ key }) => key === wanted) ?? RANGES.find(({ key }) => key === DEFAULT_RANGE) ?? RANGES[1];
  return {
    key: range.key,
    label: range.label.toLowerCase(),
    from: new Date(now.getTime() - RANGE_SECONDS[range.key] * 1_000),
    to: now,
  };
}
