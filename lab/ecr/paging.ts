import { invalidParameter } from './faults.ts';

const USUAL_PAGE = 100;
const LARGEST_PAGE = 1_000;

/** A page of a list; the token is the number of items already given. */
export function paged<T>(
  items: readonly T[],
  { maxResults, nextToken }: { maxResults?: number; nextToken?: string },
): { page: T[]; nextToken: string | undefined } {
  const size = maxResults ?? USUAL_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE)
    throw invalidParameter('maxResults', `Member must have value between 1 and ${LARGEST_PAGE}`);
  const start = nextToken === undefined ? '0' : Buffer.from(nextToken, 'base64url').toString();
  if (!/^\d{1,6}$/.test(start)) throw invalidParameter('nextToken', 'Invalid next token');
  const end = Number(start) + size;
  return {
    page: items.slice(Number(start), end),
    nextToken: end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  };
}
