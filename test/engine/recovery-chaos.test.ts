import { describe, expect, test } from 'vitest';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { expectEveryPoint, expectStory, once, withChaos } from './estate/chaos.ts';
import { regionOf } from './estate/databases.ts';
import { killsOf } from './estate/kills.ts';
import { startTwoClusters, type TwoClusters } from './estate/lifecycle.ts';
import { failoverPlan, switchoverPlan } from './estate/plans.ts';
import { countOnce, expectNoSecondWriter, expectOrders, missingOn, standing } from './estate/story.ts';

// The product's own failover and switchover, run by the product's own actions in workers that are killed at every boundary
// and inside of every step, on a simulated estate that outlives them and counts what they bring about.

let clusters: TwoClusters;

startTwoClusters((started) => {
  clusters = started;
});

/** A commit was on a copy that follows within this, ms. */
const REPLICATED_MS = 2_000;

describe.concurrent('kill -9 at every boundary and inside of every step', { timeout: 400_000 }, () => {
  test('of a failover: one new writer, every effect once, and nobody orders behind the fence', () =>
    withChaos(clusters.first, async ({ db, server, estate, killer }) => {
      // Cut off, but for its APIs: so the fence is reached, and there is something to do in every step.
      estate.lose(US, { apis: true });
      const lostAtMs = Date.now();
      const plan = failoverPlan();
      const id = await db.request(plan);
      const killed = await killer.killAtEach(id, killsOf(plan.steps), () => db.start(id, plan.environment));
      await db.untilState(id, 'done', 60_000);

      expectEveryPoint(killed, plan.steps);
      await expectStory(db, id, { plan, killed });
      expect(countOnce(estate)).toEqual(
        once(
          `promote ecommerce-db-${EU}`,
          `create ecommerce-db-${AP}-1001`,
          `delete ecommerce-db-${AP}`,
          `scale ${EU}`,
          `scale ${AP}`,
        ),
      );
      expect(server.calls.filter(({ method }) => method === 'promoteReplica')).toHaveLength(1);
      expect(await expectNoSecondWriter(db, estate, { id, plan })).toBe(1);
      await expectOrders(estate, { from: [EU, AP], on: EU });
      expect(standing(estate)).toEqual([
        `ecommerce-db-${AP}-1001 replica replicating`,
        `ecommerce-db-${EU} primary available`,
        `ecommerce-db-${US} primary available`,
      ]);
      // What is missing was taken by Virginia before its fence, when nobody else heard of it any more.
      const missing = missingOn(estate, EU);
      expect(missing.filter(({ writtenIn }) => writtenIn !== US)).toEqual([]);
      expect(missing.filter(({ atMs }) => atMs < lostAtMs - REPLICATED_MS)).toEqual([]);
    }));

  test('of a switchover: no order is lost, every effect once, and one writer at every moment', () =>
    withChaos(clusters.second, async ({ db, server, estate, killer }) => {
      const plan = switchoverPlan();
      const id = await db.request(plan);
      const killed = await killer.killAtEach(id, killsOf(plan.steps), () => db.start(id, plan.environment));
      await db.untilState(id, 'done', 60_000);

      expectEveryPoint(killed, plan.steps);
      await expectStory(db, id, { plan, killed });
      expect(countOnce(estate)).toEqual(
        once(
          `promote ecommerce-db-${EU}`,
          `rename ecommerce-db-${US}`,
          `create ecommerce-db-${US}`,
          `create ecommerce-db-${AP}-1001`,
          `delete ecommerce-db-${AP}`,
          `scale ${EU}`,
          `scale ${AP}`,
        ),
      );
      expect(server.calls.filter(({ method }) => method === 'promoteReplica')).toHaveLength(1);
      expect(await expectNoSecondWriter(db, estate, { id, plan })).toBe(1);
      await expectOrders(estate, { from: [US, EU, AP], on: EU });
      expect(missingOn(estate, EU)).toEqual([]);
      const [old] = estate.databases.in(US).filter(({ seen }) => seen.role === 'primary');
      expect(old?.seen).toMatchObject({ securityGroupIds: ['sg-deny'] });
      expect(old?.seen.instanceId).toMatch(/^ecommerce-db-us-east-1-fenced-\d{8}-1001$/);
      const copies = estate.databases.instances.filter(({ seen }) => seen.replication === 'replicating');
      expect(copies.map(regionOf).sort()).toEqual([AP, US]);
    }));
});
