import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { loadPasswords, prepareRoot } from '#lab/postgres/files.ts';
import { ensureTemplate } from '#lab/postgres/template.ts';
import { postgresBinaries } from '#launch/postgres/binaries.ts';

/** Where the made template stands, for the processes of the test files. Unset where labs make their own. */
const VARIABLE = 'TEST_LAB_TEMPLATE';
const run = promisify(execFile);

/** The template of the labs' databases, with its passwords: made once, as a lab makes its own, for every lab of the project. */
export default async function makeTemplate(): Promise<() => void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'meridian-lab-template-'));
  chmodSync(folder, 0o755);
  const root = path.join(folder, 'postgres');
  const binaries = await postgresBinaries();
  prepareRoot(root, binaries.identity);
  await ensureTemplate({ root, binaries, passwords: loadPasswords(root) });
  process.env[VARIABLE] = root;
  return () => rmSync(folder, { recursive: true, force: true });
}

/**
 * Puts the made template where a lab of this folder looks for its own; a folder that has databases keeps them. No server ever runs
 * on a template: each lab has the same files, by other names.
 */
export async function bringTemplate(labDirectory: string): Promise<void> {
  const template = process.env[VARIABLE];
  const root = path.join(labDirectory, 'postgres');
  if (!template || existsSync(root)) return;
  mkdirSync(root, { recursive: true, mode: 0o711 });
  await run('cp', [process.platform === 'linux' ? '-al' : '-a', `${template}/.`, root]);
}
