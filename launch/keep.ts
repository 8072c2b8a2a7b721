import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { errorCode, errorMessage, LaunchProblem } from './problem.ts';

/** A secret kept in `<dataDir>/secrets/<name>` (0600), made once from `bytes` random bytes. */
export function keptSecret(dataDir: string, name: string, bytes = 24): string {
  const file = path.join(dataDir, 'secrets', name);
  const existing = readText(file);
  if (existing) return existing.trim();
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const secret = randomBytes(bytes).toString('base64url');
  writePrivately(file, `${secret}\n`);
  return secret;
}

/** Reads a small JSON file that we wrote ourselves; undefined when it is missing or was cut short. */
export function readKept(file: string): unknown {
  const text = readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a crash while an older version wrote it; all of these files can be made again
  }
}

export function writeKept(file: string, value: unknown): void {
  writePrivately(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Replaces a file whole or not at all, readable by us alone. */
function writePrivately(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, text, { mode: 0o600 });
  fs.renameSync(draft, file);
}

function readText(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new LaunchProblem(
      `Cannot read ${file} (${errorMessage(error)}). Start Meridian as the user who owns it.`,
    );
  }
}
