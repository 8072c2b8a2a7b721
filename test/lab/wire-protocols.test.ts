import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as costExplorer from '@aws-sdk/client-cost-explorer';
import * as eks from '@aws-sdk/client-eks';
import * as rds from '@aws-sdk/client-rds';
import * as route53 from '@aws-sdk/client-route-53';
import { AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AwsFault, type AwsService, defineService } from '#lab/wire/service.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';

// Each handler gives back what it was given, in a shape of its own protocol: what the SDK reads is what it wrote.

const createdAt = new Date('2026-02-03T04:05:06Z');

function echoes(): AwsService[] {
  return [
    defineService({
      module: rds,
      clientName: 'RDSClient',
      handlers: {
        DescribeDBInstances(input) {
          if (input.DBInstanceIdentifier === 'gone')
            throw new AwsFault('DBInstanceNotFoundFault', 'DBInstance gone not found.');
          return {
            Marker: input.Marker,
            DBInstances: [
              {
                DBInstanceIdentifier: `${input.DBInstanceIdentifier} ${input.Filters?.map((f) => `${f.Name}=${f.Values?.join('|')}`).join(';')}`,
                AllocatedStorage: input.MaxRecords,
                InstanceCreateTime: createdAt,
                MultiAZ: input.Marker === 'a&b<c>',
                ReadReplicaDBInstanceIdentifiers: ['x', 'y'],
                Endpoint: { Address: 'db.example', Port: 5432 },
              },
            ],
          };
        },
        DeleteDBInstance(input) {
          return {
            DBInstance: {
              DBInstanceIdentifier: input.DBInstanceIdentifier,
              DeletionProtection: input.SkipFinalSnapshot,
            },
          };
        },
      },
    }),
    defineService({
      module: route53,
      clientName: 'Route53Client',
      handlers: {
        ListResourceRecordSets(input) {
          if (input.HostedZoneId === 'NOPE')
            throw new AwsFault('NoSuchHostedZone', 'No hosted zone found with ID: NOPE');
          return {
            ResourceRecordSets: [
              {
                Name: `${input.StartRecordName}`,
                Type: input.StartRecordType,
                TTL: 60,
                Weight: input.MaxItems,
              },
            ],
            IsTruncated: false,
            MaxItems: input.MaxItems,
          };
        },
        ChangeResourceRecordSets(input) {
          const records =
            input.ChangeBatch?.Changes?.flatMap(
              (change) => change.ResourceRecordSet?.ResourceRecords ?? [],
            ) ?? [];
          const comment = `${input.HostedZoneId} ${input.ChangeBatch?.Changes?.length} ${records.map((record) => record.Value).join(',')}`;
          return {
            ChangeInfo: {
              Id: '/change/C1',
              Status: 'PENDING' as const,
              SubmittedAt: createdAt,
              Comment: comment,
            },
          };
        },
        CreateHealthCheck: (input) => ({
          Location: 'https://route53.amazonaws.com/2013-04-01/healthcheck/abc',
          HealthCheck: {
            Id: 'abc',
            CallerReference: input.CallerReference,
            HealthCheckConfig: input.HealthCheckConfig,
            HealthCheckVersion: 1,
          },
        }),
      },
    }),
    defineService({
      module: eks,
      clientName: 'EKSClient',
      handlers: {
        DescribeCluster(input) {
          if (input.name === 'gone')
            throw new AwsFault('ResourceNotFoundException', 'No cluster found for name: gone.', {
              fields: { clusterName: 'gone' },
            });
          return {
            cluster: {
              name: input.name,
              createdAt,
              tags: { a: 'ü' },
              resourcesVpcConfig: { subnetIds: ['s'] },
            },
          };
        },
        ListClusters: (input) => ({
          clusters: [`${input.maxResults}`, `${input.include?.join('+')}`],
          nextToken: input.nextToken,
        }),
        UntagResource: (input) => {
          if (input.resourceArn !== 'arn:aws:eks:us-east-1:1:cluster/a b' || input.tagKeys?.join() !== 'x,y')
            throw new Error('not as sent');
          return {};
        },
      },
    }),
    defineService({
      loadModule: () => import('@aws-sdk/client-ec2'),
      signingName: 'ec2',
      clientName: 'EC2Client',
      handlers: {
        DescribeVpcPeeringConnections(input) {
          if (input.VpcPeeringConnectionIds?.includes('pcx-gone')) {
            throw new AwsFault(
              'InvalidVpcPeeringConnectionID.NotFound',
              'The vpcPeeringConnection ID pcx-gone does not exist',
            );
          }
          return {
            VpcPeeringConnections: (input.Filters ?? []).map((filter) => ({
              VpcPeeringConnectionId: filter.Name,
              Tags: filter.Values?.map((value) => ({ Key: 'value', Value: value })),
              Status: { Code: 'active' as const },
            })),
          };
        },
        DeleteRoute: () => ({}),
      },
    }),
    defineService({
      module: cloudwatch,
      clientName: 'CloudWatchClient',
      handlers: {
        GetMetricData(input) {
          if (input.NextToken === 'bad')
            throw new AwsFault('InvalidNextToken', 'The next token specified is invalid.');
          const [query] = input.MetricDataQueries ?? [];
          return {
            MetricDataResults: [
              {
                Id: query?.Id,
                Label: JSON.stringify(query?.MetricStat?.Metric?.Dimensions),
                Timestamps: [input.StartTime, input.EndTime].filter((time) => time !== undefined),
                Values: [query?.MetricStat?.Period ?? 0, 0.25],
                StatusCode: 'Complete' as const,
              },
            ],
          };
        },
      },
    }),
    defineService({
      module: costExplorer,
      clientName: 'CostExplorerClient',
      handlers: {
        GetCostAndUsage(input) {
          if (input.NextPageToken === 'bad')
            throw new AwsFault('DataUnavailableException', 'Data is not available.');
          return {
            ResultsByTime: [
              {
                TimePeriod: input.TimePeriod,
                Estimated: true,
                Groups: [{ Keys: input.GroupBy?.map((by) => `${by.Key}`) }],
              },
            ],
          };
        },
      },
    }),
  ];
}

