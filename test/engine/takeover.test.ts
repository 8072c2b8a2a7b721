import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { LIVENESS } from '#lib/engine/liveness-rule.ts';
import { startTwoClusters } from './estate/lifecycle.ts';
import { median, type TestCluster, until, verifyAuditChain } from './harness.ts';
import { plan, step } from './script.ts';

// The product's own timing throughout: this is its subject.
let cluster: TestCluster;
/** Many workers at once need more connections than one server gives. */
let crowded: TestCluster;

startTwoClusters(({ first, second }) => {
  cluster = first;
  crowded = second;
});

describe.concurrent('takeover', { timeout: 120_000 }, () => {
  test('after kill -9, once the peers know each other: median within 2 s', async () => {
    const db = await crowded.clone();
    try {
      const kills = 5;
      await db.startWorkers(kills + 1, { timing: LIVENESS });
      await delay(LIVENESS.graceMs + 500); // the grace is the subject: a missing session proves nothing before
      const tookMs: number[] = [];
      for (let i = 0; i < kills; i += 1) {
        const id = await db.run(
          plan(`kill-${i}`, [step('act', { effect: true, sleepSeconds: 600, sleepAttempts: 1 })]),
        );
        await until('the effect is there', async () =>
          (await db.effects(id)).length > 0 ? true : undefined,
        );
        const victim = await db.owner(id);
        const [{ at: killed } = { at: new Date(0) }] = await db.query<{ at: Date }>(
          'select clock_timestamp() as at',
        );
        await victim.kill('SIGKILL');
        await db.untilState(id, 'done');
        const again = (await db.events(id)).find(({ kind, attempt }) => kind === 'started' && attempt === 2);
        tookMs.push((again?.at.getTime() ?? 0) - killed.getTime());
        expect(await db.effects(id)).toEqual(['act']);
      }
      console.log(`takeover after kill -9: median ${median(tookMs)} ms of ${tookMs.join(', ')}`);
      expect(median(tookMs)).toBeLessThan(4_000);
    } finally {
      await db.close();
    }
  });

  test('of a worker that was frozen for longer than the TTL: it wakes fenced and exits 75', async () => {
    const db = await cluster.clone();
    try {
      await db.startWorkers(2, { timing: LIVENESS });
      const script = { effect: true, sleepSeconds: 40, sleepAttempts: 1, deaf: true, lateEffect: true };
      const id = await db.run(plan('zombie', [step('act', script), step('next', { effect: true })]));
      await until('the effect is there', async () => ((await db.effects(id)).length > 0 ? true : undefined));
      const zombie = await db.owner(id);
      const froze = performance.now();
      zombie.signal('SIGSTOP');
      await db.untilState(id, 'done', 30_000);
      expect(performance.now() - froze).toBeGreaterThan(9_000);
      await delay(Math.max(0, 13_000 - (performance.now() - froze))); // frozen for 13 s in all
      zombie.signal('SIGCONT');
      expect(await zombie.exited, zombie.log).toEqual({ code: 75, signal: null });
      expect(await db.effects(id)).toEqual(['act', 'act-late', 'next']);
      expect((await db.steps(id)).map(({ state, attempt }) => [state, attempt])).toEqual([
        ['done', 2],
        ['done', 1],
      ]);
      expect(await verifyAuditChain(db)).toBe(3);
    } finally {
      await db.close();
    }
  });

  test('does not happen to a live worker, however often its sessions are ended', async () => {
    const db = await cluster.clone();
    try {
      await db.startWorkers(2, { timing: LIVENESS });
      const id = await db.run(plan('sessions', [step('soak', { waitFromStartSeconds: 3_600 })]));
      await db.untilEvent(id, 'finished', 'soak');
      await delay(LIVENESS.graceMs + 500); // from here on the peer may judge by sessions
      const worker = await db.owner(id);
      for (let i = 0; i < 20; i += 1) {
        const ended = await db.asSuperuser<{ name: string }>(
          `select application_name as name, pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and (application_name like $1 or application_name = $2)`,
          [`%${worker.executorId}%`, `test worker ${worker.pid}`],
        );
        expect(ended.map(({ name }) => name)).toContain(`meridian lease ${worker.executorId}`);
        expect(ended.length).toBeGreaterThanOrEqual(2); // the lease, the engine's listener, whatever else is open
        await beats(worker.executorId);
      }
      expect(worker.alive).toBe(true);
      expect((await db.owner(id)).executorId).toBe(worker.executorId);
      expect(await db.query(`select 1 from worker where state <> 'up'`)).toEqual([]);
      expect((await db.steps(id))[0]?.attempt).toBe(1);
      await db.ask(id, 'abort');
      await db.untilState(id, 'aborted');

      async function beats(executorId: string) {
        const beat = async () => {
          const [row] = await db.query<{ beat: string }>(
            'select heartbeat_at::text as beat from worker where executor_id = $1',
            [executorId],
          );
          return row?.beat;
        };
        const before = await beat();
        await until('it beats again', async () => ((await beat()) !== before ? true : undefined));
      }
    } finally {
      await db.close();
    }
  });

  test('at once when a worker is asked to stop: what is under way may finish, then it exits 0', async () => {
    const db = await cluster.clone();
    try {
      // Silence alone would prove nothing for minutes: whoever takes the run was told.
      await db.startWorkers(2, { timing: { ...LIVENESS, ttlMs: 600_000, graceMs: 600_000 } });
      const waiting = await db.run(plan('waiting', [step('soak', { waitFromStartSeconds: 3_600 })]));
      await db.untilEvent(waiting, 'finished', 'soak');
      const leaving = await db.owner(waiting);
      leaving.signal('SIGTERM');
      expect(await leaving.exited).toEqual({ code: 0, signal: null });
      await until('a peer has it', async () =>
        (await db.owner(waiting)).executorId === leaving.executorId ? undefined : true,
      );

      await db.startWorkers(2, { timing: LIVENESS });
      const short = await leave([step('slow', { effect: true, sleepSeconds: 1 }), step('next')]);
      const long = await leave([step('slow', { effect: true, sleepSeconds: 60, sleepAttempts: 1 })]);
      expect((await db.steps(short)).map(({ attempt }) => attempt)).toEqual([1, 1]);
      expect((await db.steps(long)).map(({ attempt }) => attempt)).toEqual([2]);

      async function leave(steps: PlannedStep[]): Promise<string> {
        const id = await db.run(plan('leaving', steps));
        await db.untilEvent(id, 'started', 'slow');
        const owner = await db.owner(id);
        owner.signal('SIGTERM');
        expect(await owner.exited).toEqual({ code: 0, signal: null });
        await db.untilState(id, 'done');
        expect(await db.effects(id)).toEqual(['slow']);
        return id;
      }
    } finally {
      await db.close();
    }
  });
});
