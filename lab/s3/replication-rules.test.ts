import type { ReplicationRule } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { StoredVersion, VersionRecord } from './records.ts';
import { copiesOf } from './replication-rules.ts';

const plain: StoredVersion = {
  id: '0'.repeat(32),
  atMs: 0,
  marker: false,
  content: '',
  size: 0,
  etag: '""',
  encryption: { algorithm: 'AES256' },
  storageClass: 'STANDARD',
  checksum: { name: 'crc32', value: '' },
  headers: { contentType: 'text/plain' },
  metadata: {},
  tags: { kind: 'public' },
};
const encrypted: StoredVersion = { ...plain, encryption: { algorithm: 'aws:kms', kmsKeyId: 'key' } };
const marker: VersionRecord = { id: '1'.repeat(32), atMs: 0, marker: true };

const rule = (change: Partial<ReplicationRule> = {}): ReplicationRule => ({
  ID: 'one',
  Priority: 1,
  Filter: { Prefix: '' },
  Status: 'Enabled',
  DeleteMarkerReplication: { Status: 'Disabled' },
  Destination: { Bucket: 'arn:aws:s3:::there' },
  ...change,
});

function sent(rules: ReplicationRule[], version: VersionRecord = plain, key = 'img/a.png'): string[] {
  return copiesOf({ Role: 'r', Rules: rules }, { key, version }).map(
    ({ ruleId, destination }) => `${ruleId}>${destination}`,
  );
}

describe('where a new version goes', () => {
  const markers = { DeleteMarkerReplication: { Status: 'Enabled' } } as const;
  const withKms = { SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } } } as const;
  const tag = (Value: string) => ({ Filter: { Tag: { Key: 'kind', Value } } });

  it.each<[string, ReplicationRule[], VersionRecord, string[]]>([
    ['nowhere without a rule', [], plain, []],
    ['by a rule for all', [rule()], plain, ['one>there']],
    ['not by a disabled rule', [rule({ Status: 'Disabled' })], plain, []],
    ['by its prefix', [rule({ Filter: { Prefix: 'img/' } })], plain, ['one>there']],
    ['not by another prefix', [rule({ Filter: { Prefix: 'doc/' } })], plain, []],
    ['by the prefix of an old rule', [rule({ Filter: undefined, Prefix: 'img/' })], plain, ['one>there']],
    ['by its tag', [rule(tag('public'))], plain, ['one>there']],
    ['not by another tag', [rule(tag('secret'))], plain, []],
    [
      'by prefix and tag',
      [rule({ Filter: { And: { Prefix: 'img/', Tags: [{ Key: 'kind', Value: 'public' }] } } })],
      plain,
      ['one>there'],
    ],
    ['not when it is a replica', [rule()], { ...plain, replication: 'REPLICA' }, []],
    ['not under a KMS key', [rule()], encrypted, []],
    ['under a KMS key where the rule says so', [rule(withKms)], encrypted, ['one>there']],
    ['not as a delete marker', [rule()], marker, []],
    ['as a delete marker where the rule says so', [rule(markers)], marker, ['one>there']],
    ['as a delete marker by an old rule', [rule({ Filter: undefined, Prefix: '' })], marker, ['one>there']],
  ])('%s', (_, rules, version, expected) => {
    expect(sent(rules, version)).toEqual(expected);
  });

  it('goes to each bucket once, by the rule of the highest priority', () => {
    const rules = [
      rule(),
      rule({ ID: 'two', Priority: 5 }),
      rule({ ID: 'three', Priority: 2, Destination: { Bucket: 'arn:aws:s3:::else' } }),
    ];
    expect(sent(rules)).toEqual(['two>there', 'three>else']);
  });
});
