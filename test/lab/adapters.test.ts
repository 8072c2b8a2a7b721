import { DescribeNodegroupCommand } from '@aws-sdk/client-eks';
import { GetHostedZoneCommand } from '@aws-sdk/client-route-53';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LoadReport } from '#lab/load/report.ts';
import type { LoggedCall } from '#lab/wire/call-log.ts';
import type { AwsClients, ClientOptions } from '#lib/adapters/aws/clients.ts';
import { errorCode, errorSentence } from '#lib/adapters/aws/observe-calls.ts';
import { createClusterClient } from '#lib/adapters/kubernetes/cluster.ts';
import { eksToken } from '#lib/adapters/kubernetes/eks-token.ts';
import { type Estate, findRegion, type Region } from '#lib/domain/estate/estate.ts';
import { RefusedError } from '#lib/errors.ts';
import { type TrafficMeasurement, UnansweredError, type WeightedRecord } from '#lib/ports/aws.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { type Lab, startLab } from './harness.ts';
import { openClients, openPort, type RecordedPort, reachLab } from './support/product.ts';

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const NA_SET = 'na.origin.shop.example';

const estate = seedEstate();
const opened: { close(): void }[] = [];
let lab: Lab;
let leaveLab: () => void;

beforeAll(async () => {
  lab = await startLab({ seed: 7 });
  leaveLab = reachLab(lab);
});

afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await lab.admin('/heal', {});
});

afterAll(async () => {
  leaveLab?.();
  await lab?.stop();
});

function port(of: Estate = estate): RecordedPort {
  const recorded = openPort(of);
  opened.push(recorded.aws);
  return recorded;
}

function clients(options: Partial<ClientOptions> = {}): AwsClients {
  const made = openClients(estate, options);
  opened.push({ close: () => made.destroy() });
  return made;
}

function cluster(code: string, timeoutMs = 5_000) {
  return createClusterClient({
    clients: clients({ timeoutMs: 5_000 }),
    region: regionOf(code),
    now: () => Date.now(),
    timeoutMs,
  });
}

function regionOf(code: string): Region {
  const region = findRegion(estate, code);
  if (!region) throw new Error(`No Region ${code}.`);
  return region;
}

/** Calls of that operation that have reached the lab. */
async function callsOf(operation: string): Promise<LoggedCall[]> {
  const { calls } = (await lab.admin('/calls')) as { calls: LoggedCall[] };
  return calls.filter((call) => call.operation === operation);
}

async function failureOf(call: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const startedAt = performance.now();
  try {
    await call;
  } catch (error) {
    return { error, ms: performance.now() - startedAt };
  }
  throw new Error('It succeeded, and should have failed.');
}

const withWeight = (records: readonly WeightedRecord[], region: string, weight: number) =>
  records.map((record) => (record.setIdentifier === region ? { ...record, weight } : record));

describe('measured traffic', () => {
  it('is what the shoppers say they did', async () => {
    const { aws } = port();
    const periodMs = estate.metrics.periodSeconds * 1_000;
    // A moment after a period has ended, nearly all that was answered lies in whole periods; the first one after the
    // start has gone by then, or there would be nothing to compare.
    await vi.waitFor(
      () => {
        expect(Date.now() - Date.parse(lab.startedAt)).toBeGreaterThan(2 * periodMs);
        expect(Date.now() % periodMs).toBeLessThan(150);
      },
      { timeout: 4 * periodMs, interval: 20 },
    );
    const [report, traffic] = await Promise.all([
      fetch(new URL('/report', lab.ledgerUrl)).then((answer) => answer.json() as Promise<LoadReport>),
      aws.measureTraffic({ fromMs: Date.parse(lab.startedAt) - periodMs, toMs: Date.now() }),
    ]);
    const requests = ({ reads, writes }: TrafficMeasurement) => reads.requests + writes.requests;
    const measured = traffic.reduce((sum, one) => sum + requests(one), 0);
    const { total } = report;
    expect(measured).toBeGreaterThan(0);
    expect(Math.abs(measured - total.requests)).toBeLessThan(Math.max(10, total.requests * 0.2));
    expect(traffic.map(({ error }) => error)).toEqual([null, null, null]);
  });

  it('of a window without a whole period is nothing, not a failure', async () => {
    const { aws, calls } = port();
    const at = Math.floor(Date.now() / 5_000) * 5_000;
    const traffic = await aws.measureTraffic({ fromMs: at + 1, toMs: at + 4_999 });
    expect(traffic.every(({ reads, error }) => reads.requests === 0 && error === null)).toBe(true);
    expect(calls).toEqual([]);
  });
});

