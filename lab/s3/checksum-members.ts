import type { ChecksumAlgorithm } from '@aws-sdk/client-s3';
import type { ChecksumName } from '#lab/wire/checksums.ts';

/** How a checksum is called in S3's inputs and outputs. */
export const CHECKSUM_MEMBERS = {
  crc32: { member: 'ChecksumCRC32', algorithm: 'CRC32' },
  crc32c: { member: 'ChecksumCRC32C', algorithm: 'CRC32C' },
  crc64nvme: { member: 'ChecksumCRC64NVME', algorithm: 'CRC64NVME' },
  sha1: { member: 'ChecksumSHA1', algorithm: 'SHA1' },
  sha256: { member: 'ChecksumSHA256', algorithm: 'SHA256' },
  sha512: { member: 'ChecksumSHA512', algorithm: 'SHA512' },
  md5: { member: 'ChecksumMD5', algorithm: 'MD5' },
} as const satisfies Record<ChecksumName, { member: `Checksum${string}`; algorithm: ChecksumAlgorithm }>;
