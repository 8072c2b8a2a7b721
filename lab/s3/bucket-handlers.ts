import type * as s3 from '@aws-sdk/client-s3';
import type { LabContext } from '#lab/kernel/context.ts';
import type { OperationHandlers } from '#lab/wire/service.ts';
import { invalidArgument, noSuchBucket } from './faults.ts';
import { listObjects } from './list-objects.ts';
import { checkOwner } from './owner.ts';
import { type BucketRecord, bucketArn } from './records.ts';
import type { Store } from './store.ts';

/** Buckets of us-east-1 have no location constraint, and its endpoint answers for the location of any bucket. */
const CLASSIC_REGION = 'us-east-1';
const LARGEST_PAGE = 10_000;

/** What S3 says of whole buckets, and lists in them. */
export function bucketHandlers({ ctx, store }: { ctx: LabContext; store: Store }) {
  const { account } = ctx.estate;

  function bucketOf(
    input: { Bucket: string | undefined; ExpectedBucketOwner?: string },
    region: string,
  ): BucketRecord {
    const bucket = store.bucket(input.Bucket, region);
    checkOwner(account, input.ExpectedBucketOwner);
    return bucket;
  }

  return {
    ListBuckets(input) {
      const { Prefix = '', BucketRegion, ContinuationToken, MaxBuckets = LARGEST_PAGE } = input;
      if (!Number.isInteger(MaxBuckets) || MaxBuckets < 1 || MaxBuckets > LARGEST_PAGE) {
        const message = `Argument max-buckets must be an integer between 1 and ${LARGEST_PAGE}`;
        throw invalidArgument(message, 'max-buckets', String(MaxBuckets));
      }
      const after = Buffer.from(ContinuationToken ?? '', 'base64url').toString();
      const found = store.buckets
        .list()
        .filter(({ name, region }) => name.startsWith(Prefix) && (!BucketRegion || region === BucketRegion))
        .filter(({ name }) => name > after)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const page = found.slice(0, MaxBuckets);
      const last = page.at(-1);
      return {
        Owner: { ID: ownerId(account) },
        ...(input.Prefix !== undefined && { Prefix }),
        ...(last &&
          found.length > page.length && { ContinuationToken: Buffer.from(last.name).toString('base64url') }),
        Buckets: page.map(({ name, region, createdAtMs }) => ({
          Name: name,
          BucketRegion: region,
          BucketArn: bucketArn(name),
          CreationDate: new Date(createdAtMs),
        })),
      };
    },

    HeadBucket(input, { region }) {
      const { name, region: BucketRegion } = bucketOf(input, region);
      return { BucketRegion, BucketArn: bucketArn(name), AccessPointAlias: false };
    },

    GetBucketLocation(input, { region }) {
      const bucket =
        region === CLASSIC_REGION
          ? store.buckets.get(input.Bucket ?? '')
          : store.bucket(input.Bucket, region);
      if (!bucket) throw noSuchBucket(input.Bucket ?? '');
      checkOwner(account, input.ExpectedBucketOwner);
      if (bucket.region === CLASSIC_REGION) return {};
      return { LocationConstraint: bucket.region as s3.BucketLocationConstraint };
    },

    GetBucketVersioning(input, { region }) {
      bucketOf(input, region);
      return { Status: 'Enabled' };
    },

    GetBucketEncryption(input, { region }) {
      const { encryption } = bucketOf(input, region);
      const ApplyServerSideEncryptionByDefault = {
        SSEAlgorithm: encryption.algorithm,
        ...(encryption.kmsKeyId && { KMSMasterKeyID: encryption.kmsKeyId }),
      };
      const BucketKeyEnabled = encryption.algorithm === 'aws:kms';
      return {
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled }],
        },
      };
    },

    ListObjectsV2(input, { region }) {
      const { name } = bucketOf(input, region);
      const owner = input.FetchOwner ? { Owner: { ID: ownerId(account) } } : {};
      const listed = listObjects(store.current(name), input);
      return { ...listed, Contents: listed.Contents?.map((object) => ({ ...object, ...owner })) };
    },
  } satisfies OperationHandlers<typeof s3>;
}

/** S3's canonical user id: 64 digits that say nothing. */
const ownerId = (account: string): string => account.repeat(6).slice(0, 64);
