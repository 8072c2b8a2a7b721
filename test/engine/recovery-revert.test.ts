import { describe, expect, test } from 'vitest';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { type Chaos, expectEveryPoint, expectStory, withChaos } from './estate/chaos.ts';
import { DENY_ALL } from './estate/databases.ts';
import { killsOf } from './estate/kills.ts';
import { startTwoClusters, type TwoClusters } from './estate/lifecycle.ts';
import { evacuatePlan, revertPlan, switchoverPlan } from './estate/plans.ts';
import { countOnce, expectOrders, expectWholeAudit, missingOn } from './estate/story.ts';
import { until } from './harness.ts';

// A switchover has frozen the orders and shut the writer when an emergency takes its environment: it puts nothing back. The
// operation of its own that does, with the product's own plan.

const PATIENCE_MS = 180_000;
const WRITER = `ecommerce-db-${US}`;

let clusters: TwoClusters;

startTwoClusters((started) => {
  clusters = started;
});

type Scene = Pick<Chaos, 'db' | 'estate'>;

describe.concurrent('a switchover that was superseded behind its seal', { timeout: 400_000 }, () => {
  test('is put back while a Region is still lost: orders are taken where somebody answers, then everywhere', () =>
    withChaos(
      clusters.first,
      async ({ db, estate }) => {
        const id = await supersede({ db, estate });
        const plan = await revertPlan(db, id);
        const refusedFromMs = (await db.operation(id)).ended_at?.getTime() ?? Number.NaN;
        const refusedUntilMs = Date.now();
        const revert = await db.run(plan);
        const restored = async () => {
          const steps = await db.steps(revert);
          const isBack = (code: string) =>
            steps.some(({ key, state }) => key === `restore-writes-${code}` && state === 'done');
          return isBack(US) && isBack(EU) ? true : undefined;
        };
        await until('two Regions are back', restored, 60_000, () => db.describe(revert));
        await expectOrders(estate, { from: [US, EU], on: US });
        const { outcome } = await db.untilState(revert, 'holding', 60_000);
        expect(outcome).toContain(`${AP} does not answer`);
        estate.bringBack(AP);
        await db.untilState(revert, 'done', PATIENCE_MS);

        const between = estate.shops.acknowledged.filter(
          ({ atMs }) => atMs > refusedFromMs && atMs < refusedUntilMs,
        );
        expect(between, 'orders while they were refused').toEqual([]);
        await expectVirginia({ db, estate });
      },
      { workers: 1 },
    ));

  test('and its revert is killed at every boundary and inside of every step: each is done once, no order is missing', () =>
    withChaos(clusters.second, async ({ db, estate, killer }) => {
      const id = await supersede({ db, estate });
      estate.bringBack(AP);
      const plan = await revertPlan(db, id);
      const revert = await db.request(plan);
      const killed = await killer.killAtEach(revert, killsOf(plan.steps), () =>
        db.start(revert, plan.environment),
      );
      await db.untilState(revert, 'done', 60_000);

      expectEveryPoint(killed, plan.steps);
      await expectStory(db, revert, { plan, killed, holds: true });
      await expectVirginia({ db, estate });
    }));

  test('is not put back over what somebody else has changed since, nor beside another writer', () =>
    withChaos(
      clusters.first,
      async ({ db, estate }) => {
        const id = await supersede({ db, estate });
        estate.bringBack(AP);
        const plan = await revertPlan(db, id);
        const config = estate.shops.configs[EU];
        if (!config) throw new Error(`There is no shop in ${EU}.`);
        const { writerEndpoint } = config;
        config.writerEndpoint = 'ecommerce-db-by-hand';
        await expectRefused(
          { db, estate },
          await db.run(plan),
          /names ecommerce-db-by-hand.* somebody changed it/,
        );
        config.writerEndpoint = writerEndpoint;

        estate.databases.promote(EU, `ecommerce-db-${EU}`, 7);
        const promoted = async () => (estate.databases.primaries().length === 2 ? true : undefined);
        await until('Ireland is a primary', promoted);
        await expectRefused({ db, estate }, await db.run(plan), /two writers/);
      },
      { workers: 1 },
    ));
});

/** Between its seal and its promotion, by the evacuation of Singapore, which is lost. */
async function supersede({ db, estate }: Scene): Promise<string> {
  const plan = switchoverPlan();
  const id = await db.request(plan);
  const gate = await db.barrier(`checkpoint:gate promote-${EU}`);
  await db.start(id, plan.environment);
  await gate.reached(60_000);
  estate.lose(AP);
  const emergency = await db.preempt(evacuatePlan(AP, US), id);
  await gate.lift();
  await db.untilState(id, 'superseded', 60_000);
  await db.untilState(emergency, 'done', PATIENCE_MS);
  expect((await db.steps(id)).find(({ key }) => key === `promote-${EU}`)).toMatchObject({ attempt: 0 });
  expect(estate.databases.find(US, WRITER)?.seen.securityGroupIds).toEqual([DENY_ALL]);
  expect(Object.values(estate.shops.configs).map(({ writeFreeze }) => writeFreeze)).toEqual([
    true,
    true,
    true,
  ]);
  return id;
}

/** Orders are taken in Virginia, by it alone and at every moment, and none that was promised is missing. */
async function expectVirginia({ db, estate }: Scene): Promise<void> {
  await expectOrders(estate, { from: [US, EU, AP], on: US });
  expect(missingOn(estate, US)).toEqual([]);
  expect(estate.shops.acknowledged.filter(({ writtenIn }) => writtenIn !== US)).toEqual([]);
  expect(Object.keys(countOnce(estate)).filter((name) => !name.startsWith('scale '))).toEqual([]);
  expect(estate.readers.ask('na', 10)).toEqual({ [US]: 10 });
  await expectWholeAudit(db);
}

/** It looks first, and changes nothing. */
async function expectRefused({ db, estate }: Scene, revert: string, why: RegExp): Promise<void> {
  const { outcome } = await db.untilState(revert, 'failed', 60_000);
  expect(outcome).toMatch(why);
  expect(estate.effects.filter(({ operation }) => operation === revert)).toEqual([]);
  expect(estate.databases.find(US, WRITER)?.seen.securityGroupIds).toEqual([DENY_ALL]);
}
