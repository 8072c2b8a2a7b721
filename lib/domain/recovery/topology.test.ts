import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AP,
  databaseOf,
  EU,
  meshed,
  outlook,
  seen,
  stale,
  US,
  unseen,
  without,
} from '#test/recovery-facts.ts';
import type { DatabaseObservation } from '../observation/kinds.ts';
import { requireDeclared } from './facts.ts';
import {
  currentDatabase,
  isFenced,
  isShut,
  pathBetween,
  sourceRegionOf,
  takesWrites,
  writerOf,
  writerRegion,
} from './topology.ts';

const eu = requireDeclared(outlook(), EU);
const us = requireDeclared(outlook(), US);
const instance = (instanceId: string, changes: Partial<DatabaseObservation> = {}) =>
  databaseOf(eu, { instanceId, ...changes });

describe('the current database of a Region', () => {
  const declared = eu.database.instanceId;
  const primary = { role: 'primary' as const, replication: null, sourceArn: null };

  it.each<[string, DatabaseObservation[], string | undefined]>([
    ['is the declared one', [instance(declared)], declared],
    ['is none where there is none', [], undefined],
    ['is not a fenced one', [instance(`${declared}-fenced-20261123-1004`)], undefined],
    ['is a rebuilt one', [instance(`${declared}-1004`)], `${declared}-1004`],
    [
      'is not a copy that a drill threw away',
      [instance(`${declared}-drill-1004`, primary), instance(declared)],
      declared,
    ],
    ['is not another estate’s', [instance('other-db'), instance(`${declared}x`)], undefined],
    [
      'is the primary before a replica',
      [instance(declared), instance(`${declared}-1004`, primary)],
      `${declared}-1004`,
    ],
    [
      'is what replicates before what does not',
      [
        instance(declared, { replication: 'error', createdAt: '2026-11-01T00:00:00Z' }),
        instance(`${declared}-1004`),
      ],
      `${declared}-1004`,
    ],
    [
      'is the newest of equals',
      [
        instance(declared, { createdAt: '2026-11-01T00:00:00Z' }),
        instance(`${declared}-1004`, { createdAt: '2026-11-02T00:00:00Z' }),
      ],
      `${declared}-1004`,
    ],
    [
      'is not what is being deleted while there is another',
      [instance(declared, { ...primary, status: 'deleting' }), instance(`${declared}-1004`)],
      `${declared}-1004`,
    ],
  ])('%s', (_, instances, expected) => {
    expect(currentDatabase(instances, declared)?.instanceId).toBe(expected);
  });

  it('does not depend on the order in which RDS lists them', () => {
    const all = [
      instance(declared),
      instance(`${declared}-1004`, primary),
      instance(`${declared}-1005`, { replication: 'error' }),
      instance(`${declared}-fenced-20261123-1004`, primary),
    ];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(all, { minLength: all.length }),
        (shuffled) => currentDatabase(shuffled, declared)?.instanceId === `${declared}-1004`,
      ),
    );
  });
});

describe('what takes orders', () => {
  it.each<[string, Partial<DatabaseObservation>, boolean]>([
    ['a primary', {}, true],
    ['a primary being backed up', { status: 'backing-up' }, true],
    ['a primary being modified', { status: 'modifying' }, true],
    ['no stopped one', { status: 'stopped' }, false],
    ['no replica', { role: 'replica' }, false],
    ['none that was renamed away', { instanceId: 'ecommerce-db-us-east-1-fenced-20261123-7' }, false],
    ['none behind a group that denies all', { securityGroupNames: ['ecommerce-deny-all'] }, false],
    [
      'one with another group beside it',
      { securityGroupNames: ['ecommerce-deny-all', 'ecommerce-database'] },
      true,
    ],
    ['one whose groups nobody looked up', { securityGroupNames: undefined }, true],
  ])('%s', (_, changes, writes) => {
    expect(takesWrites(databaseOf(us, changes))).toBe(writes);
  });

  it('a name says that it is fenced', () => {
    expect(isFenced('ecommerce-db-us-east-1-fenced-20261123-1004')).toBe(true);
    expect(isFenced('ecommerce-db-us-east-1')).toBe(false);
    expect(isShut(databaseOf(us, { securityGroupNames: [] }))).toBe(false);
  });
});

it.each([
  ['arn:aws:rds:us-east-1:000000000000:db:ecommerce-db-us-east-1', 'us-east-1'],
  ['arn:aws-cn:rds:cn-north-1:1:db:x', 'cn-north-1'],
  ['ecommerce-db-us-east-1', null],
  [null, null],
])('a copy of %s has its source in %s', (sourceArn, region) => {
  expect(sourceRegionOf({ sourceArn })).toBe(region);
});

