import type { ReplicationConfiguration, ReplicationRule } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { checkReplication } from './check-replication.ts';
import type { BucketRecord } from './records.ts';

const ACCOUNT = '000000000000';
const Role = `arn:aws:iam::${ACCOUNT}:role/replication`;
const bucket = (name: string): BucketRecord => ({
  name,
  region: 'us-east-1',
  createdAtMs: 0,
  encryption: { algorithm: 'AES256' },
});
const KNOWN = ['source', 'dest-one', 'dest-two'];

function check(configuration: ReplicationConfiguration | undefined) {
  return checkReplication(configuration, {
    source: bucket('source'),
    account: ACCOUNT,
    findBucket: (name) => (KNOWN.includes(name) ? bucket(name) : undefined),
    newRuleId: () => 'made',
  });
}

function rule(change: Partial<ReplicationRule> = {}): ReplicationRule {
  return {
    ID: 'one',
    Priority: 1,
    Filter: {},
    Status: 'Enabled',
    DeleteMarkerReplication: { Status: 'Disabled' },
    Destination: { Bucket: 'arn:aws:s3:::dest-one' },
    ...change,
  };
}
const rules = (...changes: Partial<ReplicationRule>[]) => ({ Role, Rules: changes.map(rule) });
const to = (name: string, more: object = {}) => ({
  Destination: { Bucket: `arn:aws:s3:::${name}`, ...more },
});
const older = { Filter: undefined, Priority: undefined, DeleteMarkerReplication: undefined, Prefix: '' };
const timeControl = { ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } } } as const;
const metrics = { Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } } } as const;
const encrypted = { SseKmsEncryptedObjects: { Status: 'Enabled' } } as const;
const key = { EncryptionConfiguration: { ReplicaKmsKeyID: 'arn:aws:kms:eu-west-1:000000000000:key/mrk-1' } };

describe('a replication document that S3 takes', () => {
  it.each<[string, ReplicationConfiguration]>([
    ['one rule', rules({})],
    ['rules for two buckets', rules({}, { ID: 'two', Priority: 2, ...to('dest-two') })],
    ['a prefix', rules({ Filter: { Prefix: 'a/' } })],
    ['tags without delete markers', rules({ Filter: { Tag: { Key: 'k', Value: 'v' } } })],
    ['delete markers', rules({ DeleteMarkerReplication: { Status: 'Enabled' } })],
    ['time control with metrics', rules(to('dest-one', { ...timeControl, ...metrics }))],
    ['metrics alone', rules(to('dest-one', { Metrics: { Status: 'Enabled' } }))],
    ['encrypted objects with a key', rules({ SourceSelectionCriteria: encrypted, ...to('dest-one', key) })],
    ['the first version of rules', rules(older)],
    ['a disabled rule', rules({ Status: 'Disabled' })],
  ])('%s', (_, configuration) => {
    expect(check(configuration)).toEqual(configuration);
  });

  it('gives a rule without an id one', () => {
    expect(check(rules({ ID: undefined })).Rules?.[0]?.ID).toBe('made');
  });
});

describe('a replication document that S3 refuses', () => {
  it.each<[string, ReplicationConfiguration | undefined, string, string]>([
    ['nothing', undefined, 'MalformedXML', 'well-formed'],
    ['no role', { Role: '', Rules: [rule()] }, 'MalformedXML', 'well-formed'],
    ['no rule', { Role, Rules: [] }, 'MalformedXML', 'well-formed'],
    ['a role that is none', { Role: 'admin', Rules: [rule()] }, 'InvalidArgument', 'Invalid Role ARN'],
    [
      'a role of another account',
      { Role: 'arn:aws:iam::111111111111:role/x', Rules: [rule()] },
      'AccessDenied',
      'Access Denied',
    ],
    [
      'an id twice',
      rules({}, { Priority: 2, ...to('dest-two') }),
      'InvalidArgument',
      'Rule Id must be unique',
    ],
    ['a long id', rules({ ID: 'x'.repeat(256) }), 'InvalidArgument', 'ID length'],
    ['a priority twice', rules({}, { ID: 'two', ...to('dest-two') }), 'InvalidRequest', 'priority 1'],
    ['no priority', rules({ Priority: undefined }), 'InvalidRequest', 'Priority must be specified'],
    ['a priority below nothing', rules({ Priority: -1 }), 'MalformedXML', 'well-formed'],
    [
      'nothing on delete markers',
      rules({ DeleteMarkerReplication: undefined }),
      'InvalidRequest',
      'DeleteMarkerReplication must be specified',
    ],
    [
      'delete markers by tag',
      rules({ Filter: { Tag: { Key: 'k', Value: 'v' } }, DeleteMarkerReplication: { Status: 'Enabled' } }),
      'InvalidRequest',
      'not supported if any Tag filter',
    ],
    ['a status of its own', rules({ Status: 'On' as 'Enabled' }), 'MalformedXML', 'well-formed'],
    ['prefix beside filter', rules({ Prefix: 'a' }), 'MalformedXML', 'well-formed'],
    ['neither prefix nor filter', rules({ ...older, Prefix: undefined }), 'MalformedXML', 'well-formed'],
    ['a priority in an old rule', rules({ ...older, Priority: 1 }), 'InvalidRequest', 'cannot be used'],
    [
      'old rules for two buckets',
      rules(older, { ...older, ID: 'two', ...to('dest-two') }),
      'InvalidRequest',
      'cannot exceed 1',
    ],
    ['old and new rules', rules({}, { ...older, ID: 'two' }), 'InvalidRequest', 'Filter must be specified'],
    ['no destination', rules({ Destination: undefined }), 'MalformedXML', 'well-formed'],
    [
      'a destination by name',
      rules({ Destination: { Bucket: 'dest-one' } }),
      'InvalidArgument',
      'bucket ARN',
    ],
    ['itself', rules(to('source')), 'InvalidRequest', 'same as the source'],
    ['a bucket that is not there', rules(to('nowhere')), 'InvalidRequest', 'Destination bucket must exist'],
    ['time control without metrics', rules(to('dest-one', timeControl)), 'InvalidRequest', 'Metrics must'],
    [
      'ten minutes',
      rules(to('dest-one', { ...metrics, ReplicationTime: { Status: 'Enabled', Time: { Minutes: 10 } } })),
      'InvalidArgument',
      'only 15',
    ],
    [
      'encrypted objects without a key',
      rules({ SourceSelectionCriteria: encrypted }),
      'InvalidRequest',
      'ReplicaKmsKeyID must be specified',
    ],
    [
      'a key without encrypted objects',
      rules(to('dest-one', key)),
      'InvalidRequest',
      'SseKmsEncryptedObjects must be specified',
    ],
    [
      'existing objects',
      rules({ ExistingObjectReplication: { Status: 'Enabled' } }),
      'MalformedXML',
      'well-formed',
    ],
  ])('%s', (_, configuration, code, message) => {
    expect(() => check(configuration)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});
