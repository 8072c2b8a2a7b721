import type { Cluster, DescribeReplicatorResponse, ReplicatorSummary } from '@aws-sdk/client-kafka';
import { securityGroupId, subnetsOf } from '#lab/ec2/estate-network.ts';
import { type QueueCluster, type Replicator, TOPICS } from './estate-queues.ts';

/** Declared, like everything else here: there are no brokers. */
const CREATED_AT = new Date('2025-01-15T09:00:00Z');
const CLUSTER_VERSION = 'K3P5ROKL5A1OLE';
const REPLICATOR_VERSION = 'K1X5R6FKA87';

const subnetIds = ({ region }: QueueCluster): string[] =>
  subnetsOf(region).flatMap(({ tier, id }) => (tier === 'app' ? [id] : []));

export function showCluster(cluster: QueueCluster): Cluster {
  const { region } = cluster;
  return {
    ClusterType: 'PROVISIONED',
    ClusterArn: cluster.arn,
    ClusterName: cluster.name,
    CreationTime: CREATED_AT,
    CurrentVersion: CLUSTER_VERSION,
    State: 'ACTIVE',
    Tags: {},
    Provisioned: {
      NumberOfBrokerNodes: region.queueBrokers,
      BrokerNodeGroupInfo: {
        InstanceType: 'kafka.m7g.large',
        BrokerAZDistribution: 'DEFAULT',
        ClientSubnets: subnetIds(cluster),
        SecurityGroups: [securityGroupId(region.code, 'app')],
        StorageInfo: { EbsStorageInfo: { VolumeSize: 500 } },
      },
      CurrentBrokerSoftwareInfo: { KafkaVersion: '3.9.x' },
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
      EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
      EnhancedMonitoring: 'PER_TOPIC_PER_BROKER',
      StorageMode: 'LOCAL',
    },
  };
}

const alias = ({ name }: QueueCluster): string => name;
const direction = ({ source, target }: Replicator) => ({
  SourceKafkaClusterAlias: alias(source),
  TargetKafkaClusterAlias: alias(target),
});

export function summarise(replicator: Replicator): ReplicatorSummary {
  return {
    ReplicatorName: replicator.name,
    ReplicatorArn: replicator.arn,
    ReplicatorState: 'RUNNING',
    IsReplicatorReference: false,
    CreationTime: CREATED_AT,
    CurrentVersion: REPLICATOR_VERSION,
    KafkaClustersSummary: [replicator.source, replicator.target].map((cluster) => ({
      AmazonMskCluster: { MskClusterArn: cluster.arn },
      KafkaClusterAlias: alias(cluster),
    })),
    ReplicationInfoSummaryList: [direction(replicator)],
  };
}

export function showReplicator(replicator: Replicator, account: string): DescribeReplicatorResponse {
  const {
    KafkaClustersSummary: _summary,
    ReplicationInfoSummaryList: _list,
    ...common
  } = summarise(replicator);
  return {
    ...common,
    ReplicatorDescription: `Mirrors ${TOPICS.join(' and ')}`,
    ServiceExecutionRoleArn: `arn:aws:iam::${account}:role/ecommerce-msk-replicator`,
    Tags: {},
    KafkaClusters: [replicator.source, replicator.target].map((cluster) => ({
      AmazonMskCluster: { MskClusterArn: cluster.arn },
      KafkaClusterAlias: alias(cluster),
      VpcConfig: {
        SubnetIds: subnetIds(cluster),
        SecurityGroupIds: [securityGroupId(cluster.region.code, 'app')],
      },
    })),
    ReplicationInfoList: [
      {
        ...direction(replicator),
        TargetCompressionType: 'NONE',
        TopicReplication: {
          TopicsToReplicate: TOPICS,
          CopyAccessControlListsForTopics: true,
          CopyTopicConfigurations: true,
          DetectAndCopyNewTopics: true,
          StartingPosition: { Type: 'LATEST' },
          TopicNameConfiguration: { Type: 'PREFIXED_WITH_SOURCE_CLUSTER_ALIAS' },
        },
        ConsumerGroupReplication: {
          ConsumerGroupsToReplicate: ['.*'],
          DetectAndCopyNewConsumerGroups: true,
          SynchroniseConsumerGroupOffsets: true,
        },
      },
    ],
  };
}
