import { describe, expect, test } from 'vitest';
import type { Plan } from '#lib/domain/operation/plan.ts';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { once } from './estate/chaos.ts';
import { regionOf } from './estate/databases.ts';
import { startCluster } from './estate/lifecycle.ts';
import { failoverPlan, rebuildPlan, shiftPlan, switchoverPlan } from './estate/plans.ts';
import {
  expectIreland,
  meanwhile,
  outputsOf,
  PATIENCE_MS,
  type Scene,
  stateOf,
  withDeadline,
  onEstate as withEstate,
} from './estate/scene.ts';
import type { EstateCall } from './estate/server.ts';
import type { SimulatedEstate } from './estate/simulated-estate.ts';
import { countOnce, expectCommands, expectOrders, expectWholeAudit, missingOn } from './estate/story.ts';
import { recoveryWatch } from './estate/watch.ts';
import { type TestCluster, type TestDatabase, until } from './harness.ts';

// What else goes wrong in the middle of the product's own failover and switchover: Regions that go and come, RDS that
// refuses, hangs and forgets to answer, plans that are out of date, and emergencies on top.

const PROMOTE = `promote-${EU}`;

let cluster: TestCluster;

startCluster((started) => {
  cluster = started;
});

const onEstate = (work: (scene: Scene) => Promise<void>) => withEstate(cluster, work);

describe.concurrent('a second Region is lost in the middle of a failover', { timeout: 240_000 }, () => {
  test('the third: orders come back all the same, and what it lacks is said', () =>
    onEstate(async (scene) => {
      const { db, estate } = scene;
      estate.lose(US);
      const plan = failoverPlan();
      const id = await db.run(plan);
      await meanwhile(scene, { id, stepKey: PROMOTE, method: 'promoteReplica' }, () => estate.lose(AP));
      const { outcome } = await db.untilState(id, 'incomplete', PATIENCE_MS);
      expect(outcome).toMatch(/Open: “A new copy in ap-southeast-1” left undone; .* Not done: “A new copy/);
      const outputs = await outputsOf(db, id);
      expect(outputs['verify-redundancy']).toMatchObject({ restored: false });
      expect(outputs[`point-writer-${AP}`]).toMatchObject({ reached: false });
      expect(outputs.summary?.debts).toEqual(
        expect.arrayContaining([
          expect.stringContaining(`verify-order-${AP}`),
          expect.stringContaining(`create-replica-${AP}`),
          expect.stringContaining('no second copy replicates'),
        ]),
      );
      expect(await stateOf(db, id, `delete-replica-${AP}`)).toBe('skipped');
      expect(estate.databases.find(AP, `ecommerce-db-${AP}`)).toBeDefined();
      await expectIreland(scene, { id, plan }, [EU]);
      await expectCommands(db, id);
    }));

  test('the target, before it is promoted: an emergency to the third takes the environment', () =>
    onEstate(async (scene) => {
      const { db, estate } = scene;
      estate.lose(US);
      const first = await db.run(failoverPlan());
      await meanwhile(scene, { id: first, stepKey: PROMOTE, method: 'promoteReplica' }, () =>
        estate.lose(EU),
      );
      await until('it looks what came of it', async () =>
        (await db.steps(first)).some(({ key, evidence }) => key === PROMOTE && evidence.length > 0)
          ? true
          : undefined,
      );
      const plan = failoverPlan({ target: AP });
      // What cannot be put back is not interrupted before the holder's 30 s are over.
      const id = await db.preempt(plan, first, 31);
      // Without a copy in Ireland, which is lost too.
      await db.untilState(id, 'incomplete', PATIENCE_MS);
      expect((await db.operation(first)).state).toBe('superseded');
      estate.bringBack(EU);
      expect(countOnce(estate)).toEqual(once(`promote ecommerce-db-${AP}`, `scale ${EU}`, `scale ${AP}`));
      expect(estate.databases.primaries().map(regionOf)).toEqual([US, AP]);
      await expectOrders(estate, { from: [AP], on: AP });
      await expectWholeAudit(db);
    }));

  test('the target, once it is promoted: the run holds for people, puts nothing back, and goes on with it', () =>
    onEstate(async (scene) => {
      const { db, estate } = scene;
      estate.lose(US);
      const plan = failoverPlan();
      const id = await db.run(plan);
      const point = { id, stepKey: `point-writer-${EU}`, method: 'readShopConfig' };
      await meanwhile(scene, point, () => estate.lose(EU));
      await db.untilState(id, 'holding', PATIENCE_MS);
      expect(await stateOf(db, id, `point-writer-${EU}`)).toBe('holding');
      estate.bringBack(EU);
      await db.ask(id, 'run');
      await db.untilState(id, 'done', PATIENCE_MS);
      expect((await db.steps(id)).map(({ key }) => key)).toEqual(plan.steps.map(({ key }) => key));
      await expectIreland(scene, { id, plan });
    }));
});

