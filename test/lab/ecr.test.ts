import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  BatchGetImageCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  ListImagesCommand,
  PutImageCommand,
  type PutImageCommandInput,
  PutImageTagMutabilityCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEcr, type Ecr } from '#lab/ecr/index.ts';
import { digestOf, manifestOf, OCI_MANIFEST } from '#lab/ecr/manifest.ts';
import { shopDigest, shopImage } from '#lab/ecr/seed.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';
import { missingTools, skippedWithout } from './support/tools.ts';

const [US, EU, AP] = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
const REPOSITORY = 'ecommerce/shop';
const ACCOUNT = '000000000000';
const CALL_MS = 30_000;

const missing = missingTools('aws');

let fixture: GatewayFixture;
let ecr: Ecr;
const clients = new Map<string, ECRClient>();

beforeAll(async () => {
  fixture = await startGateway((ctx) => {
    ecr = createEcr(ctx);
    return [ecr.service];
  });
});
afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await fixture.close();
  await ecr.part.close();
});
beforeEach(async () => {
  // New ones sign by the clock as it was moved.
  for (const client of clients.values()) client.destroy();
  clients.clear();
  await fixture.ctx.chaos.heal();
  await ecr.part.reset?.();
  await fixture.gateway.reset?.();
});

function client(region: string): ECRClient {
  const known = clients.get(region) ?? new ECRClient(fixture.clientOptions(region));
  clients.set(region, known);
  return known;
}

async function images(region: string, input: Partial<DescribeImagesCommandInput> = {}) {
  const answer = await client(region).send(
    new DescribeImagesCommand({ repositoryName: REPOSITORY, ...input }),
  );
  return answer.imageDetails ?? [];
}

const byTag = (region: string, imageTag: string) => images(region, { imageIds: [{ imageTag }] });

function put(region: string, input: Partial<PutImageCommandInput>) {
  return client(region).send(
    new PutImageCommand({
      repositoryName: REPOSITORY,
      imageManifest: manifestOf(REPOSITORY, 'v3.0.0'),
      ...input,
    }),
  );
}

describe('what every Region starts with', () => {
  it.each([US, EU, AP])('%s has the shop’s repository with tags that cannot be moved', async (region) => {
    const { repositories } = await client(region).send(new DescribeRepositoriesCommand({}));
    expect(repositories).toEqual([
      expect.objectContaining({
        repositoryArn: `arn:aws:ecr:${region}:${ACCOUNT}:repository/${REPOSITORY}`,
        registryId: ACCOUNT,
        repositoryName: REPOSITORY,
        repositoryUri: `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/${REPOSITORY}`,
        imageTagMutability: 'IMMUTABLE',
        createdAt: expect.any(Date),
      }),
    ]);
  });

  it('holds the same images everywhere, under the digests that clusters run', async () => {
    const inUs = await images(US);
    expect(inUs.map(({ imageTags }) => imageTags?.join())).toEqual([
      'v1.8.0',
      'v1.9.0',
      'v2.0.0',
      'v2.1.0',
      'v2.2.0',
    ]);
    const digests = inUs.map(({ imageDigest }) => imageDigest);
    for (const region of [EU, AP])
      expect((await images(region)).map(({ imageDigest }) => imageDigest)).toEqual(digests);
    expect(shopImage('v1.9.0')).toBe(`${REPOSITORY}@${digests[1]}`);
    expect(inUs[1]).toMatchObject({
      registryId: ACCOUNT,
      repositoryName: REPOSITORY,
      imageScanStatus: { status: 'COMPLETE' },
      imageScanFindingsSummary: { findingSeverityCounts: { MEDIUM: 5, LOW: 3 } },
      imageManifestMediaType: OCI_MANIFEST,
      imagePushedAt: expect.any(Date),
      imageSizeInBytes: expect.any(Number),
    });
  });
});

