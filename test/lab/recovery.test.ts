import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateDBInstanceReadReplicaCommand,
  type DBInstance,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  PromoteReadReplicaCommand,
  RDSClient,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabStatus } from '#lab/admin/status.ts';
import { findRegion } from '#lib/domain/estate/estate.ts';
import { type Lab, sdkFor, startLab } from './harness.ts';
import { AP, AP_REPLICA, EU, EU_REPLICA, PRIMARY, shippedEstate, US } from './support/databases.ts';
import { cluster } from './support/kube.ts';
import { NAMESPACE, runProbe, setShopConfig } from './support/probes.ts';

// The loss of the primary Region and all that follows, on the whole lab: each test goes on where the one before it ended.

const estate = shippedEstate();
const FENCED = `${PRIMARY}-fenced`;
const SECOND_AP = `${AP_REPLICA}-2`;
const patiently = { timeout: 30_000, interval: 200 };

let lab: Lab;
let dataDir = '';

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'meridian-recovery-'));
  lab = await startLab({ seed: 7, dataDir });
  await lab.admin('/rate', { requestsPerSecond: 0 });
});
afterAll(async () => {
  await lab?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const rds = (region: string) => new RDSClient(sdkFor(lab, region));
const ec2 = (region: string) => new EC2Client(sdkFor(lab, region));
const arn = (region: string, id: string) => `arn:aws:rds:${region}:${lab.account}:db:${id}`;

async function describeInstance(region: string, id: string): Promise<DBInstance | undefined> {
  const { DBInstances = [] } = await rds(region).send(new DescribeDBInstancesCommand({}));
  return DBInstances.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === id);
}

const untilAvailable = (region: string, id: string) =>
  expect
    .poll(async () => (await describeInstance(region, id))?.DBInstanceStatus, patiently)
    .toBe('available');

const untilReplicating = (region: string, id: string) =>
  expect
    .poll(async () => (await describeInstance(region, id))?.StatusInfos?.[0]?.Status, patiently)
    .toBe('replicating');

const promote = async (region: string, id: string) => {
  const input = { DBInstanceIdentifier: id, BackupRetentionPeriod: 7 };
  await rds(region).send(new PromoteReadReplicaCommand(input));
  await untilAvailable(region, id);
};

const replicate = (region: string, id: string, source: string) =>
  rds(region).send(
    new CreateDBInstanceReadReplicaCommand({
      DBInstanceIdentifier: id,
      SourceDBInstanceIdentifier: source,
      KmsKeyId: 'alias/ecommerce',
    }),
  );

const remove = async (region: string, id: string) => {
  const input = { DBInstanceIdentifier: id, SkipFinalSnapshot: true };
  await rds(region).send(new DeleteDBInstanceCommand(input));
  await expect.poll(() => describeInstance(region, id), patiently).toBeUndefined();
};

async function groupId(region: string, name: string): Promise<string> {
  const { SecurityGroups = [] } = await ec2(region).send(new DescribeSecurityGroupsCommand({}));
  return SecurityGroups.find(({ GroupName }) => GroupName === name)?.GroupId ?? '';
}

/** A synthetic order at that Region's shop. */
const order = async (region: string) => (await runProbe(lab, region, { task: 'order' })).line;

const holds = async (region: string, orderId: unknown) =>
  (await runProbe(lab, region, { task: 'order-exists', orderId })).line.exists;

/** A connection to a database as AWS describes it, tried from a Region. */
async function connect(from: string, to: string, id: string) {
  const { Address: host, Port: port } = (await describeInstance(to, id))?.Endpoint ?? {};
  return (await runProbe(lab, from, { task: 'connect', host, port, timeoutMs: 400 })).line.result;
}

async function joinNetworks(a: string, b: string): Promise<void> {
  const [here, there] = [findRegion(estate, a), findRegion(estate, b)];
  const { VpcPeeringConnection } = await ec2(a).send(
    new CreateVpcPeeringConnectionCommand({ VpcId: here?.vpcId, PeerVpcId: there?.vpcId, PeerRegion: b }),
  );
  const VpcPeeringConnectionId = VpcPeeringConnection?.VpcPeeringConnectionId ?? '';
  const statusOf = async () => {
    const { VpcPeeringConnections } = await ec2(b).send(
      new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: [VpcPeeringConnectionId] }),
    );
    return VpcPeeringConnections?.[0]?.Status?.Code;
  };
  await expect.poll(statusOf, patiently).toBe('pending-acceptance');
  await ec2(b).send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));
  await expect.poll(statusOf, patiently).toBe('active');
  for (const [region, cidr] of [
    [a, there?.vpcCidr],
    [b, here?.vpcCidr],
  ] as const) {
    const { RouteTables = [] } = await ec2(region).send(new DescribeRouteTablesCommand({}));
    for (const { RouteTableId, Associations = [] } of RouteTables) {
      if (!Associations.some(({ Main }) => Main)) continue;
      const route = { RouteTableId, DestinationCidrBlock: cidr, VpcPeeringConnectionId };
      await ec2(region).send(new CreateRouteCommand(route));
    }
  }
}

