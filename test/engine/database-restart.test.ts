import { expect, test } from 'vitest';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { startDatabase } from './estate/lifecycle.ts';
import { failoverPlan, simulatedEstate } from './estate/plans.ts';
import { EstateServer } from './estate/server.ts';
import { countOnce, expectNoSecondWriter, expectOrders, expectWholeAudit } from './estate/story.ts';
import { type TestCluster, type TestDatabase, verifyAuditChain } from './harness.ts';
import { plan, step } from './script.ts';

// A server of its own: the others would not like it.
let cluster: TestCluster;
let db: TestDatabase;

startDatabase((opened, started) => {
  db = opened;
  cluster = started;
});

test('a database that dies and comes back costs no run, no step and no worker', {
  timeout: 60_000,
}, async () => {
  const plans = [
    plan('waiting', [step('soak', { waitFromStartSeconds: 6 }), step('next', { effect: true })]),
    plan('acting', [step('slow', { effect: true, sleepSeconds: 5 }), step('next', { effect: true })]),
    plan('paused', [step('short', { sleepSeconds: 1 }), step('next', { effect: true })]),
  ];
  const [waiting = '', acting = '', paused = ''] = await Promise.all(plans.map((each) => db.run(each)));
  await db.untilEvent(waiting, 'finished', 'soak');
  await db.untilEvent(acting, 'started', 'slow');
  await db.ask(paused, 'pause');
  await db.untilState(paused, 'paused');

  await cluster.crash();

  await db.untilState(waiting, 'done');
  await db.untilState(acting, 'done');
  await db.ask(paused, 'run');
  await db.untilState(paused, 'done');

  expect(await db.effects(acting)).toEqual(['slow', 'next']);
  expect((await db.steps(acting)).map(({ attempt }) => attempt)).toEqual([1, 1]);
  expect((await db.steps(paused)).map(({ attempt }) => attempt)).toEqual([1, 1]);
  expect(await verifyAuditChain(db)).toBe(9);
  expect(db.workers.every((worker) => worker.alive)).toBe(true);
  const workers = await db.query<{ state: string }>('select state from worker');
  expect(workers.map(({ state }) => state)).toEqual(['up', 'up']);
});

test("costs a failover nothing either, though the console's own database dies while RDS promotes, and while it makes a copy", {
  timeout: 180_000,
}, async () => {
  const own = await cluster.clone();
  const estate = simulatedEstate();
  const server = await EstateServer.start(estate);
  try {
    await own.startWorkers(2, { estateUrl: server.url });
    estate.lose(US, { apis: true });
    const plan = failoverPlan();
    const id = await own.run(plan);
    for (const [stepKey, method] of [
      [`promote-${EU}`, 'promoteReplica'],
      [`create-replica-${AP}`, 'createReplica'],
    ] as const) {
      const trap = server.trap({ operation: id, stepKey, method, at: 'answers' });
      await Promise.race([trap.caught, own.untilEvent(id, 'ended', undefined, 60_000)]);
      await cluster.crash();
      trap.release();
    }
    await own.untilState(id, 'done', 60_000);
    expect(countOnce(estate)).toMatchObject({
      [`promote ecommerce-db-${EU}`]: 1,
      [`create ecommerce-db-${AP}-1001`]: 1,
    });
    const attempts = (await own.steps(id)).filter(({ key }) => /^(promote|create)-/.test(key));
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(await expectNoSecondWriter(own, estate, { id, plan })).toBe(1);
    await expectOrders(estate, { from: [EU, AP], on: EU });
    await expectWholeAudit(own);
    expect(own.workers.every((worker) => worker.alive)).toBe(true);
  } finally {
    await own.close();
    await server.stop();
  }
});

test('a session lost in the middle of a transaction fails that transaction alone', async () => {
  const lost = db.database.inTransaction(async (connection) => {
    const { rows } = await connection.query<{ pid: number }>('select pg_backend_pid() as pid');
    const ended = new Promise((resolve) => connection.once('error', resolve));
    await db.asSuperuser('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
    await connection.query('select 1');
  });
  await expect(lost).rejects.toThrow();
  expect(await db.database.inTransaction((connection) => connection.query('select 1'))).toMatchObject({
    rowCount: 1,
  });
});
