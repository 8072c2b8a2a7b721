import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { firstClosedFolder, type Identity } from '#launch/identity.ts';
import { APPLICATION, MASTER, type Passwords, REPLICATOR, SUPERUSER } from './schema.ts';

const run = promisify(execFile);

/** The folder of the servers: passable for the account they run as. Throws when a folder above it is not. */
export function prepareRoot(root: string, identity: Identity | undefined): void {
  mkdirSync(root, { recursive: true });
  chmodSync(root, 0o711);
  const closed = identity && firstClosedFolder(root);
  if (closed) {
    throw new Error(
      `The lab's databases run as user id ${identity.uid}, which may not enter ${closed}. ` +
        `Run "chmod o+x ${closed}", or set MERIDIAN_DATA to a folder elsewhere.`,
    );
  }
}

/** An empty directory only the server's account may enter. */
export async function freshDirectory(directory: string, identity: Identity | undefined): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o700 });
  if (identity) chownSync(directory, identity.uid, identity.gid);
}

/** Copies a stopped server's directory with owners and modes, sharing blocks where the file system can. */
export async function copyDirectory(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  const sharing = process.platform === 'linux' ? ['--reflink=auto'] : [];
  await run('cp', ['-a', ...sharing, from, to]);
}

/** Writes a file of a server, replacing it in one step. */
export function writeServerFile(file: string, content: string, identity: Identity | undefined): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  if (identity) chownSync(`${file}.new`, identity.uid, identity.gid);
  renameSync(`${file}.new`, file);
}

/** The roles' passwords, made once and kept readable by their owner only. */
export function loadPasswords(root: string): Passwords {
  const file = path.join(root, 'passwords.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const password = () => randomBytes(18).toString('base64url');
  const fresh: Passwords = {
    [SUPERUSER]: password(),
    [REPLICATOR]: password(),
    [MASTER]: password(),
    [APPLICATION]: password(),
  };
  writeFileSync(file, JSON.stringify(fresh), { mode: 0o600 });
  return fresh;
}
