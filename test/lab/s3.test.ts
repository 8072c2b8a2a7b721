import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteBucketReplicationCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketReplicationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketReplicationCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  paginateListObjectsV2,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChaosState } from '#lab/kernel/chaos.ts';
import { createS3, type S3 } from '#lab/s3/index.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';

// The official SDK against the lab's S3, through the real gateway; doors, copies and metrics are real timers.

const [US, EU, AP] = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
const ASSETS = 'ecommerce-assets-us-east-1';
const SWITCHES = 'ecommerce-switch-us-east-1';
const SOON = { timeout: 10_000, interval: 25 };

let fixture: GatewayFixture;
let lab: S3;
const clients = new Map<string, S3Client>();

beforeAll(async () => {
  fixture = await startGateway(async (ctx) => {
    ctx.estate.metrics.periodSeconds = 1;
    lab = await createS3(ctx, { copySeconds: 0.05 });
    return [lab.service];
  });
});
afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await fixture.close();
  await lab.part.close();
});
beforeEach(async () => {
  // New ones sign by the clock as it was moved.
  for (const client of clients.values()) client.destroy();
  clients.clear();
  await fixture.ctx.chaos.heal();
  await lab.part.reset?.();
  fixture.ctx.metrics.clear();
});

function s3(region: string = US): S3Client {
  const client = clients.get(region) ?? new S3Client(fixture.clientOptions(region));
  clients.set(region, client);
  return client;
}

const put = (Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  s3().send(new PutObjectCommand({ Bucket: SWITCHES, Key, Body: 'off', ...more }));
const get = async (Key: string, more = {}) =>
  s3().send(new GetObjectCommand({ Bucket: SWITCHES, Key, ...more }));
const text = async (Key: string, more = {}) => (await get(Key, more)).Body?.transformToString();
const refused = (name: string, status: number) => ({ name, $metadata: { httpStatusCode: status } });

describe('buckets', () => {
  it('are those of the estate: one for assets, one for switches in each Region', async () => {
    const { Buckets } = await s3(EU).send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name, BucketRegion }) => [Name, BucketRegion])).toEqual([
      ['ecommerce-assets-ap-southeast-1', AP],
      ['ecommerce-assets-eu-west-1', EU],
      ['ecommerce-assets-us-east-1', US],
      ['ecommerce-switch-ap-southeast-1', AP],
      ['ecommerce-switch-eu-west-1', EU],
      ['ecommerce-switch-us-east-1', US],
    ]);
  });

  it('are listed by prefix, Region and page', async () => {
    const first = await s3().send(new ListBucketsCommand({ Prefix: 'ecommerce-switch', MaxBuckets: 2 }));
    const rest = await s3().send(
      new ListBucketsCommand({ Prefix: 'ecommerce-switch', ContinuationToken: first.ContinuationToken }),
    );
    expect([first, rest].map(({ Buckets }) => Buckets?.length)).toEqual([2, 1]);
    const { Buckets } = await s3().send(new ListBucketsCommand({ BucketRegion: AP }));
    expect(Buckets).toHaveLength(2);
  });

  it('tell location, versioning and encryption', async () => {
    const at = async (Bucket: string, region: string) =>
      (await s3(region).send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint;
    expect(await at(ASSETS, US)).toBeUndefined();
    expect(await at('ecommerce-assets-eu-west-1', EU)).toBe(EU);
    expect(await at('ecommerce-assets-eu-west-1', US)).toBe(EU);
    expect((await s3().send(new GetBucketVersioningCommand({ Bucket: ASSETS }))).Status).toBe('Enabled');
    const { ServerSideEncryptionConfiguration: encryption } = await s3().send(
      new GetBucketEncryptionCommand({ Bucket: ASSETS }),
    );
    expect(encryption?.Rules?.[0]).toMatchObject({
      ApplyServerSideEncryptionByDefault: {
        SSEAlgorithm: 'aws:kms',
        KMSMasterKeyID: expect.stringMatching(US),
      },
      BucketKeyEnabled: true,
    });
    expect(await s3().send(new HeadBucketCommand({ Bucket: ASSETS }))).toMatchObject({ BucketRegion: US });
  });

  it('of another Region send the caller there', async () => {
    await expect(
      s3().send(new GetObjectCommand({ Bucket: 'ecommerce-switch-eu-west-1', Key: 'x' })),
    ).rejects.toMatchObject({
      ...refused('PermanentRedirect', 301),
      Endpoint: 'ecommerce-switch-eu-west-1.s3.eu-west-1.amazonaws.com',
    });
    const following = new S3Client({ ...fixture.clientOptions(US), followRegionRedirects: true });
    const { BucketRegion } = await following.send(
      new HeadBucketCommand({ Bucket: 'ecommerce-switch-eu-west-1' }),
    );
    expect(BucketRegion).toBe(EU);
    following.destroy();
  });

  it('that are not there, or belong to somebody else, are refused', async () => {
    await expect(s3().send(new ListObjectsV2Command({ Bucket: 'nobodys' }))).rejects.toMatchObject(
      refused('NoSuchBucket', 404),
    );
    await expect(s3().send(new HeadBucketCommand({ Bucket: 'nobodys' }))).rejects.toMatchObject(
      refused('NotFound', 404),
    );
    await expect(
      s3().send(new ListObjectsV2Command({ Bucket: ASSETS, ExpectedBucketOwner: '111111111111' })),
    ).rejects.toMatchObject(refused('AccessDenied', 403));
  });
});

