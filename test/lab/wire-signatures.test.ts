import { request as httpRequest } from 'node:http';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCloudWatch } from '#lab/cloudwatch/index.ts';
import type { LabPart } from '#lab/kernel/context.ts';
import { createSts } from '#lab/sts/index.ts';
import { defineService } from '#lab/wire/service.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';

let fixture: GatewayFixture;
let cloudWatch: LabPart;
beforeAll(async () => {
  fixture = await startGateway((ctx, credentials) => {
    const { service, part } = createCloudWatch(ctx);
    cloudWatch = part;
    return [
      createSts(ctx, credentials),
      service,
      defineService({
        loadModule: () => import('@aws-sdk/client-ec2'),
        signingName: 'ec2',
        clientName: 'EC2Client',
        handlers: { DescribeVpcs: () => ({ Vpcs: [] }) },
      }),
    ];
  });
});
afterEach(() => fixture.ctx.chaos.heal());
afterAll(async () => {
  await cloudWatch.close();
  await fixture.close();
});

type Options = Partial<ReturnType<GatewayFixture['clientOptions']>> & { credentials?: object };
const sts = (options: Options = {}) => new STSClient({ ...fixture.clientOptions('eu-west-1'), ...options });
const metrics = (options: Options = {}) =>
  new CloudWatchClient({ ...fixture.clientOptions('eu-west-1'), ...options });
const ec2 = (options: Options = {}) => new EC2Client({ ...fixture.clientOptions('us-east-1'), ...options });
const whoAmI = () => new GetCallerIdentityCommand({});
const alarms = () => new DescribeAlarmsCommand({});

async function sessionOf(DurationSeconds = 900) {
  const { Credentials: keys } = await sts().send(
    new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::000000000000:role/cp-operator',
      RoleSessionName: 'op-7-1',
      DurationSeconds,
    }),
  );
  return {
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    sessionToken: keys?.SessionToken ?? '',
  };
}

describe('who calls', () => {
  it('the user', async () => {
    expect(await sts().send(whoAmI())).toMatchObject({
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:user/meridian',
    });
  });

  it('a session of a role, with its session name', async () => {
    const credentials = await sessionOf();
    const identity = await sts({ credentials }).send(whoAmI());
    expect(identity.Arn).toBe('arn:aws:sts::000000000000:assumed-role/cp-operator/op-7-1');
    expect(identity.UserId).toMatch(/^AROA[0-9A-F]{17}:op-7-1$/);
  });

  it('an assumed role may not chain for more than an hour', async () => {
    const chained = sts({ credentials: await sessionOf() });
    const assume = (DurationSeconds: number) =>
      chained.send(
        new AssumeRoleCommand({
          RoleArn: 'arn:aws:iam::000000000000:role/x',
          RoleSessionName: 'next',
          DurationSeconds,
        }),
      );
    await expect(assume(3601)).rejects.toMatchObject({ name: 'ValidationError' });
    expect((await assume(3600)).AssumedRoleUser?.Arn).toContain('assumed-role/x/next');
  });

  it.each([
    [{ RoleArn: 'nonsense', RoleSessionName: 'ok' }, 'roleArn'],
    [{ RoleArn: 'arn:aws:iam::000000000000:role/x', RoleSessionName: 'has space' }, 'roleSessionName'],
    [
      { RoleArn: 'arn:aws:iam::000000000000:role/x', RoleSessionName: 'ok', DurationSeconds: 60 },
      'durationSeconds',
    ],
    [
      { RoleArn: 'arn:aws:iam::000000000000:role/x', RoleSessionName: 'ok', SourceIdentity: '?' },
      'sourceIdentity',
    ],
  ])('AssumeRole with %j is refused naming %s', async (input, field) => {
    await expect(sts().send(new AssumeRoleCommand(input))).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining(field),
    });
  });

  it('a role of another account is not for us', async () => {
    const call = sts().send(
      new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::111111111111:role/x', RoleSessionName: 'ok' }),
    );
    await expect(call).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  });
});

