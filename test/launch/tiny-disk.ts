import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { errorCode, errorMessage } from '#launch/problem.ts';

/** A file system of its own in memory, small enough to be filled unless `size` says otherwise (as mount's option does). */
export class TinyDisk {
  readonly folder: string;

  constructor({ folder = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-disk-')), size = '256k' } = {}) {
    this.folder = folder;
    mount(['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', folder]);
  }

  /** Writes until nothing more fits. */
  fill(): void {
    const file = fs.openSync(path.join(this.folder, 'ballast'), 'a');
    const block = Buffer.alloc(4096);
    try {
      while (fs.writeSync(file, block) > 0);
    } catch (error) {
      if (errorCode(error) !== 'ENOSPC') throw error;
    } finally {
      fs.closeSync(file);
    }
  }

  empty(): void {
    fs.rmSync(path.join(this.folder, 'ballast'));
  }

  makeReadOnly(): void {
    mount(['-o', 'remount,ro', this.folder]);
  }

  /** Lets go of it, also while a file of it is open. */
  close(): void {
    execFileSync('umount', ['--lazy', this.folder]);
    fs.rmdirSync(this.folder);
  }
}

/** Why this machine lets nobody make such a disk here, or undefined when it does. */
export function diskObstacle(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root may mount, on Linux';
  try {
    new TinyDisk().close();
    return undefined;
  } catch (error) {
    return `no file system may be mounted here: ${errorMessage(error).split('\n').at(-1)}`;
  }
}

function mount(args: readonly string[]): void {
  execFileSync('mount', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
