import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ListSecretsCommandInput,
  PutSecretValueCommand,
  SecretsManagerClient,
  StopReplicationToReplicaCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LabPart } from '#lab/kernel/context.ts';
import { createSecretsManager } from '#lab/secrets-manager/index.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';

const [US, EU, AP] = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
const NAME = 'ecommerce/database';
const ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:ecommerce/database-Kq7vXn';
const LOGIN = { user: 'shop_admin', password: 'p"wd', database: 'shop' };
const SOON = { timeout: 10_000, interval: 25 };

let fixture: GatewayFixture;
let part: LabPart;
const clients = new Map<string, SecretsManagerClient>();

beforeAll(async () => {
  fixture = await startGateway((ctx) => {
    const secrets = createSecretsManager(ctx, { login: LOGIN });
    part = secrets.part;
    return [secrets.service];
  });
  for (const region of [US, EU, AP, 'us-west-2'])
    clients.set(region, new SecretsManagerClient(fixture.clientOptions(region)));
});
afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await fixture.close();
  await part.close();
});
beforeEach(async () => {
  await fixture.ctx.chaos.heal();
  await part.reset?.();
});

function secrets(region: string): SecretsManagerClient {
  const client = clients.get(region);
  if (!client) throw new Error(`No client for ${region}.`);
  return client;
}

const value = async (region: string, more: { VersionStage?: string; VersionId?: string } = {}) =>
  (await secrets(region).send(new GetSecretValueCommand({ SecretId: NAME, ...more }))).SecretString;
const put = (SecretString: string, more = {}, region: string = US) =>
  secrets(region).send(new PutSecretValueCommand({ SecretId: NAME, SecretString, ...more }));
const describeIn = (region: string) => secrets(region).send(new DescribeSecretCommand({ SecretId: NAME }));

