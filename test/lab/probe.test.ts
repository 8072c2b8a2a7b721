import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Lab, sdkFor, startLab } from './harness.ts';
import { AP, EU, PRIMARY, US } from './support/databases.ts';
import { cluster } from './support/kube.ts';
import { createProbe, NAMESPACE, probeJob, probeResult, runProbe, setShopConfig } from './support/probes.ts';

const run = promisify(execFile);

let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ seed: 5 });
  await lab.admin('/rate', { requestsPerSecond: 0 });
});
afterEach(() => lab.admin('/heal', {}));
afterAll(() => lab?.stop());

const rds = (region: string) => new RDSClient(sdkFor(lab, region));
const ec2 = (region: string) => new EC2Client(sdkFor(lab, region));

/** The endpoint as DescribeDBInstances gives it. */
async function endpoint(region: string, id?: string): Promise<{ host: string; port: number }> {
  const { DBInstances = [] } = await rds(region).send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }),
  );
  const { Address = '', Port = 0 } = DBInstances[0]?.Endpoint ?? {};
  return { host: Address, port: Port };
}

const connect = async (from: string, to: string, timeoutMs = 3_000) => {
  const { line } = await runProbe(lab, from, { task: 'connect', ...(await endpoint(to)), timeoutMs });
  return line;
};

describe('connect', () => {
  it.each([
    [US, 0],
    [EU, 75],
    [AP, 220],
  ])('reaches the primary from %s in no less than its round trip of %d ms', async (from, rttMs) => {
    const { host, port } = await endpoint(US);
    const { exitCode, log, line } = await runProbe(lab, from, { task: 'connect', host, port });
    expect(exitCode).toBe(0);
    expect(log.trim().split('\n')).toHaveLength(1);
    expect(line).toMatchObject({ task: 'connect', from, host, port, result: 'open', tls: true });
    expect(line.ms).toBeGreaterThanOrEqual(rttMs);
    expect(Math.abs(Date.now() - Date.parse(String(line.at)))).toBeLessThan(60_000);
  });

  it('is refused where no network leads, and where nothing listens', async () => {
    expect(await connect(EU, AP)).toMatchObject({ result: 'refused', detail: 'ECONNRESET' });
    const nothing = { task: 'connect', host: '127.0.0.1', port: 1 };
    const { exitCode, line } = await runProbe(lab, EU, nothing);
    expect([exitCode, line.result]).toEqual([0, 'refused']);
  });

  it('follows the link: refused when it resets, without an answer when packets vanish', async () => {
    await lab.admin('/cut', { between: [EU, US], mode: 'reset' });
    expect(await connect(EU, US)).toMatchObject({ result: 'refused' });
    expect(await connect(AP, US)).toMatchObject({ result: 'open' });
    await lab.admin('/cut', { between: [EU, US], mode: 'blackhole', oneWay: true });
    await lab.admin('/cut', { between: [US, EU], mode: 'blackhole', oneWay: true });
    const late = await connect(EU, US, 400);
    expect(late).toMatchObject({ result: 'timeout' });
    expect(late.ms).toBeGreaterThanOrEqual(400);
  });

  it('gets no answer from a database whose security group lets nobody in', async () => {
    const { SecurityGroups = [] } = await ec2(US).send(new DescribeSecurityGroupsCommand({}));
    const idOf = (name: string) => SecurityGroups.find(({ GroupName }) => GroupName === name)?.GroupId ?? '';
    const swap = (name: string) =>
      rds(US).send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier: PRIMARY,
          VpcSecurityGroupIds: [idOf(name)],
          ApplyImmediately: true,
        }),
      );
    await swap('ecommerce-deny-all');
    const results = await Promise.all([US, EU, AP].map((from) => connect(from, US, 300)));
    expect(results.map(({ result }) => result)).toEqual(['timeout', 'timeout', 'timeout']);
    await swap('ecommerce-database');
    expect(await connect(US, US)).toMatchObject({ result: 'open' });
  });

  it('obeys the rules for its own Region’s addresses', async () => {
    const { SecurityGroups = [] } = await ec2(US).send(
      new DescribeSecurityGroupsCommand({
        Filters: [{ Name: 'group-name', Values: ['ecommerce-database'] }],
      }),
    );
    const rule = {
      GroupId: SecurityGroups[0]?.GroupId,
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: '10.1.0.0/16' }] },
      ],
    };
    await ec2(US).send(new RevokeSecurityGroupIngressCommand(rule));
    expect(await connect(EU, US, 300)).toMatchObject({ result: 'timeout' });
    expect(await connect(AP, US)).toMatchObject({ result: 'open' });
    await ec2(US).send(new AuthorizeSecurityGroupIngressCommand(rule));
    expect(await connect(EU, US)).toMatchObject({ result: 'open' });
  });

  it.each([
    ['drop', 'refused'],
    ['hang', 'timeout'],
  ])('cannot reach a Region that is out (%s)', async (mode, result) => {
    const target = await endpoint(US);
    await lab.admin('/outage', { region: US, mode });
    const { exitCode, line } = await runProbe(lab, EU, { task: 'connect', ...target, timeoutMs: 500 });
    expect([exitCode, line.result]).toEqual([0, result]);
  });
});

