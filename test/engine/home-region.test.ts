import { describe, expect, test } from 'vitest';
import type { Plan, PlannedStep } from '#lib/domain/operation/plan.ts';
import { LIVENESS } from '#lib/engine/liveness-rule.ts';
import { findOwnStart, requeueOwn } from '#lib/engine/stand-aside.ts';
import { startCluster } from './estate/lifecycle.ts';
import { type TestCluster, type TestDatabase, until, verifyAuditChain } from './harness.ts';
import { plan, step } from './script.ts';

// Workers that stand in the Region that a run leaves, and workers that do not.
const US = 'us-east-1';
const EU = 'eu-west-1';

let cluster: TestCluster;

startCluster((started) => {
  cluster = started;
});

/** As a failover is stored: it leaves us-east-1. */
const LEAVES_US = { request: { lost: US, target: EU } };
const failover = (environment: string, steps: PlannedStep[]): Plan => ({
  ...plan(environment, steps),
  kind: 'failover',
});

const inRegion = async (db: TestDatabase, homeRegion: string, timing?: typeof LIVENESS) => {
  const [worker] = await db.startWorkers(1, { homeRegion, ...(timing ? { timing } : {}) });
  if (!worker) throw new Error('No worker was started.');
  return worker;
};

/** Executors of the steps' attempts, in order. */
const ranBy = async (db: TestDatabase, id: string) =>
  (await db.events(id)).filter(({ kind }) => kind === 'started').map(({ executor }) => executor);

const countOf = async (db: TestDatabase, id: string, kind: string) =>
  (await db.events(id)).filter((event) => event.kind === kind).length;

