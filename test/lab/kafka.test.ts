import {
  DescribeClusterV2Command,
  DescribeReplicatorCommand,
  KafkaClient,
  ListClustersV2Command,
  ListReplicatorsCommand,
} from '@aws-sdk/client-kafka';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKafka } from '#lab/kafka/index.ts';
import type { LabPart } from '#lab/kernel/context.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';

const [US, EU, AP] = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
const SOON = { timeout: 10_000, interval: 25 };

let fixture: GatewayFixture;
let part: LabPart;
const clients = new Map<string, KafkaClient>();

beforeAll(async () => {
  fixture = await startGateway((ctx) => {
    ctx.estate.metrics.periodSeconds = 1;
    const kafka = createKafka(ctx);
    part = kafka.part;
    return [kafka.service];
  });
});
afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await fixture.close();
  await part.close();
});
beforeEach(async () => {
  // New ones sign by the clock as it was moved.
  for (const client of clients.values()) client.destroy();
  clients.clear();
  await fixture.ctx.chaos.heal();
  await part.reset?.();
  await fixture.gateway.reset?.();
  fixture.ctx.metrics.clear();
});

function kafka(region: string): KafkaClient {
  const client = clients.get(region) ?? new KafkaClient(fixture.clientOptions(region));
  clients.set(region, client);
  return client;
}
const clusterIn = async (region: string) =>
  (await kafka(region).send(new ListClustersV2Command({}))).ClusterInfoList?.[0];
const replicatorsIn = async (region: string) =>
  (await kafka(region).send(new ListReplicatorsCommand({}))).Replicators ?? [];

