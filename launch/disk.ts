import fs from 'node:fs';
import { LaunchProblem } from './problem.ts';

const MEBIBYTE = 1024 * 1024;

/** What a start writes before the first request: the cluster and its log of changes, the lab's, logs. */
export const START_SPACE_MIB = 300;

/** Throws a LaunchProblem when the file system of `folder` has less than `neededMiB` left for us. */
export function assertFreeSpace(
  folder: string,
  neededMiB: number,
  ask: (folder: string) => { bavail: number; bsize: number } = fs.statfsSync,
): void {
  const { bavail, bsize } = ask(folder);
  const freeMiB = Math.floor((bavail * bsize) / MEBIBYTE);
  if (freeMiB >= neededMiB) return;
  throw new LaunchProblem(
    `The disk that holds ${folder} has ${freeMiB} MiB left and Meridian needs ${neededMiB} MiB to start. ` +
      'Free some space, or set MERIDIAN_DATA to a folder on another disk.',
  );
}
