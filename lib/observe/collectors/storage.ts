import {
  GetBucketReplicationCommand,
  GetBucketVersioningCommand,
  type ReplicationRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  expectedEverySeconds,
  type LinkMetric,
  linkId,
  type StorageObservation,
} from '#lib/domain/observation/kinds.ts';
import { isRefusal } from '../../ports/refusal.ts';
import { type CollectContext, type Collector, regionOf } from '../collector.ts';
import type { WantedMetric } from '../metric-board.ts';
import { measured } from './measured.ts';

type Rule = Omit<StorageObservation['rules'][number], 'latencySeconds' | 'pendingOperations'>;

/** The Region's bucket of assets: whether it keeps versions, and its replication rules with how far behind each is. */
export const storage: Collector = {
  service: 's3',
  covers: (context) => [{ kind: 'storage', name: regionOf(context).bucket }],
  everySeconds: (period) => expectedEverySeconds('storage', period),
  async collect(context) {
    const { code, bucket } = regionOf(context);
    const s3 = context.clients.s3(code);
    const [{ Status }, found] = await Promise.all([
      s3.send(new GetBucketVersioningCommand({ Bucket: bucket })),
      readRules(s3, bucket),
    ]);
    const rules = found.map((rule) => ({ rule, ...metricsOf(rule, context) }));
    const { latest, again } = measured(
      context,
      'storage',
      rules.flatMap(({ latency, pending }) => [latency, pending]),
    );
    const value: StorageObservation = {
      bucket,
      versioned: Status === 'Enabled',
      rules: rules.map(({ rule, latency, pending }) => ({
        ...rule,
        latencySeconds: latest(latency),
        pendingOperations: latest(pending),
      })),
    };
    return { seen: [{ kind: 'storage', name: bucket, value }], ...again };
  },
};

async function readRules(s3: S3Client, bucket: string): Promise<Rule[]> {
  try {
    const { ReplicationConfiguration } = await s3.send(new GetBucketReplicationCommand({ Bucket: bucket }));
    return (ReplicationConfiguration?.Rules ?? []).map(toRule);
  } catch (error) {
    if (isRefusal(error, 'ReplicationConfigurationNotFoundError')) return [];
    throw error;
  }
}

function toRule(rule: ReplicationRule): Rule {
  const { Destination, SourceSelectionCriteria: selection, DeleteMarkerReplication } = rule;
  return {
    id: rule.ID ?? '',
    enabled: rule.Status === 'Enabled',
    destination: Destination?.Bucket?.split(':').at(-1) ?? '',
    timeControl: Destination?.ReplicationTime?.Status === 'Enabled',
    deleteMarkers: DeleteMarkerReplication?.Status === 'Enabled',
    encrypted:
      selection?.SseKmsEncryptedObjects?.Status === 'Enabled' &&
      Destination?.EncryptionConfiguration?.ReplicaKmsKeyID !== undefined,
  };
}

/** In the source bucket's Region (aws-facts part 3); only rules with metrics or time control have any. */
function metricsOf({ id, destination }: Rule, context: CollectContext) {
  const { code, bucket } = regionOf(context);
  const to = context.estate.regions.find((candidate) => candidate.bucket === destination);
  const of = (metric: string, series: LinkMetric): WantedMetric => ({
    namespace: 'AWS/S3',
    metric,
    dimensions: { SourceBucket: bucket, DestinationBucket: destination, RuleId: id },
    stat: 'Maximum',
    ...(to
      ? {
          series: { subject: linkId({ kind: 'storage', from: code, to: to.code, name: id }), metric: series },
        }
      : {}),
  });
  return {
    latency: of('ReplicationLatency', 'lagSeconds'),
    pending: of('OperationsPendingReplication', 'pendingOperations'),
  };
}
