import dgram from 'node:dgram';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LoggedCall } from '#lab/wire/call-log.ts';
import type { AwsPortOptions } from '#lib/adapters/aws/aws-port.ts';
import { errorSentence } from '#lib/adapters/aws/observe-calls.ts';
import { recoveryActionsWithin } from '#lib/operations/recovery/actions.ts';
import { UnansweredError } from '#lib/ports/aws.ts';
import type { ProbeTask } from '#lib/ports/recovery.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { stepContext } from '#test/step-context.ts';
import { type Lab, startLab } from './harness.ts';
import { openPort, type RecordedPort, reachLab } from './support/product.ts';

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const NAMESPACE = 'shop';

const estate = seedEstate();
const opened: RecordedPort[] = [];
const patience = { timeout: 20_000, interval: 100 };
let lab: Lab;
let leaveLab: () => void;

beforeAll(async () => {
  lab = await startLab({ seed: 12 });
  leaveLab = reachLab(lab);
});

afterEach(async () => {
  for (const { aws } of opened.splice(0)) aws.close();
  await lab.admin('/heal', {});
});

afterAll(async () => {
  leaveLab?.();
  await lab?.stop();
});

function port(options: Partial<AwsPortOptions> = {}): RecordedPort {
  const recorded = openPort(estate, { nameServers: [`${lab.dns.host}:${lab.dns.port}`], ...options });
  opened.push(recorded);
  return recorded;
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

async function callsOf(operation: string): Promise<LoggedCall[]> {
  const { calls } = (await lab.admin('/calls')) as { calls: LoggedCall[] };
  return calls.filter((call) => call.operation === operation);
}

describe('the network', () => {
  it('has the document’s peerings, told by their Regions', async () => {
    const { aws } = port();
    expect(await aws.listPeerings(US)).toEqual([
      { id: 'pcx-0a00000000000001', requesterRegion: US, accepterRegion: EU, status: 'active' },
      { id: 'pcx-0a00000000000002', requesterRegion: US, accepterRegion: AP, status: 'active' },
    ]);
    expect(await aws.listPeerings(EU)).toHaveLength(1);
  });

  it('gets the missing one: asked for, accepted, routed both ways, and each of it once', async () => {
    const { aws, calls } = port();
    const { id } = await aws.createPeering(EU, AP);
    expect(await aws.createPeering(EU, AP)).toEqual({ id });
    expect(await aws.createPeering(AP, EU)).toEqual({ id });
    await expect
      .poll(async () => (await aws.listPeerings(AP)).find((one) => one.id === id)?.status, patience)
      .toBe('pending-acceptance');

    const { error } = await failureOf(aws.acceptPeering(EU, id));
    expect(error).not.toBeInstanceOf(UnansweredError);
    expect(errorSentence(error)).toMatch(/^OperationNotPermitted: Incorrect region/);
    await aws.acceptPeering(AP, id);
    await aws.acceptPeering(AP, id);
    await expect
      .poll(async () => (await aws.listPeerings(EU)).find((one) => one.id === id)?.status, patience)
      .toBe('active');
    expect((await callsOf('AcceptVpcPeeringConnection')).filter(({ fault }) => !fault)).toHaveLength(1);

    expect(await aws.ensureRoute(EU, id, AP)).toEqual({ added: 1 });
    expect(await aws.ensureRoute(EU, id, AP)).toEqual({ added: 0 });
    expect(await aws.ensureRoute(AP, id, EU)).toEqual({ added: 1 });
    expect(calls.filter(({ action }) => action === 'CreateRoute')).toMatchObject([
      { service: 'ec2', region: EU, mutating: true, status: '200' },
      { service: 'ec2', region: AP, mutating: true, status: '200' },
    ]);
    // A way that works is not taken over.
    const { error: taken } = await failureOf(aws.ensureRoute(EU, id, US));
    expect(taken).toMatchObject({ rule: 'route-taken' });
  });
});

describe('health checks', () => {
  const watched = { inRegion: EU, region: US };

  it('of a switch and over several are made once for a reference', async () => {
    const { aws } = port();
    const callerReference = 'meridian-switch-us-east-1-in-eu-west-1';
    const { id } = await aws.createSwitchCheck({ ...watched, callerReference });
    expect(await aws.createSwitchCheck({ ...watched, callerReference })).toEqual({ id });
    const children = [estate.regions[0]?.healthCheckId ?? '', id];
    const calculated = { children, healthThreshold: 2, callerReference: 'meridian-serve-us-east-1' };
    const made = await aws.createCalculatedCheck(calculated);
    expect(await aws.createCalculatedCheck(calculated)).toEqual(made);
    expect(await aws.listHealthChecks()).toEqual(
      expect.arrayContaining([
        { id, callerReference, type: 'HTTP_STR_MATCH' },
        { id: made.id, callerReference: calculated.callerReference, type: 'CALCULATED' },
      ]),
    );
  });

  it('are refused with what stands in the way', async () => {
    const { aws } = port();
    const callerReference = 'meridian-nested';
    const first = await aws.createCalculatedCheck({
      children: [estate.regions[1]?.healthCheckId ?? ''],
      healthThreshold: 1,
      callerReference,
    });
    const again = { children: [first.id], healthThreshold: 1, callerReference };
    const { error } = await failureOf(aws.createCalculatedCheck(again));
    expect(error).not.toBeInstanceOf(UnansweredError);
    expect(errorSentence(error)).toMatch(
      /calculated health check; those cannot be nested|HealthCheckAlreadyExists/,
    );
  });

  it('need Route 53’s control plane, and say so when it is down', async () => {
    await lab.admin('/route53', { controlPlane: 'down' });
    const { aws } = port();
    const { error } = await failureOf(aws.createSwitchCheck({ ...watched, callerReference: 'never' }));
    expect(error).toBeInstanceOf(UnansweredError);
    expect(String(error)).toContain('ServiceUnavailable');
  });
});

describe('the switch', () => {
  it('is on where nothing is said, and off by an object that anybody can read', async () => {
    const { aws, calls } = port();
    expect(await aws.readSwitch(EU, US)).toBe('on');
    await aws.setSwitch(EU, US, 'off');
    await aws.setSwitch(EU, US, 'off');
    expect(await aws.readSwitch(EU, US)).toBe('off');
    // Of that Region in that bucket alone.
    expect(await aws.readSwitch(AP, US)).toBe('on');
    expect(await aws.readSwitch(EU, AP)).toBe('on');
    await aws.setSwitch(EU, US, 'on');
    await aws.setSwitch(EU, US, 'on');
    expect(await aws.readSwitch(EU, US)).toBe('on');
    const changes = calls.filter(({ service, mutating }) => service === 's3' && mutating);
    expect(changes.map(({ action, region }) => [action, region])).toEqual([
      ['PutObject', EU],
      ['PutObject', EU],
      ['DeleteObject', EU],
      ['DeleteObject', EU],
    ]);
  });

  it('in a bucket that is not there is refused, not taken for on', async () => {
    const elsewhere = seedEstate();
    for (const region of elsewhere.regions) region.switchBucket = `no-such-bucket-${region.code}`;
    const recorded = openPort(elsewhere);
    opened.push(recorded);
    for (const call of [() => recorded.aws.readSwitch(EU, US), () => recorded.aws.setSwitch(EU, US, 'off')]) {
      const { error } = await failureOf(call());
      expect(error).not.toBeInstanceOf(UnansweredError);
      expect(errorSentence(error)).toMatch(/^NoSuchBucket/);
    }
  });

  it.each(['hang', 'drop'] as const)('in a peer that is out is unknown: %s', async (mode) => {
    await lab.admin('/outage', { region: AP, mode });
    const { aws, calls } = port({ timeoutMs: 1_000 });
    for (const call of [() => aws.readSwitch(AP, US), () => aws.setSwitch(AP, US, 'off')]) {
      const { error, ms } = await failureOf(call());
      expect(error).toBeInstanceOf(UnansweredError);
      expect(ms).toBeLessThan(4_000);
    }
    expect(calls.filter(({ mutating }) => mutating)).toEqual([]);
  });

  it('takes a Region out of DNS by its peers, with Route 53’s control plane down, and lets it back', async () => {
    const { aws } = port();
    const own = estate.regions[0]?.healthCheckId ?? '';
    const switches = await Promise.all(
      [EU, AP].map((inRegion) =>
        aws.createSwitchCheck({ inRegion, region: US, callerReference: `drain-us-in-${inRegion}` }),
      ),
    );
    const children = [own, ...switches.map(({ id }) => id)];
    const { id } = await aws.createCalculatedCheck({
      children,
      healthThreshold: children.length,
      callerReference: 'drain-us',
    });
    const before = await aws.listWeightedRecords(['na.origin.shop.example']);
    const prepared = before.map((record) =>
      record.setIdentifier === US ? { ...record, healthCheckId: id } : { ...record, weight: 100 },
    );
    await aws.changeWeightedRecords(prepared, 'prepared');
    await expect
      .poll(async () => Object.keys(await aws.askDns('na', 60)).sort(), patience)
      .toEqual([AP, EU, US]);

    await lab.admin('/route53', { controlPlane: 'down' });
    await Promise.all([EU, AP].map((inRegion) => aws.setSwitch(inRegion, US, 'off')));
    const asked = { timeout: 40_000, interval: 250 };
    await expect.poll(async () => (await aws.askDns('na', 60))[US] ?? 0, asked).toBe(0);
    await Promise.all([EU, AP].map((inRegion) => aws.setSwitch(inRegion, US, 'on')));
    await expect.poll(async () => (await aws.askDns('na', 60))[US] ?? 0, asked).toBeGreaterThan(0);
    await lab.admin('/heal', {});
    await aws.changeWeightedRecords(before, 'back');
    await expect.poll(() => aws.askDns('na', 50), patience).toEqual({ [US]: 50 });
  });
});

describe('a Region that throttles', () => {
  /** The SDK pauses between its tries for longer than this together, ms. */
  const SILENCE_MS = 300;
  const turnOff = () =>
    recoveryActionsWithin(SILENCE_MS)['recovery.switch']?.run(
      stepContext({
        aws: port().aws,
        estate,
        step: {
          key: 'switch',
          region: AP,
          needsRegions: [EU],
          input: { region: AP, to: 'off', inRegions: [EU], bestEffort: true },
        },
      }),
    );

  it('is not taken for silent, however long the SDK tries by itself: once it has time the step goes on', async () => {
    await lab.admin('/throttle', { service: 's3', region: EU });
    const startedAt = performance.now();
    const turning = turnOff();
    const tries = async () => (await callsOf('GetObject')).filter(({ region }) => region === EU).length;
    const before = await tries();
    await expect.poll(tries, patience).toBeGreaterThan(before + 2);
    await expect.poll(() => performance.now() - startedAt, patience).toBeGreaterThan(2 * SILENCE_MS);
    await lab.admin('/heal', {});
    expect(await turning).toMatchObject({ status: 'done', output: { reached: true, turned: [EU] } });
    await port().aws.setSwitch(EU, AP, 'on');
  });

  it('to the end is said to, and is not called unreachable', async () => {
    await lab.admin('/throttle', { service: 's3', region: EU });
    expect(await turnOff()).toMatchObject({
      status: 'done',
      note: expect.stringMatching(
        /^Not done, recorded as throttled: Not finished within 15 s\. AWS throttled it .*SlowDown.* quota/,
      ),
      output: { reached: false, throttled: true, turned: [] },
    });
  }, 30_000);
});

describe('the shop’s configuration', () => {
  it('is read, and changed without touching what was not named', async () => {
    const { aws, calls } = port();
    const before = await aws.readShopConfig(EU, NAMESPACE);
    expect(before).toEqual({ writerEndpoint: 'ecommerce-db-us-east-1', writeFreeze: false });
    await aws.writeShopConfig(EU, NAMESPACE, { writeFreeze: true });
    expect(await aws.readShopConfig(EU, NAMESPACE)).toEqual({ ...before, writeFreeze: true });
    await aws.writeShopConfig(EU, NAMESPACE, { writerEndpoint: EU });
    await aws.writeShopConfig(EU, NAMESPACE, { writeFreeze: false });
    expect(await aws.readShopConfig(EU, NAMESPACE)).toEqual({ writerEndpoint: EU, writeFreeze: false });
    await aws.writeShopConfig(EU, NAMESPACE, { writerEndpoint: 'ecommerce-db-us-east-1' });
    expect(await aws.readShopConfig(US, NAMESPACE)).toEqual(before);
    const patches = calls.filter(({ service, mutating }) => service === 'kubernetes' && mutating);
    expect(patches).toHaveLength(4);
    expect(patches[0]).toMatchObject({
      action: 'PatchConfigMap',
      region: EU,
      host: new URL(lab.regions[EU]?.kubernetesUrl ?? '').host,
      status: '200',
    });
  });

  it('of a namespace that is not there is refused, not unknown', async () => {
    const { aws, calls } = port();
    for (const call of [
      () => aws.readShopConfig(EU, 'nowhere'),
      () => aws.writeShopConfig(EU, 'nowhere', { writeFreeze: true }),
    ]) {
      const { error } = await failureOf(call());
      expect(error).not.toBeInstanceOf(UnansweredError);
      expect(error).toMatchObject({ code: 404 });
    }
    const asked = calls.filter(({ service }) => service === 'kubernetes');
    expect(asked.map(({ action, status, mutating }) => [action, status, mutating])).toEqual([
      ['ReadConfigMap', '404', false],
      ['PatchConfigMap', '404', true],
    ]);
  });

  it.each(['hang', 'drop'] as const)('in a Region that is out is given up in time: %s', async (mode) => {
    await lab.admin('/outage', { region: AP, mode });
    const { aws } = port({ timeoutMs: 1_000 });
    for (const call of [
      () => aws.readShopConfig(AP, NAMESPACE),
      () => aws.writeShopConfig(AP, NAMESPACE, { writeFreeze: true }),
    ]) {
      const { error, ms } = await failureOf(call());
      expect(error).toBeInstanceOf(UnansweredError);
      expect(ms).toBeLessThan(3_500);
    }
    await lab.admin('/heal', {});
    const healed = port();
    await expect
      .poll(() => healed.aws.readShopConfig(AP, NAMESPACE).catch(errorSentence), patience)
      .toMatchObject({ writeFreeze: false });
  });

  it('is changed by nobody after its step has ended', async () => {
    const { aws } = port();
    aws.close();
    const { error } = await failureOf(aws.writeShopConfig(EU, NAMESPACE, { writeFreeze: true }));
    expect(error).toBeInstanceOf(UnansweredError);
    expect((await port().aws.readShopConfig(EU, NAMESPACE)).writeFreeze).toBe(false);
  });
});

describe('a probe', () => {
  const endpointOf = async (region: string) => {
    const [database] = await port().aws.listDatabases(region);
    const [host = '', digits = ''] = database?.endpoint?.split(':') ?? [];
    return { host, port: Number(digits) };
  };
  const probe = (region: string, task: ProbeTask, name: string) => port().aws.runProbe(region, task, name);

  it('connects from inside a Region', async () => {
    const primary = await endpointOf(US);
    const { result, job } = await probe(EU, { kind: 'connect', ...primary }, 'OP-1001 connect eu-west-1');
    expect(job).toBe('meridian-op-1001-connect-eu-west-1');
    expect(result).toMatchObject({ kind: 'connect', outcome: 'open' });
    // EU to US and back takes 75 ms.
    expect(result.ms).toBeGreaterThan(60);
    const closed = { kind: 'connect' as const, host: primary.host, port: 1 };
    expect((await probe(EU, closed, 'OP-1001 nobody')).result).toMatchObject({ outcome: 'refused' });
  });

  it('sees which shop serves', async () => {
    const { result } = await probe(US, { kind: 'http', region: EU, path: '/health' }, 'OP-1001 health');
    expect(result).toMatchObject({ kind: 'http', status: 200, region: EU });
    expect(result.kind === 'http' && result.version).toMatch(/\d/);
  });

  it('finds no way where the link is cut', async () => {
    await lab.admin('/cut', { between: [US, AP], mode: 'reset' });
    const task = { kind: 'http' as const, region: US, path: '/health' };
    const { result } = await probe(AP, task, 'OP-1001 cut off');
    expect(result).toMatchObject({ kind: 'http', status: null, detail: expect.stringMatching(/.+/) });
  });

  it('orders once however often it is asked, and finds the order', async () => {
    const first = await probe(EU, { kind: 'order' }, 'OP-1001 order');
    expect(first.result).toMatchObject({ kind: 'order', status: 201, error: null, writer: US });
    const again = await probe(EU, { kind: 'order' }, 'OP-1001 order');
    expect(again).toEqual(first);
    const orderId = first.result.kind === 'order' ? first.result.orderId : '';
    const look = (name: string, id: string) => probe(US, { kind: 'order-exists', orderId: id }, name);
    expect((await look('OP-1001 found', orderId)).result).toMatchObject({ exists: true });
    const never = '00000000-0000-4000-8000-000000000000';
    expect((await look('OP-1001 not found', never)).result).toMatchObject({ exists: false });
  });

  it('tells why an order was not taken', async () => {
    const { aws } = port();
    await aws.writeShopConfig(AP, NAMESPACE, { writeFreeze: true });
    const { result } = await aws.runProbe(AP, { kind: 'order' }, 'OP-1001 frozen');
    await aws.writeShopConfig(AP, NAMESPACE, { writeFreeze: false });
    expect(result).toMatchObject({
      kind: 'order',
      status: 503,
      writer: null,
      error: expect.stringContaining('frozen in ap-southeast-1'),
    });
  });

  it('of one name is not another one', async () => {
    await probe(EU, { kind: 'http', region: EU, path: '/health' }, 'OP-1001 mine');
    const other = { kind: 'http' as const, region: US, path: '/health' };
    const { error } = await failureOf(probe(EU, other, 'OP-1001 mine'));
    expect(error).toMatchObject({ rule: 'probe-name-taken' });
  });

  it('is on record by what it did, not by how often it looked', async () => {
    const { aws, calls } = port();
    await aws.runProbe(EU, { kind: 'http', region: EU, path: '/health' }, 'OP-1001 record');
    const asked = calls.filter(({ service }) => service === 'kubernetes');
    expect(asked.map(({ action, mutating }) => [action, mutating])).toEqual([
      ['CreateJob', true],
      // The first look and the one that saw its end.
      ['ReadJob', false],
      ['ReadJob', false],
      ['ListPods', false],
      ['ReadPodLog', false],
    ]);
  });
});

describe('DNS', () => {
  it('sends each geography home, as its users’ resolvers would learn', async () => {
    const { aws, calls } = port();
    expect(await aws.askDns('na', 20)).toEqual({ [US]: 20 });
    expect(await aws.askDns('eu', 20)).toEqual({ [EU]: 20 });
    expect(await aws.askDns('ap', 20)).toEqual({ [AP]: 20 });
    expect(await aws.askDns('any', 20)).toEqual({ [US]: 20 });
    expect(calls.find(({ service }) => service === 'dns')).toMatchObject({
      action: 'Query',
      host: `${lab.dns.host}:${lab.dns.port}`,
      status: 'NOERROR',
      summary: 'origin.shop.example from 192.0.2.0/24',
      mutating: false,
    });
  });

  it('shows the split that the weights say', async () => {
    const { aws } = port();
    const records = await aws.listWeightedRecords(['na.origin.shop.example']);
    const half = records.map((record) => ({ ...record, weight: record.setIdentifier === AP ? 0 : 100 }));
    await aws.changeWeightedRecords(half, 'half');
    await expect
      .poll(async () => Object.keys(await aws.askDns('na', 100)).sort(), patience)
      .toEqual([EU, US]);
    const counts = await aws.askDns('na', 400);
    expect(counts[US]).toBeGreaterThan(140);
    expect(counts[EU]).toBeGreaterThan(140);
    await aws.changeWeightedRecords(records, 'back');
    await expect.poll(() => aws.askDns('na', 50), patience).toEqual({ [US]: 50 });
  });

  it('goes on without the Region that runs its control plane', async () => {
    await lab.admin('/outage', { region: US, mode: 'hang' });
    const { aws } = port();
    // Its own health check takes the Region out; the others, which have weight 0, answer then.
    await expect
      .poll(async () => (await aws.askDns('na', 20))[US] ?? 0, { timeout: 45_000, interval: 250 })
      .toBe(0);
  });

  it('asks a geography’s own set where the estate knows no network of its users', async () => {
    const plain = seedEstate();
    for (const geography of plain.geographies) delete geography.probeSubnet;
    const recorded = openPort(plain, { nameServers: [`${lab.dns.host}:${lab.dns.port}`] });
    opened.push(recorded);
    expect(await recorded.aws.askDns('ap', 5)).toEqual({ [AP]: 5 });
    expect(recorded.calls[0]?.summary).toBe('ap.origin.shop.example');
  });

  it('that gives no answer is unknown, and given up in time', async () => {
    const silent = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const { aws } = port({ nameServers: [`127.0.0.1:${silent.address().port}`] });
    const { error, ms } = await failureOf(aws.askDns('na', 10));
    silent.close();
    expect(error).toBeInstanceOf(UnansweredError);
    expect(ms).toBeLessThan(8_000);
  });
});
