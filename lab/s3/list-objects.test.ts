import { describe, expect, it } from 'vitest';
import { listObjects } from './list-objects.ts';
import type { StoredVersion } from './records.ts';

const version: StoredVersion = {
  id: '0'.repeat(32),
  atMs: Date.UTC(2026, 10, 23, 12, 0, 0, 750),
  marker: false,
  content: '',
  size: 0,
  etag: '"d41d8cd98f00b204e9800998ecf8427e"',
  encryption: { algorithm: 'AES256' },
  storageClass: 'STANDARD',
  checksum: { name: 'crc32', value: 'AAAAAA==' },
  headers: { contentType: 'text/plain' },
  metadata: {},
  tags: {},
};
const objects = (...keys: string[]) => keys.map((key) => ({ key, version }));
const KEYS = objects('a.txt', 'photos/2025/jan', 'photos/2025/feb', 'photos/2026/mar', 'photos/top', 'z');

type Input = Omit<Parameters<typeof listObjects>[1], 'Bucket'>;

function listed(input: Input, all = KEYS) {
  const { Contents, CommonPrefixes, ...rest } = listObjects(all, { Bucket: 'b', ...input });
  return {
    ...rest,
    keys: (Contents ?? []).map(({ Key }) => Key),
    prefixes: (CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
  };
}

/** Every page of a listing, by its own tokens. */
function pages(input: Input): string[][] {
  const found: string[][] = [];
  let token: string | undefined;
  do {
    const page = listed({ ...input, ContinuationToken: token });
    found.push([...page.keys, ...page.prefixes].map(String));
    expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return found;
}

describe('ListObjectsV2', () => {
  it('lists all, with the seconds of a header', () => {
    const { Contents } = listObjects(objects('k'), { Bucket: 'b' });
    expect(Contents?.[0]).toMatchObject({
      Key: 'k',
      Size: 0,
      LastModified: new Date('2026-11-23T12:00:00Z'),
    });
  });

  it.each<[string, Input, (string | undefined)[], (string | undefined)[]]>([
    ['a prefix', { Prefix: 'photos/2025/' }, ['photos/2025/jan', 'photos/2025/feb'], []],
    ['a delimiter', { Delimiter: '/' }, ['a.txt', 'z'], ['photos/']],
    ['both', { Prefix: 'photos/', Delimiter: '/' }, ['photos/top'], ['photos/2025/', 'photos/2026/']],
    ['a start within a common prefix', { Delimiter: '/', StartAfter: 'photos/2026' }, ['z'], ['photos/']],
    ['a start behind all of it', { Delimiter: '/', StartAfter: 'photos/top' }, ['z'], []],
    ['a prefix of nothing', { Prefix: 'nope/' }, [], []],
    ['no keys at all', { MaxKeys: 0 }, [], []],
  ])('with %s', (_, input, keys, prefixes) => {
    const sorted = [...KEYS].sort((a, b) => (a.key < b.key ? -1 : 1));
    const page = listed(input, sorted);
    expect(page).toMatchObject({ prefixes, KeyCount: keys.length + prefixes.length, IsTruncated: false });
    expect(page.keys.toSorted()).toEqual(keys.toSorted());
  });

  it('pages without gap or repetition, a common prefix counting as one', () => {
    expect(pages({ MaxKeys: 1, Delimiter: '/' })).toEqual([['a.txt'], ['photos/'], ['z']]);
    expect(pages({ MaxKeys: 4 }).map((page) => page.length)).toEqual([4, 2]);
  });

  it('encodes names where it is asked to, and only them', () => {
    const page = listed({ EncodingType: 'url', Prefix: 'ü' }, objects('ü b+c/d'));
    expect(page).toMatchObject({ keys: ['%C3%BC%20b%2Bc/d'], Prefix: '%C3%BC', EncodingType: 'url' });
  });

  it.each<[string, Input]>([
    ['another encoding', { EncodingType: 'base64' as 'url' }],
    ['a page below nothing', { MaxKeys: -1 }],
    ['a token that was not given', { ContinuationToken: 'bm8' }],
  ])('refuses %s', (_, input) => {
    expect(() => listed(input)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });
});