describe('http', () => {
  it('reads a page of another Region’s shop', async () => {
    const { exitCode, line } = await runProbe(lab, EU, { task: 'http', region: US, path: '/products/7' });
    expect(exitCode).toBe(0);
    expect(line).toMatchObject({ result: 'answered', status: 200, answeredBy: US, version: 'v1.9.0' });
    expect(line.ms).toBeGreaterThanOrEqual(75);
  });

  it('needs a peering, or goes by the internet', async () => {
    const task = { task: 'http', region: AP, path: '/health' };
    expect((await runProbe(lab, EU, task)).line).toMatchObject({ via: 'peering', result: 'refused' });
    const { line } = await runProbe(lab, EU, { ...task, via: 'internet' });
    expect(line).toMatchObject({ via: 'internet', result: 'answered', status: 200, answeredBy: AP });
    expect(line.ms).toBeGreaterThanOrEqual(160);
  });

  it('tells a shop’s failure apart from silence', async () => {
    await lab.admin('/inject', { region: US, errorShare: 1 });
    const { exitCode, line } = await runProbe(lab, US, { task: 'http', region: US, path: '/' });
    expect([exitCode, line.status, line.answeredBy]).toEqual([0, 500, US]);
    await lab.admin('/outage', { region: US, mode: 'hang' });
    const silent = await runProbe(lab, EU, { task: 'http', region: US, path: '/', timeoutMs: 300 });
    expect(silent.line).toMatchObject({ result: 'timeout' });
  });

  it('asks the shop of its own environment', async () => {
    const task = { task: 'http', region: US, path: '/health' };
    const staging = await runProbe(lab, US, task, { namespace: 'shop-staging' });
    expect(staging.line).toMatchObject({ result: 'answered', status: 200 });
    const elsewhere = await runProbe(lab, US, { ...task, region: EU }, { namespace: 'shop-staging' });
    expect(elsewhere.exitCode).toBe(1);
    expect(elsewhere.line.error).toMatch(/no such shop in eu-west-1/);
  });
});

describe('order', () => {
  it('is placed at the own Region’s shop, forwarded to the writer, and known by its customer', async () => {
    const orderId = randomUUID();
    const { exitCode, line } = await runProbe(lab, AP, { task: 'order', orderId });
    expect(exitCode).toBe(0);
    expect(line).toMatchObject({
      result: 'answered',
      status: 201,
      orderId,
      placed: 'now',
      writer: US,
      forwarded: true,
      message: null,
    });
    expect(line.ms).toBeGreaterThanOrEqual(220);
    const client = new pg.Client({ connectionString: lab.regions[US]?.postgresUrl });
    await client.connect();
    const { rows } = await client.query('select customer, region from orders where id = $1', [orderId]);
    await client.end();
    expect(rows).toEqual([{ customer: 'meridian-probe', region: AP }]);
    const again = await runProbe(lab, US, { task: 'order', orderId });
    expect(again.line).toMatchObject({ status: 200, placed: 'before', writer: US, forwarded: false });
  });

  it('arrives in the other Regions’ databases', async () => {
    const placed = await runProbe(lab, US, { task: 'order' });
    const { orderId } = placed.line;
    for (const region of [US, EU, AP]) {
      const find = async () => (await runProbe(lab, region, { task: 'order-exists', orderId })).line;
      await expect.poll(find, { timeout: 10_000 }).toMatchObject({
        result: 'answered',
        status: 200,
        exists: true,
        placedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      });
    }
    const unknown = await runProbe(lab, EU, { task: 'order-exists', orderId: randomUUID() });
    expect([unknown.exitCode, unknown.line.exists]).toEqual([0, false]);
  });

  it('is refused in a freeze, in the shop’s words', async () => {
    await setShopConfig(lab, EU, { writeFreeze: 'true' });
    const { exitCode, line } = await runProbe(lab, EU, { task: 'order' });
    await setShopConfig(lab, EU, { writeFreeze: 'false' });
    expect(exitCode).toBe(0);
    expect(line).toMatchObject({ status: 503, placed: null, writer: null, forwarded: null });
    expect(line.message).toMatch(/frozen in eu-west-1/);
  });
});

