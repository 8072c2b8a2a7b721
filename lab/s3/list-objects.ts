import type {
  CommonPrefix,
  ListObjectsV2CommandInput,
  ListObjectsV2Output,
  _Object as S3Object,
} from '@aws-sdk/client-s3';
import { CHECKSUM_MEMBERS } from './checksum-members.ts';
import { invalidArgument } from './faults.ts';
import type { StoredVersion } from './records.ts';

const LARGEST_PAGE = 1000;

type Entry = { key: string; version: StoredVersion } | { prefix: string };

/** One page of ListObjectsV2 over the bucket's current objects, which come in S3's order. */
export function listObjects(
  all: { key: string; version: StoredVersion }[],
  input: ListObjectsV2CommandInput,
): ListObjectsV2Output {
  const { Prefix = '', Delimiter = '', StartAfter, ContinuationToken, EncodingType } = input;
  if (EncodingType !== undefined && EncodingType !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', EncodingType);
  const pageSize = pageSizeOf(input.MaxKeys);
  const start = ContinuationToken === undefined ? { key: StartAfter ?? '' } : readToken(ContinuationToken);
  const rest = all.filter(({ key }) => key.startsWith(Prefix) && isAfter(key, start));
  const entries = grouped(rest, Prefix, Delimiter);
  const page = entries.slice(0, pageSize);
  const last = page.at(-1);
  const truncated = last !== undefined && page.length < entries.length;
  const encode = (text: string) => (EncodingType === 'url' ? urlEncoded(text) : text);
  return {
    Name: input.Bucket,
    Prefix: encode(Prefix),
    ...(Delimiter && { Delimiter: encode(Delimiter) }),
    ...(EncodingType && { EncodingType }),
    ...(ContinuationToken !== undefined && { ContinuationToken }),
    ...(StartAfter !== undefined && { StartAfter: encode(StartAfter) }),
    MaxKeys: pageSize,
    KeyCount: page.length,
    IsTruncated: truncated,
    ...(truncated && { NextContinuationToken: writeToken(last) }),
    Contents: page.flatMap((entry) => ('key' in entry ? [describe(entry, encode(entry.key))] : [])),
    CommonPrefixes: page.flatMap((entry): CommonPrefix[] =>
      'prefix' in entry ? [{ Prefix: encode(entry.prefix) }] : [],
    ),
  };
}

function pageSizeOf(wanted: number | undefined): number {
  if (wanted === undefined) return LARGEST_PAGE;
  if (!Number.isInteger(wanted) || wanted < 0)
    throw invalidArgument(
      'Argument max-keys must be an integer between 0 and 2147483647',
      'max-keys',
      String(wanted),
    );
  return Math.min(wanted, LARGEST_PAGE);
}

/** Keys that go on beyond the delimiter are one entry together. */
function grouped(
  objects: { key: string; version: StoredVersion }[],
  prefix: string,
  delimiter: string,
): Entry[] {
  const seen = new Set<string>();
  return objects.flatMap((object): Entry[] => {
    const end = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    if (end < 0) return [object];
    const common = object.key.slice(0, end + delimiter.length);
    if (seen.has(common)) return [];
    seen.add(common);
    return [{ prefix: common }];
  });
}

/** Where a page begins: after a key, or after all keys of a common prefix. */
type Start = { key: string } | { prefix: string };

function isAfter(key: string, start: Start): boolean {
  if ('prefix' in start && key.startsWith(start.prefix)) return false;
  const name = 'key' in start ? start.key : start.prefix;
  return Buffer.compare(Buffer.from(key), Buffer.from(name)) > 0;
}

function describe({ version }: { version: StoredVersion }, key: string): S3Object {
  return {
    Key: key,
    LastModified: new Date(Math.floor(version.atMs / 1000) * 1000),
    ETag: version.etag,
    Size: version.size,
    StorageClass: version.storageClass,
    ChecksumAlgorithm: [CHECKSUM_MEMBERS[version.checksum.name].algorithm],
    ChecksumType: 'FULL_OBJECT',
  };
}

function writeToken(last: Entry): string {
  const text = 'key' in last ? `key:${last.key}` : `prefix:${last.prefix}`;
  return Buffer.from(text).toString('base64url');
}

function readToken(token: string): Start {
  const [, kind, name = ''] = /^(key|prefix):(.*)$/s.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (!kind)
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  return kind === 'key' ? { key: name } : { prefix: name };
}

/** As S3 writes names where `encoding-type=url` is asked for: slashes stay. */
function urlEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/');
}