describe('weighted records', () => {
  it('are read, changed in one batch, and in sync soon after', async () => {
    const { aws, calls } = port();
    const before = await aws.listWeightedRecords([NA_SET]);
    expect(before.map(({ setIdentifier, weight }) => [setIdentifier, weight])).toEqual([
      [AP, 0],
      [EU, 0],
      [US, 200],
    ]);
    expect(before.every(({ alias, healthCheckId }) => alias.evaluateTargetHealth && healthCheckId)).toBe(
      true,
    );

    const { changeId, status } = await aws.changeWeightedRecords(withWeight(before, EU, 7), 'OP-1001 test');
    expect(status).toBe('PENDING');
    await vi.waitFor(async () => expect(await aws.changeStatus(changeId)).toBe('INSYNC'), { timeout: 8_000 });
    expect(await aws.listWeightedRecords([NA_SET])).toEqual(withWeight(before, EU, 7));
    await aws.changeWeightedRecords(before, 'OP-1001 back');

    const change = calls.find(({ action }) => action === 'ChangeResourceRecordSets');
    expect(change).toMatchObject({
      service: 'route53',
      region: US,
      host: new URL(lab.gatewayUrl).host,
      status: '200',
      mutating: true,
    });
    expect((await callsOf('ChangeResourceRecordSets')).map(({ requestId }) => requestId)).toContain(
      change?.requestId,
    );
  });

  it('are refused by Route 53 itself when they make no sense, and nothing changes', async () => {
    const { aws, calls } = port();
    const records = await aws.listWeightedRecords([NA_SET]);
    const { error } = await failureOf(aws.changeWeightedRecords(withWeight(records, EU, 256), 'too heavy'));
    expect(error).not.toBeInstanceOf(UnansweredError);
    expect(errorSentence(error)).toContain("Value '256' at 'changeBatch.changes.resourceRecordSet.weight'");
    expect(await aws.listWeightedRecords([NA_SET])).toEqual(records);
    expect(calls.find(({ action }) => action === 'ChangeResourceRecordSets')?.status).toMatch(/Invalid/);
  });
});

describe('the account', () => {
  it('is proven before a change: another one is refused, and nothing is sent', async () => {
    const other = { ...seedEstate(), account: '999999999999' };
    const { aws, calls } = port(other);
    const records = await aws.listWeightedRecords([NA_SET]);
    const { error } = await failureOf(aws.changeWeightedRecords(records, 'wrong account'));
    expect(error).toBeInstanceOf(RefusedError);
    expect(errorSentence(error)).toContain(
      'The credentials belong to AWS account 000000000000, the estate to 999999999999. Nothing was changed.',
    );
    const scaling = { minimum: 5, maximum: 30, desired: 13 };
    await expect(aws.updateNodeGroup(EU, scaling, 't')).rejects.toMatchObject({ rule: 'wrong-account' });
    expect(calls.filter(({ mutating }) => mutating)).toEqual([]);
  });

  it('is not asked for again and again', async () => {
    const { aws, calls } = port();
    const records = await aws.listWeightedRecords([NA_SET]);
    await aws.changeWeightedRecords(records, 'once');
    await aws.changeWeightedRecords(records, 'twice');
    expect(calls.filter(({ action }) => action === 'GetCallerIdentity')).toHaveLength(1);
  });
});

