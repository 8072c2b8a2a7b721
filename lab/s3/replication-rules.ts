import type { ReplicationConfiguration, ReplicationRule } from '@aws-sdk/client-s3';
import type { VersionRecord } from './records.ts';

/** One way an object goes: by that rule to that bucket. */
export interface Copy {
  ruleId: string;
  destination: string;
}

/**
 * Where a bucket's rules send a new version or delete marker. Of several rules for one destination the one of the highest
 * priority counts. What is not sent: replicas, objects encrypted with KMS keys unless the rule says how, and delete markers
 * unless the rule says so (aws-facts B-17, B-18).
 */
export function copiesOf(
  configuration: ReplicationConfiguration | undefined,
  object: { key: string; version: VersionRecord },
): Copy[] {
  const ranked = (configuration?.Rules ?? [])
    .filter((rule) => rule.Status === 'Enabled' && takes(rule, object))
    .toSorted((a, b) => (b.Priority ?? 0) - (a.Priority ?? 0));
  const byDestination = new Map<string, Copy>();
  for (const rule of ranked) {
    const destination = destinationOf(rule);
    if (!byDestination.has(destination))
      byDestination.set(destination, { ruleId: rule.ID ?? '', destination });
  }
  return [...byDestination.values()];
}

/** Name of the bucket that a rule leads to. */
export const destinationOf = (rule: ReplicationRule): string =>
  (rule.Destination?.Bucket ?? '').replace('arn:aws:s3:::', '');

/** Whether CloudWatch gets metrics of the rule: they are asked for, or come with Replication Time Control. */
export const hasMetrics = (rule: ReplicationRule): boolean =>
  rule.Status === 'Enabled' &&
  (rule.Destination?.Metrics?.Status === 'Enabled' ||
    rule.Destination?.ReplicationTime?.Status === 'Enabled');

function takes(rule: ReplicationRule, { key, version }: { key: string; version: VersionRecord }): boolean {
  const { prefix, tags } = filterOf(rule);
  if (!key.startsWith(prefix)) return false;
  // Rules of the first version, without a Filter, send delete markers by themselves.
  if (version.marker) return rule.Filter === undefined || rule.DeleteMarkerReplication?.Status === 'Enabled';
  if (version.replication === 'REPLICA') return false;
  if (!tags.every(({ Key = '', Value }) => version.tags[Key] === Value)) return false;
  return version.encryption.algorithm !== 'aws:kms' || sendsEncrypted(rule);
}

const sendsEncrypted = ({ SourceSelectionCriteria }: ReplicationRule): boolean =>
  SourceSelectionCriteria?.SseKmsEncryptedObjects?.Status === 'Enabled';

/** What a rule's filter asks for, in whichever of its forms. */
export function filterOf({ Filter, Prefix }: ReplicationRule): {
  prefix: string;
  tags: { Key?: string; Value?: string }[];
} {
  return {
    prefix: Filter?.And?.Prefix ?? Filter?.Prefix ?? Prefix ?? '',
    tags: Filter?.And?.Tags ?? (Filter?.Tag ? [Filter.Tag] : []),
  };
}
