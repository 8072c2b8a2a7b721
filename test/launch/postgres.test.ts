import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ensureOwnFolder } from '#launch/paths.ts';
import { openDatabase } from '#launch/postgres/database.ts';
import { ensurePostgres } from '#launch/postgres/server.ts';
import { isRunning } from '#launch/processes.ts';

const asRoot = process.getuid?.() === 0;
const folders: string[] = [];

function dataFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-postgres-'));
  fs.chmodSync(folder, asRoot ? 0o755 : 0o700);
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

describe('the embedded server', () => {
  const dataDir = dataFolder();

  it('keeps data and port over a stop and over a kill -9', async () => {
    const first = await ensurePostgres({ dataDir });
    await query(first.superuserUrl, 'create table kept as select 7 as seven');
    process.kill(first.pid, 'SIGKILL');

    const second = await ensurePostgres({ dataDir }); // at once: the dead server's lock file is still there
    expect(second).toMatchObject({ adopted: false, port: first.port });
    await second.stop(5_000);
    expect(isRunning(second.pid)).toBe(false);

    const third = await ensurePostgres({ dataDir });
    expect(await query(third.superuserUrl, 'select seven from kept')).toEqual([{ seven: 7 }]);
    expect(await query(third.superuserUrl, 'show password_encryption')).toEqual([
      { password_encryption: 'scram-sha-256' },
    ]);
    await third.stop(5_000);
  });

  it('lets nobody in without the password', async () => {
    const server = await ensurePostgres({ dataDir });
    const open = new URL(server.superuserUrl);
    open.password = 'guess';
    await expect(query(open.href, 'select 1')).rejects.toThrow('password authentication failed');
    await server.stop(5_000);
  });

  it('starts on another port when its own was taken meanwhile', async () => {
    const ports = path.join(dataDir, 'ports.json');
    const other = await ensurePostgres({ dataDir: dataFolder() });
    fs.writeFileSync(ports, JSON.stringify({ postgres: other.port }));
    const server = await ensurePostgres({ dataDir });
    expect(server.port).not.toBe(other.port);
    await Promise.all([server.stop(5_000), other.stop(5_000)]);
  });

  it('says what to do with files of an older version', async () => {
    const version = path.join(dataDir, 'postgres/PG_VERSION');
    const current = fs.readFileSync(version, 'utf8');
    fs.writeFileSync(version, '17\n');
    await expect(ensurePostgres({ dataDir })).rejects.toThrow(
      /was made by PostgreSQL 17; this version of Meridian runs PostgreSQL 18.*pg_dumpall/,
    );
    fs.writeFileSync(version, current);
  });

  it('never takes a damaged database for an empty folder', async () => {
    const damaged = dataFolder();
    fs.mkdirSync(path.join(damaged, 'postgres/base'), { recursive: true });
    await expect(ensurePostgres({ dataDir: damaged })).rejects.toThrow(/is not a whole database/);
    expect(fs.existsSync(path.join(damaged, 'postgres/base'))).toBe(true);
  });

  it('says when its password was lost', async () => {
    const lost = dataFolder();
    const server = await ensurePostgres({ dataDir: lost });
    fs.rmSync(path.join(lost, 'secrets/postgres-superuser'));
    await expect(ensurePostgres({ dataDir: lost })).rejects.toThrow(/refuses the password in secrets/);
    await server.stop(5_000);
  });

  it.runIf(asRoot)('names the folder that the database’s account may not enter', async () => {
    const closed = dataFolder();
    fs.chmodSync(closed, 0o700);
    const inside = path.join(closed, 'data');
    fs.mkdirSync(inside, { mode: 0o755 });
    await expect(ensurePostgres({ dataDir: inside })).rejects.toThrow(
      new RegExp(`may not enter ${closed}\\. Run "chmod o\\+x ${closed}"`),
    );
  });
});

describe('a data folder', () => {
  it('that everyone may write is refused', () => {
    const open = dataFolder();
    fs.chmodSync(open, 0o777);
    expect(() => ensureOwnFolder(open, 0o755)).toThrow(`Run "chmod o-w ${open}"`);
  });

  it.runIf(asRoot)('of another user is refused', () => {
    const foreign = dataFolder();
    fs.chownSync(foreign, 65534, 65534);
    expect(() => ensureOwnFolder(foreign, 0o755)).toThrow(/belongs to another user \(id 65534\)/);
  });

  it('that is a file is refused', () => {
    const file = path.join(dataFolder(), 'file');
    fs.writeFileSync(file, '');
    expect(() => ensureOwnFolder(file, 0o755)).toThrow(/is a file, not a folder/);
  });
});

describe('a database of one’s own', () => {
  afterEach(() => {
    delete process.env.DATABASE_URL;
    delete process.env.MERIDIAN_OWNER_URL;
  });

  it('is used as it stands, with bounded waits asked for where its role has none', async () => {
    const dataDir = dataFolder();
    const embedded = await openDatabase(dataDir);
    process.env.DATABASE_URL = embedded.ownerUrl;
    const external = await openDatabase(dataDir);
    expect(external.server).toBeUndefined();
    expect(external.ownerUrl).toBe(embedded.ownerUrl);
    expect(await query(external.applicationUrl, 'show lock_timeout')).toEqual([{ lock_timeout: '2s' }]);
    expect(await query(external.ownerUrl, 'show lock_timeout')).toEqual([{ lock_timeout: '0' }]);
    await embedded.server?.stop(5_000);
  });

  it('with a malformed URL is named as such', async () => {
    process.env.DATABASE_URL = 'not a url';
    await expect(openDatabase(dataFolder())).rejects.toThrow(
      /DATABASE_URL is not a URL of the form postgresql:/,
    );
  });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
