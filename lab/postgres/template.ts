import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries } from '#launch/postgres/binaries.ts';
import { withClient } from './client.ts';
import { freshDirectory, writeServerFile } from './files.ts';
import { quietPort } from './ports.ts';
import { clusterStatements, DATABASE, MASTER, type Passwords, SHOP_STATEMENTS, SUPERUSER } from './schema.ts';
import { createServer } from './server.ts';
import { BASE_SETTINGS, HOST_ACCESS } from './settings.ts';

const run = promisify(execFile);

/**
 * A stopped server with roles, tables and products, made once (about a second) and copied for every estate after
 * that. Made again when its contents, the passwords or the server's version have changed.
 */
export async function ensureTemplate(options: {
  root: string;
  binaries: PostgresBinaries;
  passwords: Passwords;
}): Promise<string> {
  const { root, binaries, passwords } = options;
  const directory = path.join(root, 'template');
  const mark = path.join(root, 'template.mark');
  const version = await run(path.join(binaries.binDir, 'postgres'), ['--version'], identityOf(binaries));
  const wanted = createHash('sha256')
    .update(
      JSON.stringify([
        version.stdout,
        BASE_SETTINGS,
        HOST_ACCESS,
        clusterStatements(passwords),
        SHOP_STATEMENTS,
      ]),
    )
    .digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return directory;
  await rm(mark, { force: true });
  await initialise(directory, binaries, passwords[SUPERUSER]);
  await fill(directory, binaries, passwords);
  writeFileSync(mark, wanted);
  return directory;
}

async function initialise(directory: string, binaries: PostgresBinaries, password: string): Promise<void> {
  await freshDirectory(directory, binaries.identity);
  const passwordFile = `${directory}.password`;
  writeServerFile(passwordFile, `${password}\n`, binaries.identity);
  try {
    await run(
      path.join(binaries.binDir, 'initdb'),
      [
        ...['-D', directory, '-U', SUPERUSER, '--pwfile', passwordFile, '-A', 'scram-sha-256'],
        ...['-E', 'UTF8', '--locale=C', '--no-sync', '--wal-segsize=1', '--no-instructions'],
      ],
      { ...identityOf(binaries), cwd: path.dirname(directory) },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  appendFileSync(path.join(directory, 'postgresql.conf'), BASE_SETTINGS);
  writeServerFile(path.join(directory, 'pg_hba.conf'), HOST_ACCESS, binaries.identity);
  writeServerFile(path.join(directory, 'lab.conf'), '', binaries.identity);
}

async function fill(directory: string, binaries: PostgresBinaries, passwords: Passwords): Promise<void> {
  const port = await quietPort();
  const server = createServer({ directory, port, name: 'template', binaries, onCrash: () => undefined });
  await server.start();
  try {
    const admin = { port, user: SUPERUSER, password: passwords[SUPERUSER], database: 'postgres' };
    await withClient(admin, async (client) => {
      for (const statement of clusterStatements(passwords)) await client.query(statement);
    });
    const owner = { port, user: MASTER, password: passwords[MASTER], database: DATABASE };
    await withClient(owner, async (client) => {
      for (const statement of SHOP_STATEMENTS) await client.query(statement);
    });
  } finally {
    await server.stop();
  }
}

function identityOf(binaries: PostgresBinaries) {
  return { ...binaries.identity, env: binaries.env };
}