describe('refused signatures, in the words of each protocol', () => {
  const stranger = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'none' };
  const wrongSecret = () => ({ ...fixture.credentials.user, secretAccessKey: 'wrong' });

  it('an unknown key', async () => {
    await expect(sts({ credentials: stranger }).send(whoAmI())).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    await expect(metrics({ credentials: stranger }).send(alarms())).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    await expect(ec2({ credentials: stranger }).send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'AuthFailure',
    });
  });

  it('a wrong secret', async () => {
    const credentials = wrongSecret();
    await expect(sts({ credentials }).send(whoAmI())).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    });
    await expect(metrics({ credentials }).send(alarms())).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  it('a forged session token', async () => {
    const session = await sessionOf();
    const [body = ''] = session.sessionToken.split('.');
    const credentials = {
      ...session,
      sessionToken: `${body}.${Buffer.from('forged').toString('base64url')}`,
    };
    await expect(sts({ credentials }).send(whoAmI())).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    const withoutToken = { accessKeyId: session.accessKeyId, secretAccessKey: session.secretAccessKey };
    await expect(sts({ credentials: withoutToken }).send(whoAmI())).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });

  it('an expired session', async () => {
    const credentials = await sessionOf(900);
    fixture.advance(901_000);
    try {
      await expect(sts({ credentials }).send(whoAmI())).rejects.toMatchObject({ name: 'ExpiredToken' });
      await expect(metrics({ credentials }).send(alarms())).rejects.toMatchObject({
        name: 'ExpiredTokenException',
      });
    } finally {
      fixture.advance(-901_000);
    }
  });

  it('a clock more than five minutes off, either way', async () => {
    for (const clockSkewSeconds of [400, -400]) {
      await fixture.ctx.chaos.change({ clockSkewSeconds });
      await expect(sts().send(whoAmI())).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
      await expect(ec2().send(new DescribeVpcsCommand({}))).rejects.toMatchObject({ name: 'RequestExpired' });
      await expect(metrics().send(alarms())).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    }
    await fixture.ctx.chaos.change({ clockSkewSeconds: 240 });
    await expect(sts().send(whoAmI())).resolves.toBeDefined();
  });

  it('a body that is not the signed one, and a request without a signature', async () => {
    const unsigned = await fetch(fixture.gateway.url, {
      method: 'POST',
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    });
    expect(unsigned.status).toBe(403);
    expect(await unsigned.text()).toContain('<Code>MissingAuthenticationToken</Code>');
    const signed = await signedCall('Action=GetCallerIdentity&Version=2011-06-15');
    expect((await send(signed, signed.body)).status).toBe(200);
    expect((await send(signed, 'Action=GetCallerIdentity&Version=2011-06-15&x=1')).body).toContain(
      'SignatureDoesNotMatch',
    );
  });

  it('a Region other than that of the port', async () => {
    const endpoint = fixture.gateway.regionUrl('us-east-1') ?? '';
    await expect(sts({ endpoint }).send(whoAmI())).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    await expect(sts({ endpoint, region: 'us-east-1' }).send(whoAmI())).resolves.toBeDefined();
  });
});

describe('bearer tokens for Kubernetes', () => {
  const presign = async (cluster: string, keys: object = fixture.credentials.user) => {
    const url = new URL(fixture.gateway.url);
    const signer = new SignatureV4({
      service: 'sts',
      region: 'eu-west-1',
      sha256: Hash.bind(null, 'sha256'),
      credentials: keys as never,
    });
    const signed = await signer.presign(
      new HttpRequest({
        method: 'GET',
        protocol: 'http:',
        hostname: url.hostname,
        port: Number(url.port),
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host: url.host, 'x-k8s-aws-id': cluster },
      }),
      { expiresIn: 60, unhoistableHeaders: new Set(['x-k8s-aws-id']), unsignableHeaders: new Set() },
    );
    return `http://${url.host}/?${new URLSearchParams(signed.query as Record<string, string>)}`;
  };
  const verify = (url: string, cluster = 'ecommerce-eu-west-1') =>
    fixture.credentials.verifyPresigned(url, { 'x-k8s-aws-id': cluster });

  it('names the caller, also a session', async () => {
    expect(verify(await presign('ecommerce-eu-west-1'))).toMatchObject({
      ok: true,
      caller: { identityArn: 'arn:aws:iam::000000000000:user/meridian' },
    });
    expect(verify(await presign('ecommerce-eu-west-1', await sessionOf()))).toMatchObject({
      ok: true,
      caller: { identityArn: 'arn:aws:sts::000000000000:assumed-role/cp-operator/op-7-1' },
    });
  });

  it('is refused for another cluster, after 15 minutes, and when it is something else', async () => {
    const url = await presign('ecommerce-eu-west-1');
    expect(verify(url, 'another')).toMatchObject({ ok: false, code: 'mismatch' });
    expect(verify('not a url')).toMatchObject({ ok: false });
    expect(verify(url.replace('GetCallerIdentity', 'GetSessionToken'))).toMatchObject({ ok: false });
    fixture.advance(16 * 60_000);
    expect(verify(url)).toMatchObject({ ok: false, code: 'expired' });
    fixture.advance(-16 * 60_000);
  });
});

