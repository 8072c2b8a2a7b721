import { describe, expect, it } from 'vitest';
import { CHECKSUMS, type ChecksumName } from './checksums.ts';

/** The check values that the algorithms' catalogues give for "123456789". */
const KNOWN: [ChecksumName, string][] = [
  ['crc32', 'cbf43926'],
  ['crc32c', 'e3069283'],
  ['crc64nvme', 'ae8b14860a799888'],
  ['md5', '25f9e794323b453885f5181f1b624d0b'],
  ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
];

describe('checksums of bodies', () => {
  it.each(KNOWN)('%s', (name, hex) => {
    expect(Buffer.from(CHECKSUMS[name](Buffer.from('123456789')), 'base64').toString('hex')).toBe(hex);
  });

  it.each([
    ['crc32', '00000000'],
    ['crc32c', '00000000'],
    ['crc64nvme', '0000000000000000'],
  ] as const)('%s of nothing', (name, hex) => {
    expect(Buffer.from(CHECKSUMS[name](Buffer.alloc(0)), 'base64').toString('hex')).toBe(hex);
  });
});