describe.concurrent('a run that leaves a Region', { timeout: 120_000 }, () => {
  test('is finished elsewhere when the worker in that Region is killed in the middle of a step', async () => {
    const db = await cluster.clone();
    try {
      const virginia = await inRegion(db, US);
      const id = await db.run(
        failover('killed', [
          step('declare', { effect: true }),
          step('fence', { effect: true, sleepSeconds: 600, sleepAttempts: 1 }),
          step('promote', { effect: true }, { irreversible: true }),
          step('verify', { effect: true }),
        ]),
        LEAVES_US,
      );
      // Alone it does not stand aside: half a recovery is better than none.
      await until('it fences', async () => ((await db.effects(id)).length === 2 ? true : undefined));
      const ireland = await inRegion(db, EU);
      await virginia.kill('SIGKILL');
      await db.untilState(id, 'done', 40_000);
      expect(await db.effects(id)).toEqual(['declare', 'fence', 'promote', 'verify']);
      expect(await ranBy(db, id)).toEqual([
        virginia.executorId,
        virginia.executorId,
        ireland.executorId,
        ireland.executorId,
        ireland.executorId,
      ]);
      expect(await countOf(db, id, 'handed-over')).toBe(0);
      expect(await verifyAuditChain(db)).toBeGreaterThan(0);
    } finally {
      await db.close();
    }
  });

  test('is finished elsewhere when that worker is frozen; awake again it is fenced, and acts no more', async () => {
    const db = await cluster.clone();
    try {
      const virginia = await inRegion(db, US, LIVENESS);
      const script = { effect: true, sleepSeconds: 40, sleepAttempts: 1, deaf: true, lateEffect: true };
      const id = await db.run(
        failover('frozen', [step('fence', script), step('promote', { effect: true })]),
        LEAVES_US,
      );
      await until('it fences', async () => ((await db.effects(id)).length === 1 ? true : undefined));
      const ireland = await inRegion(db, EU, LIVENESS);
      virginia.signal('SIGSTOP');
      await db.untilState(id, 'done', 60_000);
      virginia.signal('SIGCONT');
      expect(await virginia.exited, virginia.log).toEqual({ code: 75, signal: null });
      expect(await db.effects(id)).toEqual(['fence', 'fence-late', 'promote']);
      expect((await ranBy(db, id)).slice(1)).toEqual([ireland.executorId, ireland.executorId]);
      expect(await verifyAuditChain(db)).toBeGreaterThan(0);
    } finally {
      await db.close();
    }
  });

  test('goes over at its next gate as soon as a worker stands elsewhere; no step is run twice', async () => {
    const db = await cluster.clone();
    try {
      const virginia = await inRegion(db, US);
      const barrier = await db.barrier('after:fence');
      const id = await db.run(
        failover('goes-over', [
          step('declare', { effect: true }),
          step('fence', { effect: true }),
          step('promote', { effect: true }, { irreversible: true }),
        ]),
        LEAVES_US,
      );
      await barrier.reached();
      const ireland = await inRegion(db, EU);
      await barrier.lift();
      await db.untilState(id, 'done');
      expect(await ranBy(db, id)).toEqual([virginia.executorId, virginia.executorId, ireland.executorId]);
      expect((await db.steps(id)).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
      const told = (await db.events(id)).filter(({ kind }) => kind === 'handed-over');
      expect(told).toMatchObject([{ executor: virginia.executorId, detail: { region: US } }]);
      expect(virginia.alive).toBe(true);
      expect(await db.query(`select 1 from worker where state <> 'up'`)).toEqual([]);
      expect(await verifyAuditChain(db)).toBeGreaterThan(0);
    } finally {
      await db.close();
    }
  });

  test('is put back into the queue by nobody but its own worker', async () => {
    const db = await cluster.clone();
    try {
      const [peer] = await db.startWorkers(1);
      const barrier = await db.barrier('before:fence');
      const id = await db.run(plan('late-requeue', [step('fence', { effect: true })]));
      await barrier.reached();
      const status = async () =>
        db.query(`select status, executor_id from dbos.workflow_status where workflow_uuid = $1`, [id]);
      const underWay = [{ status: 'PENDING', executor_id: peer?.executorId }];
      // Owned by somebody else, whatever became of who asks.
      const owner = { database: db.database, executorId: peer?.executorId ?? '' };
      const taken = (await findOwnStart(owner, id)) ?? 'not taken';
      expect(await requeueOwn({ database: db.database, executorId: 'nobody' }, id, taken)).toBe(false);
      expect(await status()).toEqual(underWay);
      await db.query(
        `insert into worker (executor_id, app_version, host, pid) values ('late', 'other', 'h', 1)`,
      );
      expect(await requeueOwn({ database: db.database, executorId: 'late' }, id, taken)).toBe(false);
      expect(await status()).toEqual(underWay);
      await barrier.lift();
      await db.untilState(id, 'done');
      expect((await db.steps(id)).map(({ attempt }) => attempt)).toEqual([1]);
    } finally {
      await db.close();
    }
  });

  test('stays where it is when its worker is declared dead before the requeue is carried out', async () => {
    const db = await cluster.clone();
    try {
      const id = await db.run(plan('fenced-requeue', [step('fence')]));
      const own = { database: db.database, executorId: 'slow' };
      await db.query(`insert into worker (executor_id, app_version, host, pid) values ('slow', 'v', 'h', 1)`);
      await db.query(
        `update dbos.workflow_status set status = 'PENDING', executor_id = 'slow', started_at_epoch_ms = 1000
          where workflow_uuid = $1`,
        [id],
      );
      const verdict = await db.database.pool.connect();
      try {
        await verdict.query('begin');
        await verdict.query(`update worker set state = 'dead' where executor_id = 'slow'`);
        const late = requeueOwn(own, id, '1000');
        await until('it waits for the verdict about its worker', async () => {
          const waits = await db.query(
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          );
          return waits.length > 0 ? true : undefined;
        });
        await verdict.query('commit');
        expect(await late).toBe(false);
      } finally {
        verdict.release();
      }
      await db.query(`update worker set state = 'up' where executor_id = 'slow'`);
      expect(await findOwnStart(own, id)).toBe('1000');
      expect(await requeueOwn(own, id, '1000')).toBe(true);
      expect(await requeueOwn(own, id, '1000')).toBe(false);
      // Taken again by the same worker, which then repeats what it has no answer to.
      await db.query(
        `update dbos.workflow_status set status = 'PENDING', executor_id = 'slow', started_at_epoch_ms = 2000
          where workflow_uuid = $1`,
        [id],
      );
      expect(await requeueOwn(own, id, '1000')).toBe(false);
    } finally {
      await db.close();
    }
  });

  test('is not begun by a worker in that Region while another one stands elsewhere', async () => {
    const db = await cluster.clone();
    try {
      const [, ireland] = [await inRegion(db, US), await inRegion(db, EU)];
      for (let i = 0; i < 8; i += 1) {
        const id = await db.run(failover(`begun-${i}`, [step('declare', { effect: true })]), LEAVES_US);
        await db.untilState(id, 'done');
        expect(await ranBy(db, id)).toEqual([ireland?.executorId]);
        expect(await db.effects(id)).toEqual(['declare']);
      }
    } finally {
      await db.close();
    }
  });

  test('is run in that Region when the worker elsewhere stands still', async () => {
    const db = await cluster.clone();
    try {
      const virginia = await inRegion(db, US, LIVENESS);
      const ireland = await inRegion(db, EU, LIVENESS);
      ireland.signal('SIGSTOP');
      const id = await db.run(failover('stands-still', [step('declare', { effect: true })]), LEAVES_US);
      await db.untilState(id, 'done', 30_000);
      expect(await ranBy(db, id)).toEqual([virginia.executorId]);
      expect(await countOf(db, id, 'handed-over')).toBeLessThanOrEqual(1);
    } finally {
      await db.close();
    }
  });

  test('is any worker’s when its Region is nobody’s home; other kinds are whoever’s', async () => {
    const db = await cluster.clone();
    try {
      await inRegion(db, US);
      await inRegion(db, EU);
      const ids = await Promise.all([
        db.run(plan('other-kind', [step('shift', { effect: true })]), LEAVES_US),
        db.run(failover('third-region', [step('declare', { effect: true })]), {
          request: { lost: 'ap-southeast-1', target: EU },
        }),
      ]);
      for (const id of ids) {
        await db.untilState(id, 'done');
        expect(await countOf(db, id, 'handed-over')).toBe(0);
      }
    } finally {
      await db.close();
    }
  });
});
