import type { ObjectStorageClass, PutObjectCommandInput } from '@aws-sdk/client-s3';
import { AwsFault } from '#lab/wire/service.ts';
import { invalidArgument } from './faults.ts';
import type { BucketRecord, ContentHeaders, Encryption, StoredVersion } from './records.ts';

const LONGEST_KEY_BYTES = 1024;
const MOST_METADATA_BYTES = 2048;
const MOST_TAGS = 10;
const STORAGE_CLASSES = new Set<string>([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
]);
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';

export interface Upload {
  key: string;
  content: Buffer;
  settings: Pick<StoredVersion, 'encryption' | 'storageClass' | 'headers' | 'metadata' | 'tags'>;
}

/** What PutObject asks for, checked as S3 checks it. */
export function readUpload(input: PutObjectCommandInput, bucket: BucketRecord): Upload {
  const key = input.Key ?? '';
  if (Buffer.byteLength(key) > LONGEST_KEY_BYTES) {
    throw new AwsFault('KeyTooLongError', 'Your key is too long', {
      fields: { Size: Buffer.byteLength(key), MaxSizeAllowed: LONGEST_KEY_BYTES },
    });
  }
  return {
    key,
    content: bytesOf(input.Body),
    settings: {
      encryption: readEncryption(input, bucket),
      storageClass: readStorageClass(input.StorageClass),
      headers: readHeaders(input),
      metadata: readMetadata(input.Metadata ?? {}),
      tags: readTags(input.Tagging),
    },
  };
}

/** Refuses what the lab does not keep, rather than losing it silently. */
export function refuseUnserved(input: PutObjectCommandInput): void {
  const grants = [input.GrantFullControl, input.GrantRead, input.GrantReadACP, input.GrantWriteACP];
  const acl = input.ACL !== undefined && input.ACL !== 'bucket-owner-full-control';
  if (acl || grants.some((grant) => grant !== undefined))
    throw new AwsFault('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  const unserved = (
    [
      'SSECustomerAlgorithm',
      'SSECustomerKey',
      'ObjectLockMode',
      'ObjectLockRetainUntilDate',
      'ObjectLockLegalHoldStatus',
      'WriteOffsetBytes',
      'WebsiteRedirectLocation',
    ] as const
  ).find((member) => input[member] !== undefined);
  if (unserved)
    throw new AwsFault('NotImplemented', `The lab's buckets do not keep ${unserved}.`, { status: 501 });
}

/** Off the wire a body is bytes, whatever the SDK lets its callers give. */
function bytesOf(body: PutObjectCommandInput['Body']): Buffer {
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.alloc(0);
}

const KMS_KEY = /^arn:aws:kms:([a-z0-9-]+):\d{12}:key\/[\w-]+$/;

function readEncryption(input: PutObjectCommandInput, bucket: BucketRecord): Encryption {
  const { ServerSideEncryption: asked, SSEKMSKeyId: keyId } = input;
  if (asked !== 'aws:kms' && keyId !== undefined) {
    throw invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      'x-amz-server-side-encryption',
      asked ?? '',
    );
  }
  if (asked === undefined) return bucket.encryption;
  if (asked === 'AES256') return { algorithm: 'AES256' };
  if (asked !== 'aws:kms')
    throw invalidArgument(
      'The encryption method specified is not supported',
      'x-amz-server-side-encryption',
      asked,
    );
  const [, region] = KMS_KEY.exec(keyId ?? '') ?? [];
  if (keyId !== undefined && region !== bucket.region)
    throw new AwsFault('KMS.NotFoundException', `Invalid keyId ${keyId}`);
  const { kmsKeyId } = bucket.encryption;
  return {
    algorithm: 'aws:kms',
    kmsKeyId: keyId ?? kmsKeyId ?? `arn:aws:kms:${bucket.region}::alias/aws/s3`,
  };
}

function readStorageClass(asked: string | undefined): ObjectStorageClass {
  if (asked !== undefined && !STORAGE_CLASSES.has(asked))
    throw new AwsFault('InvalidStorageClass', 'The storage class you specified is not valid', {
      fields: { StorageClassRequested: asked },
    });
  return (asked ?? 'STANDARD') as ObjectStorageClass;
}

function readHeaders(input: PutObjectCommandInput): ContentHeaders {
  return {
    contentType: input.ContentType ?? DEFAULT_CONTENT_TYPE,
    ...(input.CacheControl !== undefined && { cacheControl: input.CacheControl }),
    ...(input.ContentDisposition !== undefined && { contentDisposition: input.ContentDisposition }),
    ...(input.ContentEncoding !== undefined && { contentEncoding: input.ContentEncoding }),
    ...(input.ContentLanguage !== undefined && { contentLanguage: input.ContentLanguage }),
  };
}

function readMetadata(metadata: Record<string, string>): Record<string, string> {
  const bytes = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (bytes > MOST_METADATA_BYTES) {
    throw new AwsFault('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      fields: { Size: bytes, MaxSizeAllowed: MOST_METADATA_BYTES },
    });
  }
  return metadata;
}

function readTags(header: string | undefined): Record<string, string> {
  const pairs = [...new URLSearchParams(header ?? '')];
  const tags = Object.fromEntries(pairs);
  if (pairs.length > MOST_TAGS) throw new AwsFault('BadRequest', 'Object tags cannot be greater than 10');
  if (Object.keys(tags).length < pairs.length)
    throw new AwsFault('InvalidTag', 'Cannot provide multiple Tags with the same key');
  const bad = pairs.find(([key, value]) => key.length < 1 || key.length > 128 || value.length > 256);
  if (bad) throw new AwsFault('InvalidTag', 'The TagKey or TagValue you have provided is too long or empty');
  return tags;
}
