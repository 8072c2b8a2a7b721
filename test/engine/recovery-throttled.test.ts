import { describe, expect, test } from 'vitest';
import type { Plan, PlannedStep } from '#lib/domain/operation/plan.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { once } from './estate/chaos.ts';
import { startCluster } from './estate/lifecycle.ts';
import {
  evacuatePlan,
  failbackPlan,
  failoverPlan,
  rebuildPlan,
  shiftPlan,
  switchoverPlan,
} from './estate/plans.ts';
import {
  expectIreland,
  meanwhile,
  onEstate,
  outputsOf,
  type Scene,
  stateOf,
  withDeadline,
} from './estate/scene.ts';
import type { EstateServer } from './estate/server.ts';
import type { SimulatedEstate } from './estate/simulated-estate.ts';
import { countOnce, expectOrders, expectWholeAudit, missingOn } from './estate/story.ts';
import type { TestCluster } from './harness.ts';

// An account that is short of requests: AWS throttles again and again, every kind of plan. A throttle is an answer, so nobody
// is taken for gone; it has done nothing, so nothing is done twice; and it is nobody's failure, so no plan is left for it.

const PATIENCE_MS = 300_000;
/** Declared waits pass at once; two TTLs do not. */
const TIME_SCALE = 3_600;
const PROMOTE = `promote-${EU}`;

let cluster: TestCluster;

startCluster((started) => {
  cluster = started;
});

const throttling = (work: (scene: Scene) => Promise<void>) =>
  onEstate(cluster, work, { timeScale: TIME_SCALE });

/**
 * Of each question of each step, this many of every `of` calls are throttled, the first ones. A Region that is lost throttles
 * nobody. Answers how many were.
 */
function throttle(server: EstateServer, { times, of, lost }: { times: number; of: number; lost?: string }) {
  const asked = new Map<string, number>();
  let throttled = 0;
  server.trouble = ({ caller, method, args: [first] }) => {
    if (first === lost) return undefined;
    const about = typeof first === 'string' ? first : '';
    const question = `${caller.operation} ${caller.stepKey} ${method} ${about}`;
    const before = asked.get(question) ?? 0;
    asked.set(question, before + 1);
    if (before % of >= times) return undefined;
    throttled += 1;
    return 'throttled';
  };
  return () => throttled;
}

/** Every step of the plan passed, in its order, none was put back, and nobody was called for it. */
async function expectPlan({ db }: Scene, { id, plan }: { id: string; plan: Plan }): Promise<void> {
  const steps = await db.steps(id);
  expect(steps.map(({ key }) => key)).toEqual(plan.steps.map(({ key }) => key));
  expect(steps.filter(({ state }) => state !== 'done' && state !== 'skipped')).toEqual([]);
  const told = (await db.audit(id)).map(({ verb }) => verb);
  expect(told.filter((verb) => verb === 'operation.hold')).toEqual([]);
  const outputs = Object.entries(await outputsOf(db, id));
  expect(outputs.filter(([, { throttled }]) => throttled === true).map(([key]) => key)).toEqual([]);
}

/** Steps that did not reach their Region. */
async function unreached({ db }: Scene, id: string): Promise<string[]> {
  const outputs = Object.entries(await outputsOf(db, id));
  return outputs.flatMap(([key, { reached }]) => (reached === false ? [key] : [])).sort();
}

/** No effect that may be had once was had twice, switches included. */
function expectEachOnce(estate: SimulatedEstate): void {
  const counts = countOnce(estate, /^(promote|create|delete|rename|scale|change records|switch)/);
  expect(Object.entries(counts).filter(([, count]) => count !== 1)).toEqual([]);
}

