import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { LaunchProblem } from './problem.ts';

/** The account a child runs under when we are root. */
export interface Identity {
  uid: number;
  gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** PostgreSQL refuses to run as root: the account to use instead, or undefined when we are not root. */
export function unprivilegedIdentity(): Identity | undefined {
  if (!isRoot()) return undefined;
  const found = lookUp('nobody') ?? lookUp('postgres');
  if (found) return found;
  throw new LaunchProblem(
    'PostgreSQL refuses to run as root, and this machine has neither a "nobody" nor a "postgres" account. ' +
      'Start Meridian as an ordinary user, or set DATABASE_URL to a server of your own.',
  );
}

function lookUp(account: string): Identity | undefined {
  const idOf = (flag: '-u' | '-g') =>
    Number(execFileSync('id', [flag, account], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: idOf('-u'), gid: idOf('-g') };
  } catch {
    return undefined; // `id` exits 1 for an unknown account
  }
}

/** The first folder on the way to `target` that an unrelated account may not pass, or undefined when all may be. */
export function firstClosedFolder(target: string): string | undefined {
  const resolved = path.resolve(target);
  const parts = resolved.split(path.sep).filter(Boolean);
  let current: string = path.sep;
  for (const part of ['', ...parts]) {
    current = path.join(current, part);
    const stat = fs.statSync(current, { throwIfNoEntry: false });
    if (!stat) return undefined;
    if (stat.isDirectory() && (stat.mode & 0o001) === 0) return current;
  }
  return undefined;
}
