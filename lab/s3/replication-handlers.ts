import type * as s3 from '@aws-sdk/client-s3';
import type { LabContext } from '#lab/kernel/context.ts';
import { hexId } from '#lab/kernel/random.ts';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { checkReplication } from './check-replication.ts';
import { invalidRequest } from './faults.ts';
import { checkOwner } from './owner.ts';
import type { Store } from './store.ts';

/** A bucket's replication rules. Putting replaces the whole document, as on AWS (aws-facts B-02). */
export function replicationHandlers({ ctx, store }: { ctx: LabContext; store: Store }) {
  const { account } = ctx.estate;
  return {
    GetBucketReplication(input, { region }) {
      const { replication, name } = store.bucket(input.Bucket, region);
      checkOwner(account, input.ExpectedBucketOwner);
      if (!replication) {
        throw new AwsFault(
          'ReplicationConfigurationNotFoundError',
          'The replication configuration was not found',
          { status: 404, fields: { BucketName: name } },
        );
      }
      return { ReplicationConfiguration: replication };
    },

    PutBucketReplication(input, { region }) {
      const source = store.bucket(input.Bucket, region);
      checkOwner(account, input.ExpectedBucketOwner);
      if (input.ContentMD5 === undefined && input.ChecksumAlgorithm === undefined) {
        throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
      }
      const replication = checkReplication(input.ReplicationConfiguration, {
        source,
        account,
        findBucket: (name) => store.buckets.get(name),
        newRuleId: () => hexId(ctx.random, 48),
      });
      store.buckets.put(source.name, { ...source, replication });
      return {};
    },

    DeleteBucketReplication(input, { region }) {
      const { replication: _gone, ...bucket } = store.bucket(input.Bucket, region);
      checkOwner(account, input.ExpectedBucketOwner);
      store.buckets.put(bucket.name, bucket);
      return {};
    },
  } satisfies OperationHandlers<typeof s3>;
}