describe.concurrent('every other call of each question of each step is throttled', {
  timeout: 400_000,
}, () => {
  test.each([
    ['', { times: 1, of: 2 }],
    [', or two of three', { times: 2, of: 3 }],
  ])('of a failover%s: nobody is taken for gone who only had no time', (_, often) =>
    throttling(async (scene) => {
      const { db, server, estate } = scene;
      estate.lose(US);
      const throttled = throttle(server, { ...often, lost: US });
      const plan = failoverPlan();
      const id = await db.run(plan);
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(throttled()).toBeGreaterThan(plan.steps.length);
      await expectPlan(scene, { id, plan });
      expect(await unreached(scene, id)).toEqual([
        `fence-database-${US}`,
        `freeze-writes-${US}`,
        `point-writer-${US}`,
      ]);
      expect((await outputsOf(db, id))['verify-redundancy']).toMatchObject({ restored: true });
      expect(countOnce(estate)).toEqual(
        once(
          `promote ecommerce-db-${EU}`,
          `create ecommerce-db-${AP}-1001`,
          `delete ecommerce-db-${AP}`,
          `scale ${EU}`,
          `scale ${AP}`,
        ),
      );
      await expectIreland(scene, { id, plan });
    }),
  );

  test('of a switchover: no order is lost', () =>
    throttling(async (scene) => {
      const { db, server, estate } = scene;
      const throttled = throttle(server, { times: 1, of: 2 });
      const plan = switchoverPlan();
      const id = await db.run(plan);
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(throttled()).toBeGreaterThan(plan.steps.length);
      await expectPlan(scene, { id, plan });
      expect(await unreached(scene, id)).toEqual([]);
      expect((await outputsOf(db, id))['verify-redundancy']).toMatchObject({ restored: true });
      expectEachOnce(estate);
      expect(missingOn(estate, EU)).toEqual([]);
      await expectIreland(scene, { id, plan }, [US, EU, AP]);
    }));

  test('of a failback: the old primary is read, and no order is in neither place', () =>
    throttling(async (scene) => {
      const { db, server, estate } = scene;
      // Its APIs answer, so that its database is shut; some orders are on it alone by then.
      estate.lose(US, { apis: true });
      const failover = await db.run(failoverPlan());
      await db.untilState(failover, 'done', PATIENCE_MS);
      const { rpo } = (await outputsOf(db, failover))[`declare-${EU}`] as { rpo: { lastCommitAt: string } };
      estate.bringBack(US);
      const before = estate.effects.length;
      const throttled = throttle(server, { times: 1, of: 2 });
      const plan = failbackPlan(estate, US, rpo.lastCommitAt);
      const id = await db.run(plan);
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(throttled()).toBeGreaterThan(plan.steps.length);
      await expectPlan(scene, { id, plan });
      expect(await unreached(scene, id)).toEqual([]);
      estate.effects.splice(0, before);
      expectEachOnce(estate);
      const { salvaged, complete, orders } =
        Object.entries(await outputsOf(db, id)).find(([key]) => key.includes('salvage'))?.[1] ?? {};
      expect({ salvaged, complete }).toEqual({ salvaged: true, complete: true });
      const listed = (orders as { id: string }[]).map((order) => order.id);
      const writer = estate.databases.find(US, `ecommerce-db-${US}`);
      const there = new Set([...listed, ...(writer?.log.map((entry) => entry.id) ?? [])]);
      expect(estate.shops.acknowledged.filter((order) => !there.has(order.id))).toEqual([]);
      await expectOrders(estate, { from: [US, EU, AP], on: US });
      expect(estate.readers.ask('na', 10)).toEqual({ [US]: 10 });
      await expectWholeAudit(db);
    }));

  test('of a rebuild: the copy that was left behind is read before it is deleted', () =>
    throttling(async (scene) => {
      const { db, server, estate } = scene;
      estate.lose(US);
      const failover = await db.run(failoverPlan());
      await meanwhile(scene, { id: failover, stepKey: PROMOTE, method: 'promoteReplica' }, () =>
        estate.lose(AP),
      );
      await db.untilState(failover, 'incomplete', PATIENCE_MS);
      estate.bringBack(AP);
      const { rpo } = (await outputsOf(db, failover))[`declare-${EU}`] as { rpo: { lastCommitAt: string } };
      const before = estate.effects.length;
      const throttled = throttle(server, { times: 1, of: 2, lost: US });
      const plan = rebuildPlan(estate, AP, rpo.lastCommitAt);
      const id = await db.run(plan);
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(throttled()).toBeGreaterThan(plan.steps.length);
      await expectPlan(scene, { id, plan });
      expect((await outputsOf(db, id))[`delete-replica-${AP}`]).toMatchObject({ salvaged: true });
      estate.effects.splice(0, before);
      expectEachOnce(estate);
      await expectOrders(estate, { from: [EU, AP], on: EU });
      await expectWholeAudit(db);
    }));

  test('of an evacuation: its readers go elsewhere, and nothing is promoted', () =>
    throttling(async (scene) => {
      const { db, server, estate } = scene;
      estate.lose(AP);
      const throttled = throttle(server, { times: 1, of: 2, lost: AP });
      const plan = evacuatePlan(AP);
      const id = await db.run(plan);
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(throttled()).toBeGreaterThan(plan.steps.length);
      await expectPlan(scene, { id, plan });
      expect(await unreached(scene, id)).toEqual([]);
      expectEachOnce(estate);
      expect(countOnce(estate, /^switch/)).toEqual(
        once(`switch ${AP} off in ${US}`, `switch ${AP} off in ${EU}`),
      );
      expect(countOnce(estate, /^(promote|create|delete|rename)/)).toEqual({});
      expect(estate.readers.ask('ap', 10)[AP]).toBeUndefined();
      await expectOrders(estate, { from: [US, EU], on: US });
      await expectWholeAudit(db);
    }));

  test('of a traffic shift: the records are changed once, and stay so', () =>
    throttling(async (scene) => {
      const { db, server, estate } = scene;
      const throttled = throttle(server, { times: 1, of: 2 });
      const plan = shiftPlan(estate);
      const id = await db.run(plan);
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(throttled()).toBeGreaterThan(0);
      await expectPlan(scene, { id, plan });
      expectEachOnce(estate);
      expect(estate.readers.answers('na').get(EU)).toBeCloseTo(0.1, 2);
      await expectOrders(estate, { from: [US, EU, AP], on: US });
      await expectWholeAudit(db);
    }));
});