describe('a Region that is out', () => {
  const asks = (given: AwsClients) =>
    given.eks(EU).send(
      new DescribeNodegroupCommand({
        clusterName: regionOf(EU).cluster.name,
        nodegroupName: 'ecommerce-nodes',
      }),
    );

  it('and hangs is given up in time', async () => {
    await lab.admin('/outage', { region: EU, mode: 'hang' });
    const { error, ms } = await failureOf(asks(clients({ timeoutMs: 600 })));
    expect(errorCode(error)).toBe('TimeoutError');
    expect(ms).toBeGreaterThan(500);
    expect(ms).toBeLessThan(2_000);
    const late = await failureOf(cluster(EU, 700).countReadyNodes());
    expect(errorCode(late.error)).toBe('TimeoutError');
    expect(late.ms).toBeLessThan(2_000);
  });

  it('and drops says so, and the others are not touched', async () => {
    await lab.admin('/outage', { region: EU, mode: 'drop' });
    const { error } = await failureOf(asks(clients()));
    expect(errorCode(error)).toBe('ECONNRESET');
    const { aws } = port();
    await expect(aws.describeNodeGroup(EU)).rejects.toBeInstanceOf(UnansweredError);
    await expect(aws.countReadyNodes(EU)).rejects.toBeInstanceOf(UnansweredError);
    expect(await aws.countReadyNodes(AP)).toBe(8);
    const now = Date.now();
    const traffic = await aws.measureTraffic({ fromMs: now - 30_000, toMs: now });
    expect(traffic.map(({ region, error: failure }) => [region, failure === null])).toEqual([
      [US, true],
      [EU, false],
      [AP, true],
    ]);
  });

  it('leaves the hung socket of a cluster behind no longer than the call', async () => {
    const client = cluster(AP, 700);
    await client.countReadyNodes();
    await lab.admin('/outage', { region: AP, mode: 'hang' });
    for (let i = 0; i < 3; i += 1) {
      const { error, ms } = await failureOf(client.countReadyNodes());
      expect(errorSentence(error)).toBe(
        'TimeoutError: ListNodes of ecommerce-ap-southeast-1 took longer than 700 ms',
      );
      expect(ms).toBeLessThan(1_500);
    }
    await lab.admin('/heal', {});
    await vi.waitFor(async () => expect((await client.countReadyNodes()).ready).toBe(8), { timeout: 5_000 });
  });
});

describe('calls that are tried again', () => {
  it('are those that were throttled', async () => {
    await lab.admin('/throttle', { service: 'eks', operation: 'DescribeNodegroup', share: 1 });
    const { aws, calls } = port();
    const reading = aws.describeNodeGroup(EU);
    await vi.waitFor(async () =>
      expect((await callsOf('DescribeNodegroup')).some(({ fault }) => fault)).toBe(true),
    );
    await lab.admin('/heal', {});
    expect(await reading).toMatchObject({ minimum: 5, maximum: 30, desired: 12, status: 'ACTIVE' });
    expect(calls.filter(({ action }) => action === 'DescribeNodegroup')).toHaveLength(1);
  });

  it.each(['error', 'garbage'] as const)('are not changes that may have been made: %s', async (kind) => {
    const { aws } = port();
    const records = await aws.listWeightedRecords([NA_SET]);
    const before = (await callsOf('ChangeResourceRecordSets')).length;
    await lab.admin('/throttle', {
      service: 'route53',
      operation: 'ChangeResourceRecordSets',
      share: 1,
      kind,
    });
    const { error } = await failureOf(aws.changeWeightedRecords(records, 'lost'));
    expect(error).toBeInstanceOf(UnansweredError);
    expect(errorSentence(error)).toContain('Route 53 ChangeResourceRecordSets got no usable answer');
    expect((await callsOf('ChangeResourceRecordSets')).length - before).toBe(1);
  });

  it('are changes that were throttled, and so not made', async () => {
    const { aws } = port();
    const records = await aws.listWeightedRecords([NA_SET]);
    await lab.admin('/throttle', { service: 'route53', operation: 'ChangeResourceRecordSets', share: 1 });
    const before = (await callsOf('ChangeResourceRecordSets')).length;
    const changing = aws.changeWeightedRecords(records, 'patient');
    await vi.waitFor(async () =>
      expect((await callsOf('ChangeResourceRecordSets')).length).toBeGreaterThan(before),
    );
    await lab.admin('/heal', {});
    expect((await changing).status).toBe('PENDING');
  });

  it('Route 53’s control plane alone can be down: 503', async () => {
    await lab.admin('/route53', { controlPlane: 'down' });
    const { error } = await failureOf(
      clients()
        .route53()
        .send(new GetHostedZoneCommand({ Id: estate.dns.zoneId })),
    );
    expect(errorCode(error)).toBe('ServiceUnavailable');
  });
});

