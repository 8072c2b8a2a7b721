import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { reasonOf } from './hints.ts';
import { errorCode, errorMessage, LaunchProblem } from './problem.ts';

/**
 * A secret kept in `<dataDir>/secrets/<name>` (0600), made once from `bytes` random bytes. Throws a LaunchProblem where it can
 * be neither read nor written.
 */
export function keptSecret(dataDir: string, name: string, bytes = 24): string {
  const file = path.join(dataDir, 'secrets', name);
  const existing = readText(file);
  if (existing) return existing.trim();
  writing(path.dirname(file), (folder) => fs.mkdirSync(folder, { recursive: true, mode: 0o700 }));
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

/** Replaces the file whole or not at all. Throws a LaunchProblem that says why it cannot be written. */
export function writeKept(file: string, value: unknown): void {
  writePrivately(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Does what writes `file`; a disk that is full, only readable or closed to us becomes a LaunchProblem. */
export function writing<Result>(file: string, write: (file: string) => Result): Result {
  try {
    return write(file);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/** What stopped a write, and what to do about it. */
export function cannotWrite(file: string, error: unknown): LaunchProblem {
  return new LaunchProblem(`Cannot write ${file}. ${reasonOf(error)}`, { cause: error });
}

/** Replaces a file whole or not at all, readable by us alone. */
function writePrivately(file: string, text: string): void {
  writing(file, () => {
    const draft = `${file}.${process.pid}`;
    try {
      fs.writeFileSync(draft, text, { mode: 0o600 });
      fs.renameSync(draft, file);
    } catch (error) {
      if (fs.existsSync(draft)) fs.rmSync(draft); // a full disk keeps the part that still fitted
      throw error;
    }
  });
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