describe('a Job of the probe', () => {
  it('takes its task from the environment too, from any registry', async () => {
    const image = '000000000000.dkr.ecr.eu-west-1.amazonaws.com/meridian/probe@sha256:'.concat(
      'a'.repeat(64),
    );
    const options = { byEnvironment: true, image };
    const { line } = await runProbe(lab, EU, { task: 'http', region: EU }, options);
    expect(line).toMatchObject({ path: '/health', status: 200 });
  });

  it.each([
    ['{', /not JSON/],
    [{ task: 'fly' }, /task/],
    [{ task: 'connect', host: 'db' }, /port/],
    [{ task: 'http', region: 'mars', path: '/' }, /no such shop in mars/],
    [{ task: 'order', orderId: 'mine' }, /orderId/],
    [{ task: 'http', region: US, path: '/', timeoutMs: 90_000 }, /timeoutMs/],
  ])('fails when it cannot carry out %j, and says why', async (task, words) => {
    const job = probeJob(task);
    await createProbe(lab, EU, job);
    const { exitCode, line } = await probeResult(lab, EU, { name: job.metadata.name });
    expect(exitCode).toBe(1);
    expect(line.error).toMatch(words);
    const { batch } = cluster(lab, EU);
    await vi.waitFor(async () => {
      const { status } = await batch.readNamespacedJob({ namespace: NAMESPACE, name: job.metadata.name });
      expect(status?.conditions?.[0]?.type).toBe('Failed');
    });
  });

  it('does not run while its Region is out', async () => {
    const job = probeJob({ task: 'http', region: EU });
    await createProbe(lab, EU, job);
    await lab.admin('/outage', { region: EU });
    const { batch } = cluster(lab, EU);
    const read = { namespace: NAMESPACE, name: job.metadata.name };
    await expect(batch.readNamespacedJob(read)).rejects.toThrow();
    // Longer than the Job would have needed: other Regions' probes come and go meanwhile.
    for (let turn = 0; turn < 3; turn += 1) await runProbe(lab, AP, { task: 'http', region: AP });
    const healedAt = Date.now();
    await lab.admin('/heal', {});
    const { exitCode, line } = await probeResult(lab, EU, { name: job.metadata.name });
    expect(exitCode).toBe(0);
    expect(Date.parse(String(line.at))).toBeGreaterThanOrEqual(healedAt);
  });

  it('gives no verdict when its Region goes out under it', async () => {
    await lab.admin('/cut', { between: [EU, US] });
    const job = probeJob({ task: 'connect', ...(await endpoint(US)), timeoutMs: 8_000 });
    await createProbe(lab, EU, job);
    const { core } = cluster(lab, EU);
    await vi.waitFor(
      async () => {
        const labelSelector = `job-name=${job.metadata.name}`;
        const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector });
        expect(items[0]?.status?.phase).toBe('Running');
      },
      { timeout: 10_000 },
    );
    // Running is when the container starts, a fraction of a second before it begins to ask.
    await runProbe(lab, AP, { task: 'http', region: AP });
    await lab.admin('/outage', { region: EU });
    await lab.admin('/heal', {});
    const { exitCode, line } = await probeResult(lab, EU, { name: job.metadata.name });
    expect(exitCode).toBe(1);
    expect(line.error).toMatch(/eu-west-1 went out/);
  });

  it('is removed with its pod ttlSecondsAfterFinished later', async () => {
    const job = probeJob({ task: 'http', region: EU });
    const body = { ...job, spec: { ...job.spec, ttlSecondsAfterFinished: 1 } };
    const { batch, core } = cluster(lab, EU);
    await batch.createNamespacedJob({ namespace: NAMESPACE, body });
    await vi.waitFor(
      async () => {
        const { items } = await batch.listNamespacedJob({ namespace: NAMESPACE });
        expect(items.map(({ metadata }) => metadata?.name)).not.toContain(job.metadata.name);
        const labelSelector = `job-name=${job.metadata.name}`;
        const pods = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector });
        expect(pods.items).toEqual([]);
      },
      { timeout: 15_000, interval: 100 },
    );
  });

  it('ends at its deadline, in real seconds', async () => {
    await lab.admin('/cut', { between: [EU, US] });
    const job = probeJob({ task: 'connect', ...(await endpoint(US)), timeoutMs: 30_000 });
    const body = { ...job, spec: { ...job.spec, activeDeadlineSeconds: 2 } };
    const { batch } = cluster(lab, EU);
    await batch.createNamespacedJob({ namespace: NAMESPACE, body });
    await vi.waitFor(
      async () => {
        const { status } = await batch.readNamespacedJob({ namespace: NAMESPACE, name: job.metadata.name });
        expect(status?.conditions?.[0]).toMatchObject({ type: 'Failed', reason: 'DeadlineExceeded' });
      },
      { timeout: 10_000, interval: 100 },
    );
  });
});

const kubectlMissing = spawnSync('kubectl', ['version', '--client']).error !== undefined;

describe.skipIf(kubectlMissing)(`kubectl${kubectlMissing ? ' (skipped: not installed)' : ''}`, () => {
  it('creates the Job, waits for it and reads its one line', { timeout: 90_000 }, async () => {
    const job = probeJob({ task: 'connect', ...(await endpoint(US)) });
    const file = path.join(lab.dataDir, 'job.json');
    writeFileSync(file, JSON.stringify(job));
    const kubectl = async (...args: string[]) => {
      const call = ['--context', AP, '--namespace', NAMESPACE, ...args];
      return (await run('kubectl', call, { env: lab.env, timeout: 30_000 })).stdout;
    };
    await kubectl('apply', '-f', file);
    await kubectl('wait', '--for=condition=complete', '--timeout=20s', `job/${job.metadata.name}`);
    const log = await kubectl('logs', `job/${job.metadata.name}`);
    expect(log.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(log)).toMatchObject({ task: 'connect', from: AP, result: 'open' });
  });
});
