import { invalidInput } from './faults.ts';

/** The page size asked for, at most `limit`. Route 53 answers more than the limit with the limit. */
export function pageSize(maxItems: number | undefined, limit: number): number {
  if (maxItems === undefined) return limit;
  const size = Number(maxItems);
  if (!Number.isInteger(size) || size < 1)
    throw invalidInput(`MaxItems must be a positive integer, not ${maxItems}.`);
  return Math.min(size, limit);
}

export interface Page<T> {
  items: T[];
  /** First item of the next page. */
  next: T | undefined;
}

export function pageFrom<T>(items: readonly T[], start: number, size: number): Page<T> {
  return { items: items.slice(start, start + size), next: items[start + size] };
}
