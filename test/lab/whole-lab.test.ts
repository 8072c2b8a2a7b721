import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CostExplorerClient, GetDimensionValuesCommand } from '@aws-sdk/client-cost-explorer';
import { DescribeVpcPeeringConnectionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { DescribeReplicationGroupsCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { KafkaClient, ListClustersV2Command } from '@aws-sdk/client-kafka';
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  CreateHealthCheckCommand,
  GetHealthCheckStatusCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LabStatus } from '#lab/admin/status.ts';
import type { ChaosState } from '#lab/kernel/chaos.ts';
import { type Lab, sdkFor, startLab } from './harness.ts';

const run = promisify(execFile);

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ seed: 42 });
});
afterAll(() => lab?.stop());

const status = async () => (await lab.admin('/status')) as LabStatus;
const soon = { timeout: 15_000, interval: 200 };

describe('a lab that runs', () => {
  it('describes itself in lab.json, for its owner only', () => {
    expect(statSync(path.join(lab.dataDir, 'lab.json')).mode & 0o777).toBe(0o600);
    expect(lab.seed).toBe(42);
    expect(Object.keys(lab.regions)).toEqual(['us-east-1', 'eu-west-1', 'ap-southeast-1']);
    for (const region of Object.values(lab.regions)) expect(Object.values(region).every(Boolean)).toBe(true);
  });

  it('answers as every service, in each Region', async () => {
    const { Arn } = await new STSClient(sdkFor(lab, 'eu-west-1')).send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:iam::${lab.account}:user/meridian`);
    for (const [code, region] of Object.entries(lab.regions)) {
      const { DBInstances } = await new RDSClient(sdkFor(lab, code)).send(new DescribeDBInstancesCommand({}));
      const stagingHere = code === 'us-east-1' ? ['ecommerce-staging-db-us-east-1'] : [];
      expect(DBInstances?.map((instance) => instance.DBInstanceIdentifier)).toEqual([
        region.databaseInstance,
        ...stagingHere,
      ]);
      const { cluster } = await new EKSClient(sdkFor(lab, code)).send(
        new DescribeClusterCommand({ name: `ecommerce-${code}` }),
      );
      expect(cluster?.endpoint).toBe(region.kubernetesUrl);
      const { ReplicationGroups } = await new ElastiCacheClient(sdkFor(lab, code)).send(
        new DescribeReplicationGroupsCommand({}),
      );
      expect(ReplicationGroups).toHaveLength(2);
      const { ClusterInfoList } = await new KafkaClient(sdkFor(lab, code)).send(
        new ListClustersV2Command({}),
      );
      expect(ClusterInfoList?.[0]?.ClusterName).toBe(`ecommerce-${code}`);
      const { imageDetails } = await new ECRClient(sdkFor(lab, code)).send(
        new DescribeImagesCommand({ repositoryName: 'ecommerce/shop', imageIds: [{ imageTag: 'v2.0.0' }] }),
      );
      expect(imageDetails).toHaveLength(1);
      const { KeyCount } = await new S3Client(sdkFor(lab, code)).send(
        new ListObjectsV2Command({ Bucket: `ecommerce-assets-${code}` }),
      );
      expect(KeyCount).toBeGreaterThan(2);
    }
    const { VpcPeeringConnections } = await new EC2Client(sdkFor(lab, 'us-east-1')).send(
      new DescribeVpcPeeringConnectionsCommand({}),
    );
    expect(VpcPeeringConnections).toHaveLength(2);
    const { ResourceRecordSets } = await new Route53Client(sdkFor(lab, 'us-east-1')).send(
      new ListResourceRecordSetsCommand({ HostedZoneId: lab.dns.zoneId }),
    );
    expect(ResourceRecordSets?.some((set) => set.Weight !== undefined)).toBe(true);
    const time = {
      Start: new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 10),
      End: new Date().toISOString().slice(0, 10),
    };
    const { TotalSize } = await new CostExplorerClient(sdkFor(lab, 'us-east-1')).send(
      new GetDimensionValuesCommand({ Dimension: 'SERVICE', TimePeriod: time }),
    );
    expect(TotalSize).toBeGreaterThan(8);
  });

  it('signs in to the database as its secret says', async () => {
    const { SecretString } = await new SecretsManagerClient(sdkFor(lab, 'eu-west-1')).send(
      new GetSecretValueCommand({ SecretId: 'ecommerce/database' }),
    );
    const { username, password, dbname } = JSON.parse(SecretString ?? '{}');
    const { DBInstances } = await new RDSClient(sdkFor(lab, 'us-east-1')).send(
      new DescribeDBInstancesCommand({}),
    );
    const { Address, Port } = DBInstances?.[0]?.Endpoint ?? {};
    const client = new pg.Client({ host: Address, port: Port, user: username, password, database: dbname });
    await client.connect();
    const { rows } = await client.query('select current_user as name');
    expect(rows).toEqual([{ name: username }]);
    await client.end();
  });

  it('lets health checkers see a switch under its name on AWS', { timeout: 90_000 }, async () => {
    const route53 = new Route53Client(sdkFor(lab, 'us-east-1'));
    const { HealthCheck } = await route53.send(
      new CreateHealthCheckCommand({
        CallerReference: 'whole-lab',
        HealthCheckConfig: {
          Type: 'HTTP_STR_MATCH',
          FullyQualifiedDomainName: 'ecommerce-switch-us-east-1.s3.us-east-1.amazonaws.com',
          Port: 80,
          ResourcePath: '/serve/eu-west-1',
          SearchString: 'off',
          Inverted: true,
          RequestInterval: 10,
          FailureThreshold: 1,
        },
      }),
    );
    const seen = async () => {
      const { HealthCheckObservations: all } = await route53.send(
        new GetHealthCheckStatusCommand({ HealthCheckId: HealthCheck?.Id }),
      );
      return (all ?? []).map((one) => one.StatusReport?.Status);
    };
    // GetHealthCheckStatus may be asked once a second (aws-facts part 5).
    const probed = { timeout: 40_000, interval: 1100 };
    await vi.waitFor(
      async () => expect(await seen()).toContain('Failure: HTTP Status Code 404, Not Found'),
      probed,
    );
    await new S3Client(sdkFor(lab, 'us-east-1')).send(
      new PutObjectCommand({ Bucket: 'ecommerce-switch-us-east-1', Key: 'serve/eu-west-1', Body: 'off' }),
    );
    const { switchUrl } = lab.regions['us-east-1'] ?? {};
    expect(await (await fetch(`${switchUrl}/serve/eu-west-1`)).text()).toBe('off');
    expect((await status()).regions.map((region) => region.switchedOff)).toEqual([['eu-west-1'], [], []]);
    await vi.waitFor(async () => expect(await seen()).toContain('Success: HTTP Status Code 200, OK'), probed);
  });

  it('measures real shoppers: CloudWatch’s requests, and where they went', async () => {
    const client = new CloudWatchClient(sdkFor(lab, 'us-east-1'));
    const requests = async () => {
      const now = Date.now();
      const { MetricDataResults } = await client.send(
        new GetMetricDataCommand({
          StartTime: new Date(now - 60_000),
          EndTime: new Date(now),
          MetricDataQueries: [
            {
              Id: 'r',
              MetricStat: {
                Metric: {
                  Namespace: 'AWS/ApplicationELB',
                  MetricName: 'RequestCount',
                  Dimensions: [{ Name: 'LoadBalancer', Value: 'app/shop-us-east-1/50dc6c495c0c9188' }],
                },
                Period: 5,
                Stat: 'Sum',
              },
            },
          ],
        }),
      );
      return (MetricDataResults?.[0]?.Values ?? []).reduce((sum, value) => sum + value, 0);
    };
    await vi.waitFor(async () => expect(await requests()).toBeGreaterThan(5), soon);
    await vi.waitFor(
      async () => expect(Object.keys((await status()).shoppers?.shareByRegion ?? {})).toHaveLength(3),
      soon,
    );
  });

  it('watches each Region from the others: what canaries see is in CloudWatch of the watcher', async () => {
    const client = new CloudWatchClient(sdkFor(lab, 'eu-west-1'));
    const latest = async (MetricName: string) => {
      const now = Date.now();
      const Metric = {
        Namespace: 'CloudWatchSynthetics',
        MetricName,
        Dimensions: [{ Name: 'CanaryName', Value: 'us-east-1-writes' }],
      };
      const { MetricDataResults } = await client.send(
        new GetMetricDataCommand({
          StartTime: new Date(now - 60_000),
          EndTime: new Date(now + 5_000),
          MetricDataQueries: [{ Id: 'c', MetricStat: { Metric, Period: 5, Stat: 'Average' } }],
        }),
      );
      return MetricDataResults?.[0]?.Values?.[0];
    };
    await vi.waitFor(async () => expect(await latest('SuccessPercent')).toBe(100), soon);
    expect(await latest('Duration')).toBeGreaterThanOrEqual(75);
  });
});

describe('the lab’s own door', () => {
  const knock = (options: {
    route?: string;
    method?: string;
    body?: string;
    headers?: Record<string, string>;
  }) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const request = httpRequest(new URL(options.route ?? '/status', lab.adminUrl), {
        method: options.method ?? 'GET',
        headers: {
          authorization: `Bearer ${lab.token}`,
          'content-type': 'application/json',
          ...options.headers,
        },
      });
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      });
      request.on('error', reject);
      request.end(options.body);
    });

  it.each([
    ['no bearer', { headers: { authorization: '' } }, 401],
    ['another host', { headers: { host: 'evil.example' } }, 403],
    ['an unknown route', { route: '/fly' }, 404],
    ['the wrong method', { route: '/reset' }, 405],
    [
      'another media type',
      { route: '/rate', method: 'POST', body: 'a=1', headers: { 'content-type': 'text/plain' } },
      415,
    ],
    ['a body that is no JSON', { route: '/rate', method: 'POST', body: '{' }, 400],
    ['an enormous body', { route: '/rate', method: 'POST', body: ' '.repeat(100_000) }, 413],
  ])('refuses %s', async (_name, options, expected) => {
    const { status: code, body } = await knock(options);
    expect(code).toBe(expected);
    expect(JSON.parse(body).error.message).toMatch(/\w/);
    expect(body).not.toContain(lab.token);
  });

  it.each([
    ['/outage', { region: 'mars' }, 'region'],
    ['/outage', { region: 'eu-west-1', mode: 'sleep' }, 'mode'],
    ['/cut', { between: ['eu-west-1', 'eu-west-1'] }, 'between'],
    ['/throttle', { service: 'rds', share: 2 }, 'share'],
    ['/rate', { requestsPerSecond: -1 }, 'requestsPerSecond'],
    ['/inject', { region: 'eu-west-1', errorShare: 'many' }, 'errorShare'],
    ['/rds', { region: 'eu-west-1', promotion: 'never' }, 'promotion'],
    ['/rds', { region: 'eu-west-1', replicaDelaySeconds: -1 }, 'replicaDelaySeconds'],
    ['/chaos', { links: { 'eu-west-1': { mode: 'up', extraRttMs: 0 } } }, 'links'],
    ['/image', { version: 'v2.1.0', trouble: 'sulk' }, 'trouble'],
    ['/image', { version: 'of mine', trouble: 'crash' }, 'version'],
    ['/push', { version: 'v3.0.0', regions: ['us-west-2'] }, 'regions'],
    ['/push', { version: '' }, 'version'],
    ['/inject', { region: 'eu-west-1', errorShare: 1, preview: 'yes' }, 'preview'],
    ['/chaos', { unknown: 1 }, 'unknown'],
  ])('%s with %j names "%s"', async (route, body, field) => {
    const answer = await knock({ route, method: 'POST', body: JSON.stringify(body) });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(field);
  });

  it('puts faults in force and takes them back', async () => {
    const first = (await lab.admin('/throttle', { service: 'CloudWatch', share: 0.5 })) as ChaosState;
    expect(first.throttles).toEqual([{ service: 'monitoring', share: 0.5, kind: 'throttle' }]);
    await lab.admin('/cut', { between: ['us-east-1', 'eu-west-1'] });
    await lab.admin('/lag', { region: 'ap-southeast-1', seconds: 2 });
    await lab.admin('/rds', { region: 'ap-southeast-1', replicaDelaySeconds: 60 });
    const rds = ((await lab.admin('/rds', { region: 'ap-southeast-1', promotion: 'hang' })) as ChaosState)
      .rds;
    expect(rds).toEqual({ 'ap-southeast-1': { promotion: 'hang', replicaDelaySeconds: 60 } });
    await lab.admin('/image', { version: 'v2.1.0', trouble: 'crash' });
    await lab.admin('/image', { version: 'v2.1.0', region: 'ap-southeast-1', trouble: 'crash' });
    const image = { version: 'v2.1.0', region: 'ap-southeast-1', trouble: 'never-ready' };
    expect(((await lab.admin('/image', image)) as ChaosState).images).toEqual([
      { version: 'v2.1.0', trouble: 'crash' },
      image,
    ]);
    const { chaos } = await status();
    expect(chaos.links['eu-west-1>us-east-1']?.mode).toBe('blackhole');
    expect(chaos.applyDelaySeconds).toEqual({ 'ap-southeast-1': 2 });
    const part = (await lab.admin('/heal', { region: 'ap-southeast-1' })) as ChaosState;
    expect([part.applyDelaySeconds, part.rds, part.throttles.length]).toEqual([{}, {}, 1]);
    expect(part.images).toEqual([{ version: 'v2.1.0', trouble: 'crash' }]);
    const well = (await lab.admin('/image', { version: 'v2.1.0', trouble: 'none' })) as ChaosState;
    expect(well.images).toEqual([]);
    const healed = (await lab.admin('/heal', {})) as ChaosState;
    expect([healed.links, healed.throttles]).toEqual([{}, []]);
  });
});

describe('judges from outside', { timeout: 180_000 }, () => {
  const found = (tool: string) =>
    (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, tool)));
  const missing = (tool: string) => (found(tool) ? '' : ` (skipped: ${tool} is not installed)`);
  const tool = async (name: string, args: string[], env: Record<string, string> = {}) =>
    (await run(name, args, { env: { ...lab.env, ...env }, timeout: 60_000 })).stdout;
  /** Version 1 of the CLI overrules AWS_ENDPOINT_URL for RDS in us-east-1, not the option. */
  const here = () => ['--endpoint-url', lab.gatewayUrl];
  const aws = async (...args: string[]) =>
    JSON.parse((await tool('aws', [...here(), ...args, '--output', 'json'])) || 'null');

  it.skipIf(!found('aws'))(
    `aws${missing('aws')}: query, json or cbor, restXml, restJson and ec2`,
    async () => {
      expect((await aws('sts', 'get-caller-identity')).Account).toBe(lab.account);
      const { DBInstances } = await aws('rds', 'describe-db-instances', '--region', 'eu-west-1');
      expect(DBInstances[0].DBInstanceStatus).toBe('available');
      const listed = await aws('route53', 'list-resource-record-sets', '--hosted-zone-id', lab.dns.zoneId);
      expect(listed.ResourceRecordSets.length).toBeGreaterThan(10);
      expect((await aws('eks', 'describe-cluster', '--name', 'ecommerce-us-east-1')).cluster.status).toBe(
        'ACTIVE',
      );
      expect((await aws('ec2', 'describe-vpc-peering-connections')).VpcPeeringConnections).toHaveLength(2);
      const { Metrics } = await aws(
        'cloudwatch',
        'list-metrics',
        '--namespace',
        'AWS/RDS',
        '--region',
        'eu-west-1',
      );
      expect(Metrics.length).toBeGreaterThan(3);
      const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
      const period = `Start=${day(-5)},End=${day(-2)}`;
      const costs = await aws(
        'ce',
        'get-cost-and-usage',
        '--time-period',
        period,
        '--granularity',
        'DAILY',
        '--metrics',
        'UnblendedCost',
      );
      expect(costs.ResultsByTime).toHaveLength(3);
    },
  );

  it.skipIf(!found('aws') || !found('kubectl'))(
    `aws eks get-token and kubectl${missing('aws')}${missing('kubectl')}`,
    async () => {
      const pods = await tool('kubectl', [
        '--context',
        'us-east-1',
        '-n',
        'shop',
        'get',
        'pods',
        '-o',
        'name',
      ]);
      expect(pods.trim().split('\n').length).toBeGreaterThan(5);
      const { status: token } = JSON.parse(
        await tool('aws', ['eks', 'get-token', '--cluster-name', 'ecommerce-us-east-1', '--output', 'json']),
      );
      const args = [
        '--kubeconfig',
        '/dev/null',
        '--server',
        lab.regions['us-east-1']?.kubernetesUrl ?? '',
        '--certificate-authority',
        lab.caFile,
        '--token',
        token.token,
      ];
      expect(
        await tool('kubectl', [...args, 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']),
      ).toContain('user/meridian');
    },
  );

  it.skipIf(!found('python3'))(`boto3${missing('python3')}: typed exceptions and paging`, async (context) => {
    const script = `
import boto3, datetime
from botocore.exceptions import ClientError
rds = boto3.client('rds', region_name='ap-southeast-1')
try:
    rds.describe_db_instances(DBInstanceIdentifier='nobody')
except rds.exceptions.DBInstanceNotFoundFault as e:
    print('fault', e.response['Error']['Code'])
route53 = boto3.client('route53')
names = [r['Name'] for page in route53.get_paginator('list_resource_record_sets').paginate(HostedZoneId='${lab.dns.zoneId}', PaginationConfig={'PageSize': 5}) for r in page['ResourceRecordSets']]
print('records', len(names))
cw = boto3.client('cloudwatch', region_name='us-east-1')
now = datetime.datetime.now(datetime.timezone.utc)
try:
    cw.get_metric_data(StartTime=now - datetime.timedelta(minutes=5), EndTime=now, MetricDataQueries=[{'Id': 'm', 'Expression': '1+'}])
except ClientError as e:
    print('metric', e.response['Error']['Code'])
sts = boto3.client('sts')
c = sts.assume_role(RoleArn='arn:aws:iam::${lab.account}:role/cp', RoleSessionName='op-1')['Credentials']
print('session', boto3.client('sts', aws_access_key_id=c['AccessKeyId'], aws_secret_access_key=c['SecretAccessKey'], aws_session_token=c['SessionToken']).get_caller_identity()['Arn'])
`;
    const printed = await tool('python3', ['-c', script]).catch((error: Error) => {
      if (error.message.includes("No module named 'boto3'")) return undefined;
      throw error;
    });
    if (printed === undefined) {
      context.skip('boto3 is not installed');
      return;
    }
    expect(printed).toContain('fault DBInstanceNotFound');
    expect(printed).toMatch(/records \d{2,}/);
    expect(printed).toContain('metric ValidationError');
    expect(printed).toContain(`session arn:aws:sts::${lab.account}:assumed-role/cp/op-1`);
  });

  it.skipIf(!found('dig'))(`dig${missing('dig')}: each geography is sent home`, async () => {
    const args = [`@${lab.dns.host}`, '-p', String(lab.dns.port), '+short', lab.dns.originName];
    const addresses = Object.values(lab.regions).map((region) => region.shopAddress);
    expect(addresses).toContain((await tool('dig', args)).trim());
  });

  it.skipIf(!found('psql'))(`psql${missing('psql')}: a real database`, async () => {
    const url = lab.regions['us-east-1']?.postgresUrl ?? '';
    expect((await tool('psql', [url, '-Atc', 'select count(*) > 0 from products'])).trim()).toBe('t');
    const verified = `${url}?sslmode=verify-ca&sslrootcert=${lab.caFile}`;
    const encrypted = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
    expect((await tool('psql', [verified, '-Atc', encrypted])).trim()).toBe('t');
  });
});

describe('an outage of one Region', () => {
  it('takes its API, shop and database, sends its visitors elsewhere, and is healed', async () => {
    const { regions } = lab;
    const rds = () => new RDSClient(sdkFor(lab, 'eu-west-1')).send(new DescribeDBInstancesCommand({}));
    await lab.admin('/outage', { region: 'eu-west-1', mode: 'drop' });
    await expect(rds()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(fetch(regions['eu-west-1']?.healthUrl ?? '')).rejects.toThrow();
    const client = new pg.Client({
      connectionString: regions['eu-west-1']?.postgresUrl,
      connectionTimeoutMillis: 2000,
    });
    await expect(client.connect()).rejects.toThrow();
    await expect(
      new RDSClient(sdkFor(lab, 'us-east-1')).send(new DescribeDBInstancesCommand({})),
    ).resolves.toBeDefined();
    const during = await status();
    expect(during.regions.find((region) => region.code === 'eu-west-1')?.outage).toBe('drop');
    await vi.waitFor(
      async () => {
        const { dns } = await status();
        expect(dns.geographies.find(({ key }) => key === 'eu')?.answer).not.toBe('eu-west-1');
      },
      { timeout: 45_000, interval: 1000 },
    );
    await lab.admin('/heal', {});
    await expect(rds()).resolves.toBeDefined();
    await vi.waitFor(
      async () => expect((await fetch(regions['eu-west-1']?.healthUrl ?? '')).status).toBe(200),
      soon,
    );
  });
});

describe('reset and restart', () => {
  it('is back at the start', async () => {
    await lab.admin('/throttle', { service: 'rds' });
    await lab.admin('/rate', { requestsPerSecond: 5 });
    const registry = new ECRClient(sdkFor(lab, 'us-east-1'));
    const pushed = new DescribeImagesCommand({
      repositoryName: 'ecommerce/shop',
      imageIds: [{ imageTag: 'v9.0.0' }],
    });
    await lab.admin('/push', { version: 'v9.0.0', regions: ['us-east-1'] });
    expect((await registry.send(pushed)).imageDetails).toHaveLength(1);
    await lab.admin('/reset', {});
    await expect(registry.send(pushed)).rejects.toMatchObject({ name: 'ImageNotFoundException' });
    const { chaos, regions } = await status();
    expect([chaos.throttles, chaos.shopperRate]).toEqual([[], 20]);
    expect(
      regions.map((region) => region.databases.map((database) => `${database.role} ${database.state}`)),
    ).toEqual([['primary running', 'primary running'], ['replica running'], ['replica running']]);
    const { cluster } = await new EKSClient(sdkFor(lab, 'us-east-1')).send(
      new DescribeClusterCommand({ name: 'ecommerce-us-east-1' }),
    );
    expect(cluster?.status).toBe('ACTIVE');
  });

  it('ends without leaving a process, and starts again where clients find it', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'meridian-lab-again-'));
    try {
      const first = await startLab({ dataDir });
      await first.admin('/rate', { requestsPerSecond: 0 });
      const rds = new RDSClient(sdkFor(first, 'eu-west-1'));
      const DBInstanceIdentifier = 'ecommerce-db-eu-west-1';
      await rds.send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier,
          DeletionProtection: true,
          ApplyImmediately: true,
        }),
      );
      await first.stop();
      expect(existsSync(path.join(dataDir, 'lab.json'))).toBe(false);
      expect((await run('pgrep', ['-f', dataDir]).catch(() => ({ stdout: '' }))).stdout).toBe('');

      const again = await startLab({ dataDir });
      await expect(startLab({ dataDir })).rejects.toThrow('A lab runs on');
      expect([again.gatewayUrl, again.adminUrl, again.credentials]).toEqual([
        first.gatewayUrl,
        first.adminUrl,
        first.credentials,
      ]);
      const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
      expect(DBInstances?.[0]?.DeletionProtection).toBe(true);
      await again.stop();
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('says which field of the estate is wrong', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'meridian-estate-'));
    const estate = path.join(folder, 'estate.yaml');
    writeFileSync(estate, readFileSync('estate.yaml', 'utf8').replace('ttlSeconds: 5', 'ttlSeconds: soon'));
    await expect(startLab({ estate })).rejects.toThrow('dns.ttlSeconds');
    rmSync(folder, { recursive: true });
  });
});
