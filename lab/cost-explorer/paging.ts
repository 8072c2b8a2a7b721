import { createHash } from 'node:crypto';
import { AwsFault } from '#lab/wire/service.ts';

/** A place in the answer to one request; another request refuses it. */
export function createPaging(request: object) {
  const { NextPageToken, ...rest } = request as { NextPageToken?: string };
  const digest = createHash('sha256').update(JSON.stringify(rest)).digest('base64url').slice(0, 16);
  return {
    offset(): number {
      if (NextPageToken === undefined) return 0;
      const [offset = '', of] = Buffer.from(NextPageToken, 'base64url').toString().split('.');
      if (!/^\d{1,9}$/.test(offset) || of !== digest) {
        throw new AwsFault(
          'InvalidNextTokenException',
          'The pagination token is invalid. Try again without a pagination token.',
        );
      }
      return Number(offset);
    },
    token: (offset: number): string => Buffer.from(`${offset}.${digest}`).toString('base64url'),
  };
}
