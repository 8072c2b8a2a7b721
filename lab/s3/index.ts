import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { type AwsService, defineService } from '#lab/wire/service.ts';
import { switchBucketOf } from '#lib/domain/estate/estate.ts';
import { bucketHandlers } from './bucket-handlers.ts';
import { objectHandlers } from './object-handlers.ts';
import { openPublicDoors } from './public-doors.ts';
import { replicationHandlers } from './replication-handlers.ts';
import { startReplicationMetrics } from './replication-metrics.ts';
import { createReplicator } from './replicator.ts';
import { SWITCH_PREFIX, seedBuckets } from './seed.ts';
import { createStore } from './store.ts';

export { bucketHost } from './public-doors.ts';

/** What a switch says; the search string of the health checks on it. */
const SWITCHED_OFF = 'off';

export interface S3 {
  service: AwsService;
  part: LabPart;
  switches: Switches;
}

/** The data-plane switches (DECISIONS): objects `serve/<region>` in a peer's switch bucket. */
export interface Switches {
  /** Base of a Region's switch bucket without signatures: `<url>/serve/<other region>`. */
  url(region: string): string;
  /** Regions that the switch bucket of this one switches off, as a health check with the search string `off` sees it. */
  off(region: string): string[];
}

export interface S3Options {
  /** How long a copy to another bucket takes; tests shorten it. */
  copySeconds?: number;
}

/** S3's buckets of the estate. The SDK's client is loaded with the first call; health checkers need none. */
export async function createS3(ctx: LabContext, options: S3Options = {}): Promise<S3> {
  const store = createStore(ctx);
  if (store.buckets.list().length === 0) seedBuckets(ctx, store);
  const replicator = createReplicator(ctx, store, options.copySeconds);
  const metrics = startReplicationMetrics(ctx, store);
  const doors = await openPublicDoors(ctx, store);
  const parts = { ctx, store, replicator };

  function switchBucketIn(code: string): string {
    const region = ctx.estate.regions.find((candidate) => candidate.code === code);
    if (!region) throw new Error(`The estate has no Region ${code}.`);
    return switchBucketOf(ctx.estate, region);
  }

  return {
    service: defineService({
      clientName: 'S3Client',
      loadModule: () => import('@aws-sdk/client-s3'),
      signingName: 's3',
      handlers: { ...bucketHandlers(parts), ...objectHandlers(parts), ...replicationHandlers(parts) },
    }),
    switches: {
      url: (region) => `${doors.url(region)}/${switchBucketIn(region)}`,
      off: (region) =>
        store
          .current(switchBucketIn(region))
          .filter(({ key }) => key.startsWith(SWITCH_PREFIX))
          .filter(({ version }) => Buffer.from(version.content, 'base64').includes(SWITCHED_OFF))
          .map(({ key }) => key.slice(SWITCH_PREFIX.length)),
    },
    part: {
      async reset() {
        store.clear();
        metrics.forget();
        seedBuckets(ctx, store);
      },
      async close() {
        replicator.close();
        metrics.stop();
        await doors.close();
      },
    },
  };
}
