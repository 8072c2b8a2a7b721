import {
  type Cluster,
  ListClustersV2Command,
  ListReplicatorsCommand,
  type ReplicatorSummary,
} from '@aws-sdk/client-kafka';
import { expectedEverySeconds, linkId, type QueueObservation } from '#lib/domain/observation/kinds.ts';
import { allPages } from '../../adapters/aws/pages.ts';
import { type CollectContext, type Collector, regionOf } from '../collector.ts';
import type { WantedMetric } from '../metric-board.ts';
import { measured } from './measured.ts';

interface Replicator {
  name: string;
  sourceRegion: string;
  state: string;
}

/** The application's MSK cluster in the Region, and the replicators that bring events into it: they run in their target's Region. */
export const queue: Collector = {
  service: 'kafka',
  covers: (context) => [{ kind: 'queue', name: regionOf(context).code }],
  everySeconds: (period) => expectedEverySeconds('queue', period),
  async collect(context) {
    const { code } = regionOf(context);
    const [cluster, summaries] = await Promise.all([findCluster(context), listReplicators(context)]);
    if (!cluster?.ClusterName) {
      const error = `MSK has no cluster whose name begins with ${context.estate.estate}-`;
      return { seen: [], missing: [{ kind: 'queue', name: code, error }] };
    }
    const replicators = summaries
      .flatMap((summary) => toReplicator(summary, cluster))
      .map((replicator) => ({ ...replicator, ...metricsOf(replicator, code) }));
    const { latest, again } = measured(
      context,
      'queue',
      replicators.flatMap(({ lag, latency }) => [lag, latency]),
    );
    const value: QueueObservation = {
      cluster: cluster.ClusterName,
      status: cluster.State ?? 'UNKNOWN',
      replicators: replicators.map(({ name, sourceRegion, state, lag, latency }) => {
        const latencyMs = latest(latency);
        return {
          name,
          sourceRegion,
          state,
          messageLag: latest(lag),
          latencySeconds: latencyMs === null ? null : latencyMs / 1_000,
        };
      }),
    };
    return { seen: [{ kind: 'queue', name: code, value }], ...again };
  },
};

/** By the estate's name and the Region's; else the first that begins with the estate's. */
async function findCluster(context: CollectContext): Promise<Cluster | undefined> {
  const { code } = regionOf(context);
  const { estate } = context.estate;
  const clusters = await allPages((NextToken) =>
    context.clients
      .kafka(code)
      .send(new ListClustersV2Command({ ClusterNameFilter: `${estate}-`, NextToken }))
      .then((page) => ({ items: page.ClusterInfoList, next: page.NextToken })),
  );
  return clusters.find(({ ClusterName }) => ClusterName === `${estate}-${code}`) ?? clusters[0];
}

function listReplicators(context: CollectContext): Promise<ReplicatorSummary[]> {
  const { code } = regionOf(context);
  return allPages((NextToken) =>
    context.clients
      .kafka(code)
      .send(new ListReplicatorsCommand({ NextToken }))
      .then((page) => ({ items: page.Replicators, next: page.NextToken })),
  );
}

/** One for each cluster that it reads from; of those into other clusters, and mere references to one elsewhere, none. */
function toReplicator(summary: ReplicatorSummary, target: Cluster): Replicator[] {
  const { ReplicatorName: name, KafkaClustersSummary: ends = [], IsReplicatorReference } = summary;
  if (!name || IsReplicatorReference) return [];
  const arnOf = (alias: string | undefined) =>
    ends.find(({ KafkaClusterAlias }) => KafkaClusterAlias === alias)?.AmazonMskCluster?.MskClusterArn;
  const into = (summary.ReplicationInfoSummaryList ?? []).filter(
    ({ TargetKafkaClusterAlias }) => arnOf(TargetKafkaClusterAlias) === target.ClusterArn,
  );
  return into.map(({ SourceKafkaClusterAlias }) => ({
    name,
    // A cluster that is none of MSK's has no ARN, and so no Region.
    sourceRegion: arnOf(SourceKafkaClusterAlias)?.split(':')[3] ?? 'unknown',
    state: summary.ReplicatorState ?? 'UNKNOWN',
  }));
}

/** In the target's Region (aws-facts part 3). */
function metricsOf(
  { name, sourceRegion }: Replicator,
  to: string,
): { lag: WantedMetric; latency: WantedMetric } {
  const common = { namespace: 'AWS/Kafka', dimensions: { ReplicatorName: name }, stat: 'Maximum' };
  const subject = linkId({ kind: 'queue', from: sourceRegion, to, name });
  return {
    lag: { ...common, metric: 'MessageLag', series: { subject, metric: 'pendingMessages' } },
    latency: {
      ...common,
      metric: 'ReplicationLatency',
      series: { subject, metric: 'lagSeconds', factor: 1 / 1_000 },
    },
  };
}