let fixture: GatewayFixture;
beforeAll(async () => {
  fixture = await startGateway(echoes);
});
afterAll(() => fixture.close());

describe('query (RDS)', () => {
  const client = () => new rds.RDSClient(fixture.clientOptions('eu-west-1'));

  it('carries text, numbers, lists, times and booleans both ways', async () => {
    const output = await client().send(
      new rds.DescribeDBInstancesCommand({
        DBInstanceIdentifier: 'a+b c/ü',
        MaxRecords: 20,
        Marker: 'a&b<c>',
        Filters: [{ Name: 'engine', Values: ['postgres', 'mysql'] }],
      }),
    );
    expect(output.Marker).toBe('a&b<c>');
    expect(output.DBInstances).toEqual([
      {
        DBInstanceIdentifier: 'a+b c/ü engine=postgres|mysql',
        AllocatedStorage: 20,
        InstanceCreateTime: createdAt,
        MultiAZ: true,
        ReadReplicaDBInstanceIdentifiers: ['x', 'y'],
        Endpoint: { Address: 'db.example', Port: 5432 },
      },
    ]);
    expect(output.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('gives the typed fault by its wire code and status', async () => {
    const call = client().send(new rds.DescribeDBInstancesCommand({ DBInstanceIdentifier: 'gone' }));
    await expect(call).rejects.toMatchObject({
      name: 'DBInstanceNotFoundFault',
      message: 'DBInstance gone not found.',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(call).rejects.toBeInstanceOf(rds.DBInstanceNotFoundFault);
  });

  it('says that the lab does not serve an operation', async () => {
    await expect(client().send(new rds.DescribeDBClustersCommand({}))).rejects.toMatchObject({
      name: 'NotImplemented',
      $metadata: { httpStatusCode: 501 },
    });
  });
});

describe('restXml (Route 53)', () => {
  const client = () => new route53.Route53Client(fixture.clientOptions('us-east-1'));

  it('binds path and query, and answers in XML', async () => {
    const output = await client().send(
      new route53.ListResourceRecordSetsCommand({
        HostedZoneId: 'Z1',
        StartRecordName: 'ä*.shop.example.',
        StartRecordType: 'A',
        MaxItems: 7,
      }),
    );
    expect(output.ResourceRecordSets).toEqual([{ Name: 'ä*.shop.example.', Type: 'A', TTL: 60, Weight: 7 }]);
    expect(output.IsTruncated).toBe(false);
  });

  it('reads an XML body, and a status and header of the answer', async () => {
    const changed = await client().send(
      new route53.ChangeResourceRecordSetsCommand({
        HostedZoneId: 'Z1',
        ChangeBatch: {
          Changes: ['192.0.2.1', '<&>'].map((value) => ({
            Action: 'UPSERT' as const,
            ResourceRecordSet: {
              Name: 'a.example',
              Type: 'A' as const,
              TTL: 60,
              ResourceRecords: [{ Value: value }],
            },
          })),
        },
      }),
    );
    expect(changed.ChangeInfo).toEqual({
      Id: '/change/C1',
      Status: 'PENDING',
      SubmittedAt: createdAt,
      Comment: 'Z1 2 192.0.2.1,<&>',
    });
    const created = await client().send(
      new route53.CreateHealthCheckCommand({
        CallerReference: 'ref',
        HealthCheckConfig: {
          Type: 'HTTPS',
          Inverted: true,
          Regions: ['us-east-1', 'eu-west-1', 'us-west-2'],
        },
      }),
    );
    expect(created.$metadata.httpStatusCode).toBe(201);
    expect(created.Location).toContain('/healthcheck/abc');
    expect(created.HealthCheck?.HealthCheckConfig).toEqual({
      Type: 'HTTPS',
      Inverted: true,
      Regions: ['us-east-1', 'eu-west-1', 'us-west-2'],
    });
  });

  it('gives the typed fault', async () => {
    const call = client().send(new route53.ListResourceRecordSetsCommand({ HostedZoneId: 'NOPE' }));
    await expect(call).rejects.toMatchObject({
      name: 'NoSuchHostedZone',
      message: 'No hosted zone found with ID: NOPE',
    });
  });
});

describe('restJson (EKS)', () => {
  const client = () => new eks.EKSClient(fixture.clientOptions('ap-southeast-1'));

  it('carries maps, nested structures and times', async () => {
    const { cluster } = await client().send(new eks.DescribeClusterCommand({ name: 'shop-1' }));
    expect(cluster).toEqual({
      name: 'shop-1',
      createdAt,
      tags: { a: 'ü' },
      resourcesVpcConfig: { subnetIds: ['s'] },
    });
  });

  it('reads repeated query parameters and encoded labels', async () => {
    const listed = await client().send(
      new eks.ListClustersCommand({ maxResults: 3, include: ['a', 'b'], nextToken: 't/=' }),
    );
    expect(listed).toMatchObject({ clusters: ['3', 'a+b'], nextToken: 't/=' });
    await client().send(
      new eks.UntagResourceCommand({
        resourceArn: 'arn:aws:eks:us-east-1:1:cluster/a b',
        tagKeys: ['x', 'y'],
      }),
    );
  });

  it('gives the typed fault with its fields', async () => {
    await expect(client().send(new eks.DescribeClusterCommand({ name: 'gone' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      clusterName: 'gone',
      message: 'No cluster found for name: gone.',
      $metadata: { httpStatusCode: 404 },
    });
  });
});

describe('ec2', () => {
  it('reads filters, answers item lists and dotted codes', async () => {
    const ec2 = await import('@aws-sdk/client-ec2');
    const client = new ec2.EC2Client(fixture.clientOptions('us-east-1'));
    const output = await client.send(
      new ec2.DescribeVpcPeeringConnectionsCommand({
        Filters: [{ Name: 'status-code', Values: ['active', 'failed'] }],
      }),
    );
    expect(output.VpcPeeringConnections).toEqual([
      {
        VpcPeeringConnectionId: 'status-code',
        Tags: [
          { Key: 'value', Value: 'active' },
          { Key: 'value', Value: 'failed' },
        ],
        Status: { Code: 'active' as const },
      },
    ]);
    const gone = client.send(
      new ec2.DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: ['pcx-gone'] }),
    );
    await expect(gone).rejects.toMatchObject({ name: 'InvalidVpcPeeringConnectionID.NotFound' });
    await client.send(
      new ec2.DeleteRouteCommand({ RouteTableId: 'rtb-1', DestinationCidrBlock: '10.1.0.0/16' }),
    );
  });
});

describe('json 1.0 and CBOR (CloudWatch), json 1.1 (Cost Explorer)', () => {
  const input = {
    StartTime: new Date('2026-01-01T00:00:00Z'),
    EndTime: new Date('2026-01-01T00:01:00.5Z'),
    MetricDataQueries: [
      {
        Id: 'm1',
        MetricStat: {
          Metric: { Namespace: 'N', MetricName: 'M', Dimensions: [{ Name: 'd', Value: 'ü' }] },
          Period: 60,
          Stat: 'p99',
        },
      },
    ],
  };
  const protocols = {
    'json 1.0': {},
    CBOR: {
      protocol: new AwsSmithyRpcV2CborProtocol({
        defaultNamespace: 'com.amazonaws.cloudwatch',
        awsQueryCompatible: true,
      }),
    },
  };

  it.each(Object.entries(protocols))('%s', async (_name, options) => {
    const client = new cloudwatch.CloudWatchClient({ ...fixture.clientOptions('eu-west-1'), ...options });
    const output = await client.send(new cloudwatch.GetMetricDataCommand(input));
    expect(output.MetricDataResults).toEqual([
      {
        Id: 'm1',
        Label: '[{"Name":"d","Value":"ü"}]',
        Timestamps: [input.StartTime, input.EndTime],
        Values: [60, 0.25],
        StatusCode: 'Complete' as const,
      },
    ]);
    await expect(
      client.send(new cloudwatch.GetMetricDataCommand({ ...input, NextToken: 'bad' })),
    ).rejects.toMatchObject({ name: 'InvalidNextToken' });
  });

  it('json 1.1', async () => {
    const client = new costExplorer.CostExplorerClient(fixture.clientOptions('us-east-1'));
    const TimePeriod = { Start: '2026-01-01', End: '2026-01-02' };
    const command = { TimePeriod, Granularity: 'DAILY' as const, Metrics: ['UnblendedCost'] };
    const output = await client.send(
      new costExplorer.GetCostAndUsageCommand({
        ...command,
        GroupBy: [{ Type: 'DIMENSION', Key: 'REGION' }],
      }),
    );
    expect(output.ResultsByTime).toEqual([{ TimePeriod, Estimated: true, Groups: [{ Keys: ['REGION'] }] }]);
    await expect(
      client.send(new costExplorer.GetCostAndUsageCommand({ ...command, NextPageToken: 'bad' })),
    ).rejects.toMatchObject({
      name: 'DataUnavailableException',
      message: 'Data is not available.',
    });
  });
});
