import { createHash } from 'node:crypto';
import type { ReplicationRule } from '@aws-sdk/client-s3';
import type { LabContext } from '#lab/kernel/context.ts';
import { CHECKSUMS } from '#lab/wire/checksums.ts';
import { type Estate, type Region, switchBucketOf } from '#lib/domain/estate/estate.ts';
import { type BucketRecord, bucketArn, type Encryption, type StoredVersion } from './records.ts';
import type { Store } from './store.ts';

/** What anybody may read of a switch bucket. */
export const SWITCH_PREFIX = 'serve/';

/** Assets that the estate starts with. The last one was uploaded without a word on encryption. */
const ASSETS: { key: string; contentType: string; text: string; plain: boolean }[] = [
  { key: 'css/shop.css', contentType: 'text/css', text: 'body { font: 16px sans-serif }\n', plain: true },
  { key: 'js/shop.js', contentType: 'text/javascript', text: 'document.title = "Shop";\n', plain: true },
  {
    key: 'catalog/categories.json',
    contentType: 'application/json',
    text: '["furniture","lighting","kitchen","textiles"]\n',
    plain: true,
  },
  { key: 'feeds/prices.csv', contentType: 'text/csv', text: 'sku,price\nSKU-00001,84.19\n', plain: false },
];

/**
 * The estate's buckets. Assets go from the primary Region's bucket to the others by the document's rules as they would stand
 * on AWS, flaws and all: delete markers but no Replication Time Control (aws-facts B-17), and buckets that encrypt with KMS
 * by default beside rules that do not send such objects (B-18). What is published says `AES256` itself, and does arrive.
 */
export function seedBuckets(ctx: LabContext, store: Store): void {
  const { estate } = ctx;
  const home = estate.regions.find(({ database }) => database.role === 'primary');
  for (const region of estate.regions) {
    for (const bucket of bucketsOf(ctx, region, region === home)) store.buckets.put(bucket.name, bucket);
  }
  if (home) seedAssets(ctx, store, home);
}

function bucketsOf({ estate, clock }: LabContext, region: Region, isHome: boolean): BucketRecord[] {
  const common = { region: region.code, createdAtMs: clock.now() };
  const assets: BucketRecord = { ...common, name: region.bucket, encryption: kmsOf(estate, region) };
  const rules = estate.regions.filter(({ code }) => code !== region.code).map(replicationRule);
  return [
    isHome && rules.length > 0
      ? {
          ...assets,
          replication: {
            Role: `arn:aws:iam::${estate.account}:role/${estate.estate}-s3-replication`,
            Rules: rules,
          },
        }
      : assets,
    {
      ...common,
      name: switchBucketOf(estate, region),
      encryption: { algorithm: 'AES256' },
      publicPrefix: SWITCH_PREFIX,
    },
  ];
}

function kmsOf({ account }: Estate, { code }: Region): Encryption {
  const kmsKeyId = `arn:aws:kms:${code}:${account}:key/mrk-1234abcd12ab34cd56ef1234567890ab`;
  return { algorithm: 'aws:kms', kmsKeyId };
}

function replicationRule({ code, bucket }: Region, i: number): ReplicationRule {
  return {
    ID: `to-${code}`,
    Priority: i + 1,
    Filter: { Prefix: '' },
    Status: 'Enabled',
    DeleteMarkerReplication: { Status: 'Enabled' },
    Destination: { Bucket: bucketArn(bucket), Metrics: { Status: 'Enabled' } },
  };
}

function seedAssets(ctx: LabContext, store: Store, home: Region): void {
  for (const { key, contentType, text, plain } of ASSETS) {
    const content = Buffer.from(text);
    const version: StoredVersion = {
      id: createHash('sha256').update(key).digest('hex').slice(0, 32),
      atMs: ctx.clock.now(),
      marker: false,
      content: content.toString('base64'),
      size: content.length,
      etag: `"${createHash('md5').update(content).digest('hex')}"`,
      encryption: plain ? { algorithm: 'AES256' } : kmsOf(ctx.estate, home),
      storageClass: 'STANDARD',
      checksum: { name: 'crc64nvme', value: CHECKSUMS.crc64nvme(content) },
      headers: { contentType },
      metadata: {},
      tags: {},
    };
    store.add(home.bucket, key, plain ? { ...version, replication: 'COMPLETED' } : version);
    if (!plain) continue;
    for (const region of ctx.estate.regions)
      if (region !== home) store.add(region.bucket, key, { ...version, replication: 'REPLICA' });
  }
}
