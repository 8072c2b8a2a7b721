import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StartedProduct } from '#launch/harness.ts';
import { isRunning } from '#launch/processes.ts';
import { eventually, LauncherBench } from './launcher.ts';

describe('a running Meridian', () => {
  const bench = new LauncherBench();
  let product: StartedProduct;

  beforeAll(async () => {
    product = await bench.start({
      AWS_ACCESS_KEY_ID: 'the-callers-own',
      AWS_PROFILE: 'production',
      KUBECONFIG: '/home/me/.kube/config',
      PGPASSWORD: 'the-callers-own',
      MERIDIAN_OWNER_URL: 'postgresql://owner@example.invalid/x',
      MERIDIAN_DNS_SERVERS: '192.0.2.53',
      MERIDIAN_CLIENT_REPORT_URL: 'https://rum.example.invalid',
    });
  });
  afterAll(() => bench.close());

  it('answers at the address it printed', async () => {
    const response = await fetch(`${product.url}/api/health/live`);
    expect(response.status).toBe(200);
  });

  it('tells a second start where the first one is, with exit code 3', async () => {
    const second = bench.spawn();
    expect(await second.exited).toBe(3);
    expect(second.output()).toContain(product.url);
    expect(isRunning(product.pid)).toBe(true);
  });

  it('gives the workers only the lab’s addresses and keys', () => {
    const { environment } = bench.record('worker-1');
    expect(environment).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: 'LABKEY',
      AWS_SECRET_ACCESS_KEY: 'lab-secret',
      AWS_EC2_METADATA_DISABLED: 'true',
      MERIDIAN_DNS_SERVERS: '127.0.0.1:5354',
      MERIDIAN_CLIENT_REPORT_URL: 'http://127.0.0.1:4000',
      MERIDIAN_DATA: bench.dataDir,
    });
    expect(fs.readFileSync(environment.AWS_CONFIG_FILE ?? '', 'utf8')).toBe('');
    for (const name of ['AWS_PROFILE', 'KUBECONFIG', 'PGPASSWORD', 'MERIDIAN_OWNER_URL', 'NEXTAUTH_URL']) {
      expect(environment[name], name).toBeUndefined();
    }
  });

  it('gives the web no way to AWS or the lab and not the owner’s URL', () => {
    const { environment } = bench.record('web');
    const aws = Object.keys(environment).filter((name) => name.startsWith('AWS_'));
    expect(aws.sort()).toEqual([
      'AWS_CONFIG_FILE',
      'AWS_EC2_METADATA_DISABLED',
      'AWS_SHARED_CREDENTIALS_FILE',
    ]);
    for (const name of ['MERIDIAN_OWNER_URL', 'MERIDIAN_DNS_SERVERS', 'MERIDIAN_CLIENT_REPORT_URL']) {
      expect(environment[name], name).toBeUndefined();
    }
    expect(environment).toMatchObject({
      NEXTAUTH_URL: product.url,
      MERIDIAN_DEMO_PASSWORD: product.demoPassword,
    });
  });

  it('gives programs a database role that owns nothing and never waits long', async () => {
    const client = new pg.Client({ connectionString: bench.record('web').environment.DATABASE_URL });
    await client.connect();
    const { rows } = await client.query(
      `select current_setting('lock_timeout') as locks, current_setting('idle_in_transaction_session_timeout') as idle,
         has_schema_privilege('public', 'create') as may_create,
         (select rolsuper or rolcreaterole or rolcreatedb from pg_roles where rolname = current_user) as powerful,
         (select count(*)::int from pg_database d join pg_roles r on r.oid = d.datdba where r.rolname = current_user) as owned`,
    );
    await client.end();
    expect(rows[0]).toEqual({ locks: '2s', idle: '5s', may_create: false, powerful: false, owned: 0 });
  });

  it('keeps secrets readable by their owner alone', () => {
    const folder = path.join(bench.dataDir, 'secrets');
    for (const name of fs.readdirSync(folder)) {
      expect(fs.statSync(path.join(folder, name)).mode & 0o077, name).toBe(0);
    }
  });

  it('starts a crashed worker again as another one, and says so with its log', async () => {
    const crashed = bench.record('worker-2').pid;
    process.kill(crashed, 'SIGKILL');
    const output = await product.waitForOutput(/worker 2\s+runs again/);
    expect(output).toMatch(/worker 2\s+ended unexpectedly \(signal SIGKILL\).*worker-2\.log/);
    await eventually('the new worker has come up', () => bench.hasRecord('worker-4'));
    expect(bench.record('worker-4').environment.WORKER_INDEX).toBe('4');
    expect(isRunning(bench.record('worker-4').pid)).toBe(true);
  });

  it('starts a crashed database again on the same port', async () => {
    const crashed = bench.postgresPid();
    process.kill(crashed, 'SIGKILL');
    await product.waitForOutput(/database\s+runs again/);
    expect(bench.postgresPid()).not.toBe(crashed);
    const client = new pg.Client({ connectionString: bench.record('web').environment.DATABASE_URL });
    await client.connect();
    await client.end();
  });

  it('leaves nothing behind when stopped', async () => {
    const pids = bench.pids();
    expect(pids.length).toBe(5);
    await product.stop();
    expect(await product.exited).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(fs.existsSync(path.join(bench.dataDir, 'launcher.json'))).toBe(false);
  });
});

