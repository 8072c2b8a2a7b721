import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The checksums that S3's clients send with a body, by the end of their header's name: `x-amz-checksum-crc32`. */
export const CHECKSUMS = {
  crc32: (body: Uint8Array) => base64Of(crc32(body)),
  crc32c: (body: Uint8Array) => base64Of(crc32c(body)),
  crc64nvme: (body: Uint8Array) => crc64nvme(body).toString('base64'),
  sha1: (body: Uint8Array) => digest('sha1', body),
  sha256: (body: Uint8Array) => digest('sha256', body),
  sha512: (body: Uint8Array) => digest('sha512', body),
  md5: (body: Uint8Array) => digest('md5', body),
} satisfies Record<string, (body: Uint8Array) => string>;
export type ChecksumName = keyof typeof CHECKSUMS;

export const isChecksumName = (name: string): name is ChecksumName => Object.hasOwn(CHECKSUMS, name);

const digest = (algorithm: string, body: Uint8Array): string =>
  createHash(algorithm).update(body).digest('base64');

function base64Of(checksum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(checksum >>> 0);
  return bytes.toString('base64');
}

/** Castagnoli's polynomial, reflected. */
const CRC32C_POLYNOMIAL = 0x82f63b78;
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ CRC32C_POLYNOMIAL : value >>> 1;
  return value >>> 0;
});

function crc32c(body: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of body) crc = (crc >>> 8) ^ (CRC32C_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** CRC-64/NVME (NVM Express), reflected; in two halves of 32 bits, as BigInt is slow byte by byte. */
const CRC64NVME_POLYNOMIAL = { high: 0x9a6c9329, low: 0xac4bc9b5 };
const CRC64NVME_HIGH = new Uint32Array(256);
const CRC64NVME_LOW = new Uint32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    const carry = low & 1;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (!carry) continue;
    high = (high ^ CRC64NVME_POLYNOMIAL.high) >>> 0;
    low = (low ^ CRC64NVME_POLYNOMIAL.low) >>> 0;
  }
  CRC64NVME_HIGH[byte] = high;
  CRC64NVME_LOW[byte] = low;
}

function crc64nvme(body: Uint8Array): Buffer {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const byte of body) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (CRC64NVME_LOW[index] ?? 0);
    high = (high >>> 8) ^ (CRC64NVME_HIGH[index] ?? 0);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE((high ^ 0xffffffff) >>> 0, 0);
  bytes.writeUInt32BE((low ^ 0xffffffff) >>> 0, 4);
  return bytes;
}
