import { AwsFault } from '#lab/wire/service.ts';

/** All buckets of the lab are the account's own: a caller who expects another owner is refused. */
export function checkOwner(account: string, expected: string | undefined): void {
  if (expected !== undefined && expected !== account)
    throw new AwsFault('AccessDenied', 'Access Denied', { status: 403 });
}
