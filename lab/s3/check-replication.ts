import type { ReplicationConfiguration, ReplicationRule } from '@aws-sdk/client-s3';
import { AwsFault } from '#lab/wire/service.ts';
import { invalidArgument, invalidRequest, malformedXml } from './faults.ts';
import type { BucketRecord } from './records.ts';
import { destinationOf, filterOf } from './replication-rules.ts';

const MOST_RULES = 1000;
const LONGEST_ID = 255;
const LONGEST_PREFIX = 1024;
const LARGEST_PRIORITY = 2_147_483_647;
/** The only time that Replication Time Control has (aws-facts B-17). */
const TIME_CONTROL_MINUTES = 15;
const ROLE_ARN = /^arn:aws:iam::(\d{12}):role\/[\w+=,.@/-]{1,512}$/;
const KMS_KEY_ARN = /^arn:aws:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+$/;

interface Surroundings {
  source: BucketRecord;
  account: string;
  findBucket(name: string): BucketRecord | undefined;
  newRuleId(): string;
}

/** The whole document as PutBucketReplication takes it, with ids for rules that have none. Throws S3's refusal. */
export function checkReplication(
  configuration: ReplicationConfiguration | undefined,
  around: Surroundings,
): ReplicationConfiguration {
  const { Role, Rules = [] } = configuration ?? {};
  if (!Role || Rules.length === 0) throw malformedXml();
  if (Rules.length > MOST_RULES)
    throw invalidRequest(
      `The number of replication rules must not exceed the allowed limit of ${MOST_RULES} rules.`,
    );
  checkRole(Role, around.account);
  const rules = Rules.map((rule) => ({ ...rule, ID: rule.ID || around.newRuleId() }));
  for (const rule of rules) checkRule(rule, around);
  checkTogether(rules);
  return { Role, Rules: rules };
}

function checkRole(role: string, account: string): void {
  const [, owner] = ROLE_ARN.exec(role) ?? [];
  if (!owner) throw invalidArgument('Invalid Role ARN', 'Role', role);
  if (owner !== account) throw new AwsFault('AccessDenied', 'Access Denied', { status: 403 });
}

function checkTogether(rules: ReplicationRule[]): void {
  const repeated = <Value>(values: Value[]) => values.find((value, i) => values.indexOf(value) < i);
  const id = repeated(rules.map((rule) => rule.ID));
  if (id !== undefined)
    throw invalidArgument('Rule Id must be unique. Found same ID for one or more rules', 'ID', id);
  const newer = rules.filter((rule) => rule.Filter !== undefined);
  if (newer.length === 0) {
    if (new Set(rules.map(destinationOf)).size > 1)
      throw invalidRequest('Number of distinct destination bucket ARNs cannot exceed 1');
    return;
  }
  if (newer.length < rules.length)
    throw invalidRequest('Filter must be specified in all rules or in none of them.');
  const priority = repeated(newer.map((rule) => rule.Priority));
  if (priority !== undefined) throw invalidRequest(`Found duplicate priority ${priority}.`);
}

function checkRule(rule: ReplicationRule, around: Surroundings): void {
  if ((rule.ID?.length ?? 0) > LONGEST_ID)
    throw invalidArgument(`ID length should not exceed allowed limit of ${LONGEST_ID}`, 'ID', rule.ID ?? '');
  if (!isSwitch(rule.Status)) throw malformedXml();
  // "No longer supported": S3 Batch Replication does it (aws-facts B-18).
  if (rule.ExistingObjectReplication !== undefined) throw malformedXml();
  checkFilter(rule);
  checkDestination(rule, around);
  checkTimeControl(rule);
  checkEncryption(rule);
}

function checkFilter(rule: ReplicationRule): void {
  const { Filter, Priority, DeleteMarkerReplication } = rule;
  const { prefix, tags } = filterOf(rule);
  if (prefix.length > LONGEST_PREFIX)
    throw invalidRequest(`The maximum size of a prefix is ${LONGEST_PREFIX}.`);
  if (Filter === undefined) {
    if (rule.Prefix === undefined) throw malformedXml();
    const newer = { Priority, DeleteMarkerReplication };
    const [misplaced] = Object.entries(newer).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (misplaced) throw schemaVersion(misplaced, 'cannot be used');
    return;
  }
  if (rule.Prefix !== undefined) throw malformedXml();
  if (Priority === undefined) throw schemaVersion('Priority', 'must be specified');
  if (!Number.isInteger(Priority) || Priority < 0 || Priority > LARGEST_PRIORITY) throw malformedXml();
  if (DeleteMarkerReplication === undefined)
    throw schemaVersion('DeleteMarkerReplication', 'must be specified');
  if (!isSwitch(DeleteMarkerReplication.Status)) throw malformedXml();
  if (tags.length > 0 && DeleteMarkerReplication.Status === 'Enabled') {
    throw invalidRequest(
      'Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.',
    );
  }
}

const schemaVersion = (member: string, said: string) =>
  invalidRequest(
    `${member} ${said} for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.`,
  );

function checkDestination(rule: ReplicationRule, { source, findBucket }: Surroundings): void {
  const arn = rule.Destination?.Bucket;
  if (!arn) throw malformedXml();
  if (!/^arn:aws:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(arn))
    throw invalidArgument('Invalid bucket ARN.', 'Destination', arn);
  const destination = destinationOf(rule);
  if (destination === source.name)
    throw invalidRequest('Destination bucket cannot be the same as the source bucket.');
  if (!findBucket(destination)) throw invalidRequest('Destination bucket must exist.');
}

function checkTimeControl({ Destination, Filter }: ReplicationRule): void {
  const { ReplicationTime, Metrics } = Destination ?? {};
  for (const [part, minutes] of [
    [ReplicationTime, ReplicationTime?.Time?.Minutes],
    [Metrics, Metrics?.EventThreshold?.Minutes],
  ] as const) {
    if (part === undefined) continue;
    if (!isSwitch(part.Status)) throw malformedXml();
    if (minutes !== undefined && minutes !== TIME_CONTROL_MINUTES)
      throw invalidArgument('Invalid minutes: only 15 is supported', 'Minutes', String(minutes));
  }
  if (ReplicationTime?.Status !== 'Enabled') return;
  if (ReplicationTime.Time?.Minutes === undefined) throw malformedXml();
  if (Filter === undefined) throw schemaVersion('ReplicationTime', 'cannot be used');
  if (Metrics?.Status !== 'Enabled')
    throw invalidRequest('Metrics must be enabled if ReplicationTime is enabled.');
}

/** Objects under KMS keys need to be asked for, and a key at the destination (aws-facts B-18). */
function checkEncryption({ Destination, SourceSelectionCriteria }: ReplicationRule): void {
  const selected = SourceSelectionCriteria?.SseKmsEncryptedObjects;
  const keyId = Destination?.EncryptionConfiguration?.ReplicaKmsKeyID;
  if (selected && !isSwitch(selected.Status)) throw malformedXml();
  if (selected?.Status === 'Enabled' && keyId === undefined)
    throw invalidRequest('ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.');
  if (keyId === undefined) return;
  if (selected === undefined)
    throw invalidRequest('SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.');
  if (!KMS_KEY_ARN.test(keyId))
    throw invalidArgument('Invalid ReplicaKmsKeyID ARN.', 'ReplicaKmsKeyID', keyId);
}

const isSwitch = (status: string | undefined): boolean => status === 'Enabled' || status === 'Disabled';
