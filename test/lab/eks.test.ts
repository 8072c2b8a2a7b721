import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  EKSClient,
  ListClustersCommand,
  ListNodegroupsCommand,
  ListUpdatesCommand,
  type NodegroupScalingConfig,
  ResourceInUseException,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClusterLab, startClusterLab } from './support/clusters.ts';

const AP = 'ap-southeast-1';
const cluster = 'ecommerce-ap-southeast-1';
const nodegroup = 'ecommerce-nodes';
/** Nodes take 3 to 5 minutes on AWS: 150 to 250 ms here. */
const TIME_SCALE = 1200;

let lab: ClusterLab;
let eks: EKSClient;

beforeAll(async () => {
  lab = await startClusterLab({ timeScale: TIME_SCALE });
  eks = new EKSClient(lab.sdk(AP));
});
afterAll(() => lab.close());
beforeEach(() => lab.reset());

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5000, interval: 10 });
const scale = (scalingConfig: NodegroupScalingConfig, clientRequestToken?: string) =>
  eks.send(
    new UpdateNodegroupConfigCommand({
      clusterName: cluster,
      nodegroupName: nodegroup,
      scalingConfig,
      clientRequestToken,
    }),
  );
const group = async () =>
  (await eks.send(new DescribeNodegroupCommand({ clusterName: cluster, nodegroupName: nodegroup })))
    .nodegroup;
const updateStatus = async (updateId: string | undefined) =>
  (await eks.send(new DescribeUpdateCommand({ name: cluster, nodegroupName: nodegroup, updateId }))).update
    ?.status;
const readyNodes = () => lab.clusters.region(AP)?.readyNodes();

describe('clusters', () => {
  it('lists and describes the Region’s cluster, whose endpoint and authority lead to its Kubernetes API', async () => {
    expect((await eks.send(new ListClustersCommand({}))).clusters).toEqual([cluster]);
    const described = (await eks.send(new DescribeClusterCommand({ name: cluster }))).cluster;
    expect(described).toMatchObject({
      status: 'ACTIVE',
      arn: `arn:aws:eks:${AP}:000000000000:cluster/${cluster}`,
    });
    const known = new KubeConfig();
    known.loadFromFile(lab.clusters.kubeconfigPath);
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      {
        name: cluster,
        server: described?.endpoint ?? '',
        caData: described?.certificateAuthority?.data ?? '',
        skipTLSVerify: false,
      },
      { name: 'lab', token: known.getCurrentUser()?.token ?? '' },
    );
    expect((await config.makeApiClient(CoreV1Api).listNode()).items).toHaveLength(8);
  });

  it('keeps to its Region', async () => {
    const elsewhere = new EKSClient(lab.sdk('sa-east-1'));
    expect((await elsewhere.send(new ListClustersCommand({}))).clusters).toEqual([]);
    await expect(elsewhere.send(new DescribeClusterCommand({ name: cluster }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `No cluster found for name: ${cluster}.`,
    });
  });
});

