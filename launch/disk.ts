import fs from 'node:fs';
import { LaunchProblem } from './problem.ts';

const MEBIBYTE = 1024 * 1024;

/** Throws a LaunchProblem when the file system of `folder` has less than `neededMiB` left for us. */
export function assertFreeSpace(folder: string, neededMiB: number): void {
  const { bavail, bsize } = fs.statfsSync(folder);
  const freeMiB = Math.floor((bavail * bsize) / MEBIBYTE);
  if (freeMiB >= neededMiB) return;
  throw new LaunchProblem(
    `The disk that holds ${folder} has ${freeMiB} MiB left and Meridian needs ${neededMiB} MiB to start. ` +
      'Free some space, or set MERIDIAN_DATA to a folder on another disk.',
  );
}