describe('the writer', () => {
  const promoted = databaseOf(eu, { role: 'primary', replication: null, sourceArn: null });
  const withPromoted = { [EU]: { database: seen(promoted), databases: seen({ instances: [promoted] }) } };

  it('is the Region of the one primary', () => {
    const writer = writerOf(outlook());
    expect(writer).toMatchObject({ kind: 'one', region: US, unseen: [] });
    expect(writer.message).toBe('Orders are written in us-east-1, on ecommerce-db-us-east-1.');
    expect(writerRegion(writer)).toBe(US);
  });

  it('several are split brain', () => {
    const writer = writerOf(outlook(withPromoted));
    expect(writer).toMatchObject({ kind: 'several', regions: [US, EU] });
    expect(writer.message).toBe(
      'Split brain: us-east-1 and eu-west-1 each have a primary that takes orders. Fence all but one.',
    );
    expect(writerRegion(writer)).toBeNull();
  });

  it('an old primary beside the current database counts', () => {
    const old = databaseOf(us, { instanceId: 'ecommerce-db-us-east-1' });
    const rebuilt = databaseOf(us, {
      instanceId: 'ecommerce-db-us-east-1-1004',
      role: 'replica',
      replication: 'replicating',
    });
    const given = outlook({
      ...withPromoted,
      [US]: { database: seen(rebuilt), databases: seen({ instances: [rebuilt, old] }) },
    });
    expect(writerOf(given)).toMatchObject({ kind: 'several', regions: [US, EU] });
  });

  it('after a failover is the new one, and what is not seen is said', () => {
    const writer = writerOf(without(US, outlook(withPromoted)));
    expect(writer).toMatchObject({ kind: 'one', region: EU, unseen: [US] });
    expect(writer.message).toBe(
      'Orders are written in eu-west-1, on ecommerce-db-eu-west-1. us-east-1 is not seen.',
    );
  });

  it('is not known while its Region is silent, but had a place', () => {
    const writer = writerOf(without(US, outlook()));
    expect(writer).toMatchObject({ kind: 'unknown', last: US, unseen: [US] });
    expect(writer.message).toBe(
      'No primary is seen, and us-east-1 is not seen at all; us-east-1 had it last.',
    );
    expect(writerRegion(writer)).toBe(US);
  });

  it('of several that are silent, is the one that was a primary last', () => {
    const given = outlook({
      [US]: { database: stale(databaseOf(us), 'gone', 3_600), databases: stale({ instances: [] }) },
      [EU]: { database: stale(promoted, 'gone', 60), databases: stale({ instances: [] }) },
    });
    expect(writerOf(given)).toMatchObject({ kind: 'unknown', last: EU, unseen: [US, EU] });
  });

  it('is none where every database is seen and none takes orders', () => {
    const stopped = databaseOf(us, { status: 'stopped' });
    const given = outlook({ [US]: { database: seen(stopped), databases: seen({ instances: [stopped] }) } });
    expect(writerOf(given)).toMatchObject({ kind: 'none' });
    expect(writerRegion(writerOf(given))).toBeNull();
  });
});

describe('the path between two Regions (B-05)', () => {
  const network = (peers: Record<string, string>, routesTo: string[]) =>
    seen({
      peerings: Object.entries(peers).map(([peerRegion, status]) => ({ id: 'pcx-1', peerRegion, status })),
      routesTo,
    });

  it.each<[string, ReturnType<typeof outlook>, string, string]>([
    [
      'as the strategy document has it',
      outlook(),
      'missing',
      'eu-west-1 and ap-southeast-1 have no active peering between them.',
    ],
    [
      'with the third peering',
      outlook(meshed()),
      'open',
      'eu-west-1 and ap-southeast-1 reach each other over pcx-ap-southeast-1-eu-west-1.',
    ],
    [
      'not yet accepted',
      outlook({
        [EU]: { peering: network({ [AP]: 'pending-acceptance' }, []) },
        [AP]: { peering: network({ [EU]: 'pending-acceptance' }, []) },
      }),
      'missing',
      'eu-west-1 and ap-southeast-1 have no active peering between them.',
    ],
    [
      'with a route on one side only',
      outlook({
        [EU]: { peering: network({ [AP]: 'active' }, [AP]) },
        [AP]: { peering: network({ [EU]: 'active' }, []) },
      }),
      'missing',
      'ap-southeast-1 has no route to eu-west-1 over pcx-1.',
    ],
    [
      'with one side not seen',
      outlook({
        [EU]: { peering: network({ [AP]: 'active' }, [AP]) },
        [AP]: { peering: unseen('timed out') },
      }),
      'unknown',
      'Whether eu-west-1 reaches ap-southeast-1 is not known: the network of ap-southeast-1 was not observed; timed out.',
    ],
    [
      'missing on the side that is seen',
      outlook({ [AP]: { peering: stale({ peerings: [], routesTo: [] }) } }),
      'missing',
      'eu-west-1 and ap-southeast-1 have no active peering between them.',
    ],
  ])('%s', (_, given, state, message) => {
    expect(pathBetween(given, EU, AP)).toMatchObject({ state, message });
    expect(pathBetween(given, AP, EU).state).toBe(state);
  });
});
