import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AP,
  copyOfEstate,
  databaseOf,
  EU,
  meshed,
  NOW,
  outlook,
  type RegionChanges,
  seen,
  stale,
  US,
  unseen,
  without,
} from '#test/recovery-facts.ts';
import type { Estate } from '../estate/estate.ts';
import { type Outlook, requireDeclared } from './facts.ts';
import { rankTargets, type Target } from './targets.ts';

/** US lost, the path between the others there, and AP as promotable as EU. */
function lostUs(byRegion: RegionChanges = {}, estate: Estate = bothPromotable()): Outlook {
  const paths = meshed(estate);
  const merged = Object.fromEntries(
    estate.regions.map(({ code }) => [code, { ...paths[code], ...byRegion[code] }]),
  );
  return without(US, outlook(merged, {}, estate));
}

function bothPromotable(): Estate {
  const estate = copyOfEstate();
  for (const region of estate.regions) region.promotable = true;
  return estate;
}

const position = (secondsAgo: number) => ({
  position: seen({
    instanceId: 'db',
    inRecovery: true,
    receivedLsn: null,
    replayedLsn: null,
    lastCommitAt: new Date(NOW.getTime() - secondsAgo * 1_000).toISOString(),
    timeline: 1,
    walBytesPerSecond: null,
    lastOrder: null,
  }),
  lag: unseen(),
});
const order = (targets: readonly Target[]) => targets.map(({ region }) => region);
const reason = (target: Target | undefined, code: string) =>
  target?.reasons.find((found) => found.code === code);