describe('objects', () => {
  it.each(['serve/eu-west-1', 'a b/ü+%&?#.txt', 'dir/', '//twice', '..', 'emoji-😀'])(
    'keep what is put under %s',
    async (Key) => {
      const answer = await put(Key, {
        Body: `content of ${Key}`,
        ContentType: 'text/plain; charset=utf-8',
        CacheControl: 'no-store',
        Metadata: { operation: 'OP-1' },
        Tagging: 'kind=switch&by=me',
      });
      expect(answer).toMatchObject({
        VersionId: expect.stringMatching(/^[0-9a-f]{32}$/),
        ServerSideEncryption: 'AES256',
      });
      const { Body, ...found } = await get(Key);
      expect(await Body?.transformToString()).toBe(`content of ${Key}`);
      expect(found).toMatchObject({
        ETag: answer.ETag,
        VersionId: answer.VersionId,
        ChecksumCRC32: answer.ChecksumCRC32,
        ContentType: 'text/plain; charset=utf-8',
        CacheControl: 'no-store',
        Metadata: { operation: 'OP-1' },
        TagCount: 2,
      });
      const { Contents } = await s3().send(new ListObjectsV2Command({ Bucket: SWITCHES, Prefix: Key }));
      expect(Contents?.map((object) => object.Key)).toEqual([Key]);
    },
  );

  it('are told by HEAD without their content', async () => {
    await put('k', { Body: 'twelve bytes' });
    const head = await s3().send(new HeadObjectCommand({ Bucket: SWITCHES, Key: 'k' }));
    expect(head).toMatchObject({ ContentLength: 12, AcceptRanges: 'bytes', LastModified: expect.any(Date) });
    await expect(s3().send(new HeadObjectCommand({ Bucket: SWITCHES, Key: 'none' }))).rejects.toMatchObject(
      refused('NotFound', 404),
    );
  });

  it('are read in part', async () => {
    await put('k', { Body: '0123456789' });
    const part = await get('k', { Range: 'bytes=2-4' });
    expect(await part.Body?.transformToString()).toBe('234');
    expect(part).toMatchObject({ ContentRange: 'bytes 2-4/10', ContentLength: 3 });
    expect(part.$metadata.httpStatusCode).toBe(206);
    await expect(get('k', { Range: 'bytes=10-' })).rejects.toMatchObject(refused('InvalidRange', 416));
  });

  it('may be empty', async () => {
    await put('empty', { Body: '' });
    expect(await text('empty')).toBe('');
  });

  it('keep every version behind the newest', async () => {
    const first = await put('k', { Body: 'first' });
    const second = await put('k', { Body: 'second' });
    expect(await text('k')).toBe('second');
    expect(await text('k', { VersionId: first.VersionId })).toBe('first');

    const { DeleteMarker, VersionId } = await s3().send(
      new DeleteObjectCommand({ Bucket: SWITCHES, Key: 'k' }),
    );
    expect(DeleteMarker).toBe(true);
    await expect(get('k')).rejects.toMatchObject(refused('NoSuchKey', 404));
    await expect(get('k', { VersionId })).rejects.toMatchObject(refused('MethodNotAllowed', 405));
    expect(await text('k', { VersionId: second.VersionId })).toBe('second');

    await s3().send(new DeleteObjectCommand({ Bucket: SWITCHES, Key: 'k', VersionId }));
    expect(await text('k')).toBe('second');
    await s3().send(new DeleteObjectCommand({ Bucket: SWITCHES, Key: 'k', VersionId: second.VersionId }));
    expect(await text('k')).toBe('first');
    await expect(get('k', { VersionId: second.VersionId })).rejects.toMatchObject(
      refused('NoSuchVersion', 404),
    );
    await expect(get('k', { VersionId: 'mine' })).rejects.toMatchObject(refused('InvalidArgument', 400));
  });

  it('are written only if they are not there, or as they were known', async () => {
    const { ETag } = await put('once', { IfNoneMatch: '*' });
    await expect(put('once', { IfNoneMatch: '*' })).rejects.toMatchObject(refused('PreconditionFailed', 412));
    await expect(put('once', { IfMatch: '"other"' })).rejects.toMatchObject(
      refused('PreconditionFailed', 412),
    );
    await put('once', { IfMatch: ETag, Body: 'next' });
    await expect(put('never', { IfMatch: ETag })).rejects.toMatchObject(refused('NoSuchKey', 404));
    await expect(get('once', { IfNoneMatch: '*' })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await s3().send(new DeleteObjectCommand({ Bucket: SWITCHES, Key: 'once' }));
    await put('once', { IfNoneMatch: '*' });
  });

  it('one of many writers gets an object that must not be there yet', async () => {
    const all = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => put('race', { IfNoneMatch: '*', Body: `writer ${i}` })),
    );
    const won = all.flatMap((one, i) => (one.status === 'fulfilled' ? [`writer ${i}`] : []));
    expect(won).toHaveLength(1);
    expect(await text('race')).toBe(won[0]);
  });

  it.each<[string, Partial<PutObjectCommandInput>, string]>([
    ['a key of more than 1,024 bytes', { Key: 'ü'.repeat(513) }, 'KeyTooLongError'],
    ['metadata of more than 2 KB', { Metadata: { a: 'x'.repeat(2048) } }, 'MetadataTooLarge'],
    ['an ACL', { ACL: 'public-read' }, 'AccessControlListNotSupported'],
    ['an unknown storage class', { StorageClass: 'ICE' as 'GLACIER' }, 'InvalidStorageClass'],
    ['an unknown encryption', { ServerSideEncryption: 'rot13' as 'AES256' }, 'InvalidArgument'],
    ['a key id without KMS', { ServerSideEncryption: 'AES256', SSEKMSKeyId: 'arn' }, 'InvalidArgument'],
    [
      "another Region's KMS key",
      { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:aws:kms:eu-west-1:000000000000:key/mrk-1' },
      'KMS.NotFoundException',
    ],
    ['eleven tags', { Tagging: Array.from({ length: 11 }, (_, i) => `k${i}=v`).join('&') }, 'BadRequest'],
    ['a wrong checksum', { ChecksumSHA256: Buffer.alloc(32).toString('base64') }, 'BadDigest'],
    ['a checksum that is none', { ChecksumSHA256: 'abc' }, 'InvalidRequest'],
    ['a wrong MD5', { ContentMD5: Buffer.alloc(16).toString('base64') }, 'BadDigest'],
    ['an MD5 that is none', { ContentMD5: 'abc' }, 'InvalidDigest'],
    ['an object lock', { ObjectLockLegalHoldStatus: 'ON' }, 'NotImplemented'],
  ])('are refused with %s, and nothing is stored', async (_, more, name) => {
    await expect(put('refused', more)).rejects.toMatchObject({ name });
    const { KeyCount } = await s3().send(new ListObjectsV2Command({ Bucket: SWITCHES }));
    expect(KeyCount).toBe(0);
  });

  it('beyond what the lab keeps are refused', async () => {
    const body = Buffer.alloc(2 * 1024 * 1024 + 1);
    await expect(put('large', { Body: body })).rejects.toMatchObject({ $metadata: { httpStatusCode: 413 } });
    const sixteen = Array.from({ length: 16 }, (_, i) =>
      put(`big-${i}`, { Body: body.subarray(0, 2_000_000) }),
    );
    await Promise.all(sixteen);
    await expect(put('one-more', { Body: body.subarray(0, 2_000_000) })).rejects.toMatchObject({
      name: 'EntityTooLarge',
    });
  });

  it('are not mistaken for parts, copies or what the lab does not serve', async () => {
    const part = { Bucket: SWITCHES, Key: 'k', UploadId: 'u', PartNumber: 1, Body: 'part' };
    await expect(s3().send(new UploadPartCommand(part))).rejects.toMatchObject(
      refused('NotImplemented', 501),
    );
    await expect(
      s3().send(new CopyObjectCommand({ Bucket: SWITCHES, Key: 'k', CopySource: `${SWITCHES}/other` })),
    ).rejects.toMatchObject(refused('NotImplemented', 501));
    await expect(get('k')).rejects.toMatchObject(refused('NoSuchKey', 404));
  });

  it('are paged by the SDK’s own paginator', async () => {
    for (const name of ['c', 'a', 'b', 'd', 'e']) await put(`list/${name}`);
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateListObjectsV2(
      { client: s3(), pageSize: 2 },
      { Bucket: SWITCHES, Prefix: 'list/' },
    ))
      pages.push((page.Contents ?? []).map(({ Key }) => Key?.slice(5)));
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('come back after a restart', async () => {
    await put('serve/ap-southeast-1');
    fixture.ctx.state.flush();
    const again = await createS3(fixture.ctx);
    expect(again.switches.off(US)).toEqual([AP]);
    await again.part.close();
  });
});

describe('a body in chunks', () => {
  it('with the checksum in a trailer is put together again', async () => {
    const content = Buffer.from('streamed, and checked at its end. '.repeat(5000));
    const { ChecksumCRC32 } = await put('stream', {
      Body: Readable.from([content.subarray(0, 70_000), content.subarray(70_000)]),
      ContentLength: content.length,
      ContentEncoding: 'identity',
    });
    const found = await get('stream');
    expect(await found.Body?.transformToString()).toBe(content.toString());
    expect(found).toMatchObject({ ChecksumCRC32, ContentEncoding: 'identity' });
  });

  it.each(['CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)('checked by %s', async (ChecksumAlgorithm) => {
    const Body = Readable.from([Buffer.from('to be '), Buffer.from('checked')]);
    await put('stream', { Body, ContentLength: 13, ChecksumAlgorithm });
    expect(await text('stream')).toBe('to be checked');
  });
});

describe('replication', () => {
  const rulesOf = async (Bucket = ASSETS, region: string = US) =>
    (await s3(region).send(new GetBucketReplicationCommand({ Bucket }))).ReplicationConfiguration;
  const readable = async (region: string, Key: string, Bucket = `ecommerce-assets-${region}`) =>
    (await s3(region).send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  const publish = (Key: string, more: Partial<PutObjectCommandInput> = {}) =>
    s3().send(
      new PutObjectCommand({ Bucket: ASSETS, Key, Body: 'new', ServerSideEncryption: 'AES256', ...more }),
    );
  const status = async (Key: string) =>
    (await s3().send(new HeadObjectCommand({ Bucket: ASSETS, Key }))).ReplicationStatus;

  it('stands as the document has it: both Regions, delete markers, no time control, no KMS', async () => {
    const rules = (await rulesOf())?.Rules ?? [];
    expect(rules.map(({ Destination }) => Destination?.Bucket)).toEqual([
      'arn:aws:s3:::ecommerce-assets-eu-west-1',
      'arn:aws:s3:::ecommerce-assets-ap-southeast-1',
    ]);
    for (const rule of rules) {
      expect(rule).toMatchObject({ Status: 'Enabled', DeleteMarkerReplication: { Status: 'Enabled' } });
      expect(rule.SourceSelectionCriteria).toBeUndefined();
      expect(rule.Destination?.ReplicationTime).toBeUndefined();
    }
    await expect(rulesOf('ecommerce-assets-eu-west-1', EU)).rejects.toMatchObject(
      refused('ReplicationConfigurationNotFoundError', 404),
    );
    expect(await readable(EU, 'css/shop.css')).toBe(await readable(US, 'css/shop.css'));
    await expect(readable(EU, 'feeds/prices.csv')).rejects.toMatchObject(refused('NoSuchKey', 404));
  });

  it('takes an object to both, with its version, and says when it is done', async () => {
    const { VersionId } = await publish('img/new.png');
    expect(await status('img/new.png')).toBe('PENDING');
    await vi.waitFor(async () => expect(await status('img/new.png')).toBe('COMPLETED'), SOON);
    for (const region of [EU, AP]) {
      const Bucket = `ecommerce-assets-${region}`;
      const head = await s3(region).send(new HeadObjectCommand({ Bucket, Key: 'img/new.png' }));
      expect(head).toMatchObject({ VersionId, ReplicationStatus: 'REPLICA' });
    }
  });

  it('leaves out what KMS encrypts, until the rule says so', async () => {
    await publish('secret', { ServerSideEncryption: undefined });
    expect(await status('secret')).toBeUndefined();
    const before = await rulesOf();
    const keyOf = (arn = '') => `arn:aws:kms:${arn.slice(-9)}:000000000000:key/mrk-1`;
    await s3().send(
      new PutBucketReplicationCommand({
        Bucket: ASSETS,
        ReplicationConfiguration: {
          Role: before?.Role,
          Rules: before?.Rules?.map((rule) => ({
            ...rule,
            SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
            Destination: {
              ...rule.Destination,
              Bucket: rule.Destination?.Bucket,
              EncryptionConfiguration: { ReplicaKmsKeyID: keyOf(rule.Destination?.Bucket) },
            },
          })),
        },
      }),
    );
    await publish('secret', { ServerSideEncryption: undefined });
    await vi.waitFor(async () => expect(await status('secret')).toBe('COMPLETED'), SOON);
    const Bucket = 'ecommerce-assets-eu-west-1';
    const head = await s3(EU).send(new HeadObjectCommand({ Bucket, Key: 'secret' }));
    expect(head).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'arn:aws:kms:eu-west-1:000000000000:key/mrk-1',
    });
  });

  it('takes delete markers, but never the deletion of a version', async () => {
    const { VersionId } = await publish('gone');
    await vi.waitFor(async () => expect(await status('gone')).toBe('COMPLETED'), SOON);
    await s3().send(new DeleteObjectCommand({ Bucket: ASSETS, Key: 'gone', VersionId }));
    expect(await readable(EU, 'gone')).toBe('new');
    await s3().send(new DeleteObjectCommand({ Bucket: ASSETS, Key: 'gone' }));
    await vi.waitFor(
      async () => expect(await readable(EU, 'gone').catch((error: Error) => error.name)).toBe('NoSuchKey'),
      SOON,
    );
  });

  it.each<[string, Partial<ChaosState>]>([
    ['the link is cut', { links: { 'us-east-1>eu-west-1': { mode: 'blackhole', extraRttMs: 0 } } }],
    ['the target is out', { outages: { 'eu-west-1': 'drop' } }],
  ])('waits while %s, and catches up', async (_, fault) => {
    await fixture.ctx.chaos.change(fault);
    await publish('late');
    await vi.waitFor(async () => expect(await readable(AP, 'late')).toBe('new'), SOON);
    expect(await status('late')).toBe('PENDING');
    await fixture.ctx.chaos.heal();
    await vi.waitFor(async () => expect(await status('late')).toBe('COMPLETED'), SOON);
    expect(await readable(EU, 'late')).toBe('new');
  });

  it('is replaced as a whole, or not at all', async () => {
    const before = await rulesOf();
    const [first] = before?.Rules ?? [];
    if (!before || !first) throw new Error('There is no rule.');
    const change = (Rules: (typeof first)[]) =>
      s3().send(
        new PutBucketReplicationCommand({
          Bucket: ASSETS,
          ReplicationConfiguration: { Role: before.Role, Rules },
        }),
      );
    await expect(change([{ ...first, Priority: undefined }])).rejects.toMatchObject(
      refused('InvalidRequest', 400),
    );
    expect(await rulesOf()).toEqual(before);
    await change([first]);
    expect((await rulesOf())?.Rules).toEqual([first]);
    await s3().send(new DeleteBucketReplicationCommand({ Bucket: ASSETS }));
    await expect(rulesOf()).rejects.toMatchObject(refused('ReplicationConfigurationNotFoundError', 404));
  });

  it('works both ways, without sending replicas back', async () => {
    const home = await rulesOf();
    const [rule] = home?.Rules ?? [];
    await s3(EU).send(
      new PutBucketReplicationCommand({
        Bucket: 'ecommerce-assets-eu-west-1',
        ReplicationConfiguration: {
          Role: home?.Role,
          Rules: [{ ...rule, Status: 'Enabled', Destination: { Bucket: `arn:aws:s3:::${ASSETS}` } }],
        },
      }),
    );
    await s3(EU).send(
      new PutObjectCommand({
        Bucket: 'ecommerce-assets-eu-west-1',
        Key: 'from-eu',
        Body: 'eu',
        ServerSideEncryption: 'AES256',
      }),
    );
    await vi.waitFor(async () => expect(await readable(US, 'from-eu')).toBe('eu'), SOON);
    expect(await status('from-eu')).toBe('REPLICA');
    await expect(readable(AP, 'from-eu')).rejects.toMatchObject(refused('NoSuchKey', 404));
  });

  it('publishes its metrics in the source’s Region, and more is waiting while the link is cut', async () => {
    const read = (name: string, ruleId = 'to-eu-west-1', region: string = US) => {
      const now = fixture.ctx.clock.now();
      const dimensions = {
        SourceBucket: ASSETS,
        DestinationBucket: 'ecommerce-assets-eu-west-1',
        RuleId: ruleId,
      };
      const id = { region, namespace: 'AWS/S3', name, dimensions };
      return fixture.ctx.metrics.query(id, 'Maximum', 5, now - 60_000, now + 5000).at(-1)?.value;
    };
    await vi.waitFor(() => expect(read('ReplicationLatency')).toBeGreaterThan(0), SOON);
    expect(read('ReplicationLatency')).toBeLessThan(60);
    expect(read('OperationsFailedReplication')).toBe(0);
    expect(read('ReplicationLatency', 'to-eu-west-1', EU)).toBeUndefined();
    const usual = read('ReplicationLatency') ?? 0;
    await fixture.ctx.chaos.change({
      links: { 'eu-west-1>us-east-1': { mode: 'reset', extraRttMs: 0 } },
    });
    fixture.advance(120_000);
    await vi.waitFor(() => expect(read('ReplicationLatency')).toBeGreaterThan(usual + 60), SOON);
    expect(read('OperationsPendingReplication')).toBeGreaterThan(10);
    expect(read('BytesPendingReplication')).toBeGreaterThan(1_000_000);
  });
});

