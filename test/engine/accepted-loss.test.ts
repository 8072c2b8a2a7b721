import { describe, expect, test } from 'vitest';
import { EU, US } from '#test/recovery-facts.ts';
import type { Instance } from './estate/databases.ts';
import { startCluster } from './estate/lifecycle.ts';
import { failoverPlan } from './estate/plans.ts';
import { expectIreland, onEstate, PATIENCE_MS, type Scene, stateOf } from './estate/scene.ts';
import { countOnce, expectOrders, expectWholeAudit, missingOn } from './estate/story.ts';
import { type TestCluster, until } from './harness.ts';

// What requester and approver accepted to be lost, and a run that stands for a while between its declaration and its
// promotion: it is judged once more at the last moment, by how far the copy has come.

const PROMOTE = `promote-${EU}`;

let cluster: TestCluster;

startCluster((started) => {
  cluster = started;
});

/** A failover that is paused at the gate of its promotion. */
async function paused({ db }: Scene, acceptSeconds: number) {
  const plan = failoverPlan({ acceptSeconds });
  const id = await db.request(plan);
  const gate = await db.barrier(`checkpoint:gate ${PROMOTE}`);
  await db.start(id, plan.environment);
  await gate.reached(60_000);
  return { id, plan, goOn: () => gate.lift() };
}

function copyIn({ estate }: Scene): Instance {
  const copy = estate.databases.find(EU, `ecommerce-db-${EU}`);
  if (!copy) throw new Error('Ireland has no copy.');
  return copy;
}

/** As a copy that was restored from what it had before: the last of what it had is gone. */
function loseGround(scene: Scene) {
  const { log } = copyIn(scene);
  return log.splice(-5);
}

const HELD =
  /^Not promoted: up to 60 min of orders were accepted to be lost\. .* has 80 B of the log less than when the loss was declared .* abort this run/;

describe.concurrent('a failover that was paused before its promotion', { timeout: 240_000 }, () => {
  test('whose copy has less by then holds, promotes nothing, and is aborted: all is put back', () =>
    onEstate(cluster, async (scene) => {
      const { db, server, estate } = scene;
      estate.lose(US, { apis: true });
      const { id, goOn } = await paused(scene, 3_600);
      loseGround(scene);
      await goOn();
      const { outcome } = await db.untilState(id, 'holding', PATIENCE_MS);
      expect(outcome).toMatch(HELD);
      expect(await stateOf(db, id, PROMOTE)).toBe('holding');
      expect(server.calls.filter(({ method }) => method === 'promoteReplica')).toEqual([]);

      await db.ask(id, 'abort');
      await db.untilState(id, 'aborted', PATIENCE_MS);
      expect(await stateOf(db, id, PROMOTE)).toBe('failed');
      estate.bringBack(US);
      await expectOrders(estate, { from: [US, EU], on: US });
      expect(missingOn(estate, US)).toEqual([]);
      expect(countOnce(estate, /^(promote|create|delete|rename)/)).toEqual({});
      await expectWholeAudit(db);
    }));

  test('goes on by itself once the copy has come as far again', () =>
    onEstate(cluster, async (scene) => {
      const { db, estate } = scene;
      estate.lose(US);
      const { id, plan, goOn } = await paused(scene, 3_600);
      const lost = loseGround(scene);
      await goOn();
      await db.untilState(id, 'holding', PATIENCE_MS);
      copyIn(scene).log.push(...lost);
      await db.untilState(id, 'done', PATIENCE_MS);
      await expectIreland(scene, { id, plan });
    }));

  test('for longer than was accepted goes on: nothing is lost while the lost Region writes nothing', () =>
    onEstate(cluster, async (scene) => {
      const { db, estate } = scene;
      estate.lose(US);
      const acceptSeconds = 15;
      const { id, plan, goOn } = await paused(scene, acceptSeconds);
      const last = copyIn(scene).log.at(-1)?.atMs ?? 0;
      const isOld = async () => (Date.now() - last > (acceptSeconds + 1) * 1_000 ? true : undefined);
      await until('the last commit is older than was accepted', isOld, 60_000);
      await goOn();
      await db.untilState(id, 'done', PATIENCE_MS);
      await expectIreland(scene, { id, plan });
    }));
});
