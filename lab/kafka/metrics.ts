import type { LabContext } from '#lab/kernel/context.ts';
import { crosses } from '#lab/kernel/crossing.ts';
import type { MetricUnit } from '#lab/kernel/metrics.ts';
import { createModelledLag, type ModelledLag } from '#lab/kernel/modelled-lag.ts';
import { startPeriodic } from '#lab/kernel/periodic.ts';
import { roundTripMs } from '#lab/links/distance.ts';
import { type Replicator, TOPICS } from './estate-queues.ts';

/** What the shop would produce into each topic: messages a second, bytes of one. */
const PRODUCED = { perSecond: 12, bytes: 900 };
/** Fetching and producing on top of the way there, seconds. */
const LAG = { usualSeconds: 0.4, jitter: 0.5, catchUp: 15 };

/**
 * AWS/Kafka of every replicator in its target's Region, as a whole and by topic (aws-facts part 3; modelled): behind by the
 * way there and a little, by ever more while nothing gets through.
 */
export function startReplicatorMetrics(
  ctx: LabContext,
  replicators: Replicator[],
): { stop(): void; forget(): void } {
  const lags = new Map<string, ModelledLag>();

  function secondsBehind({ name, source, target }: Replicator): number {
    const lag = lags.get(name) ?? createModelledLag(LAG, ctx.random);
    lags.set(name, lag);
    const [from, to] = [source.region.code, target.region.code];
    const oneWaySeconds = (roundTripMs(ctx.estate, from, to) + ctx.chaos.link(from, to).extraRttMs) / 2000;
    return oneWaySeconds + lag.read(ctx.clock.now(), crosses(ctx.chaos.state(), from, to));
  }

  function record(replicator: Replicator) {
    const { name, source, target } = replicator;
    const behind = secondsBehind(replicator);
    const region = target.region.code;
    if (ctx.chaos.outage(region)) return;
    const flowing = crosses(ctx.chaos.state(), source.region.code, region);
    const put = (metric: string, unit: MetricUnit, value: number, topic?: string) => {
      const dimensions = { ReplicatorName: name, ...(topic !== undefined && { Topic: topic }) };
      ctx.metrics.record({ region, namespace: 'AWS/Kafka', name: metric, dimensions }, unit, value);
    };
    const waiting = Math.round(PRODUCED.perSecond * behind);
    const throughput = flowing ? PRODUCED.perSecond * PRODUCED.bytes : 0;
    for (const topic of TOPICS) {
      put('ReplicationLatency', 'Milliseconds', behind * 1000, topic);
      put('MessageLag', 'Count', waiting, topic);
      put('ReplicatorThroughput', 'Bytes/Second', throughput, topic);
    }
    put('ReplicationLatency', 'Milliseconds', behind * 1000);
    put('MessageLag', 'Count', waiting * TOPICS.length);
    put('ReplicatorThroughput', 'Bytes/Second', throughput * TOPICS.length);
    for (const metric of ['ReplicatorFailure', 'AuthError', 'ThrottleTime'])
      put(metric, metric === 'ThrottleTime' ? 'Milliseconds' : 'Count', 0);
  }

  const periodic = startPeriodic(ctx.estate.metrics.periodSeconds * 1000, () => {
    for (const replicator of replicators) record(replicator);
  });
  return { stop: periodic.stop, forget: () => lags.clear() };
}
