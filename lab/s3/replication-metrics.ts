import type { LabContext } from '#lab/kernel/context.ts';
import { crosses } from '#lab/kernel/crossing.ts';
import type { MetricUnit } from '#lab/kernel/metrics.ts';
import { createModelledLag, type ModelledLag } from '#lab/kernel/modelled-lag.ts';
import { startPeriodic } from '#lab/kernel/periodic.ts';
import type { BucketRecord } from './records.ts';
import { destinationOf, hasMetrics } from './replication-rules.ts';
import { USUAL_SECONDS } from './replicator.ts';
import type { Store } from './store.ts';

/** What the shop's publishers put into the source bucket (modelled): objects a second, and bytes of one on average. */
const PUBLISHED = { perSecond: 0.2, bytes: 150_000 };
const LAG = { usualSeconds: USUAL_SECONDS, jitter: 0.5, catchUp: 20 };

/**
 * AWS/S3 metrics of every rule that has them, in the source bucket's Region (aws-facts part 3): what is really on its way,
 * and a modelled stream of publications to the bucket of the estate's primary Region. Both pile up while the way is closed.
 */
export function startReplicationMetrics(ctx: LabContext, store: Store): { stop(): void; forget(): void } {
  const lags = new Map<string, ModelledLag>();
  const home = ctx.estate.regions.find(({ database }) => database.role === 'primary')?.bucket;

  function lagOf(key: string): ModelledLag {
    const lag = lags.get(key) ?? createModelledLag(LAG, ctx.random);
    lags.set(key, lag);
    return lag;
  }

  function record(bucket: BucketRecord, ruleId: string, destination: string) {
    const now = ctx.clock.now();
    const target = store.buckets.get(destination);
    const open = target !== undefined && crosses(ctx.chaos.state(), bucket.region, target.region);
    const behind = lagOf(`${bucket.name}>${destination}`).read(now, open);
    const published = bucket.name === home ? PUBLISHED.perSecond * behind : 0;
    const waiting = store.copies
      .list()
      .filter((copy) => copy.source === bucket.name && copy.ruleId === ruleId);
    const ages = waiting.map(({ sinceMs }) => (now - sinceMs) / 1000);
    // Nobody publishes from a Region that is out.
    if (ctx.chaos.outage(bucket.region)) return;
    const put = (name: string, unit: MetricUnit, value: number) =>
      ctx.metrics.record(
        {
          region: bucket.region,
          namespace: 'AWS/S3',
          name,
          dimensions: { SourceBucket: bucket.name, DestinationBucket: destination, RuleId: ruleId },
        },
        unit,
        value,
      );
    const bytes = waiting.reduce((sum, { size }) => sum + size, 0);
    put('ReplicationLatency', 'Seconds', Math.max(published > 0 ? behind : 0, ...ages));
    put('BytesPendingReplication', 'Bytes', Math.round(published * PUBLISHED.bytes) + bytes);
    put('OperationsPendingReplication', 'Count', Math.round(published) + waiting.length);
    put('OperationsFailedReplication', 'Count', 0);
  }

  const periodic = startPeriodic(ctx.estate.metrics.periodSeconds * 1000, () => {
    for (const bucket of store.buckets.list()) {
      for (const rule of bucket.replication?.Rules ?? [])
        if (hasMetrics(rule)) record(bucket, rule.ID ?? '', destinationOf(rule));
    }
  });
  return { stop: periodic.stop, forget: () => lags.clear() };
}