describe('what goes wrong on the way', () => {
  it('speaks S3’s own words', async () => {
    const { chaos } = fixture.ctx;
    const list = () => s3().send(new ListBucketsCommand({}));
    await chaos.change({ throttles: [{ service: 's3', share: 1, kind: 'throttle' }] });
    await expect(list()).rejects.toMatchObject(refused('SlowDown', 503));
    await chaos.change({ throttles: [{ service: 's3', share: 1, kind: 'error' }] });
    await expect(list()).rejects.toMatchObject(refused('InternalError', 500));
    await chaos.heal();
    const stranger = new S3Client({
      ...fixture.clientOptions(US),
      credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' },
    });
    await expect(stranger.send(new ListBucketsCommand({}))).rejects.toMatchObject(
      refused('InvalidAccessKeyId', 403),
    );
    const forger = new S3Client({
      ...fixture.clientOptions(US),
      credentials: { ...fixture.credentials.user, secretAccessKey: 'x' },
    });
    await expect(forger.send(new ListBucketsCommand({}))).rejects.toMatchObject(
      refused('SignatureDoesNotMatch', 403),
    );
    const late = new S3Client({ ...fixture.clientOptions(US), systemClockOffset: -3600_000 });
    await expect(late.send(new ListBucketsCommand({}))).rejects.toMatchObject(
      refused('RequestTimeTooSkewed', 403),
    );
    for (const client of [stranger, forger, late]) client.destroy();
  });

  it('an outage takes the Region’s buckets along, the others’ stay', async () => {
    await fixture.ctx.chaos.change({ outages: { [EU]: 'drop' } });
    await expect(s3(EU).send(new ListBucketsCommand({}))).rejects.toMatchObject({ code: 'ECONNRESET' });
    await put('serve/eu-west-1');
    expect(await text('serve/eu-west-1')).toBe('off');
  });
});

