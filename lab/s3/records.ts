import type { ObjectStorageClass, ReplicationConfiguration } from '@aws-sdk/client-s3';
import type { ChecksumName } from '#lab/wire/checksums.ts';

export type Encryption =
  | { algorithm: 'AES256'; kmsKeyId?: undefined }
  | { algorithm: 'aws:kms'; kmsKeyId: string };

/** Every bucket of the lab is versioned, as replication needs. */
export interface BucketRecord {
  name: string;
  region: string;
  createdAtMs: number;
  /** Of objects whose upload says nothing. */
  encryption: Encryption;
  replication?: ReplicationConfiguration;
  /** Objects under it may be read without a signature. */
  publicPrefix?: string;
}

interface Version {
  id: string;
  atMs: number;
}

export interface DeleteMarker extends Version {
  marker: true;
}

export interface StoredVersion extends Version {
  marker: false;
  /** Base64. */
  content: string;
  size: number;
  /** In quotes, as the header carries it. */
  etag: string;
  encryption: Encryption;
  storageClass: ObjectStorageClass;
  checksum: { name: ChecksumName; value: string };
  headers: ContentHeaders;
  metadata: Record<string, string>;
  tags: Record<string, string>;
  /** Absent: no rule was about it. */
  replication?: 'PENDING' | 'COMPLETED' | 'REPLICA';
}

export interface ContentHeaders {
  contentType: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  contentLanguage?: string;
}

export type VersionRecord = DeleteMarker | StoredVersion;

/** One key of a bucket with all its versions, the newest first. */
export interface ObjectRecord {
  bucket: string;
  key: string;
  versions: VersionRecord[];
}

/** A version, or a delete marker, on its way to another bucket. */
export interface CopyRecord {
  source: string;
  destination: string;
  ruleId: string;
  key: string;
  versionId: string;
  marker: boolean;
  size: number;
  /** When the source had it. */
  sinceMs: number;
  /** Not before. */
  dueAtMs: number;
}

export const bucketArn = (name: string): string => `arn:aws:s3:::${name}`;