describe('node groups', () => {
  it('begins with the sizes of the estate', async () => {
    const names = await eks.send(new ListNodegroupsCommand({ clusterName: cluster }));
    expect(names.nodegroups).toEqual([nodegroup]);
    expect(await group()).toMatchObject({
      status: 'ACTIVE',
      scalingConfig: { minSize: 3, maxSize: 20, desiredSize: 8 },
    });
  });

  it('grows: the update ends first, then nodes join and become Ready', async () => {
    const { update } = await scale({ desiredSize: 11 });
    expect(update).toMatchObject({
      status: 'InProgress',
      type: 'ConfigUpdate',
      params: [{ type: 'DesiredSize', value: '11' }],
    });
    expect((await group())?.status).toBe('UPDATING');
    expect(readyNodes()).toBe(8);
    await until(async () => expect(await updateStatus(update?.id)).toBe('Successful'));
    expect(readyNodes()).toBe(8);
    await until(() => expect(lab.clusters.region(AP)?.totalNodes()).toBe(11));
    await until(() => expect(readyNodes()).toBe(11));
    expect(await group()).toMatchObject({
      status: 'ACTIVE',
      scalingConfig: { minSize: 3, maxSize: 20, desiredSize: 11 },
    });
    const { updateIds } = await eks.send(new ListUpdatesCommand({ name: cluster, nodegroupName: nodegroup }));
    expect(updateIds).toEqual([update?.id]);
  });

  it('shrinks: the youngest nodes go after their pods have moved', async () => {
    const cluster = lab.clusters.region(AP);
    const before = cluster?.nodes.list().map(({ name }) => name) ?? [];
    await scale({ desiredSize: 3 });
    await until(() => expect(cluster?.totalNodes()).toBe(3));
    await until(() => expect(cluster?.pods('shop')).toHaveLength(4));
    expect(cluster?.nodes.list().map(({ name }) => name)).toEqual(before.slice(0, 3));
  });

  it('takes back what is still launching when the wish is withdrawn', async () => {
    const { update } = await scale({ desiredSize: 20 });
    await until(async () => expect(await updateStatus(update?.id)).toBe('Successful'));
    await scale({ desiredSize: 9 });
    await until(() => expect(readyNodes()).toBe(9));
    await until(() => expect(lab.clusters.region(AP)?.totalNodes()).toBe(9));
  });

  it('refuses a second update while one is in progress, and repeats the first for its token', async () => {
    const first = await scale({ desiredSize: 9 }, 'token-1');
    await expect(scale({ desiredSize: 10 })).rejects.toBeInstanceOf(ResourceInUseException);
    const repeated = await scale({ desiredSize: 9 }, 'token-1');
    expect(repeated.update?.id).toBe(first.update?.id);
    await expect(scale({ desiredSize: 10 }, 'token-1')).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
  });

  it.each<[string, NodegroupScalingConfig, string]>([
    ['fewer than the least', { desiredSize: 2 }, "Minimum capacity 3 can't be greater than desired size 2"],
    ['more than the most', { desiredSize: 21 }, "desired capacity 21 can't be greater than max size 20"],
    [
      'a least over the most',
      { minSize: 30 },
      "Minimum capacity 30 can't be greater than maximum capacity 20",
    ],
    ['a negative size', { minSize: -1 }, 'minSize must be a whole number of 0 or more, not -1'],
    ['a group without room', { minSize: 0, desiredSize: 0, maxSize: 0 }, 'maxSize must be 1 or more'],
    ['more than the quota', { maxSize: 451 }, 'maxSize 451 is over the quota of 450 nodes per node group'],
  ])('refuses %s', async (_what, wanted, message) => {
    await expect(scale(wanted)).rejects.toMatchObject({ name: 'InvalidParameterException', message });
    expect((await group())?.scalingConfig).toEqual({ minSize: 3, maxSize: 20, desiredSize: 8 });
  });

  it('knows no other group and no other update', async () => {
    const unknown = new DescribeNodegroupCommand({ clusterName: cluster, nodegroupName: 'other' });
    await expect(eks.send(unknown)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(updateStatus('no-such-update')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('a restart of the lab', () => {
  it('goes on with what was under way', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'meridian-eks-'));
    const before = await startClusterLab({ timeScale: 60, dataDir });
    const client = new EKSClient(before.sdk(AP));
    const scalingConfig = { desiredSize: 10 };
    const command = new UpdateNodegroupConfigCommand({
      clusterName: cluster,
      nodegroupName: nodegroup,
      scalingConfig,
    });
    const { update } = await client.send(command);
    await before.close({ keep: true });

    const after = await startClusterLab({ timeScale: TIME_SCALE, dataDir });
    const again = new EKSClient(after.sdk(AP));
    const asked = new DescribeUpdateCommand({
      name: cluster,
      nodegroupName: nodegroup,
      updateId: update?.id,
    });
    await until(async () => expect((await again.send(asked)).update?.status).toBe('Successful'));
    await until(() => expect(after.clusters.region(AP)?.readyNodes()).toBe(10));
    await after.close();
  });
});
