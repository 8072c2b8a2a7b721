import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { type AwsService, defineService } from '#lab/wire/service.ts';
import { clustersOf, replicatorsOf } from './estate-queues.ts';
import { badRequest, notFound } from './faults.ts';
import { startReplicatorMetrics } from './metrics.ts';
import { paged } from './paging.ts';
import { showCluster, showReplicator, summarise } from './views.ts';

/** AWS publishes no numbers: tight enough that a client which polls without pause is refused. */
const RATE = { burst: 40, perSecond: 10 };
const CLUSTER_TYPES = ['PROVISIONED', 'SERVERLESS'];

/** MSK of each Region: declared clusters and replicators, none of them changeable. The SDK's client is loaded with the first call. */
export function createKafka(ctx: LabContext): { service: AwsService; part: LabPart } {
  const clusters = clustersOf(ctx.estate);
  const replicators = replicatorsOf(ctx.estate);
  const metrics = startReplicatorMetrics(ctx, replicators);

  /** An ARN of another Region names nothing here; a text that is no ARN is refused. */
  function requireArn(arn: string | undefined, kind: 'cluster' | 'replicator', parameter: string): string {
    if (!arn || !new RegExp(`^arn:aws:kafka:[a-z0-9-]+:\\d{12}:${kind}/[^/]+/[^/]+$`).test(arn))
      throw badRequest('One or more of the parameters are not valid.', parameter);
    return arn;
  }

  const service = defineService({
    clientName: 'KafkaClient',
    loadModule: () => import('@aws-sdk/client-kafka'),
    signingName: 'kafka',
    throttle: { account: RATE },
    handlers: {
      ListClustersV2(input, { region }) {
        const { ClusterNameFilter: prefix = '', ClusterTypeFilter: type } = input;
        if (type !== undefined && !CLUSTER_TYPES.includes(type))
          throw badRequest(
            `clusterTypeFilter must be one of ${CLUSTER_TYPES.join(', ')}.`,
            'clusterTypeFilter',
          );
        const found = clusters.filter(
          (cluster) =>
            cluster.region.code === region && cluster.name.startsWith(prefix) && type !== 'SERVERLESS',
        );
        const { page, NextToken } = paged(found, input);
        return { ClusterInfoList: page.map(showCluster), NextToken };
      },

      DescribeClusterV2(input, { region }) {
        const arn = requireArn(input.ClusterArn, 'cluster', 'clusterArn');
        const cluster = clusters.find((one) => one.arn === arn && one.region.code === region);
        if (!cluster) throw notFound('The resource does not exist.', 'clusterArn');
        return { ClusterInfo: showCluster(cluster) };
      },

      ListReplicators(input, { region }) {
        const { ReplicatorNameFilter: prefix = '' } = input;
        const found = replicators.filter(
          ({ target, name }) => target.region.code === region && name.startsWith(prefix),
        );
        const { page, NextToken } = paged(found, input);
        return { Replicators: page.map(summarise), NextToken };
      },

      DescribeReplicator(input, { region }) {
        const arn = requireArn(input.ReplicatorArn, 'replicator', 'replicatorArn');
        const replicator = replicators.find((one) => one.arn === arn && one.target.region.code === region);
        if (!replicator) throw notFound('The resource does not exist.', 'replicatorArn');
        return showReplicator(replicator, ctx.estate.account);
      },
    },
  });

  return {
    service,
    part: {
      async reset() {
        metrics.forget();
      },
      async close() {
        metrics.stop();
      },
    },
  };
}
