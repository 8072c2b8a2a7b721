import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { hintFor } from './hints.ts';
import { type Identity, isRoot } from './identity.ts';
import { errorMessage, LaunchProblem } from './problem.ts';

/** Root-owned home of everything that Meridian keeps when it runs as root. */
export const SYSTEM_HOME = '/var/lib/meridian';

/** The checkout this file belongs to. */
export function checkoutRoot(): string {
  return path.dirname(import.meta.dirname);
}

/**
 * The folder that holds all state (database, keys, lab, logs), made when missing: `MERIDIAN_DATA`, else `.data` of
 * the checkout; as root a folder below /var/lib/meridian, because the database runs as another account and a
 * checkout is often closed to it. Throws a LaunchProblem for a folder that is not ours or that everyone may write.
 */
export function dataDirectory(): string {
  const chosen = process.env.MERIDIAN_DATA;
  if (chosen) return ensureOwnFolder(path.resolve(chosen), isRoot() ? 0o755 : 0o700);
  if (!isRoot()) return ensureOwnFolder(path.join(checkoutRoot(), '.data'), 0o700);
  ensureOwnFolder(SYSTEM_HOME, 0o755);
  const hash = createHash('sha256').update(checkoutRoot()).digest('hex').slice(0, 12);
  return ensureOwnFolder(path.join(SYSTEM_HOME, hash), 0o755);
}

/** Makes `folder` when missing and refuses one that belongs to somebody else or is writable by everyone. */
export function ensureOwnFolder(folder: string, mode: number): string {
  try {
    if (!fs.existsSync(folder)) {
      fs.mkdirSync(folder, { recursive: true });
      fs.chmodSync(folder, mode);
    }
  } catch (error) {
    const message = errorMessage(error);
    const advice = hintFor(message) ?? `Set MERIDIAN_DATA to a folder that you may write (${message}).`;
    throw new LaunchProblem(`Cannot make the folder ${folder}. ${advice}`);
  }
  assertOwnFolder(folder);
  return folder;
}

/** Makes `folder` 0700 for the account that will use it (the database's when we are root, else ourselves). */
export function ensurePrivateFolder(folder: string, identity?: Identity): string {
  if (identity) {
    fs.mkdirSync(folder, { recursive: true });
    fs.chownSync(folder, identity.uid, identity.gid);
    fs.chmodSync(folder, 0o700);
    return folder;
  }
  return ensureOwnFolder(folder, 0o700);
}

function assertOwnFolder(folder: string): void {
  const stat = fs.statSync(folder);
  if (!stat.isDirectory()) {
    throw new LaunchProblem(
      `${folder} is a file, not a folder. Move it away, or set MERIDIAN_DATA to another folder.`,
    );
  }
  const me = process.getuid?.();
  const owners = [stat.uid, fs.lstatSync(folder).uid];
  if (me !== undefined && owners.some((owner) => owner !== me)) {
    throw new LaunchProblem(
      `${folder} belongs to another user (id ${owners.find((owner) => owner !== me)}), so its content cannot be trusted. ` +
        'Set MERIDIAN_DATA to a folder of your own, or give this one to the user who starts Meridian.',
    );
  }
  if ((stat.mode & 0o002) !== 0) {
    throw new LaunchProblem(
      `${folder} may be written by every user of this machine. Run "chmod o-w ${folder}", or set MERIDIAN_DATA to another folder.`,
    );
  }
}
