import { describe, expect, it } from 'vitest';
import { checkReadConditions, type ReadConditions, readRange } from './conditions.ts';

const facts = { etag: '"abc"', atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 600) };
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, 5 + seconds));

describe('conditions of a read', () => {
  it.each<[string, ReadConditions, string | undefined]>([
    ['none', {}, undefined],
    ['If-Match that does', { IfMatch: '"abc"' }, undefined],
    ['If-Match without quotes', { IfMatch: 'abc' }, undefined],
    ['If-Match of a list', { IfMatch: '"x", "abc"' }, undefined],
    ['If-Match that does not', { IfMatch: '"x"' }, 'PreconditionFailed'],
    ['If-None-Match that is it', { IfNoneMatch: '"abc"' }, 'NotModified'],
    ['If-None-Match of any', { IfNoneMatch: '*' }, 'NotModified'],
    ['If-None-Match of another', { IfNoneMatch: '"x"' }, undefined],
    ['changed in the same second', { IfModifiedSince: at(0) }, 'NotModified'],
    ['changed since', { IfModifiedSince: at(-1) }, undefined],
    ['not changed since that second', { IfUnmodifiedSince: at(0) }, undefined],
    ['changed against the condition', { IfUnmodifiedSince: at(-1) }, 'PreconditionFailed'],
    ['a tag over a time', { IfMatch: '"abc"', IfUnmodifiedSince: at(-1) }, undefined],
    ['another tag over a time', { IfNoneMatch: '"x"', IfModifiedSince: at(0) }, undefined],
  ])('%s', (_, conditions, code) => {
    const check = () => checkReadConditions(conditions, facts);
    if (code) expect(check).toThrow(expect.objectContaining({ code }));
    else expect(check).not.toThrow();
  });
});

describe('a range of ten bytes', () => {
  it.each([
    [undefined, undefined],
    ['bytes=0-3', { first: 0, last: 3 }],
    ['bytes=4-', { first: 4, last: 9 }],
    ['bytes=8-99', { first: 8, last: 9 }],
    ['bytes=-3', { first: 7, last: 9 }],
    ['bytes=-99', { first: 0, last: 9 }],
    ['bytes=5-2', undefined],
    ['bytes=0-1,4-5', undefined],
    ['lines=1-2', undefined],
    ['bytes=-', undefined],
  ])('%s', (header, range) => {
    expect(readRange(header, 10)).toEqual(range);
  });

  it.each(['bytes=10-', 'bytes=99-100', 'bytes=-0'])('%s is outside', (header) => {
    expect(() => readRange(header, 10)).toThrow(
      expect.objectContaining({ code: 'InvalidRange', status: 416 }),
    );
  });
});
