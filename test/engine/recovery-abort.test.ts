import { describe, expect, test } from 'vitest';
import type { Plan } from '#lib/domain/operation/plan.ts';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { type Chaos, expectEveryStep, withChaos } from './estate/chaos.ts';
import { type Killed, killsOfCompensation } from './estate/kills.ts';
import { startTwoClusters, type TwoClusters } from './estate/lifecycle.ts';
import { failoverPlan, switchoverPlan } from './estate/plans.ts';
import { countOnce, expectOrders, expectWholeAudit, missingOn } from './estate/story.ts';

// A failover and a switchover that are stopped at the last moment before their point of no return, and workers that are
// killed while they put things back.

let clusters: TwoClusters;

startTwoClusters((started) => {
  clusters = started;
});

describe.concurrent('kill -9 at the end and inside of every step', { timeout: 400_000 }, () => {
  test('of putting back what a failover had changed before anybody promoted', () =>
    withChaos(clusters.first, async ({ db, estate, killer }) => {
      estate.lose(US, { apis: true });
      const plan = failoverPlan();
      const { id, killed } = await abortBeforePromotion({ db, killer, plan });
      await db.untilState(id, 'aborted', 60_000);
      estate.bringBack(US);

      expectEveryStep(killed, plan.compensation);
      expect(Object.keys(countOnce(estate)).filter((name) => !name.startsWith('scale '))).toEqual([]);
      await expectOrders(estate, { from: [US, EU, AP], on: US });
      expect(missingOn(estate, US)).toEqual([]);
      expect(estate.readers.ask('na', 10)).toEqual({ [US]: 10 });
      await expectWholeAudit(db);
    }));

  test('of putting back a sealed switchover: the old writer takes orders again, and none is lost', () =>
    withChaos(clusters.second, async ({ db, estate, killer }) => {
      const plan = switchoverPlan();
      const { id, killed } = await abortBeforePromotion({ db, killer, plan });
      await db.untilState(id, 'aborted', 60_000);

      expectEveryStep(killed, plan.compensation);
      expect(Object.keys(countOnce(estate)).filter((name) => !name.startsWith('scale '))).toEqual([]);
      await expectOrders(estate, { from: [US, EU, AP], on: US });
      expect(missingOn(estate, US)).toEqual([]);
      expect(estate.readers.ask('na', 10)).toEqual({ [US]: 10 });
      await expectWholeAudit(db);
    }));
});

/**
 * Aborts between the gate of the promotion, which still let it begin, and its start: the later of the two wins. Then its
 * worker is killed at every boundary and inside of every step that puts things back.
 */
async function abortBeforePromotion({
  db,
  killer,
  plan,
}: Pick<Chaos, 'db' | 'killer'> & { plan: Plan }): Promise<{ id: string; killed: Killed }> {
  const id = await db.request(plan);
  const gate = await db.barrier(`checkpoint:gate promote-${EU}`);
  await db.start(id, plan.environment);
  await gate.reached(60_000);
  const killed = await killer.killAtEach(id, killsOfCompensation(plan.compensation), async () => {
    await db.ask(id, 'abort');
    await gate.lift();
  });
  expect((await db.steps(id)).find(({ key }) => key === `promote-${EU}`)).toMatchObject({ attempt: 0 });
  return { id, killed };
}
