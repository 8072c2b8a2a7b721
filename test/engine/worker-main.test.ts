import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { waitUntilGone } from '#launch/processes.ts';
import { startCluster } from './estate/lifecycle.ts';
import { type TestCluster, type TestDatabase, until } from './harness.ts';

const MAIN = path.join(import.meta.dirname, '../../worker/main.ts');
const ESTATE = readFileSync(path.join(import.meta.dirname, '../../estate.yaml'), 'utf8');

let cluster: TestCluster;

startCluster((started) => {
  cluster = started;
});

const children: ChildProcess[] = [];

/** Those of a test that failed before it ended them; what a shell has started ends with it. */
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** The product's own worker; there is no AWS where it looks for one. */
async function spawnMain(db: TestDatabase, command: readonly string[]) {
  await importEstate(db, ESTATE);
  const [file = '', ...args] = command;
  const child: ChildProcess = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      NODE_ENV: 'production',
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(cluster.dataDir, 'compiled'),
      DATABASE_URL: cluster.url('meridian_app', db.name),
      MERIDIAN_HOME_REGION: 'ap-southeast-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'nowhere-to-be-seen',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  children.push(child);
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output.text += String(chunk);
    });
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  return { child, exited, output };
}

/** The same, once it works. */
async function startMain(db: TestDatabase, command: readonly string[]) {
  const { child, exited, output } = await spawnMain(db, command);
  const describeOutput = async () => output.text;
  await until(
    'it works',
    async () => (output.text.includes('"msg":"works"') ? true : undefined),
    60_000,
    describeOutput,
  );
  const [row] = await db.query<{ pid: number }>(`select pid from worker where state = 'up'`);
  return { child, exited, output, pid: row?.pid ?? 0 };
}

/** An act of the owner: the application's role may not. */
async function importEstate(db: TestDatabase, yaml: string): Promise<void> {
  await db.asSuperuser(`insert into estate_revision (hash, yaml, imported_by) values (md5($1), $1, 'test')`, [
    yaml,
  ]);
}

describe.concurrent('the worker', { timeout: 90_000 }, () => {
  test('stops when asked, says so to its peers and where it stands, and has logged JSON without a secret', async () => {
    const db = await cluster.clone();
    try {
      const worker = await startMain(db, [process.execPath, MAIN]);
      worker.child.kill('SIGTERM');
      expect(await worker.exited, worker.output.text).toBe(0);
      expect(await db.query('select state, region from worker')).toEqual([
        { state: 'stopped', region: 'ap-southeast-1' },
      ]);
      for (const line of worker.output.text.trim().split('\n'))
        expect(JSON.parse(line)).toHaveProperty('level');
      expect(worker.output.text).not.toMatch(/test-only|nowhere-to-be-seen|postgresql:/);
    } finally {
      await db.close();
    }
  });

  test('ends, to be started again, when another estate is imported', async () => {
    const db = await cluster.clone();
    try {
      const worker = await startMain(db, [process.execPath, MAIN]);
      await importEstate(db, `${ESTATE}\n# another\n`);
      expect(await worker.exited, worker.output.text).toBe(0);
      expect(worker.output.text).toContain('another estate was imported');
    } finally {
      await db.close();
    }
  });

  test('does not start on a database that a newer version migrated, and says which version to start', async () => {
    const db = await cluster.clone();
    try {
      await db.asSuperuser(
        `insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
         values (gen_random_uuid(), 'x', now(), '99990101000000_future', 1)`,
      );
      const { exited, output } = await spawnMain(db, [process.execPath, MAIN]);
      expect(await exited, output.text).toBe(1);
      expect(output.text).toContain(
        'this worker does not start: The database has migration 99990101000000_future, which this version does not know: a newer Meridian migrated it. Start that version, or a newer one.',
      );
      expect(await db.query('select from worker')).toEqual([]);
    } finally {
      await db.close();
    }
  });

  test('ends when the process that started it is gone', async () => {
    const db = await cluster.clone();
    try {
      const shell = ['sh', '-c', `"${process.execPath}" "${MAIN}" & wait`];
      const worker = await startMain(db, shell);
      worker.child.kill('SIGKILL');
      expect(await waitUntilGone(worker.pid, 10_000)).toBe(true);
      expect(await db.query('select state from worker')).toEqual([{ state: 'stopped' }]);
    } finally {
      await db.close();
    }
  });
});