describe('rates and chaos', () => {
  it('throttles DescribeAlarms at 9 a second in one Region, and lets others be', async () => {
    const client = metrics();
    const outcomes = await Promise.allSettled(Array.from({ length: 14 }, () => client.send(alarms())));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(refused[0]).toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } });
    await expect(metrics({ region: 'us-east-1' }).send(alarms())).resolves.toBeDefined();
    fixture.advance(2000);
    await expect(client.send(alarms())).resolves.toBeDefined();
  });

  it.each([
    ['throttle', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded'],
    ['error', 'InternalFailure', 'InternalServerException', 'InternalError'],
  ] as const)('injects "%s" in the words of each protocol', async (kind, query, json, dotted) => {
    const rule = { share: 1, kind };
    await fixture.ctx.chaos.change({
      throttles: ['sts', 'monitoring', 'ec2'].map((service) => ({ ...rule, service })),
    });
    await expect(sts().send(whoAmI())).rejects.toMatchObject({ name: query });
    await expect(metrics().send(alarms())).rejects.toMatchObject({ name: json });
    await expect(ec2().send(new DescribeVpcsCommand({}))).rejects.toMatchObject({ name: dotted });
  });

  it('keeps a rule to its operation, Region and share', async () => {
    await fixture.ctx.chaos.change({
      throttles: [
        { service: 'sts', operation: 'GetCallerIdentity', region: 'us-east-1', share: 0.5, kind: 'throttle' },
      ],
    });
    await expect(sts({ region: 'eu-west-1' }).send(whoAmI())).resolves.toBeDefined();
    const east = sts({ region: 'us-east-1' });
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => east.send(whoAmI())));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected').length;
    expect(refused).toBeGreaterThan(10);
    expect(refused).toBeLessThan(50);
  });

  it('answers garbage that no SDK can read', async () => {
    await fixture.ctx.chaos.change({
      throttles: ['sts', 'monitoring'].map((service) => ({ service, share: 1, kind: 'garbage' as const })),
    });
    await expect(sts().send(whoAmI())).rejects.toThrow();
    await expect(metrics().send(alarms())).rejects.toThrow();
  });

  it.each(['drop', 'refuse', 'hang'] as const)(
    'outage "%s" hits the calls of its Region alone',
    async (mode) => {
      const own = { endpoint: fixture.gateway.regionUrl('eu-west-1') ?? '' };
      const impatient = { requestHandler: { requestTimeout: 300, throwOnRequestTimeout: true } };
      await fixture.ctx.chaos.change({ outages: { 'eu-west-1': mode } });
      const shared = sts(impatient as Options).send(whoAmI());
      await expect(shared).rejects.toMatchObject(
        mode === 'hang' ? { name: 'TimeoutError' } : { code: 'ECONNRESET' },
      );
      const regional = sts({ ...own, ...impatient } as Options).send(whoAmI());
      const expected = {
        drop: { code: 'ECONNRESET' },
        refuse: { code: 'ECONNREFUSED' },
        hang: { name: 'TimeoutError' },
      };
      await expect(regional).rejects.toMatchObject(expected[mode]);
      await expect(sts({ region: 'us-east-1' }).send(whoAmI())).resolves.toBeDefined();
      await fixture.ctx.chaos.heal();
      await expect(sts(own).send(whoAmI())).resolves.toBeDefined();
    },
  );
});

