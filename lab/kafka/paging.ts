import { badRequest } from './faults.ts';

const LARGEST_PAGE = 100;

/** A page of a `List*` call; the token is the number of items already given. */
export function paged<T>(items: T[], { MaxResults, NextToken }: { MaxResults?: number; NextToken?: string }) {
  const size = MaxResults ?? LARGEST_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE)
    throw badRequest(`maxResults must be between 1 and ${LARGEST_PAGE}.`, 'maxResults');
  const start = NextToken ? Number(Buffer.from(NextToken, 'base64url').toString()) : 0;
  if (!Number.isSafeInteger(start) || start < 0) throw badRequest('The nextToken is not valid.', 'nextToken');
  const end = start + size;
  return {
    page: items.slice(start, end),
    NextToken: end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  };
}