describe('images', () => {
  it('are found by tag and by digest, each once', async () => {
    const [found] = await byTag(EU, 'v2.0.0');
    const imageDigest = found?.imageDigest;
    expect(await images(EU, { imageIds: [{ imageDigest }] })).toEqual([found]);
    expect(await images(EU, { imageIds: [{ imageDigest }, { imageTag: 'v2.0.0' }] })).toEqual([found]);
    expect(await images(EU, { imageIds: [{ imageDigest, imageTag: 'v2.0.0' }] })).toEqual([found]);
  });

  it('come in pages', async () => {
    const first = await client(AP).send(
      new DescribeImagesCommand({ repositoryName: REPOSITORY, maxResults: 2 }),
    );
    expect(first.imageDetails).toHaveLength(2);
    const second = await client(AP).send(
      new DescribeImagesCommand({ repositoryName: REPOSITORY, maxResults: 2, nextToken: first.nextToken }),
    );
    const last = await client(AP).send(
      new ListImagesCommand({ repositoryName: REPOSITORY, maxResults: 1, nextToken: second.nextToken }),
    );
    expect(second.imageDetails?.map(({ imageTags }) => imageTags?.[0])).toEqual(['v2.0.0', 'v2.1.0']);
    expect(last.imageIds?.map(({ imageTag }) => imageTag)).toEqual(['v2.2.0']);
    expect(last.nextToken).toBeUndefined();
  });

  it.each<[string, Partial<DescribeImagesCommandInput>, string]>([
    ['of another tag', { imageIds: [{ imageTag: 'v9.9.9' }] }, 'ImageNotFoundException'],
    [
      'one of which is not there',
      { imageIds: [{ imageTag: 'v2.0.0' }, { imageTag: 'v9.9.9' }] },
      'ImageNotFoundException',
    ],
    [
      'of another digest',
      { imageIds: [{ imageDigest: `sha256:${'0'.repeat(64)}` }] },
      'ImageNotFoundException',
    ],
    ['of another repository', { repositoryName: 'ecommerce/other' }, 'RepositoryNotFoundException'],
    ['of another account', { registryId: '123456789012' }, 'RepositoryNotFoundException'],
    ['without an id', { imageIds: [{}] }, 'InvalidParameterException'],
    ['by no digest', { imageIds: [{ imageDigest: 'latest' }] }, 'InvalidParameterException'],
    ['of none', { imageIds: [] }, 'InvalidParameterException'],
    ['of a name that is none', { repositoryName: 'Shop!' }, 'InvalidParameterException'],
    ['of an account that is none', { registryId: '12' }, 'InvalidParameterException'],
    ['in too large a page', { maxResults: 1_001 }, 'InvalidParameterException'],
    ['by a token that is none', { nextToken: '!' }, 'InvalidParameterException'],
    ['by ids and pages', { imageIds: [{ imageTag: 'v2.0.0' }], maxResults: 1 }, 'InvalidParameterException'],
  ])('%s are refused', async (_, input, name) => {
    await expect(images(US, input)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it('are got with their manifests, and what is not there is told beside them', async () => {
    const [known] = await byTag(US, 'v2.0.0');
    const answer = await client(US).send(
      new BatchGetImageCommand({
        repositoryName: REPOSITORY,
        imageIds: [
          { imageTag: 'v2.0.0' },
          { imageTag: 'v9.9.9' },
          { imageDigest: known?.imageDigest, imageTag: 'v1.9.0' },
          { imageDigest: 'sha256:1' },
          {},
        ],
      }),
    );
    expect(answer.images).toHaveLength(1);
    const manifest = answer.images?.[0]?.imageManifest ?? '';
    expect(digestOf(manifest)).toBe(known?.imageDigest);
    expect(answer.failures?.map(({ failureCode }) => failureCode)).toEqual([
      'ImageNotFound',
      'ImageTagDoesNotMatchDigest',
      'InvalidImageDigest',
      'MissingDigestAndTag',
    ]);
  });

  it('say what their scan found', async () => {
    const answer = await client(US).send(
      new DescribeImageScanFindingsCommand({ repositoryName: REPOSITORY, imageId: { imageTag: 'v1.8.0' } }),
    );
    expect(answer.imageScanStatus?.status).toBe('COMPLETE');
    expect(answer.imageScanFindings?.findingSeverityCounts).toEqual({ HIGH: 2, MEDIUM: 7 });
    expect(answer.imageScanFindings?.findings).toHaveLength(9);
  });
});

describe('a push', () => {
  it('is known by the digest of its manifest, in its own Region alone, and scanned a little later', async () => {
    const manifest = manifestOf(REPOSITORY, 'v3.0.0');
    const { image } = await put(EU, { imageTag: 'v3.0.0' });
    expect(image).toMatchObject({
      imageId: { imageDigest: digestOf(manifest), imageTag: 'v3.0.0' },
      imageManifest: manifest,
    });
    expect(await byTag(EU, 'v3.0.0')).toMatchObject([{ imageScanStatus: { status: 'IN_PROGRESS' } }]);
    const imageId = { imageTag: 'v3.0.0' };
    const findings = new DescribeImageScanFindingsCommand({ repositoryName: REPOSITORY, imageId });
    await expect(client(EU).send(findings)).rejects.toMatchObject({ name: 'ScanNotFoundException' });
    await expect(byTag(US, 'v3.0.0')).rejects.toMatchObject({ name: 'ImageNotFoundException' });
    fixture.advance(60_000);
    expect(await byTag(EU, 'v3.0.0')).toMatchObject([{ imageScanStatus: { status: 'COMPLETE' } }]);
  });

  it('of the same image under another tag adds the tag', async () => {
    await put(US, { imageTag: 'v3.0.0' });
    await put(US, { imageTag: 'stable' });
    expect((await byTag(US, 'stable'))[0]?.imageTags).toEqual(['v3.0.0', 'stable']);
  });

  it('again is refused, and so is a tag that another image has', async () => {
    await put(US, { imageTag: 'v3.0.0' });
    await expect(put(US, { imageTag: 'v3.0.0' })).rejects.toMatchObject({
      name: 'ImageAlreadyExistsException',
    });
    await expect(put(US, {})).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
    const other = manifestOf(REPOSITORY, 'v3.0.0', 1);
    await expect(put(US, { imageManifest: other, imageTag: 'v3.0.0' })).rejects.toMatchObject({
      name: 'ImageTagAlreadyExistsException',
      message: expect.stringContaining('because the tag is immutable'),
    });
  });

  it('moves a tag where they may be moved, and the image that had it is without one', async () => {
    await put(US, { imageTag: 'v3.0.0' });
    await client(US).send(
      new PutImageTagMutabilityCommand({ repositoryName: REPOSITORY, imageTagMutability: 'MUTABLE' }),
    );
    const moved = manifestOf(REPOSITORY, 'v3.0.0', 1);
    await put(US, { imageManifest: moved, imageTag: 'v3.0.0' });
    expect((await byTag(US, 'v3.0.0'))[0]?.imageDigest).toBe(digestOf(moved));
    const untagged = await images(US, { filter: { tagStatus: 'UNTAGGED' } });
    expect(untagged.map(({ imageDigest }) => imageDigest)).toEqual([
      digestOf(manifestOf(REPOSITORY, 'v3.0.0')),
    ]);
    expect(untagged[0]?.imageTags).toBeUndefined();
  });

  it.each<[string, Partial<PutImageCommandInput>, string]>([
    ['of no JSON', { imageManifest: 'FROM node' }, 'InvalidParameterException'],
    ['of a list', { imageManifest: '[]' }, 'InvalidParameterException'],
    ['of nothing', { imageManifest: '' }, 'InvalidParameterException'],
    ['under a tag that is none', { imageTag: 'v3 0' }, 'InvalidParameterException'],
    ['of another type', { imageManifestMediaType: 'text/plain' }, 'InvalidParameterException'],
    ['of another digest', { imageDigest: `sha256:${'1'.repeat(64)}` }, 'ImageDigestDoesNotMatchException'],
    ['to another repository', { repositoryName: 'ecommerce/other' }, 'RepositoryNotFoundException'],
  ])('%s is refused', async (_, input, name) => {
    await expect(put(US, input)).rejects.toMatchObject({ name });
    expect(await images(US)).toHaveLength(5);
  });

  it('by the lab’s door reaches the Regions that it names, with the same digest; moved, another one', async () => {
    const first = ecr.push({ version: 'v3.1.0', regions: [US] });
    expect(first.regions).toEqual([US]);
    await expect(byTag(EU, 'v3.1.0')).rejects.toMatchObject({ name: 'ImageNotFoundException' });
    expect(ecr.push({ version: 'v3.1.0' })).toEqual({ ...first, regions: [US, EU, AP] });
    const moved = ecr.push({ version: 'v3.1.0', regions: [EU], moved: true });
    expect(moved.digest).not.toBe(first.digest);
    expect((await byTag(EU, 'v3.1.0'))[0]?.imageDigest).toBe(moved.digest);
    expect((await byTag(US, 'v3.1.0'))[0]?.imageDigest).toBe(first.digest);
    expect(ecr.push({ version: 'v3.1.0', regions: [US], moved: true }).digest).not.toBe(moved.digest);
  });
});

describe('a cluster', () => {
  const absent = `${REPOSITORY}@sha256:${'2'.repeat(64)}`;

  it.each<[string, string, boolean]>([
    ['by digest', shopImage('v2.0.0'), true],
    ['by tag', `${REPOSITORY}:v2.0.0`, true],
    ['of its Region’s registry', `${ACCOUNT}.dkr.ecr.${EU}.amazonaws.com/${REPOSITORY}:v2.0.0`, true],
    ['of another digest', absent, false],
    ['of another tag', `${REPOSITORY}:v9.9.9`, false],
    ['without a tag', REPOSITORY, false],
    ['of somebody else', 'meridian/probe', true],
    ['of somebody else’s registry', 'registry.example/ecommerce/other:1', true],
  ])('pulls an image %s: %s', (_, image, pulled) => {
    expect(ecr.canPull(image, EU) === undefined).toBe(pulled);
  });

  it('pulls from its own Region’s registry alone', () => {
    const { digest } = ecr.push({ version: 'v3.2.0', regions: [US] });
    expect(ecr.canPull(`${REPOSITORY}@${digest}`, US)).toBeUndefined();
    expect(ecr.canPull(`${REPOSITORY}@${digest}`, EU)).toContain('not found');
  });
});

describe('the door', () => {
  it('gives a token as Docker takes it', async () => {
    const { authorizationData } = await client(AP).send(new GetAuthorizationTokenCommand({}));
    const [data] = authorizationData ?? [];
    expect(Buffer.from(data?.authorizationToken ?? '', 'base64').toString()).toMatch(/^AWS:[\w-]{64}$/);
    expect(data?.proxyEndpoint).toBe(`https://${ACCOUNT}.dkr.ecr.${AP}.amazonaws.com`);
    expect(data?.expiresAt?.getTime()).toBeGreaterThan(fixture.ctx.clock.now() + 11 * 3_600_000);
  });

  it('refuses another’s key, and a Region that is out gives no answer', async () => {
    const stranger = new ECRClient({
      ...fixture.clientOptions(US),
      credentials: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'wrong' },
    });
    await expect(stranger.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    stranger.destroy();
    await fixture.ctx.chaos.change({ outages: { [EU]: 'drop' } });
    await expect(images(EU)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await images(US)).toHaveLength(5);
  });

  it('refuses too many calls, and those that chaos says', async () => {
    await fixture.ctx.chaos.change({ throttles: [{ service: 'ecr', share: 1, kind: 'throttle' }] });
    await expect(images(US)).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it.skipIf(missing.length > 0)(
    `answers the AWS CLI${skippedWithout(missing)}`,
    async () => {
      const aws = async (...args: string[]) => {
        const { credentials } = fixture.clientOptions(US);
        const { stdout } = await promisify(execFile)(
          'aws',
          ['--endpoint-url', fixture.gateway.url, '--output', 'json', 'ecr', ...args],
          {
            timeout: CALL_MS,
            env: {
              NODE_ENV: 'test',
              PATH: process.env.PATH,
              HOME: fixture.ctx.dataDir,
              AWS_ACCESS_KEY_ID: credentials.accessKeyId,
              AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
              AWS_REGION: US,
              AWS_DEFAULT_REGION: US,
              AWS_CONFIG_FILE: '/dev/null',
              AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
              AWS_EC2_METADATA_DISABLED: 'true',
              AWS_MAX_ATTEMPTS: '1',
              AWS_PAGER: '',
            },
          },
        );
        return JSON.parse(stdout) as Record<string, unknown>; // it was asked for JSON
      };
      const described = await aws(
        'describe-images',
        '--repository-name',
        REPOSITORY,
        '--image-ids',
        'imageTag=v2.0.0',
      );
      expect(described.imageDetails).toMatchObject([
        { imageDigest: shopDigest('v2.0.0'), imageTags: ['v2.0.0'] },
      ]);
      const listed = await aws('list-images', '--repository-name', REPOSITORY, '--max-items', '2');
      expect(listed.imageIds).toHaveLength(2);
      const manifest = manifestOf(REPOSITORY, 'v3.3.0');
      const pushed = await aws(
        'put-image',
        '--repository-name',
        REPOSITORY,
        '--image-tag',
        'v3.3.0',
        '--image-manifest',
        manifest,
      );
      expect(pushed.image).toMatchObject({ imageId: { imageDigest: digestOf(manifest) } });
      const absent = aws(
        'describe-images',
        '--repository-name',
        REPOSITORY,
        '--image-ids',
        'imageTag=v9.9.9',
      );
      await expect(absent).rejects.toMatchObject({
        stderr: expect.stringContaining('ImageNotFoundException'),
      });
    },
    CALL_MS * 4,
  );
});