describe('the primary Region is lost and comes back', { timeout: 120_000 }, () => {
  /** Placed in the returned Region, in the database that nobody else follows any more. */
  let strayOrder: unknown;

  it('Ireland is promoted and takes orders; Singapore’s do not reach it without a peering', async () => {
    await lab.admin('/outage', { region: US });
    await promote(EU, EU_REPLICA);
    for (const region of [EU, AP]) await setShopConfig(lab, region, { writerEndpoint: EU_REPLICA });
    expect(await order(EU)).toMatchObject({ status: 201, writer: EU, forwarded: false });
    const cutOff = await order(AP);
    expect(cutOff).toMatchObject({ status: 502, placed: null });
    expect(cutOff.message).toMatch(/cannot be reached/);
  });

  it('comes back unfenced: both databases take orders, and neither sees the other’s', async () => {
    await lab.admin('/heal', {});
    await expect.poll(async () => (await order(US)).status, patiently).toBe(201);
    const [stray, proper] = await Promise.all([order(US), order(EU)]);
    expect(stray).toMatchObject({ status: 201, writer: US, forwarded: false });
    expect(proper).toMatchObject({ status: 201, writer: EU });
    strayOrder = stray.orderId;
    expect([await holds(US, stray.orderId), await holds(EU, stray.orderId)]).toEqual([true, false]);
    expect([await holds(EU, proper.orderId), await holds(US, proper.orderId)]).toEqual([true, false]);
    const { regions } = (await lab.admin('/status')) as LabStatus;
    expect(regions.map(({ databases }) => databases[0]?.role)).toEqual(['primary', 'primary', 'replica']);
  });

  it('the old replica in Singapore follows the old primary: it serves pages, stale ones', async () => {
    const fresh = await order(EU);
    await expect.poll(() => holds(AP, strayOrder), patiently).toBe(true);
    const { line } = await runProbe(lab, AP, { task: 'http', region: AP, path: '/products/7' });
    expect(line).toMatchObject({ status: 200, answeredBy: AP });
    expect(await holds(AP, fresh.orderId)).toBe(false);
  });

  it('a closed security group stops newcomers, the reboot after it those inside', async () => {
    const denyAll = await groupId(US, 'ecommerce-deny-all');
    const swap = { DBInstanceIdentifier: PRIMARY, VpcSecurityGroupIds: [denyAll], ApplyImmediately: true };
    await rds(US).send(new ModifyDBInstanceCommand(swap));
    for (const from of [US, EU, AP]) expect(await connect(from, US, PRIMARY)).toBe('timeout');
    // The shop's pods hold connections from before, which a security group does not cut.
    expect((await order(US)).status).toBe(201);
    await rds(US).send(new RebootDBInstanceCommand({ DBInstanceIdentifier: PRIMARY }));
    await untilAvailable(US, PRIMARY);
    expect((await order(US)).status).toBeGreaterThanOrEqual(500);
    expect(await connect(US, US, PRIMARY)).toBe('timeout');
    expect((await order(EU)).status).toBe(201);
  });

  it('Singapore gets a replica of Ireland without any peering; its orders need one', async () => {
    await replicate(AP, SECOND_AP, arn(EU, EU_REPLICA));
    await untilAvailable(AP, SECOND_AP);
    await untilReplicating(AP, SECOND_AP);
    await setShopConfig(lab, AP, { readerEndpoint: SECOND_AP });
    const { orderId } = await order(EU);
    await expect.poll(() => holds(AP, orderId), patiently).toBe(true);
    expect(await holds(AP, strayOrder)).toBe(false);
    expect(await connect(AP, EU, EU_REPLICA)).toBe('refused');
    expect((await order(AP)).status).toBe(502);
    await joinNetworks(EU, AP);
    expect(await connect(AP, EU, EU_REPLICA)).toBe('open');
    expect(await order(AP)).toMatchObject({ status: 201, writer: EU, forwarded: true });
  });

  it('a restart of the lab keeps all of it', async () => {
    const before = await Promise.all([US, EU, AP].map((region) => endpoints(region)));
    await lab.stop();
    lab = await startLab({ seed: 8, dataDir });
    await lab.admin('/rate', { requestsPerSecond: 0 });
    expect(await Promise.all([US, EU, AP].map((region) => endpoints(region)))).toEqual(before);
    expect(await connect(US, US, PRIMARY)).toBe('timeout');
    const promoted = await describeInstance(EU, EU_REPLICA);
    expect(promoted?.ReadReplicaSourceDBInstanceIdentifier).toBeUndefined();
    await untilReplicating(AP, SECOND_AP);
    const placed = await order(AP);
    expect(placed).toMatchObject({ status: 201, writer: EU });
    await expect.poll(() => holds(AP, placed.orderId), patiently).toBe(true);
    expect((await order(US)).status).toBeGreaterThanOrEqual(500);
  });

  it('the old primary is renamed, its Region rebuilt under the old name and given the writes again', async () => {
    const rename = { DBInstanceIdentifier: PRIMARY, NewDBInstanceIdentifier: FENCED, ApplyImmediately: true };
    await rds(US).send(new ModifyDBInstanceCommand(rename));
    await untilAvailable(US, FENCED);
    await replicate(US, PRIMARY, arn(EU, EU_REPLICA));
    await untilAvailable(US, PRIMARY);
    // The shop still names the old writer: what bears the name now is a replica, and takes no orders.
    expect(await order(US)).toMatchObject({ status: 503 });
    await setShopConfig(lab, US, { writerEndpoint: EU_REPLICA });
    const placed = await order(US);
    expect(placed).toMatchObject({ status: 201, writer: EU, forwarded: true });
    await expect.poll(() => holds(US, placed.orderId), patiently).toBe(true);

    for (const region of [US, EU, AP]) await setShopConfig(lab, region, { writeFreeze: 'true' });
    expect((await order(EU)).status).toBe(503);
    await promote(US, PRIMARY);
    for (const region of [US, EU, AP])
      await setShopConfig(lab, region, { writerEndpoint: PRIMARY, writeFreeze: 'false' });
    // The fenced one is a primary in the same Region: its name says which is meant.
    expect(await order(US)).toMatchObject({ status: 201, writer: US });
    expect(await order(EU)).toMatchObject({ status: 201, writer: US, forwarded: true });
    const unprotected = { DBInstanceIdentifier: FENCED, DeletionProtection: false };
    await rds(US).send(new ModifyDBInstanceCommand(unprotected));
    await remove(US, FENCED);
  });

  it('a reset is the first day again, where clients find it', async () => {
    const before = lab.regions;
    await lab.admin('/rds', { region: EU, promotion: 'hang', replicaDelaySeconds: 60 });
    await lab.admin('/reset', {});
    const { chaos, regions } = (await lab.admin('/status')) as LabStatus;
    expect(chaos.rds).toEqual({});
    const standing = regions.map(({ databases }) => databases.map(({ id, role }) => `${role} ${id}`).sort());
    expect(standing).toEqual([
      [`primary ${PRIMARY}`, 'primary ecommerce-staging-db-us-east-1'],
      [`replica ${EU_REPLICA}`],
      [`replica ${AP_REPLICA}`],
    ]);
    for (const [region, id] of [
      [US, PRIMARY],
      [EU, EU_REPLICA],
      [AP, AP_REPLICA],
    ] as const) {
      const { core, batch } = cluster(lab, region);
      const { data } = await core.readNamespacedConfigMap({ namespace: NAMESPACE, name: 'shop-config' });
      expect(data).toEqual({ writerEndpoint: PRIMARY, writeFreeze: 'false' });
      expect((await batch.listNamespacedJob({ namespace: NAMESPACE })).items).toEqual([]);
      expect(await connect(region, region, id)).toBe('open');
    }
    expect(await connect(AP, EU, EU_REPLICA)).toBe('refused');
    expect(await order(AP)).toMatchObject({ status: 201, writer: US });
    const ports = await Promise.all([US, EU, AP].map(async (region) => portOf(await endpoints(region))));
    expect(ports).toEqual(
      [US, EU, AP].map((region) => Number(new URL(before[region]?.postgresUrl ?? '').port)),
    );
  });

  const portOf = (described: Awaited<ReturnType<typeof endpoints>>) => described[0]?.port;

  async function endpoints(region: string) {
    const { DBInstances = [] } = await rds(region).send(new DescribeDBInstancesCommand({}));
    return DBInstances.map(({ DBInstanceIdentifier, Endpoint, VpcSecurityGroups }) => ({
      id: DBInstanceIdentifier,
      port: Endpoint?.Port,
      groups: VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId),
    }));
  }
});