describe('EKS and Kubernetes', () => {
  it('a token is good for its own cluster and no other', async () => {
    const made = clients();
    const token = await eksToken(made, EU, regionOf(EU).cluster.name);
    expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
    const url = new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host;x-k8s-aws-id');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
    expect(await statusWith(EU, token)).toBe(200);
    expect(await statusWith(EU, await eksToken(made, EU, regionOf(AP).cluster.name))).toBe(401);
  });

  it('counts nodes that are Ready and take pods', async () => {
    const client = cluster(EU);
    expect(await client.countReadyNodes()).toEqual({ ready: 12, total: 12 });
    const name = await cordonOne(EU, true);
    expect(await client.countReadyNodes()).toEqual({ ready: 11, total: 12 });
    await cordonOne(EU, false, name);
    expect(await client.countReadyNodes()).toEqual({ ready: 12, total: 12 });
  });

  it('reads what the Service sends users to', async () => {
    const service = await cluster(US).readService('shop', 'app-service');
    expect(service.liveVersion).toMatch(/\d/);
    const live = service.deployments.find(({ version }) => version === service.liveVersion);
    expect(live).toMatchObject({ desired: live?.ready });
    await expect(cluster(US).readService('shop', 'no-such-service')).rejects.toMatchObject({ code: 404 });
  });

  it('scales a node group, says how that goes, and the same token asks once', async () => {
    const { aws } = port();
    const scaling = { minimum: 3, maximum: 20, desired: 9 };
    const { updateId } = await aws.updateNodeGroup(AP, scaling, 'token-1');
    expect(await aws.updateNodeGroup(AP, scaling, 'token-1')).toEqual({ updateId });
    await vi.waitFor(async () => expect(await aws.nodeGroupUpdateStatus(AP, updateId)).toBe('Successful'), {
      timeout: 10_000,
      interval: 200,
    });
    await vi.waitFor(async () => expect(await aws.countReadyNodes(AP)).toBe(9), {
      timeout: 10_000,
      interval: 200,
    });
    expect(await aws.describeNodeGroup(AP)).toMatchObject(scaling);
  });
});

async function statusWith(code: string, token: string): Promise<number> {
  const api = connect(code, token);
  try {
    await api.listNode();
    return 200;
  } catch (error) {
    const { code: status } = error as { code?: unknown };
    if (typeof status === 'number') return status;
    throw error;
  }
}

function connect(code: string, token: string): CoreV1Api {
  const kube = new KubeConfig();
  kube.loadFromFile(lab.kubeconfig);
  const server = kube.getContextObject(code)?.cluster ?? '';
  const known = kube.getCluster(server);
  if (!known) throw new Error(`The kubeconfig names no cluster of ${code}.`);
  const own = new KubeConfig();
  own.loadFromOptions({
    clusters: [known],
    users: [{ name: 'test', token }],
    contexts: [{ name: 'test', cluster: known.name, user: 'test' }],
    currentContext: 'test',
  });
  return own.makeApiClient(CoreV1Api);
}

/** Cordons a node, or lets that one take pods again; resolves with its name. */
async function cordonOne(code: string, unschedulable: boolean, known?: string): Promise<string> {
  const api = connect(code, await eksToken(clients(), code, regionOf(code).cluster.name));
  const name = known ?? (await api.listNode()).items[0]?.metadata?.name;
  if (!name) throw new Error(`${code} has no node.`);
  const node = await api.readNode({ name });
  await api.replaceNode({ name, body: { ...node, spec: { ...node.spec, unschedulable } } });
  return name;
}
