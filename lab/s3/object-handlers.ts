import type * as s3 from '@aws-sdk/client-s3';
import type { LabContext } from '#lab/kernel/context.ts';
import { CHECKSUMS, type ChecksumName } from '#lab/wire/checksums.ts';
import { AwsFault, type OperationHandlers, type OperationOutput } from '#lab/wire/service.ts';
import { CHECKSUM_MEMBERS } from './checksum-members.ts';
import { checkReadConditions, matches, readRange } from './conditions.ts';
import { invalidArgument, noSuchKey, noSuchVersion, preconditionFailed } from './faults.ts';
import { checkOwner } from './owner.ts';
import type { BucketRecord, StoredVersion, VersionRecord } from './records.ts';
import { copiesOf } from './replication-rules.ts';
import type { Replicator } from './replicator.ts';
import type { Store } from './store.ts';
import { readUpload, refuseUnserved } from './upload.ts';

/** What S3 gives an object whose client sent no checksum. */
const DEFAULT_CHECKSUM: ChecksumName = 'crc64nvme';

/** PutObject, GetObject, HeadObject and DeleteObject of versioned buckets. */
export function objectHandlers(parts: { ctx: LabContext; store: Store; replicator: Replicator }) {
  const { ctx, store, replicator } = parts;

  /** The version that a read is about; refuses as S3 does when there is none, or a delete marker. */
  function readable(bucket: BucketRecord, key: string, versionId: string | undefined): StoredVersion {
    const versions = store.find(bucket.name, key)?.versions ?? [];
    const version = versionId === undefined ? versions[0] : findVersion(versions, key, versionId);
    if (!version) throw noSuchKey(key);
    if (!version.marker) return version;
    const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.id };
    if (versionId === undefined) throw noSuchKey(key, headers);
    throw new AwsFault('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      status: 405,
      fields: { Method: 'GET', ResourceType: 'DeleteMarker' },
      headers: { ...headers, allow: 'DELETE' },
    });
  }

  /** Conditions of a write are about the newest version only. */
  function checkWriteConditions(
    bucket: string,
    key: string,
    { IfMatch, IfNoneMatch }: { IfMatch?: string; IfNoneMatch?: string },
  ): void {
    const [newest] = store.find(bucket, key)?.versions ?? [];
    const current = newest && !newest.marker ? newest : undefined;
    if (IfNoneMatch !== undefined && IfNoneMatch !== '*') {
      throw new AwsFault(
        'NotImplemented',
        'A header you provided implies functionality that is not implemented',
        {
          status: 501,
          fields: { Header: 'If-None-Match' },
        },
      );
    }
    if (IfNoneMatch === '*' && current) throw preconditionFailed('If-None-Match');
    if (IfMatch === undefined) return;
    if (!current) throw noSuchKey(key);
    if (!matches(IfMatch, current.etag)) throw preconditionFailed('If-Match');
  }

  function read(input: s3.GetObjectRequest, region: string) {
    const bucket = store.bucket(input.Bucket, region);
    checkOwner(ctx.estate.account, input.ExpectedBucketOwner);
    const version = readable(bucket, input.Key ?? '', input.VersionId);
    checkReadConditions(input, version);
    const range = readRange(input.Range, version.size);
    return { version, range, output: describe(version, range, input.ChecksumMode) };
  }

  return {
    PutObject(input, { region }) {
      const bucket = store.bucket(input.Bucket, region);
      checkOwner(ctx.estate.account, input.ExpectedBucketOwner);
      refuseUnserved(input);
      const upload = readUpload(input, bucket);
      const { key, content } = upload;
      checkWriteConditions(bucket.name, key, input);
      const [name = DEFAULT_CHECKSUM] = sentChecksums(input);
      const version: StoredVersion = {
        ...upload.settings,
        id: store.newVersionId(),
        atMs: ctx.clock.now(),
        marker: false,
        content: content.toString('base64'),
        size: content.length,
        etag: `"${Buffer.from(CHECKSUMS.md5(content), 'base64').toString('hex')}"`,
        checksum: { name, value: CHECKSUMS[name](content) },
      };
      const copies = copiesOf(bucket.replication, { key, version });
      const stored: StoredVersion = copies.length > 0 ? { ...version, replication: 'PENDING' } : version;
      store.add(bucket.name, key, stored);
      replicator.send(bucket.name, key, stored, copies);
      return {
        ETag: stored.etag,
        VersionId: stored.id,
        ...describeEncryption(stored),
        ...describeChecksum(stored),
      };
    },

    GetObject(input, { region }) {
      const { version, range, output } = read(input, region);
      const content = Buffer.from(version.content, 'base64');
      return { ...output, Body: asBody(range ? content.subarray(range.first, range.last + 1) : content) };
    },

    HeadObject: (input, { region }) => read(input, region).output,

    DeleteObject(input, { region }) {
      const bucket = store.bucket(input.Bucket, region);
      checkOwner(ctx.estate.account, input.ExpectedBucketOwner);
      const key = input.Key ?? '';
      if (input.VersionId !== undefined) {
        const versions = store.find(bucket.name, key)?.versions ?? [];
        const version = findVersion(versions, key, input.VersionId, 'maybe');
        store.remove(bucket.name, key, input.VersionId);
        return { VersionId: input.VersionId, ...(version?.marker && { DeleteMarker: true }) };
      }
      checkWriteConditions(bucket.name, key, { IfMatch: input.IfMatch });
      const marker = { id: store.newVersionId(), atMs: ctx.clock.now(), marker: true } as const;
      store.add(bucket.name, key, marker);
      replicator.send(bucket.name, key, marker, copiesOf(bucket.replication, { key, version: marker }));
      return { DeleteMarker: true, VersionId: marker.id };
    },
  } satisfies OperationHandlers<typeof s3>;
}

