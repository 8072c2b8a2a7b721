import { AwsFault } from '#lab/wire/service.ts';
import { notModified, preconditionFailed } from './faults.ts';

export interface ReadConditions {
  IfMatch?: string;
  IfNoneMatch?: string;
  IfModifiedSince?: Date;
  IfUnmodifiedSince?: Date;
}

interface Facts {
  etag: string;
  atMs: number;
}

/** Whether an ETag is among those a header lists; `*` is any. Quotes may be missing. */
export function matches(header: string, etag: string): boolean {
  const bare = (text: string) => text.trim().replace(/^(W\/)?"?|"?$/g, '');
  return header.split(',').some((one) => one.trim() === '*' || bare(one) === bare(etag));
}

/** Throws 412 or 304 as the conditions have it; entity tags go before times (RFC 9110, 13.2.2). */
export function checkReadConditions(conditions: ReadConditions, { etag, atMs }: Facts): void {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions;
  // Headers carry whole seconds.
  const changedMs = Math.floor(atMs / 1000) * 1000;
  if (IfMatch !== undefined) {
    if (!matches(IfMatch, etag)) throw preconditionFailed('If-Match');
  } else if (IfUnmodifiedSince && changedMs > IfUnmodifiedSince.getTime()) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (IfNoneMatch !== undefined) {
    if (matches(IfNoneMatch, etag)) throw notModified(etag);
  } else if (IfModifiedSince && changedMs <= IfModifiedSince.getTime()) throw notModified(etag);
}

export interface ByteRange {
  first: number;
  last: number;
}

/**
 * The bytes that a Range header asks of an object of `size` bytes; undefined for the whole of it. S3 ignores what it cannot
 * read and several ranges at once. Throws InvalidRange when none of the bytes is there.
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  if (first >= size || (from === '' && Number(to) === 0)) {
    throw new AwsFault('InvalidRange', 'The requested range is not satisfiable', {
      status: 416,
      fields: { RangeRequested: header, ActualObjectSize: size },
    });
  }
  return { first, last };
}