describe('bad input', () => {
  it('names what cannot be read', async () => {
    const bad = { MetricDataQueries: 'none', StartTime: new Date(), EndTime: new Date() } as never;
    await expect(metrics().send(new GetMetricDataCommand(bad))).rejects.toThrow();
    const signed = await signedCall('{"MetricDataQueries": "none"', {
      service: 'monitoring',
      target: 'GraniteServiceVersion20100801.GetMetricData',
    });
    const malformed = await send(signed, signed.body);
    expect(malformed.status).toBe(400);
    expect(JSON.parse(malformed.body).__type).toContain('SerializationException');
    const wrongType = await signedCall('{"MetricDataQueries": [{"Id": 5}]}', {
      service: 'monitoring',
      target: 'GraniteServiceVersion20100801.GetMetricData',
    });
    expect((await send(wrongType, wrongType.body)).body).toContain('MetricDataQueries[0].Id is not a string');
  });

  it('refuses bodies over 2 MB, unknown actions and unknown services', async () => {
    const huge = await signedCall(`Action=GetCallerIdentity&Version=2011-06-15&pad=${'x'.repeat(2_200_000)}`);
    expect((await send(huge, huge.body)).status).toBe(413);
    const unknown = await signedCall('Action=Fly&Version=2011-06-15');
    expect((await send(unknown, unknown.body)).body).toContain('<Code>InvalidAction</Code>');
    const foreign = await signedCall('{}', { service: 'lambda' });
    expect((await send(foreign, foreign.body)).body).toContain('The lab does not serve lambda.');
  });

  it('never breaks on bodies nobody would send', async () => {
    const targets = ['GetMetricData', 'PutMetricData', 'PutMetricAlarm', 'DescribeAlarms', 'ListMetrics'];
    const json = fc.record({
      body: fc.oneof(fc.json({ maxDepth: 3 }), fc.string(), fc.constant('{"MetricDataQueries":{"x":1}}')),
      target: fc.constantFrom(...targets.map((name) => `GraniteServiceVersion20100801.${name}`)),
    });
    await fc.assert(
      fc.asyncProperty(json, async ({ body, target }) => {
        fixture.advance(200);
        const signed = await signedCall(body, { service: 'monitoring', target });
        expect((await send(signed, body)).status).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
    const pairs = fc.array(
      fc.tuple(
        fc.constantFrom('Tags.member.1.Key', 'DurationSeconds', 'RoleArn', 'a..b', '1.1.1', '__proto__.x'),
        fc.string(),
      ),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(pairs, async (fields) => {
        const body = new URLSearchParams([
          ['Action', 'AssumeRole'],
          ['Version', '2011-06-15'],
          ...fields,
        ]).toString();
        const signed = await signedCall(body);
        expect((await send(signed, body)).status).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
  });

  it('never shows a key or a token in the log of calls', async () => {
    const session = await sessionOf();
    await metrics({ credentials: session }).send(
      new PutMetricDataCommand({ Namespace: 'X', MetricData: [{ MetricName: 'm', Value: 1 }] }),
    );
    const log = JSON.stringify(fixture.gateway.calls.recent());
    expect(log).toContain('PutMetricData');
    for (const secret of [
      session.secretAccessKey,
      session.sessionToken,
      fixture.credentials.user.secretAccessKey,
    ]) {
      expect(log).not.toContain(secret);
    }
  });
});

interface SignedCall {
  headers: Record<string, string>;
  body: string;
}

async function signedCall(body: string, to: { service?: string; target?: string } = {}): Promise<SignedCall> {
  const url = new URL(fixture.gateway.url);
  const service = to.service ?? 'sts';
  const signer = new SignatureV4({
    service,
    region: 'us-east-1',
    sha256: Hash.bind(null, 'sha256'),
    credentials: fixture.credentials.user,
  });
  const signingDate = new Date(fixture.ctx.clock.now());
  const type = service === 'sts' ? 'application/x-www-form-urlencoded' : 'application/x-amz-json-1.0';
  const headers: Record<string, string> = { host: url.host, 'content-type': type };
  if (to.target) headers['x-amz-target'] = to.target;
  const signed = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: 'http:',
      hostname: url.hostname,
      port: Number(url.port),
      path: '/',
      headers,
      body,
    }),
    { signingDate },
  );
  return { headers: signed.headers, body };
}

/** Sends exactly these headers; fetch would not let Host through. */
function send(call: SignedCall, body: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      fixture.gateway.url,
      { method: 'POST', headers: { ...call.headers, 'content-length': Buffer.byteLength(body) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