const VERSION_ID = /^[0-9a-f]{32}$/;

function findVersion(versions: VersionRecord[], key: string, id: string): VersionRecord;
function findVersion(
  versions: VersionRecord[],
  key: string,
  id: string,
  how: 'maybe',
): VersionRecord | undefined;
function findVersion(versions: VersionRecord[], key: string, id: string, how?: 'maybe') {
  if (!VERSION_ID.test(id)) throw invalidArgument('Invalid version id specified', 'versionId', id);
  const found = versions.find((version) => version.id === id);
  if (!found && how === undefined) throw noSuchVersion(key, id);
  return found;
}

function sentChecksums(input: s3.PutObjectCommandInput): ChecksumName[] {
  return (Object.keys(CHECKSUM_MEMBERS) as ChecksumName[]).filter(
    (name) => input[CHECKSUM_MEMBERS[name].member] !== undefined,
  );
}

const describeEncryption = ({ encryption }: StoredVersion) => ({
  ServerSideEncryption: encryption.algorithm,
  ...(encryption.kmsKeyId && { SSEKMSKeyId: encryption.kmsKeyId, BucketKeyEnabled: true }),
});

const describeChecksum = ({ checksum }: StoredVersion) => ({
  [CHECKSUM_MEMBERS[checksum.name].member]: checksum.value,
  ChecksumType: 'FULL_OBJECT' as const,
});

function describe(
  version: StoredVersion,
  range: { first: number; last: number } | undefined,
  checksumMode: string | undefined,
): OperationOutput<typeof s3, 'HeadObject'> {
  const { headers, storageClass } = version;
  const tagCount = Object.keys(version.tags).length;
  return {
    AcceptRanges: 'bytes',
    LastModified: new Date(version.atMs),
    ContentLength: range ? range.last - range.first + 1 : version.size,
    ...(range && { ContentRange: `bytes ${range.first}-${range.last}/${version.size}` }),
    ETag: version.etag,
    VersionId: version.id,
    ContentType: headers.contentType,
    CacheControl: headers.cacheControl,
    ContentDisposition: headers.contentDisposition,
    ContentEncoding: headers.contentEncoding,
    ContentLanguage: headers.contentLanguage,
    Metadata: version.metadata,
    ...(storageClass !== 'STANDARD' && { StorageClass: storageClass as s3.StorageClass }),
    ...(tagCount > 0 && { TagCount: tagCount }),
    ...(version.replication && { ReplicationStatus: version.replication }),
    ...describeEncryption(version),
    ...(checksumMode === 'ENABLED' && !range && describeChecksum(version)),
  };
}

/** The SDK's type is the stream that a client reads; on the wire it is bytes. */
function asBody(content: Buffer): s3.GetObjectCommandOutput['Body'] {
  return content as unknown as s3.GetObjectCommandOutput['Body'];
}