test.concurrent(
  'the Region that is left falls silent in the middle of its fence: the promotion does not wait for it',
  {
    timeout: 240_000,
  },
  () =>
    onEstate(async (scene) => {
      const { db, estate } = scene;
      estate.lose(US, { apis: true });
      const plan = failoverPlan();
      const id = await db.run(plan);
      const fence = { id, stepKey: `fence-database-${US}`, method: 'rebootDatabase' };
      await meanwhile(scene, fence, () => estate.lose(US));
      const silentAtMs = Date.now();
      const { at } = await db.untilEvent(id, 'started', PROMOTE, PATIENCE_MS);
      expect(at.getTime() - silentAtMs).toBeLessThan(60_000);
      await db.untilState(id, 'done', PATIENCE_MS);
      expect((await outputsOf(db, id))[`fence-database-${US}`]).toMatchObject({ fenced: 'unreachable' });
      await expectIreland(scene, { id, plan });
    }),
);

describe.concurrent('the lost Region is back in the middle of a failover', { timeout: 240_000 }, () => {
  test.each([
    ['before the promotion', PROMOTE, 'promoteReplica'],
    ['behind it', `create-replica-${AP}`, 'createReplica'],
  ])('%s: its old primary takes orders until it is shut, and nobody is sent there', (_, stepKey, method) =>
    onEstate(async (scene) => {
      const { db, server, estate } = scene;
      const watch = await recoveryWatch(db, server.url);
      estate.lose(US);
      const plan = failoverPlan();
      const id = await db.run(plan);
      await meanwhile(scene, { id, stepKey, method }, () => estate.bringBack(US));
      expect((await outputsOf(db, id))[`fence-database-${US}`]).toMatchObject({ fenced: 'unreachable' });
      const [fence] = await until(
        'the fence is done',
        async () => {
          await watch();
          const rows = await db.query<{ at: Date; told: Date | null }>(
            `select ended_at as at, split_brain_at as told from fence where operation_id = $1 and state = 'done'`,
            [id],
          );
          return rows.length > 0 ? rows : undefined;
        },
        30_000,
        async () => JSON.stringify(await db.query('select * from fence')),
      );
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(fence?.told, 'that two took orders was told').not.toBeNull();
      const behind = estate.shops.acknowledged.filter(
        ({ writtenIn, atMs }) => writtenIn === US && atMs > (fence?.at.getTime() ?? 0),
      );
      expect(behind, 'orders behind the fence').toEqual([]);
      expect(estate.readers.ask('na', 10)[US], 'DNS names Virginia').toBeUndefined();
      await expectIreland(scene, { id, plan });
    }),
  );
});

describe.concurrent('the promotion', { timeout: 240_000 }, () => {
  test('is refused while RDS backs up: asked for again once that is over', () =>
    onEstate(async (scene) => {
      const { db, server, estate } = scene;
      estate.lose(US);
      const plan = failoverPlan();
      const id = await db.run(plan);
      let end = () => {};
      await meanwhile(scene, { id, stepKey: PROMOTE, method: 'promoteReplica' }, () => {
        end = estate.databases.backUp(EU, `ecommerce-db-${EU}`);
      });
      await until('it waits', async () => ((await db.steps(id)).some(isWaiting) ? true : undefined), 20_000);
      end();
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(server.calls.filter(isPromotion)).toHaveLength(2);
      await expectIreland(scene, { id, plan });

      function isWaiting({ key, evidence }: { key: string; evidence: { text: string }[] }) {
        return key === PROMOTE && evidence.some(({ text }) => text.includes('is backing-up'));
      }
    }));

  test('hangs: it is not asked for again, holds for people after its time, and is found done', () =>
    onEstate(async (scene) => {
      const { db, server, estate } = scene;
      estate.lose(US);
      estate.databases.promotion = 'hang';
      const plan = withDeadline(failoverPlan(), PROMOTE, 2);
      const id = await db.run(plan);
      await db.untilState(id, 'holding', PATIENCE_MS);
      expect(await stateOf(db, id, PROMOTE)).toBe('holding');
      estate.databases.goOn();
      await db.ask(id, 'run');
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(server.calls.filter(isPromotion)).toHaveLength(1);
      await expectIreland(scene, { id, plan });
    }));

  test('is accepted and its answer lost: it is not asked for again', () =>
    onEstate(async (scene) => {
      const { db, server, estate } = scene;
      estate.lose(US);
      server.trouble = (call) => (isPromotion(call) ? 'answer-lost' : undefined);
      const plan = failoverPlan();
      const id = await db.run(plan);
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(server.calls.filter(isPromotion)).toHaveLength(1);
      await expectIreland(scene, { id, plan });
    }));

  const isPromotion = ({ method }: EstateCall) => method === 'promoteReplica';
});

