import { badRequest } from './faults.ts';

const LARGEST_PAGE = 100;

/** A page of a `List*` call; the token is the number of items already given. */
export function paged<T>(items: T[], { MaxResults, NextToken }: { MaxResults?: number; NextToken?: string }) {
  const size = MaxResults ?? LARGEST_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE)
    throw badRequest(`maxResults must be between 1 and ${LARGEST_PAGE}.`, 'maxResults');
  const start = NextToken === undefined ? '0' : Buffer.from(NextToken, 'base64url').toString();
  if (!/^\d{1,6}$/.test(start)) throw badRequest('The nextToken is not valid.', 'nextToken');
  const end = Number(start) + size;
  return {
    page: items.slice(Number(start), end),
    NextToken: end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  };
}
