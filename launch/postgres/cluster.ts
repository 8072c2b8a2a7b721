import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { reasonOf } from '../hints.ts';
import { ensurePrivateFolder } from '../paths.ts';
import { LaunchProblem } from '../problem.ts';
import type { PostgresBinaries } from './binaries.ts';

const run = promisify(execFile);

/**
 * Makes the database's files when there are none: SCRAM passwords for every connection, UTF-8, bytes sorted as C
 * does, so that an update of the system's locales can never corrupt an index.
 * Throws a LaunchProblem when the files were made by another major version or are not a whole database.
 */
export async function ensureCluster(request: {
  binaries: PostgresBinaries;
  cluster: string;
  password: string;
}): Promise<void> {
  const { binaries, cluster, password } = request;
  const major = await majorVersion(binaries);
  if (fs.existsSync(cluster)) return assertUsable(cluster, major);

  const draft = `${cluster}.making`;
  fs.rmSync(draft, { recursive: true, force: true });
  ensurePrivateFolder(draft, binaries.identity);
  const passwordFile = `${cluster}.password`;
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (binaries.identity) fs.chownSync(passwordFile, binaries.identity.uid, binaries.identity.gid);
    await run(
      path.join(binaries.binDir, 'initdb'),
      [
        ['-D', draft, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile],
        ['-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
      ].flat(),
      { ...binaries.identity, cwd: draft, env: binaries.env },
    );
    fs.renameSync(draft, cluster);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    throw new LaunchProblem(`The database's files could not be made in ${cluster}. ${reasonOf(error)}`);
  } finally {
    fs.rmSync(passwordFile, { force: true });
  }
}

async function majorVersion({ binDir, env }: PostgresBinaries): Promise<string> {
  try {
    const { stdout } = await run(path.join(binDir, 'postgres'), ['--version'], { env });
    return /\d+/.exec(stdout)?.[0] ?? stdout.trim();
  } catch (error) {
    throw new LaunchProblem(`PostgreSQL's program in ${binDir} does not run. ${reasonOf(error)}`);
  }
}

function assertUsable(cluster: string, wanted: string): void {
  const versionFile = path.join(cluster, 'PG_VERSION');
  if (!fs.existsSync(versionFile)) {
    throw new LaunchProblem(
      `${cluster} is not a whole database (PG_VERSION is missing). Restore it from a backup, or move it away to begin anew.`,
    );
  }
  const found = fs.readFileSync(versionFile, 'utf8').trim();
  if (found === wanted) return;
  throw new LaunchProblem(
    `The database in ${cluster} was made by PostgreSQL ${found}; this version of Meridian runs PostgreSQL ${wanted}, ` +
      `which cannot open it. Dump it with PostgreSQL ${found} (pg_dumpall) and load the dump into a new folder named by ` +
      `MERIDIAN_DATA, or set MERIDIAN_PG_BIN to the folder of PostgreSQL ${found}'s programs.`,
  );
}
