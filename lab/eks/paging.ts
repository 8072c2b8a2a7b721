import { invalidParameter } from './faults.ts';

const LARGEST_PAGE = 100;

/** A page of a `List*` call; the token is the number of items already given. */
export function paged<T>(items: T[], { maxResults, nextToken }: { maxResults?: number; nextToken?: string }) {
  const size = maxResults ?? LARGEST_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE) {
    throw invalidParameter(`maxResults must be between 1 and ${LARGEST_PAGE}`);
  }
  const start = nextToken ? Number(Buffer.from(nextToken, 'base64url').toString()) : 0;
  if (!Number.isSafeInteger(start) || start < 0) throw invalidParameter('nextToken is not valid');
  const end = start + size;
  return {
    page: items.slice(start, end),
    nextToken: end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  };
}
