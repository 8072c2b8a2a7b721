import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export interface HashedTree {
  root: string;
  /** Files and folders below `root`; one that does not exist counts as such. */
  entries: readonly string[];
  /** Relative paths to leave out. */
  skip?: (relative: string) => boolean;
}

/** SHA-256 over names and contents of a set of files: equal exactly when nothing was added, removed or edited. */
export function contentHash({ root, entries, skip = () => false }: HashedTree): string {
  const hash = createHash('sha256');
  for (const relative of entries.flatMap((entry) => filesBelow(root, entry)).sort()) {
    if (skip(relative)) continue;
    const content = fs.readFileSync(path.join(root, relative));
    hash.update(`${relative}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesBelow(root: string, entry: string): string[] {
  const stat = fs.statSync(path.join(root, entry), { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [entry];
  return fs
    .readdirSync(path.join(root, entry), { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile())
    .map((found) => path.relative(root, path.join(found.parentPath, found.name)));
}
