import { describe, expect, test } from 'vitest';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { expectEveryPoint, expectStory, once, withChaos } from './estate/chaos.ts';
import { LIVE_VERSION } from './estate/clusters.ts';
import {
  countChanges,
  deploymentPlan,
  NAMESPACE,
  QUICK_SCALE,
  rollbackPlan,
  served,
  switches,
} from './estate/deployments.ts';
import { killsOf, killsOfCompensation } from './estate/kills.ts';
import { startTwoClusters, type TwoClusters } from './estate/lifecycle.ts';
import { failoverPlan } from './estate/plans.ts';
import type { SimulatedEstate } from './estate/simulated-estate.ts';
import { expectWholeAudit } from './estate/story.ts';

// Deployments by workers that are killed at every boundary and inside of every step, forth and back, and one that an emergency
// takes the environment from. The estate outlives them and counts what they bring about.

let clusters: TwoClusters;

startTwoClusters((started) => {
  clusters = started;
});

const SETTINGS = { timeScale: QUICK_SCALE };

/** Ready pods of what served and of what serves, at every switch from now on. */
function watchSwitches(estate: SimulatedEstate): { before: number; after: number }[] {
  const seen: { before: number; after: number }[] = [];
  const switchLive = estate.clusters.switchLive.bind(estate.clusters);
  estate.clusters.switchLive = (region, namespace, wanted, cluster) => {
    const before = estate.clusters.readyEndpoints(region, namespace, 'live');
    switchLive(region, namespace, wanted, cluster);
    seen.push({ before, after: estate.clusters.readyEndpoints(region, namespace, 'live') });
  };
  return seen;
}

const lessReady = (seen: { before: number; after: number }[]) =>
  seen.filter(({ before, after }) => after < before);

describe.concurrent('kill -9 at every boundary and inside of every step', { timeout: 500_000 }, () => {
  test('of a deployment: every change once, and never fewer ready pods than before a switch', () =>
    withChaos(
      clusters.first,
      async ({ db, estate, killer }) => {
        const switched = watchSwitches(estate);
        const plan = deploymentPlan({ regions: [EU, AP] });
        const id = await db.request(plan);
        const killed = await killer.killAtEach(id, killsOf(plan.steps), () => db.start(id, plan.environment));
        await db.untilState(id, 'done', 60_000);

        expectEveryPoint(killed, plan.steps);
        await expectStory(db, id, { plan, killed, holds: true });
        expect(countChanges(estate)).toEqual(
          once(
            ...[EU, AP].flatMap((region) => [
              `apply v2.0.0 to green in ${region}`,
              `serve v2.0.0 in ${region}`,
              `scale blue to 0 in ${region}`,
            ]),
          ),
        );
        expect(served(estate)).toEqual([LIVE_VERSION, 'v2.0.0', 'v2.0.0']);
        expect(switched).toHaveLength(2);
        expect(lessReady(switched)).toEqual([]);
      },
      SETTINGS,
    ));

  test('of putting a deployment back: every Region once, and never fewer ready pods than before a switch', () =>
    withChaos(
      clusters.second,
      async ({ db, estate, killer }) => {
        const plan = deploymentPlan({ regions: [EU, AP], soakMinutes: 30 });
        const id = await db.request(plan);
        const gate = await db.barrier('checkpoint:gate parity');
        await db.start(id, plan.environment);
        await gate.reached(60_000);
        const switched = watchSwitches(estate);
        const killed = await killer.killAtEach(id, killsOfCompensation(plan.compensation), async () => {
          await db.ask(id, 'revert');
          await gate.lift();
        });
        await db.untilState(id, 'reverted', 60_000);

        const keys = plan.compensation.map(({ key }) => key).sort();
        expect(killed.ended.toSorted()).toEqual(keys.filter((key) => !key.startsWith('back-verify-')));
        expect([...new Set(killed.inside)].sort()).toEqual(keys);
        expect(switches(estate).slice(2).sort()).toEqual([`${LIVE_VERSION} ${AP}`, `${LIVE_VERSION} ${EU}`]);
        expect(lessReady(switched)).toEqual([]);
        expect(served(estate)).toEqual([LIVE_VERSION, LIVE_VERSION, LIVE_VERSION]);
        for (const region of [EU, AP])
          expect(
            estate.clusters.readShop(region, NAMESPACE, null).colours.map(({ replicas }) => replicas),
          ).toEqual([4, 0]);
        await expectWholeAudit(db);
      },
      SETTINGS,
    ));
});

describe('an emergency', { timeout: 200_000 }, () => {
  test('takes the environment from a deployment, which is rolled back by an operation of its own afterwards', () =>
    withChaos(
      clusters.first,
      async ({ db, estate }) => {
        const id = await db.run(deploymentPlan({ soakMinutes: 1_440 }));
        await db.untilEvent(id, 'finished', `drain-${US}`, 60_000);
        estate.lose(US, { apis: true });
        const emergency = await db.preempt(failoverPlan(), id);
        await db.untilState(id, 'superseded', 60_000);
        expect(served(estate)).toEqual(['v2.0.0', LIVE_VERSION, LIVE_VERSION]);
        await db.untilState(emergency, 'done', 120_000);
        const back = await db.run(rollbackPlan({ regions: [US] }));
        await db.untilState(back, 'done', 60_000);
        expect(served(estate)).toEqual([LIVE_VERSION, LIVE_VERSION, LIVE_VERSION]);
        await expectWholeAudit(db);
      },
      { ...SETTINGS, workers: 2 },
    ));
});
