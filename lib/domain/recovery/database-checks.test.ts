import { describe, expect, it } from 'vitest';
import { databaseOf, EU, outlook, seen, stale, US, unseen } from '#test/recovery-facts.ts';
import type { DatabaseObservation, LagObservation } from '../observation/kinds.ts';
import { checkBackups, checkLag, checkParity, checkReplica, classSize } from './database-checks.ts';
import { requireDeclared } from './facts.ts';

const eu = requireDeclared(outlook(), EU);
const withDatabase = (changes: Partial<DatabaseObservation>) =>
  outlook({ [EU]: { database: seen(databaseOf(eu, changes)) } });
const withLag = (changes: Partial<LagObservation>) =>
  outlook({ [EU]: { lag: seen({ seconds: 0.4, bytes: 2_048, class: 'ok', idle: false, ...changes }) } });

describe('whether a replica can be promoted', () => {
  it.each<[string, Partial<DatabaseObservation>, string, string]>([
    ['replicates', {}, 'ok', 'ok'],
    ['is being backed up: it waits', { status: 'backing-up' }, 'warning', 'warning'],
    ['is failed', { status: 'failed' }, 'blocked', 'blocked'],
    ['does not replicate', { replication: 'error' }, 'blocked', 'warning'],
    ['says nothing of replication', { replication: null }, 'blocked', 'warning'],
    ['is a primary already', { role: 'primary' }, 'ok', 'ok'],
    ['is fenced by its name', { instanceId: 'x-fenced-20261123-1', role: 'primary' }, 'blocked', 'blocked'],
    ['is fenced by its group', { securityGroupNames: ['ecommerce-deny-all'] }, 'blocked', 'blocked'],
  ])('it %s', (_, changes, planned, outage) => {
    const given = withDatabase(changes);
    expect(checkReplica(given, EU, 'planned').verdict).toBe(planned);
    expect(checkReplica(given, EU, 'outage').verdict).toBe(outage);
  });

  it('is not known when it is not seen', () => {
    const reason = checkReplica(outlook({ [EU]: { database: stale(databaseOf(eu)) } }), EU, 'outage');
    expect(reason).toMatchObject({
      verdict: 'unknown',
      message: 'The database of eu-west-1 is not known: last seen 60 min ago; connection reset.',
    });
  });
});

describe('lag in three values (B-09)', () => {
  it.each<[Partial<LagObservation>, string, string]>([
    [{}, 'ok', 'eu-west-1 is 0.4 s and 2 KB behind.'],
    [
      { seconds: 250, bytes: 0, idle: true },
      'ok',
      'eu-west-1 is caught up; its lag rises only because nobody writes.',
    ],
    [{ seconds: 12, bytes: null, class: 'warning' }, 'warning', 'eu-west-1 is 12 s behind, over 5 s.'],
    [
      { seconds: 45, class: 'critical' },
      'blocked',
      'eu-west-1 is 45 s and 2 KB behind, over the critical 30 s.',
    ],
    [
      { seconds: null, class: 'unknown' },
      'unknown',
      'Replica lag of eu-west-1 is not known: it does not replicate, or does not report.',
    ],
  ])('%j: %s', (changes, verdict, message) => {
    expect(checkLag(withLag(changes), EU)).toMatchObject({ verdict, message, source: 'B-09' });
  });

  it('is not known when it is not seen', () => {
    expect(checkLag(outlook({ [EU]: { lag: unseen('denied') } }), EU).verdict).toBe('unknown');
  });
});

it.each([
  [7, 'ok', 'ok'],
  [0, 'blocked', 'warning'],
] as const)('backups kept for %d days', (backupRetentionDays, planned, outage) => {
  const given = withDatabase({ backupRetentionDays });
  expect(checkBackups(given, EU, 'planned').verdict).toBe(planned);
  expect(checkBackups(given, EU, 'outage').verdict).toBe(outage);
});

describe('parity with the primary (C-09, B-19)', () => {
  it.each<[string, Partial<DatabaseObservation>, string, string]>([
    ['all alike', {}, 'ok', 'The database of eu-west-1 matches the primary.'],
    [
      'a smaller class and less storage',
      { class: 'db.r6g.xlarge', storageGiB: 200 },
      'blocked',
      'The database of eu-west-1 has class db.r6g.xlarge, not db.r6g.2xlarge and 200 GiB of storage, not 500: promoted, it would have to carry every order with less.',
    ],
    [
      'a larger class',
      { class: 'db.r6g.4xlarge' },
      'warning',
      'The database of eu-west-1 has class db.r6g.4xlarge, not db.r6g.2xlarge.',
    ],
    [
      'a class of which the size is not known',
      { class: 'db.serverless' },
      'warning',
      'The database of eu-west-1 has class db.serverless, not db.r6g.2xlarge.',
    ],
    ['one zone', { multiAz: false }, 'warning', 'The database of eu-west-1 has one zone, not Multi-AZ.'],
    [
      'the default parameter group that RDS gives a cross-Region replica',
      { parameterGroup: 'default.postgres16' },
      'warning',
      'The database of eu-west-1 has RDS’ own parameter group default.postgres16, which cannot be changed.',
    ],
    [
      'a group of its own name',
      { parameterGroup: 'ecommerce-postgres-eu' },
      'ok',
      'The database of eu-west-1 matches the primary.',
    ],
    [
      'another version',
      { engineVersion: '16.3' },
      'warning',
      'The database of eu-west-1 has PostgreSQL 16.3, not 16.4.',
    ],
  ])('%s', (_, changes, verdict, message) => {
    expect(checkParity(withDatabase(changes), EU, 'blocked')).toMatchObject({ verdict, message });
  });

  it('is measured against the primary as it was last seen', () => {
    const us = databaseOf(requireDeclared(outlook(), US));
    const given = outlook({ [US]: { database: stale(us), databases: stale({ instances: [us] }) } });
    expect(checkParity(given, EU, 'blocked').verdict).toBe('ok');
    expect(
      checkParity(outlook({ [US]: { database: unseen(), databases: unseen() } }), EU, 'blocked').verdict,
    ).toBe('unknown');
  });

  it.each([
    ['db.t4g.micro', 0.25],
    ['db.r6g.large', 1],
    ['db.r6g.xlarge', 2],
    ['db.r6g.16xlarge', 32],
    ['db.serverless', null],
  ])('%s has size %s', (name, size) => expect(classSize(name)).toBe(size));
});
