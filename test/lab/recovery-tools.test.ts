import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createElastiCache } from '#lab/elasticache/index.ts';
import { createKafka } from '#lab/kafka/index.ts';
import type { LabPart } from '#lab/kernel/context.ts';
import { createS3, type S3 } from '#lab/s3/index.ts';
import { createSecretsManager } from '#lab/secrets-manager/index.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';
import { missingTools, skippedWithout } from './support/tools.ts';

// The AWS CLI as the judge: it reads and writes the wire with code of its own. Break-glass has nothing else (DECISIONS).

const CALL_MS = 30_000;

const missing = missingTools('aws');

describe.skipIf(missing.length > 0)(`the aws command${skippedWithout(missing)}`, () => {
  let fixture: GatewayFixture;
  let s3: S3;
  const parts: LabPart[] = [];
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'meridian-recovery-tools-'));
    fixture = await startGateway(async (ctx) => {
      s3 = await createS3(ctx, { copySeconds: 0.05 });
      const login = { user: 'shop_admin', password: 'secret', database: 'shop' };
      const others = [createSecretsManager(ctx, { login }), createElastiCache(ctx), createKafka(ctx)];
      parts.push(s3.part, ...others.map(({ part }) => part));
      return [s3.service, ...others.map(({ service }) => service)];
    });
  });
  afterAll(async () => {
    await fixture.close();
    for (const part of parts) await part.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await fixture.ctx.chaos.heal();
    for (const part of parts) await part.reset?.();
  });

  /** Runs a command whose words have no spaces; resolves with what it wrote. */
  async function aws(command: string, region = 'us-east-1'): Promise<string> {
    const { accessKeyId, secretAccessKey } = fixture.credentials.user;
    const { stdout } = await promisify(execFile)('aws', command.split(' '), {
      timeout: CALL_MS,
      cwd: folder,
      env: {
        NODE_ENV: 'test',
        PATH: process.env.PATH,
        HOME: folder,
        AWS_ENDPOINT_URL: fixture.gateway.url,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_DEFAULT_OUTPUT: 'json',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_MAX_ATTEMPTS: '1',
        AWS_PAGER: '',
      },
    });
    return stdout;
  }
  const json = async (command: string, region?: string) => JSON.parse((await aws(command, region)) || '{}');
  const write = (name: string, content: string) => writeFileSync(path.join(folder, name), content);

  it('switches a Region off and on with s3api, as a break-glass sheet does', async () => {
    write('off', 'off');
    const object = '--bucket ecommerce-switch-us-east-1 --key serve/eu-west-1';
    const put = await json(`s3api put-object ${object} --body off`);
    expect(put).toMatchObject({ ETag: '"3262d48df5d75e3452f0f16b313b7808"', VersionId: expect.any(String) });
    const url = `${s3.switches.url('us-east-1')}/serve/eu-west-1`;
    expect(await (await fetch(url)).text()).toBe('off');
    expect(await json(`s3api head-object ${object}`)).toMatchObject({ ContentLength: 3 });
    await aws(`s3api get-object ${object} read`);
    expect(readFileSync(path.join(folder, 'read'), 'utf8')).toBe('off');
    expect((await json(`s3api delete-object ${object}`)).DeleteMarker).toBe(true);
    expect((await fetch(url)).status).toBe(404);
    await expect(aws(`s3api head-object ${object}`)).rejects.toThrow(/\(404\).*HeadObject/s);
  });

  it('follows a bucket to its Region, as on AWS', async () => {
    write('off', 'off');
    await aws(
      's3api put-object --bucket ecommerce-switch-ap-southeast-1 --key serve/eu-west-1 --body off',
      'us-east-1',
    );
    expect(s3.switches.off('ap-southeast-1')).toEqual(['eu-west-1']);
    const location = await json('s3api get-bucket-location --bucket ecommerce-switch-ap-southeast-1');
    expect(location).toEqual({ LocationConstraint: 'ap-southeast-1' });
  });

  it('copies files with s3 cp, and lists names of any kind', async () => {
    const content = 'a few words, many times over. '.repeat(4000);
    write('ü+%.txt', content);
    await aws('s3 cp ü+%.txt s3://ecommerce-assets-us-east-1/list/ --no-progress');
    await aws('s3 cp ü+%.txt s3://ecommerce-assets-us-east-1/list/z.txt --no-progress');
    await aws('s3 cp s3://ecommerce-assets-us-east-1/list/ü+%.txt back --no-progress');
    expect(readFileSync(path.join(folder, 'back'), 'utf8')).toBe(content);
    const listed = await json(
      's3api list-objects-v2 --bucket ecommerce-assets-us-east-1 --prefix list/ --page-size 1',
    );
    expect(listed.Contents.map(({ Key }: { Key: string }) => Key)).toEqual(['list/z.txt', 'list/ü+%.txt']);
  });

  it('replaces replication rules, and is told what is wrong with them', async () => {
    const bucket = '--bucket ecommerce-assets-us-east-1';
    const { ReplicationConfiguration: before } = await json(`s3api get-bucket-replication ${bucket}`);
    expect(before.Rules.map(({ ID }: { ID: string }) => ID)).toEqual(['to-eu-west-1', 'to-ap-southeast-1']);
    write('rules.json', JSON.stringify({ ...before, Rules: before.Rules.slice(0, 1) }));
    await aws(`s3api put-bucket-replication ${bucket} --replication-configuration file://rules.json`);
    const after = await json(`s3api get-bucket-replication ${bucket}`);
    expect(after.ReplicationConfiguration.Rules).toEqual(before.Rules.slice(0, 1));
    write('rules.json', JSON.stringify({ ...before, Rules: [{ ...before.Rules[0], Priority: undefined }] }));
    await expect(
      aws(`s3api put-bucket-replication ${bucket} --replication-configuration file://rules.json`),
    ).rejects.toThrow(/InvalidRequest.*Priority must be specified/s);
    expect(await json(`s3api get-bucket-encryption ${bucket}`)).toMatchObject({
      ServerSideEncryptionConfiguration: { Rules: [{ BucketKeyEnabled: true }] },
    });
    expect((await json('s3api list-buckets')).Buckets).toHaveLength(6);
  });

  it('reads and changes the secret', async () => {
    const id = '--secret-id ecommerce/database';
    const { SecretString, ARN } = await json(`secretsmanager get-secret-value ${id}`, 'eu-west-1');
    expect(ARN).toContain(':eu-west-1:');
    expect(JSON.parse(SecretString)).toMatchObject({ username: 'shop_admin', dbname: 'shop' });
    await aws(`secretsmanager put-secret-value ${id} --secret-string next`);
    await vi.waitFor(
      async () =>
        expect((await json(`secretsmanager get-secret-value ${id}`, 'ap-southeast-1')).SecretString).toBe(
          'next',
        ),
      { timeout: CALL_MS },
    );
    const described = await json(`secretsmanager describe-secret ${id}`);
    expect(described.ReplicationStatus).toHaveLength(2);
    await expect(aws(`secretsmanager put-secret-value ${id} --secret-string x`, 'eu-west-1')).rejects.toThrow(
      /InvalidRequestException.*replica secret/s,
    );
  });

  it('fails the cache over, or takes it out', async () => {
    const names = '--global-replication-group-id ldgnf-ecommerce';
    const { GlobalReplicationGroups } = await json(
      `elasticache describe-global-replication-groups ${names} --show-member-info`,
      'eu-west-1',
    );
    expect(GlobalReplicationGroups[0].Members).toHaveLength(3);
    const failover = `elasticache failover-global-replication-group ${names} --primary-region eu-west-1 --primary-replication-group-id ecommerce-global-eu-west-1`;
    await fixture.ctx.chaos.change({ outages: { 'us-east-1': 'drop' } });
    await expect(aws(failover, 'eu-west-1')).rejects.toThrow(/InvalidGlobalReplicationGroupState/);
    await fixture.ctx.chaos.heal();
    expect((await json(failover, 'eu-west-1')).GlobalReplicationGroup.Status).toBe('modifying');
    expect((await json('elasticache describe-cache-clusters')).CacheClusters).toHaveLength(5);
  });

  it('reads clusters and replicators', async () => {
    const { ClusterInfoList } = await json('kafka list-clusters-v2', 'eu-west-1');
    const arn = ClusterInfoList[0].ClusterArn;
    const { ClusterInfo } = await json(`kafka describe-cluster-v2 --cluster-arn ${arn}`, 'eu-west-1');
    expect(ClusterInfo.Provisioned.NumberOfBrokerNodes).toBe(3);
    const { Replicators } = await json('kafka list-replicators', 'eu-west-1');
    const replicator = await json(
      `kafka describe-replicator --replicator-arn ${Replicators[0].ReplicatorArn}`,
      'eu-west-1',
    );
    expect(replicator).toMatchObject({
      ReplicatorState: 'RUNNING',
      ReplicatorName: 'ecommerce-us-east-1-to-eu-west-1',
    });
  });
});