describe.concurrent('a plan that is out of date', { timeout: 240_000 }, () => {
  test.each([
    ['its target was promoted by somebody else', () => failoverPlan(), `declare-${EU}`],
    ['its target was promoted by somebody else', () => switchoverPlan(), 'recheck'],
  ])('%s: it fails at its first step and changes nothing', (_, planned, key) =>
    onEstate(async ({ db, estate }) => {
      const plan = planned();
      estate.databases.promote(EU, `ecommerce-db-${EU}`, 7);
      await until('it is a primary', async () =>
        estate.databases.primaries().length === 2 ? true : undefined,
      );
      const id = await db.run(plan);
      const { outcome } = await db.untilState(id, 'failed', PATIENCE_MS);
      expect(outcome).toMatch(/Nothing was changed/);
      expect(await stateOf(db, id, key)).toBe('failed');
      expect(estate.effects).toEqual([]);
      await expectWholeAudit(db);
    }),
  );

  test('more would be lost than was accepted: it stops before anything is changed', () =>
    onEstate(async ({ db, estate }) => {
      estate.lose(US);
      const id = await db.run(failoverPlan({ acceptSeconds: 0 }));
      const { outcome } = await db.untilState(id, 'failed', PATIENCE_MS);
      expect(outcome).toMatch(/Nothing was changed/);
      expect(estate.effects).toEqual([]);
    }));
});

describe.concurrent('a copy that has come further than the new primary', { timeout: 240_000 }, () => {
  test('is read before it is deleted, and what only it has is listed, also when its reader dies', () =>
    onEstate(async (scene) => {
      const { db, server, estate } = scene;
      const [first] = db.workers;
      const watch = await recoveryWatch(db, server.url);
      const copyIn = (region: string) => estate.databases.find(region, `ecommerce-db-${region}`);
      const beyond = () => {
        const there = new Set(copyIn(EU)?.log.map(({ id }) => id));
        return (copyIn(AP)?.log ?? []).filter(({ kind, id }) => kind === 'order' && !there.has(id));
      };
      estate.cut(US, EU);
      await until('Singapore is ahead', async () => (beyond().length > 5 ? true : undefined));
      estate.lose(US);
      const ahead = beyond().map(({ id }) => id);
      const plan = failoverPlan();
      const id = await db.run(plan);
      const stepKey = `delete-replica-${AP}`;
      const trap = server.trap({ operation: id, stepKey, method: 'deleteReplica', at: 'answers' });
      await Promise.race([trap.caught, db.untilEvent(id, 'ended', undefined, PATIENCE_MS)]);
      await db.startWorkers(1, { estateUrl: server.url });
      await first?.kill('SIGKILL');
      trap.drop();
      await db.untilState(id, 'done', PATIENCE_MS);
      await watch();
      const listed = await db.query<{ id: string; where: string }>(
        'select order_id as id, found_in as where from salvage_order where operation_id = $1',
        [id],
      );
      expect(listed.map((order) => order.id).sort()).toEqual(ahead.sort());
      expect([...new Set(listed.map(({ where }) => where))]).toEqual([AP]);
      expect(copyIn(AP)).toBeUndefined();
      expect((await outputsOf(db, id)).summary?.facts).toContain(
        `${stepKey}: ${ahead.length} orders that the writer lacks are listed.`,
      );
      const lost = missingOn(estate, EU).filter((order) => !ahead.includes(order.id));
      expect(
        lost.filter(({ writtenIn }) => writtenIn !== US),
        'what not even Virginia has',
      ).toEqual([]);
      await expectIreland(scene, { id, plan });
    }));
});