describe('the database’s secret', () => {
  it.each([US, EU, AP])('is in %s under the ARN that the estate names', async (region) => {
    const arn = ARN.replace(US, region);
    for (const SecretId of [NAME, arn, arn.slice(0, -7)]) {
      const found = await secrets(region).send(new GetSecretValueCommand({ SecretId }));
      expect(found).toMatchObject({ ARN: arn, Name: NAME, VersionStages: ['AWSCURRENT'] });
      expect(JSON.parse(found.SecretString ?? '')).toEqual({
        engine: 'postgres',
        username: 'shop_admin',
        password: 'p"wd',
        dbname: 'shop',
      });
    }
  });

  it('is one secret of the primary Region with replicas', async () => {
    const primary = await describeIn(US);
    expect(primary).toMatchObject({
      PrimaryRegion: US,
      RotationEnabled: false,
      CreatedDate: expect.any(Date),
    });
    expect(primary.ReplicationStatus?.map(({ Region, Status }) => [Region, Status])).toEqual([
      [EU, 'InSync'],
      [AP, 'InSync'],
    ]);
    const replica = await describeIn(EU);
    expect(replica).toMatchObject({ PrimaryRegion: US, VersionIdsToStages: primary.VersionIdsToStages });
    expect(replica.ReplicationStatus).toEqual([]);
  });

  it.each([
    [US, 'nope'],
    [US, ARN.replace(US, EU)],
    [EU, ARN],
    ['us-west-2', NAME],
  ])('in %s: %s is not found', async (region, SecretId) => {
    await expect(secrets(region).send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
  });

  it('is listed, filtered and paged', async () => {
    const list = async (input: ListSecretsCommandInput) =>
      (await secrets(EU).send(new ListSecretsCommand(input))).SecretList?.map(({ Name }) => Name);
    expect(await list({})).toEqual([NAME]);
    expect(await list({ Filters: [{ Key: 'name', Values: ['ecommerce/'] }] })).toEqual([NAME]);
    expect(await list({ Filters: [{ Key: 'name', Values: ['!ecommerce/'] }] })).toEqual([]);
    expect(await list({ Filters: [{ Key: 'primary-region', Values: [EU] }] })).toEqual([]);
    expect(await list({ Filters: [{ Key: 'tag-value', Values: ['ECOMM'] }] })).toEqual([NAME]);
    await expect(list({ MaxResults: 0 })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(list({ Filters: [{ Key: 'colour' as 'name', Values: ['x'] }] })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(list({ NextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
  });
});

describe('a new value', () => {
  it('is current at once, reaches the replicas, and the one before stays', async () => {
    const before = await value(US);
    const { VersionId, VersionStages } = await put('{"password":"next"}');
    expect(VersionStages).toEqual(['AWSCURRENT']);
    expect(await value(US)).toBe('{"password":"next"}');
    expect(await value(US, { VersionStage: 'AWSPREVIOUS' })).toBe(before);
    for (const region of [EU, AP])
      await vi.waitFor(
        async () => expect(await value(region, { VersionId })).toBe('{"password":"next"}'),
        SOON,
      );
  });

  it('does not reach a Region while the link is cut', async () => {
    await fixture.ctx.chaos.change({
      links: { 'us-east-1>eu-west-1': { mode: 'blackhole', extraRttMs: 0 } },
    });
    const before = await value(EU);
    await put('next');
    await vi.waitFor(async () => expect(await value(AP)).toBe('next'), SOON);
    expect(await value(EU)).toBe(before);
    const statuses = (await describeIn(US)).ReplicationStatus?.map(({ Status }) => Status);
    expect(statuses).toEqual(['InProgress', 'InSync']);
    await fixture.ctx.chaos.heal();
    await vi.waitFor(async () => expect(await value(EU)).toBe('next'), SOON);
  });

  it('comes once however often it is sent, and not twice with another value', async () => {
    const ClientRequestToken = 'a'.repeat(32);
    await put('next', { ClientRequestToken });
    const before = await describeIn(US);
    await put('next', { ClientRequestToken });
    expect((await describeIn(US)).VersionIdsToStages).toEqual(before.VersionIdsToStages);
    await expect(put('other', { ClientRequestToken })).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it('may be bytes', async () => {
    const SecretBinary = new Uint8Array([0, 1, 254, 255]);
    await secrets(US).send(new PutSecretValueCommand({ SecretId: NAME, SecretBinary }));
    const found = await secrets(US).send(new GetSecretValueCommand({ SecretId: NAME }));
    expect([...(found.SecretBinary ?? [])]).toEqual([...SecretBinary]);
    expect(found.SecretString).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['neither text nor bytes', { SecretString: undefined }, 'InvalidRequestException'],
    ['both', { SecretBinary: new Uint8Array([1]) }, 'InvalidParameterException'],
    ['more than 64 KB', { SecretString: 'x'.repeat(65_537) }, 'ValidationException'],
    ['nothing in it', { SecretString: '' }, 'ValidationException'],
    ['a short token', { ClientRequestToken: 'short' }, 'InvalidParameterException'],
    ['no stage at all', { VersionStages: [] }, 'ValidationException'],
  ])('with %s is refused', async (_, more, name) => {
    const before = await value(US);
    await expect(put('text', more)).rejects.toMatchObject({ name });
    expect(await value(US)).toBe(before);
  });

  it('is not put into a replica, until it stands alone', async () => {
    await expect(put('next', {}, EU)).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('replica secret'),
    });
    await fixture.ctx.chaos.change({ outages: { [US]: 'drop' } });
    const stop = () => secrets(EU).send(new StopReplicationToReplicaCommand({ SecretId: NAME }));
    expect((await stop()).ARN).toBe(ARN.replace(US, EU));
    await expect(stop()).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await put('of eu', {}, EU);
    await fixture.ctx.chaos.heal();
    await put('of us');
    await vi.waitFor(async () => expect(await value(AP)).toBe('of us'), SOON);
    expect(await value(EU)).toBe('of eu');
  });

  it('waits under AWSPENDING until the stage is moved', async () => {
    const before = await describeIn(US);
    const [from = ''] = Object.keys(before.VersionIdsToStages ?? {});
    const { VersionId: to } = await put('next', { VersionStages: ['AWSPENDING'] });
    expect(await value(US)).not.toBe('next');
    const move = (more: object) =>
      secrets(US).send(
        new UpdateSecretVersionStageCommand({
          SecretId: NAME,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: to,
          ...more,
        }),
      );
    await expect(move({})).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await move({ RemoveFromVersionId: from });
    expect(await value(US)).toBe('next');
    expect((await describeIn(US)).VersionIdsToStages).toEqual({
      [from]: ['AWSPREVIOUS'],
      [to ?? '']: ['AWSPENDING', 'AWSCURRENT'],
    });
  });

  it('is there after a restart', async () => {
    await put('kept');
    fixture.ctx.state.flush();
    const again = createSecretsManager(fixture.ctx, { login: { ...LOGIN, password: 'another' } });
    expect(await value(US)).toBe('kept');
    await again.part.close();
  });
});

it('is throttled with the service’s own error', async () => {
  await fixture.ctx.chaos.change({ throttles: [{ service: 'secretsmanager', share: 1, kind: 'throttle' }] });
  await expect(value(US)).rejects.toMatchObject({ name: 'ThrottlingException' });
});