describe('targets when the writer’s Region is lost', () => {
  it('the seed’s estate: EU first with warnings, AP is not declared promotable', () => {
    const [first, second, ...more] = rankTargets(without(US, outlook()), [US]);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      region: EU,
      rank: 1,
      verdict: 'with-warnings',
      jurisdiction: 'EU',
      version: '1.4.0',
    });
    expect(second).toMatchObject({ region: AP, rank: 2, verdict: 'blocked' });
    expect(reason(first, 'network')).toMatchObject({
      verdict: 'warning',
      message: 'ap-southeast-1 cannot reach eu-west-1: orders placed there would fail.',
      source: 'B-05',
    });
    expect(reason(first, 'capacity')?.message).toBe(
      'eu-west-1 would need 22 nodes and has 12 ready; it may have 30, but over 21 no reserve is left.',
    );
    expect(reason(second, 'promotable')?.message).toBe(
      'The estate does not declare ap-southeast-1 promotable; its database is planned as db.r6g.large.',
    );
    expect(second?.summary).toBe(
      'ap-southeast-1: at most 2.4 s of orders lost; 18 nodes needed, 8 ready; stopped by promotable.',
    );
  });

  it.each<[string, RegionChanges, string[]]>([
    ['by what would be lost', { [EU]: position(40), [AP]: position(3) }, [AP, EU]],
    ['by what would be lost, not by its noise', { [EU]: position(2.9), [AP]: position(2.1) }, [EU, AP]],
    [
      'what nobody knows comes last',
      { [EU]: { position: unseen(), lag: unseen() }, [AP]: position(300) },
      [AP, EU],
    ],
    ['by spare capacity', { [AP]: { nodes: seen({ ready: 18, total: 18 }) } }, [AP, EU]],
    [
      'by version parity',
      {
        [EU]: {
          service: seen({ namespace: 'shop', service: 'app-service', liveVersion: '1.3.0', deployments: [] }),
        },
      },
      [AP, EU],
    ],
    ['by residency, all else being equal', {}, [EU, AP]],
    [
      'what cannot be promoted comes last, however little would be lost',
      {
        [EU]: { ...position(1), healthCheck: seen({ region: EU, healthy: false, percentHealthy: 0 }) },
        [AP]: position(500),
      },
      [AP, EU],
    ],
  ])('rank %s', (_, byRegion, expected) => {
    expect(order(rankTargets(lostUs(byRegion), [US]))).toEqual(expected);
  });

  it('counts what was lost to the outage, not to now', () => {
    const given = lostUs({ [EU]: position(62) });
    const endedAt = new Date(NOW.getTime() - 60_000).toISOString();
    const bounded = rankTargets(given, [US], { writesEndedAt: endedAt });
    expect(bounded.find(({ region }) => region === EU)?.risk?.seconds).toBe(2);
    expect(rankTargets(given, [US]).find(({ region }) => region === EU)?.risk?.seconds).toBe(62);
  });

  it('a target whose database nobody sees is none', () => {
    const [first, second] = rankTargets(lostUs({ [EU]: { database: unseen('timed out') } }), [US]);
    expect([first?.region, first?.verdict, second?.verdict]).toEqual([AP, 'with-warnings', 'blocked']);
  });

  it('one in another account is none', () => {
    const given = lostUs({ [EU]: { identity: seen({ account: '999999999999', arn: 'arn' }) } });
    expect(
      reason(
        rankTargets(given, [US]).find(({ region }) => region === EU),
        'credentials',
      ),
    ).toMatchObject({ verdict: 'blocked' });
  });

  it('a copy of another database has none of the orders: a second loss before the rebuild', () => {
    const eu = requireDeclared(outlook(), EU);
    const primary = databaseOf(eu, { role: 'primary', replication: null, sourceArn: null });
    const given = lostUs({
      [EU]: {
        database: stale(primary, 'timed out', 60),
        databases: stale({ instances: [primary] }, 'timed out', 60),
      },
    });
    const [target] = rankTargets(given, [US, EU]);
    expect(target).toMatchObject({ region: AP, verdict: 'blocked', risk: { seconds: null, bytes: null } });
    expect(reason(target, 'source')?.message).toBe(
      'ap-southeast-1 replicates from us-east-1, not from eu-west-1: it has none of the orders written since. Rebuild it first.',
    );
    expect(target?.risk?.message).toMatch(/what was written in eu-west-1 is not there/);
  });

  it('of two lost Regions, the third', () => {
    const targets = rankTargets(without(EU, lostUs()), [US, EU]);
    expect(order(targets)).toEqual([AP]);
    expect(reason(targets[0], 'network')?.message).toBe(
      'No other Region is left that would have to reach ap-southeast-1.',
    );
    expect(reason(targets[0], 'residency')?.message).toBe(
      'Orders of Europe, Middle East, Africa (EU) would be stored in SG, and no adequacy decision covers it.',
    );
  });

  it('nobody is left when all are lost', () => {
    expect(rankTargets(outlook(), [US, EU, AP])).toEqual([]);
  });

  it('does not depend on the order in which facts come', () => {
    const given = lostUs();
    const ranked = order(rankTargets(given, [US]));
    fc.assert(
      fc.property(fc.shuffledSubarray([...given.facts.regions], { minLength: 3 }), (regions) => {
        expect(order(rankTargets({ ...given, facts: { ...given.facts, regions } }, [US]))).toEqual(ranked);
      }),
      { numRuns: 6 },
    );
  });
});

describe('targets of a planned move', () => {
  it('leave out the writer, lose nothing, and ask for lag and replication', () => {
    const [first] = rankTargets(outlook(meshed()), []);
    expect(first).toMatchObject({ region: EU, risk: null });
    expect(order(rankTargets(outlook(), []))).not.toContain(US);
    expect(first?.summary).toMatch(/^eu-west-1: no order lost; 12 nodes needed, 12 ready; /);
    const lagging = outlook({
      [EU]: { lag: seen({ seconds: 50, bytes: 1, class: 'critical', idle: false }) },
    });
    expect(rankTargets(lagging, []).find(({ region }) => region === EU)?.verdict).toBe('blocked');
    const eu = requireDeclared(outlook(), EU);
    const stopped = outlook({ [EU]: { database: seen(databaseOf(eu, { replication: 'stopped' })) } });
    expect(rankTargets(stopped, []).find(({ region }) => region === EU)?.verdict).toBe('blocked');
  });

  it('one with nothing against it is ready', () => {
    const estate = copyOfEstate();
    for (const geography of estate.geographies) geography.residency = undefined;
    const [first] = rankTargets(outlook(meshed(), {}, estate), []);
    expect(first).toMatchObject({ region: EU, verdict: 'ready' });
    expect(first?.summary).toBe('eu-west-1: no order lost; 12 nodes needed, 12 ready; nothing against it.');
  });
});