describe('clusters', () => {
  it.each([US, EU, AP])('%s has one, with the document’s brokers', async (region) => {
    const cluster = await clusterIn(region);
    expect(cluster).toMatchObject({
      ClusterName: `ecommerce-${region}`,
      ClusterType: 'PROVISIONED',
      State: 'ACTIVE',
      Provisioned: {
        NumberOfBrokerNodes: 3,
        EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS' } },
      },
      CreationTime: expect.any(Date),
    });
    expect(cluster?.ClusterArn).toMatch(
      new RegExp(`^arn:aws:kafka:${region}:000000000000:cluster/ecommerce-${region}/[0-9a-f-]{36}-\\d+$`),
    );
    const described = await kafka(region).send(
      new DescribeClusterV2Command({ ClusterArn: cluster?.ClusterArn }),
    );
    expect(described.ClusterInfo).toEqual(cluster);
  });

  it('are filtered by name and type', async () => {
    const count = async (input: object) =>
      (await kafka(EU).send(new ListClustersV2Command(input))).ClusterInfoList?.length;
    expect(await count({ ClusterNameFilter: 'ecommerce-' })).toBe(1);
    expect(await count({ ClusterNameFilter: 'other' })).toBe(0);
    expect(await count({ ClusterTypeFilter: 'SERVERLESS' })).toBe(0);
    expect(await count({ MaxResults: 1 })).toBe(1);
    for (const input of [{ ClusterTypeFilter: 'BIG' }, { MaxResults: 0 }, { NextToken: 'x' }])
      await expect(count(input)).rejects.toMatchObject({ name: 'BadRequestException' });
  });

  it('of another Region, and what is no ARN, are refused', async () => {
    const { ClusterArn } = (await clusterIn(US)) ?? {};
    await expect(kafka(EU).send(new DescribeClusterV2Command({ ClusterArn }))).rejects.toMatchObject({
      name: 'NotFoundException',
      InvalidParameter: 'clusterArn',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(
      kafka(EU).send(new DescribeClusterV2Command({ ClusterArn: 'ecommerce-eu-west-1' })),
    ).rejects.toMatchObject({ name: 'BadRequestException' });
  });
});

describe('replicators', () => {
  it('run in the targets’ Regions, from the primary one', async () => {
    expect(await replicatorsIn(US)).toEqual([]);
    for (const region of [EU, AP]) {
      const [replicator] = await replicatorsIn(region);
      expect(replicator).toMatchObject({
        ReplicatorName: `ecommerce-us-east-1-to-${region}`,
        ReplicatorState: 'RUNNING',
        ReplicationInfoSummaryList: [
          {
            SourceKafkaClusterAlias: 'ecommerce-us-east-1',
            TargetKafkaClusterAlias: `ecommerce-${region}`,
          },
        ],
      });
      const described = await kafka(region).send(
        new DescribeReplicatorCommand({ ReplicatorArn: replicator?.ReplicatorArn }),
      );
      expect(described.ReplicationInfoList?.[0]?.TopicReplication?.TopicsToReplicate).toEqual([
        'order-events',
        'customer-events',
      ]);
      expect(described.KafkaClusters?.map(({ AmazonMskCluster }) => AmazonMskCluster?.MskClusterArn)).toEqual(
        [(await clusterIn(US))?.ClusterArn, (await clusterIn(region))?.ClusterArn],
      );
    }
  });

  it('are found by name in their own Region alone', async () => {
    const find = (ReplicatorNameFilter: string) =>
      kafka(EU).send(new ListReplicatorsCommand({ ReplicatorNameFilter }));
    expect((await find('ecommerce-')).Replicators).toHaveLength(1);
    expect((await find('other')).Replicators).toEqual([]);
    const [replicator] = await replicatorsIn(EU);
    await expect(
      kafka(AP).send(new DescribeReplicatorCommand({ ReplicatorArn: replicator?.ReplicatorArn })),
    ).rejects.toMatchObject({ name: 'NotFoundException' });
  });
});

describe('metrics (modelled)', () => {
  const latest = (name: string, region: string, topic?: string) => {
    const now = fixture.ctx.clock.now();
    const dimensions = { ReplicatorName: 'ecommerce-us-east-1-to-eu-west-1', ...(topic && { Topic: topic }) };
    const id = { region, namespace: 'AWS/Kafka', name, dimensions };
    return fixture.ctx.metrics.query(id, 'Maximum', 5, now - 60_000, now + 5000).at(-1)?.value;
  };

  it('are in the target’s Region, as a whole and by topic', async () => {
    await vi.waitFor(() => expect(latest('ReplicationLatency', EU)).toBeGreaterThan(100), SOON);
    expect(latest('ReplicationLatency', EU)).toBeLessThan(5000);
    expect(latest('MessageLag', EU, 'order-events')).toBeGreaterThan(0);
    expect(latest('ReplicatorFailure', EU)).toBe(0);
    expect(latest('ReplicationLatency', US)).toBeUndefined();
  });

  it('show ever more waiting while nothing gets through', async () => {
    await vi.waitFor(() => expect(latest('MessageLag', EU)).toBeGreaterThan(0), SOON);
    await fixture.ctx.chaos.change({
      links: { 'eu-west-1>us-east-1': { mode: 'blackhole', extraRttMs: 0 } },
    });
    fixture.advance(60_000);
    await vi.waitFor(() => expect(latest('MessageLag', EU)).toBeGreaterThan(1000), SOON);
    expect(latest('ReplicationLatency', EU)).toBeGreaterThan(50_000);
    await fixture.ctx.chaos.heal();
    fixture.advance(60_000);
    await vi.waitFor(() => expect(latest('ReplicationLatency', EU)).toBeLessThan(5000), SOON);
  });

  it('are silent while the target is out', async () => {
    await fixture.ctx.chaos.change({ outages: { [EU]: 'drop' } });
    const other = () => {
      const dimensions = { ReplicatorName: 'ecommerce-us-east-1-to-ap-southeast-1' };
      const id = { region: AP, namespace: 'AWS/Kafka', name: 'MessageLag', dimensions };
      const now = fixture.ctx.clock.now();
      return fixture.ctx.metrics.query(id, 'SampleCount', 5, now - 60_000, now + 5000);
    };
    await vi.waitFor(() => expect(other().length).toBeGreaterThan(0), SOON);
    expect(latest('MessageLag', EU)).toBeUndefined();
  });
});

it('is throttled by its rate with the service’s own error', async () => {
  const many = await Promise.allSettled(Array.from({ length: 60 }, () => clusterIn(EU)));
  const names = many.flatMap((one) => (one.status === 'rejected' ? [one.reason.name] : []));
  expect(new Set(names)).toEqual(new Set(['TooManyRequestsException']));
});
