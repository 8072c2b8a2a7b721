import { describe, expect, it } from 'vitest';
import { databaseOf, EU, outlook, type RegionChanges, seen, US } from '#test/recovery-facts.ts';
import { requireDeclared } from './facts.ts';
import type { LeftOrders } from './left-run.ts';
import { refusedOrders } from './refused-orders.ts';

const LEFT: LeftOrders = {
  operation: 'OP-1',
  how: 'was superseded between “Shut the writer” and “Promote the database in eu-west-1”',
  since: '2026-11-23T09:58:00.000Z',
  frozen: [EU],
  shut: [US],
};

const shutDatabase = databaseOf(requireDeclared(outlook(), US), {
  securityGroupNames: ['ecommerce-deny-all'],
});
const frozen: RegionChanges[string] = {
  shopConfig: seen({ namespace: 'shop', writerEndpoint: US, writeFreeze: true }),
};
const shut: RegionChanges[string] = { database: seen(shutDatabase) };

const say = (byRegion: RegionChanges, left: LeftOrders | null = LEFT, kind?: string) =>
  refusedOrders(outlook(byRegion, { left, holder: kind ? { id: 'OP-3', title: 'x', kind } : null }))
    ?.message ?? null;

describe('why orders are refused', () => {
  it('is said with since when, which run, where it stopped, and what ends it', () => {
    expect(say({ [US]: shut, [EU]: frozen })).toBe(
      'Orders are refused since 2026-11-23 09:58 UTC, because OP-1 was superseded between “Shut the writer” and “Promote the database in eu-west-1”. Put OP-1 back.',
    );
  });

  it('names the Regions where it is not all of them', () => {
    expect(say({ [EU]: frozen })).toMatch(/^Orders of eu-west-1 are refused since/);
  });

  it('says that it is being put back', () => {
    expect(say({ [US]: shut }, LEFT, 'recovery-revert')).toMatch(/OP-3 is putting it back\.$/);
  });

  it.each<[string, RegionChanges, LeftOrders | null]>([
    ['no run has left it so', { [US]: shut, [EU]: frozen }, null],
    ['it is not seen so any more', {}, LEFT],
    ['somebody else froze another Region', { [US]: frozen }, LEFT],
  ])('is not said where %s', (_, byRegion, left) => {
    expect(say(byRegion, left)).toBeNull();
  });
});
