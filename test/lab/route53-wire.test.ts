import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  GetChangeCommand,
  GetHealthCheckStatusCommand,
  GetHostedZoneCommand,
  ListHealthChecksCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  TestDNSAnswerCommand,
  UpdateHealthCheckCommand,
  UpdateHostedZoneFeaturesCommand,
  waitUntilResourceRecordSetsChanged,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRoute53, type Route53 } from '#lab/route53/index.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';
import { ORIGIN, shippedEstate, simpleA, weightChanges, ZONE } from './support/dns-lab.ts';
import { missingTools } from './support/tools.ts';

// The official SDK and, where present, the AWS CLI against the real gateway.

const estate = shippedEstate();
let fixture: GatewayFixture;
let lab: Route53 | undefined;
let client: Route53Client;

beforeAll(async () => {
  fixture = await startGateway((ctx) => {
    lab = createRoute53(ctx);
    return [lab.service];
  });
  client = new Route53Client(fixture.clientOptions('us-east-1'));
});
afterAll(async () => {
  client.destroy();
  await fixture.close();
  await lab?.part.close();
});

const change = (...changes: ReturnType<typeof simpleA>[]) =>
  client.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: ZONE,
      ChangeBatch: { Comment: 'op-1', Changes: changes },
    }),
  );

describe('the SDK', () => {
  it('shifts weights and waits until they are in sync with its own waiter', async () => {
    const { ChangeInfo: info } = await change(
      ...weightChanges(estate, 'na', { 'us-east-1': 190, 'eu-west-1': 10 }),
    );
    expect(info).toMatchObject({ Status: 'PENDING', Comment: 'op-1', SubmittedAt: expect.any(Date) });
    const waited = await waitUntilResourceRecordSetsChanged(
      { client, maxWaitTime: 10, minDelay: 0.05, maxDelay: 0.2 },
      { Id: info?.Id },
    );
    expect(waited.state).toBe('SUCCESS');
    const { ResourceRecordSets: sets } = await client.send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: `/hostedzone/${ZONE}`,
        StartRecordName: `na.${ORIGIN}`,
        StartRecordType: 'A',
        MaxItems: 3,
      }),
    );
    expect(
      sets?.map((set) => [set.SetIdentifier, set.Weight, set.AliasTarget?.EvaluateTargetHealth]),
    ).toEqual([
      ['ap-southeast-1', 0, true],
      ['eu-west-1', 10, true],
      ['us-east-1', 190, true],
    ]);
  });

  it('takes ids with and without prefix', async () => {
    for (const Id of [ZONE, `/hostedzone/${ZONE}`]) {
      expect((await client.send(new GetHostedZoneCommand({ Id }))).HostedZone?.Id).toBe(
        `/hostedzone/${ZONE}`,
      );
    }
    const { ChangeInfo: info } = await change(simpleA('UPSERT', 'ids.shop.example', '192.0.2.1'));
    const bare = info?.Id?.replace('/change/', '');
    expect((await client.send(new GetChangeCommand({ Id: bare }))).ChangeInfo?.Id).toBe(info?.Id);
  });

  it('reads a refused batch as InvalidChangeBatch with the list in its message', async () => {
    await expect(change(simpleA('CREATE', 'www.other.example', '192.0.2.1'))).rejects.toMatchObject({
      name: 'InvalidChangeBatch',
      message: '[RRSet with DNS name www.other.example. is not permitted in zone shop.example.]',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('meets PriorRequestNotComplete when two batches race', async () => {
    const both = await Promise.allSettled([
      change(simpleA('UPSERT', 'race.shop.example', '192.0.2.1')),
      change(simpleA('UPSERT', 'race.shop.example', '192.0.2.2')),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((one) => one.status === 'rejected')?.reason).toMatchObject({
      name: 'PriorRequestNotComplete',
    });
  });

  it.each([
    ['NoSuchHostedZone', 404, () => client.send(new GetHostedZoneCommand({ Id: 'ZNOPE' }))],
    ['NoSuchChange', 404, () => client.send(new GetChangeCommand({ Id: 'CNOPE' }))],
    ['NoSuchHealthCheck', 404, () => client.send(new UpdateHealthCheckCommand({ HealthCheckId: 'nope' }))],
    [
      'InvalidInput',
      400,
      () =>
        client.send(
          new CreateHealthCheckCommand({ CallerReference: 'x', HealthCheckConfig: { Type: 'HTTP' } }),
        ),
    ],
  ])('reads %s with status %i', async (name, status, send) => {
    await expect(send()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
  });

  it('keeps the lock of a health check', async () => {
    const HealthCheckId = estate.regions[0]?.healthCheckId;
    const { HealthCheck: updated } = await client.send(
      new UpdateHealthCheckCommand({ HealthCheckId, HealthCheckVersion: 1, Inverted: true }),
    );
    expect(updated).toMatchObject({
      HealthCheckVersion: 2,
      HealthCheckConfig: { Inverted: true, FailureThreshold: 3 },
    });
    await expect(
      client.send(new UpdateHealthCheckCommand({ HealthCheckId, HealthCheckVersion: 1, Inverted: false })),
    ).rejects.toMatchObject({
      name: 'HealthCheckVersionMismatch',
      $metadata: { httpStatusCode: 409 },
    });
    await client.send(
      new UpdateHealthCheckCommand({ HealthCheckId, HealthCheckVersion: 2, Inverted: false }),
    );
  });

  it('asks the name servers through TestDNSAnswer', async () => {
    const answer = await client.send(
      new TestDNSAnswerCommand({
        HostedZoneId: ZONE,
        RecordName: 'shop.example',
        RecordType: 'NS',
        ResolverIP: '192.0.2.1',
      }),
    );
    expect(answer).toMatchObject({ ResponseCode: 'NOERROR', Protocol: 'UDP' });
    expect(answer.RecordData).toHaveLength(4);
  });

  it('is throttled at four status calls in a burst', async () => {
    const HealthCheckId = estate.regions[0]?.healthCheckId;
    const calls = await Promise.allSettled(
      Array.from({ length: 8 }, () => client.send(new GetHealthCheckStatusCommand({ HealthCheckId }))),
    );
    const refused = calls.filter((call) => call.status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(refused[0]?.reason).toMatchObject({ name: 'Throttling', $metadata: { httpStatusCode: 400 } });
  });

  it('gets 503 while the control plane is down', async () => {
    await fixture.ctx.chaos.change({ route53ControlPlane: 'down' });
    await expect(client.send(new GetHostedZoneCommand({ Id: ZONE }))).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      $metadata: { httpStatusCode: 503 },
    });
    await fixture.ctx.chaos.heal();
  });

  it('finds accelerated recovery off, turns it on, and with it changes records an hour after us-east-1 was lost', async () => {
    const status = async () =>
      (await client.send(new GetHostedZoneCommand({ Id: ZONE }))).HostedZone?.Features
        ?.AcceleratedRecoveryStatus;
    expect(await status()).toBeUndefined();
    await client.send(
      new UpdateHostedZoneFeaturesCommand({ HostedZoneId: ZONE, EnableAcceleratedRecovery: true }),
    );
    expect(await status()).toBe('ENABLING');
    await expect.poll(status, { timeout: 15_000 }).toBe('ENABLED');
    await fixture.ctx.chaos.change({ outages: { 'us-east-1': 'drop' } });
    const add = () => change(simpleA('UPSERT', 'recovered.shop.example', '192.0.2.5'));
    await expect(add()).rejects.toMatchObject({ code: 'ECONNRESET' });
    fixture.advance(61_000);
    const recovered = new Route53Client(fixture.clientOptions('us-east-1'));
    expect((await add()).ChangeInfo?.Status).toBe('PENDING');
    await expect(recovered.send(new ListHealthChecksCommand({}))).rejects.toMatchObject({
      name: 'ServiceUnavailable',
    });
    recovered.destroy();
    await fixture.ctx.chaos.heal();
    await client.send(
      new UpdateHostedZoneFeaturesCommand({ HostedZoneId: ZONE, EnableAcceleratedRecovery: false }),
    );
    await expect.poll(status, { timeout: 15_000 }).toBe('DISABLED');
  });
});

const missing = missingTools('aws');

describe.skipIf(missing.length > 0)('the AWS CLI agrees', () => {
  const aws = async (...words: string[]) => {
    const { accessKeyId, secretAccessKey } = fixture.credentials.user;
    const { stdout } = await promisify(execFile)('aws', ['route53', ...words, '--output', 'json'], {
      env: {
        NODE_ENV: 'test',
        PATH: process.env.PATH,
        HOME: fixture.ctx.dataDir,
        AWS_ENDPOINT_URL: fixture.gateway.url,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_MAX_ATTEMPTS: '1',
        AWS_PAGER: '',
      },
    });
    return JSON.parse(stdout);
  };

  it('on a change and its status', async () => {
    const batch = JSON.stringify({ Changes: [simpleA('UPSERT', '*.cli.shop.example', '192.0.2.9')] });
    const { ChangeInfo: info } = await aws(
      'change-resource-record-sets',
      '--hosted-zone-id',
      ZONE,
      '--change-batch',
      batch,
    );
    expect(info.Status).toBe('PENDING');
    expect((await aws('get-change', '--id', info.Id)).ChangeInfo.Id).toBe(info.Id);
    const { ResourceRecordSets: sets } = await aws(
      'list-resource-record-sets',
      '--hosted-zone-id',
      ZONE,
      '--start-record-name',
      '*.cli.shop.example',
      '--max-items',
      '1',
    );
    expect(sets[0]).toMatchObject({ Name: '\\052.cli.shop.example.', Type: 'A' });
  });

  it('on a refusal', () =>
    expect(aws('get-hosted-zone', '--id', 'ZNOPE')).rejects.toMatchObject({
      stderr: expect.stringContaining('(NoSuchHostedZone)'),
    }));
});
