import { expect, it } from 'vitest';
import { assertFreeSpace } from './disk.ts';
import { LaunchProblem } from './problem.ts';

const MEBIBYTE = 1024 * 1024;
const disk = (freeMiB: number, bsize = 4096) => ({ bavail: (freeMiB * MEBIBYTE) / bsize, bsize });

it.each([
  [300, 4096],
  [300, MEBIBYTE],
  [100_000, 512],
])('%i MiB in blocks of %i bytes are enough for 300', (freeMiB, bsize) => {
  expect(() => assertFreeSpace('/srv/data', 300, () => disk(freeMiB, bsize))).not.toThrow();
});

it.each([
  [299.99, 299],
  [0, 0],
])('%f MiB are too few: it says how many are left, how many it takes, and what to do', (freeMiB, told) => {
  const attempt = () => assertFreeSpace('/srv/data', 300, () => disk(freeMiB));
  expect(attempt).toThrow(LaunchProblem);
  expect(attempt).toThrow(
    `The disk that holds /srv/data has ${told} MiB left and Meridian needs 300 MiB to start. Free some space, or set MERIDIAN_DATA`,
  );
});

it('asks the file system of the folder itself', () => {
  expect(() => assertFreeSpace(import.meta.dirname, 0)).not.toThrow();
  expect(() => assertFreeSpace(import.meta.dirname, Number.MAX_SAFE_INTEGER)).toThrow(LaunchProblem);
});