describe.concurrent('what is throttled to the end says so, and what to do', { timeout: 400_000 }, () => {
  const SAID =
    /AWS throttled it to the last \(ThrottlingException: Rate exceeded\)\. .*have the quota raised/;

  /** All calls of that step, of one method where that is said, from the moment on that `since` is true. */
  function throttleStep(
    { server }: Scene,
    stepKey: string,
    { method, since = () => true }: { method?: string; since?: () => boolean } = {},
  ): void {
    server.trouble = (call) =>
      call.caller.stepKey === stepKey && (method ?? call.method) === call.method && since()
        ? 'throttled'
        : undefined;
  }

  /** A run of that plan that ends, or holds, so. */
  async function runUntil({ db }: Scene, plan: Plan, state: OperationState) {
    const id = await db.run(plan);
    return { id, ...(await db.untilState(id, state, PATIENCE_MS)) };
  }

  test('a step that fails in time: what was done is put back', () =>
    throttling(async (scene) => {
      const { db, estate } = scene;
      const stepKey = `freeze-writes-${EU}`;
      throttleStep(scene, stepKey);
      const plan = withFailure(switchoverPlan(), stepKey, 2);
      const { id, outcome } = await runUntil(scene, plan, 'failed');
      expect(outcome).toMatch(/Not finished within 2 s\./);
      expect(outcome).toMatch(SAID);
      expect(await stateOf(db, id, stepKey)).toBe('failed');
      expect(countOnce(estate, /^(promote|create|delete|rename)/)).toEqual({});
      await expectOrders(estate, { from: [US, EU, AP], on: US });
      expect(missingOn(estate, US)).toEqual([]);
    }));

  test('a step by best effort: the run goes on, and calls its Region there', () =>
    throttling(async (scene) => {
      const { db, estate } = scene;
      estate.lose(US);
      const stepKey = `send-for-nodes-${EU}`;
      throttleStep(scene, stepKey);
      const plan = failoverPlan();
      const { id } = await runUntil(scene, plan, 'done');
      const outputs = await outputsOf(db, id);
      expect(outputs[stepKey]).toMatchObject({
        reached: false,
        throttled: true,
        why: expect.stringMatching(SAID),
      });
      expect(outputs.summary?.debts).toContain(
        `${stepKey}: not done, AWS throttled it; its Region is there.`,
      );
      await expectIreland(scene, { id, plan });
    }));

  test('a step whose deadline passes: it holds, and once AWS has time it is found done', () =>
    throttling(async (scene) => {
      const { db, server, estate } = scene;
      estate.lose(US);
      const isPromoted = () => server.calls.some(({ method }) => method === 'promoteReplica');
      throttleStep(scene, PROMOTE, { method: 'findDatabase', since: isPromoted });
      const plan = withDeadline(failoverPlan(), PROMOTE, 3);
      const { id, outcome } = await runUntil(scene, plan, 'holding');
      expect(outcome).toMatch(/^No result within 3 s: what it changed is unknown until it is observed\. /);
      expect(outcome).toMatch(SAID);
      server.trouble = () => undefined;
      await db.ask(id, 'run');
      await db.untilState(id, 'done', PATIENCE_MS);
      expect(server.calls.filter(({ method }) => method === 'promoteReplica')).toHaveLength(1);
      await expectIreland(scene, { id, plan });
    }));
});

/** The same plan with a step that gives up after that many seconds. */
function withFailure(plan: Plan, key: string, failAfterSeconds: number): Plan {
  const limited = (step: PlannedStep) =>
    step.key === key ? { ...step, input: { ...step.input, failAfterSeconds } } : step;
  return { ...plan, steps: plan.steps.map(limited) };
}