describe('without a signature', () => {
  const read = (path: string, init: RequestInit = {}, region: string = US) =>
    fetch(`${lab.switches.url(region)}${path}`, init);

  it('anybody reads a switch, and nothing else', async () => {
    expect((await read('/serve/eu-west-1')).status).toBe(404);
    await put('serve/eu-west-1');
    await put('private');
    const found = await read('/serve/eu-west-1');
    expect([found.status, await found.text()]).toEqual([200, 'off']);
    const head = await read('/serve/eu-west-1', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '3', '']);
    await put('serve/ap-southeast-1', { Body: 'on' });
    expect(lab.switches.off(US)).toEqual([EU]);
    for (const [path, init] of [
      ['/private', {}],
      ['/serve/eu-west-1', { method: 'PUT', body: 'on' }],
      ['/serve/eu-west-1', { method: 'DELETE' }],
      ['', {}],
    ] as const)
      expect((await read(path, init)).status, path).toBe(403);
    expect((await read('/serve/%E0%A4%A')).status).toBe(400);
    expect((await fetch(new URL('/nobodys/serve/x', lab.switches.url(US)))).status).toBe(404);
    expect((await fetch(new URL(`/${ASSETS}/css/shop.css`, lab.switches.url(US)))).status).toBe(403);
    await s3().send(new DeleteObjectCommand({ Bucket: SWITCHES, Key: 'serve/eu-west-1' }));
    expect((await read('/serve/eu-west-1')).status).toBe(404);
    expect(lab.switches.off(US)).toEqual([]);
  });

  it.each(['drop', 'refuse'] as const)(
    'the address fails with its Region (%s), not with others',
    async (mode) => {
      await fixture.ctx.chaos.change({ outages: { [US]: mode } });
      await expect(read('/serve/eu-west-1')).rejects.toThrow('fetch failed');
      expect((await read('/serve/eu-west-1', {}, AP)).status).toBe(404);
      await fixture.ctx.chaos.heal();
      expect((await read('/serve/eu-west-1')).status).toBe(404);
    },
  );

  it('a Region that hangs accepts and never answers', async () => {
    await fixture.ctx.chaos.change({ outages: { [US]: 'hang' } });
    await expect(read('/serve/eu-west-1', { signal: AbortSignal.timeout(300) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});