describe.concurrent('a copy that a failover left behind, when its Region is rebuilt', {
  timeout: 240_000,
}, () => {
  const stepKey = `delete-replica-${AP}`;
  const copyIn = (estate: SimulatedEstate, region: string) =>
    estate.databases.find(region, `ecommerce-db-${region}`);

  /** Ireland has taken over without Singapore, whose copy had come further and which is back now. */
  async function leaveBehind(scene: Scene): Promise<{ plan: Plan; ahead: string[] }> {
    const { db, estate } = scene;
    const beyond = () => {
      const there = new Set(copyIn(estate, EU)?.log.map(({ id }) => id));
      return (copyIn(estate, AP)?.log ?? []).filter(({ kind, id }) => kind === 'order' && !there.has(id));
    };
    estate.cut(US, EU);
    await until('Singapore is ahead', async () => (beyond().length > 5 ? true : undefined));
    estate.lose(US);
    const ahead = beyond().map(({ id }) => id);
    const id = await db.run(failoverPlan());
    await meanwhile(scene, { id, stepKey: PROMOTE, method: 'promoteReplica' }, () => estate.lose(AP));
    await db.untilState(id, 'incomplete', PATIENCE_MS);
    estate.bringBack(AP);
    const { rpo } = (await outputsOf(db, id))[`declare-${EU}`] as { rpo: { lastCommitAt: string } };
    return { plan: rebuildPlan(estate, AP, rpo.lastCommitAt), ahead: ahead.sort() };
  }

  const listed = async (db: TestDatabase, id: string) =>
    (
      await db.query<{ id: string }>('select order_id as id from salvage_order where operation_id = $1', [id])
    ).map((order) => order.id);

  test('is read before it is deleted, also when its reader dies', () =>
    onEstate(async (scene) => {
      const { db, server, estate } = scene;
      const [first] = db.workers;
      const watch = await recoveryWatch(db, server.url);
      const { plan, ahead } = await leaveBehind(scene);
      const id = await db.run(plan);
      const trap = server.trap({ operation: id, stepKey, method: 'deleteReplica', at: 'answers' });
      await Promise.race([trap.caught, db.untilEvent(id, 'ended', undefined, PATIENCE_MS)]);
      await db.startWorkers(1, { estateUrl: server.url });
      await first?.kill('SIGKILL');
      trap.drop();
      await db.untilState(id, 'done', PATIENCE_MS);
      await watch();
      expect((await listed(db, id)).sort()).toEqual(ahead);
      expect(copyIn(estate, AP)).toBeUndefined();
      expect((await outputsOf(db, id)).summary?.facts).toContain(
        `${stepKey}: ${ahead.length} orders that the writer lacks are listed.`,
      );
      await expectOrders(estate, { from: [EU, AP], on: EU });
      await expectWholeAudit(db);
    }));

  test('that cannot be read is kept, and the run says so', () =>
    onEstate(async (scene) => {
      const { db, server, estate } = scene;
      const watch = await recoveryWatch(db, server.url);
      const { plan, ahead } = await leaveBehind(scene);
      server.trouble = ({ method, args: [region] }) =>
        method === 'ordersSince' && region === AP ? 'refused' : undefined;
      const id = await db.run(plan);
      const { outcome } = await db.untilState(id, 'incomplete', PATIENCE_MS);
      await watch();
      expect(outcome).toMatch(
        /Open: “Delete the old copy in ap-southeast-1” left undone\. Not done: .* could not be read \(ordersSince is refused\)\.$/,
      );
      expect(await listed(db, id)).toEqual([]);
      const kept = copyIn(estate, AP)?.log.map((entry) => entry.id);
      expect(kept).toEqual(expect.arrayContaining(ahead));
      expect(countOnce(estate, /^delete/)).toEqual({});
      await expectOrders(estate, { from: [EU, AP], on: EU });
      await expectWholeAudit(db);
    }));
});

describe.concurrent('an emergency failover', { timeout: 240_000 }, () => {
  test('takes the environment from a shift under way, whose records nobody touches any more', () =>
    onEstate(async (scene) => {
      const { db, estate } = scene;
      const shift = await db.run(shiftPlan(estate));
      await db.untilEvent(shift, 'finished', 'dwell-1', PATIENCE_MS);
      estate.lose(US);
      const plan = failoverPlan();
      const id = await db.preempt(plan, shift);
      await db.untilState(id, 'done', PATIENCE_MS);
      expect((await db.operation(shift)).state).toBe('superseded');
      expect((await db.steps(shift)).map(({ key }) => key)).not.toContain('restore-weights');
      expect(estate.effects.filter(({ name }) => name === 'change records')).toMatchObject([
        { operation: shift, stepKey: 'weights-1' },
      ]);
      await expectIreland(scene, { id, plan });
    }));
});