describe('a second console', () => {
  const bench = new LauncherBench();
  afterAll(() => bench.close());

  it('serves beside the first one, on a port of its own that is remembered, and stands where it was told', async () => {
    const product = await bench.start({ MERIDIAN_SECOND_CONSOLE: 'eu-west-1' });
    const [, url = ''] = /second console, standing in eu-west-1: (http:\S+)/.exec(product.output()) ?? [];
    expect(url).not.toBe(product.url);
    expect((await fetch(`${url}/api/health/live`)).status).toBe(200);
    const { environment } = bench.record('web-eu-west-1');
    expect(environment).toMatchObject({
      MERIDIAN_HOME_REGION: 'eu-west-1',
      MERIDIAN_URL: url,
      NEXTAUTH_URL: url,
      DATABASE_URL: bench.record('web').environment.DATABASE_URL,
      NEXTAUTH_SECRET: bench.record('web').environment.NEXTAUTH_SECRET,
    });
    expect(bench.record('web').environment.MERIDIAN_HOME_REGION).toBeUndefined();
    expect(product.output()).toContain('connections: 2 × web 12 + 2 × worker 12');
    const pids = bench.pids();
    await product.stop();
    expect(pids.filter(isRunning)).toEqual([]);
    const again = await bench.start({ MERIDIAN_SECOND_CONSOLE: 'eu-west-1' });
    expect(again.output()).toContain(url);
    await again.stop();
  });
});

describe('stopping', () => {
  let bench: LauncherBench;
  afterEach(() => bench.close());

  it('kills a web server that does not end, and hurries on a second Ctrl-C', async () => {
    bench = new LauncherBench();
    const product = await bench.start();
    await fetch(`${product.url}/stubborn`);
    const pids = bench.pids();
    process.kill(product.pid, 'SIGINT');
    await product.waitForOutput(/stopping/);
    const deadline = setTimeout(() => process.kill(product.pid, 'SIGINT'), 600); // later than one Ctrl-C's echo
    const startedAt = performance.now();
    expect(await product.exited).toBe(0);
    clearTimeout(deadline);
    expect(performance.now() - startedAt).toBeLessThan(4_000); // unhurried it is given 5 s
    expect(pids.filter(isRunning)).toEqual([]);
  });
});

describe('after a kill -9 of the launcher', () => {
  const bench = new LauncherBench();
  afterAll(() => bench.close());

  it('the children end by themselves, and the next start adopts the database', async () => {
    const first = await bench.start();
    const database = bench.postgresPid();
    const children = bench.pids().filter((pid) => pid !== database);
    process.kill(first.pid, 'SIGKILL');
    await eventually('the children have ended', () => !children.some(isRunning));
    expect(isRunning(database)).toBe(true);

    const second = await bench.start();
    expect(second.output()).toMatch(/database\s+found running/);
    expect(bench.postgresPid()).toBe(database);
    expect(second.demoPassword).toBe(first.demoPassword);
    await second.stop();
    expect(isRunning(database)).toBe(false);
  });
});

describe('a start that cannot be', () => {
  const bench = new LauncherBench();
  afterAll(() => bench.close());

  it('names the program that has the port', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const launcher = bench.spawn({ PORT: String(port) });
    expect(await launcher.exited).toBe(1);
    server.close();
    expect(launcher.output()).toContain(`Port ${port} is taken by "`);
    expect(launcher.output()).toContain(`(process ${process.pid})`);
    expect(launcher.output()).toContain(`PORT=${port + 1} npm start`);
  });

  it('shows the end of the lab’s log when the lab does not come up, and leaves nothing running', async () => {
    const launcher = bench.spawn({ FIXTURE_LAB: 'broken-lab' });
    expect(await launcher.exited).toBe(1);
    expect(launcher.output()).toMatch(/lab ended while starting \(exit code 1\)/);
    expect(launcher.output()).toContain('no such estate');
    expect(fs.existsSync(path.join(bench.dataDir, 'postgres/postmaster.pid'))).toBe(false);
  });

  it.each([
    [{ PORT: 'eighty' }, 'PORT is "eighty"; it must be a whole number from 0 to 65535.'],
    [{ MERIDIAN_LAB: 'no' }, 'MERIDIAN_LAB is "no"; it must be "on" or "off".'],
    [{ MERIDIAN_WORKERS: '-1' }, 'MERIDIAN_WORKERS is "-1"; it must be a whole number from 0 to 32.'],
    [{ MERIDIAN_SECOND_CONSOLE: 'Dublin' }, 'it must be the Region in which it stands, such as eu-west-1'],
    [{ MERIDIAN_ESTATE: '/nowhere.yaml' }, 'There is no estate file /nowhere.yaml.'],
    [{ HOST: '0.0.0.0' }, 'Choose their password with MERIDIAN_DEMO_PASSWORD'],
    [{ HOST: '203.0.113.9', MERIDIAN_LAB: 'off' }, 'which is not an address of this machine'],
    [{ MERIDIAN_URL: 'meridian' }, 'MERIDIAN_URL is "meridian"; it must be an address without a path'],
    [{ DATABASE_URL: 'postgresql://a@127.0.0.1:1/x' }, 'MERIDIAN_SECRET is required too'],
    [
      { DATABASE_URL: 'postgresql://a@127.0.0.1:1/x', MERIDIAN_SECRET: 'x'.repeat(32) },
      'The database named by DATABASE_URL (127.0.0.1:1) does not answer',
    ],
  ])('says what is wrong with %o', async (environment, sentence) => {
    const launcher = bench.spawn(environment);
    expect(await launcher.exited).toBe(1);
    expect(launcher.output()).toContain(sentence);
    expect(launcher.output()).not.toMatch(/^\s+at /m);
  });
});
