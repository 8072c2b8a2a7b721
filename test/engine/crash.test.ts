import { describe, expect, test } from 'vitest';
import { startCluster } from './estate/lifecycle.ts';
import { type TestCluster, type TestDatabase, until, verifyAuditChain } from './harness.ts';
import { plan, type Script, step } from './script.ts';

let cluster: TestCluster;

startCluster((started) => {
  cluster = started;
});

/**
 * Kills whoever runs the operation at each of these points in turn, starting a new worker for each that died.
 * Answers how many were killed.
 */
async function killAtEach(
  db: TestDatabase,
  id: string,
  environment: string,
  points: readonly string[],
): Promise<void> {
  let next = await db.barrier(points[0] ?? '');
  await db.start(id, environment);
  for (const [index, point] of points.entries()) {
    const here = next;
    await here.reached();
    const victim = await db.owner(id);
    const following = points[index + 1];
    if (following) next = await db.barrier(following);
    const replaced = db.startWorkers(1);
    await victim.kill('SIGKILL');
    await here.lift();
    await replaced;
    expect(victim.alive, `the worker at ${point} is dead`).toBe(false);
  }
}

/** Every point of a step: its gate, its start, before and after its effect, its end, and the engine's own checkpoint. */
function pointsOf(key: string): string[] {
  return [
    `checkpoint:gate ${key}`,
    `event:started:${key}`,
    `before:${key}`,
    `after:${key}`,
    `event:finished:${key}`,
    `checkpoint:step ${key}`,
  ];
}

const changes: Script = { effect: true, evidence: 'looked' };

describe.concurrent('kill -9', { timeout: 120_000 }, () => {
  test('at every boundary of every step: nothing lost, nothing done twice', async () => {
    const db = await cluster.clone();
    try {
      await db.startWorkers(2);
      const id = await db.request(plan('kill', [step('one', changes), step('two', changes)]));
      const points = [...pointsOf('one'), ...pointsOf('two'), 'event:ended:', 'checkpoint:end'];
      await killAtEach(db, id, 'kill', points);
      await db.untilState(id, 'done');

      expect(await db.effects(id)).toEqual(['one', 'two']);
      expect((await db.steps(id)).map(({ state }) => state)).toEqual(['done', 'done']);
      // Killed with its start on record, before and after its effect, and before its end: each is one more attempt.
      expect((await db.steps(id)).map(({ attempt }) => attempt)).toEqual([4, 4]);
      const audit = await db.audit(id);
      expect(audit.map(({ verb, outcome, detail }) => [verb, outcome, detail.step ?? detail.state])).toEqual([
        ['operation.step', 'done', 'one'],
        ['operation.step', 'done', 'two'],
        ['operation.end', 'done', 'done'],
      ]);
      expect(await verifyAuditChain(db)).toBe(3);
      // The last was killed once the operation had ended: a peer takes its run over, and has nothing left to do.
      await until('the engine has recorded the end', async () => {
        const [run] = await db.query<{ status: string }>(
          'select status from dbos.workflow_status where workflow_uuid = $1',
          [id],
        );
        return run?.status === 'SUCCESS' || undefined;
      });
      expect(await db.effects(id)).toEqual(['one', 'two']);
    } finally {
      await db.close();
    }
  });

  test('while putting things back: it is finished by a peer', async () => {
    const db = await cluster.clone();
    try {
      await db.startWorkers(2);
      const id = await db.request(
        plan(
          'undo',
          [step('change', changes), step('judge', { outcome: 'revert' })],
          [step('undo', changes)],
        ),
      );
      const points = [
        ...['event:failed:judge', 'checkpoint:step judge', 'event:stopping:', 'checkpoint:stop'],
        ...['event:started:undo', 'before:undo', 'after:undo', 'event:finished:undo', 'checkpoint:step undo'],
        'event:ended:',
      ];
      await killAtEach(db, id, 'undo', points);
      await db.untilState(id, 'reverted');
      expect(await db.effects(id)).toEqual(['change', 'undo']);
      expect((await db.events(id)).filter(({ kind }) => kind === 'stopping')).toHaveLength(1);
      expect((await db.audit(id)).map(({ verb, detail }) => [verb, detail.step ?? detail.state])).toEqual([
        ['operation.step', 'change'],
        ['operation.step', 'judge'],
        ['operation.step', 'undo'],
        ['operation.end', 'reverted'],
      ]);
      expect(await verifyAuditChain(db)).toBe(4);
    } finally {
      await db.close();
    }
  });

  test('during waits and pauses: the wait goes on where it was, and still hears a resume', async () => {
    const db = await cluster.clone();
    try {
      await db.startWorkers(3);
      const id = await db.run(
        plan('wait', [step('soak', { waitFromStartSeconds: 6 }), step('next', changes)]),
      );
      const { at } = await db.untilEvent(id, 'finished', 'soak');
      await (await db.owner(id)).kill('SIGKILL');
      await db.owner(id);
      await db.ask(id, 'pause');
      await db.untilState(id, 'paused');
      await (await db.owner(id)).kill('SIGKILL');
      await db.owner(id);
      await db.ask(id, 'run');
      const { ended_at } = await db.untilState(id, 'done');
      expect((ended_at?.getTime() ?? 0) - at.getTime()).toBeGreaterThan(5_500);
      expect(await db.effects(id)).toEqual(['next']);
    } finally {
      await db.close();
    }
  });

  test('is taken over by public calls as well, should the engine lose its own', async () => {
    const db = await cluster.clone();
    try {
      await db.startWorkers(2, { publicRecovery: true });
      const id = await db.run(
        plan('public', [step('one', changes), step('soak', { waitFromStartSeconds: 3 })]),
      );
      await db.untilEvent(id, 'finished', 'soak');
      const victim = await db.owner(id);
      await victim.kill('SIGKILL');
      await db.untilState(id, 'done');
      expect(await db.effects(id)).toEqual(['one']);
      const [run] = await db.query<{ queue: string; key: string }>(
        'select queue_name as queue, queue_partition_key as key from dbos.workflow_status where workflow_uuid = $1',
        [id],
      );
      expect(run).toEqual({ queue: 'operations', key: 'public' });
    } finally {
      await db.close();
    }
  });

  test('of the whole engine history: the run starts anew and skips what it has done', async () => {
    const db = await cluster.clone();
    try {
      const [first] = await db.startWorkers(1);
      const soak = step('soak', { waitFromStartSeconds: 4 });
      const id = await db.run(plan('repair', [step('one', changes), soak, step('two', changes)]));
      await db.untilEvent(id, 'finished', 'soak');
      await first?.kill('SIGKILL');
      // What the engine recorded no longer fits the code: it gives the run up for good.
      await db.asSuperuser(
        `update dbos.operation_outputs set function_name = 'something else'
          where workflow_uuid = $1 and function_name = 'step one'`,
        [id],
      );
      await db.startWorkers(1);
      const repaired = await db.untilEvent(id, 'engine-error');
      expect(repaired.detail.note).toContain('something else');
      await db.untilState(id, 'done');
      expect(await db.effects(id)).toEqual(['one', 'two']);
      expect((await db.steps(id))[0]).toMatchObject({ state: 'done', attempt: 1 });
    } finally {
      await db.close();
    }
  });

  test('while what a person left comes to its end: it ends once, as left', async () => {
    const db = await cluster.clone();
    try {
      await db.startWorkers(2);
      const id = await db.run(
        plan(
          'leave',
          [step('one', changes), step('judge', { outcome: 'revert' })],
          [step('undo', { failures: 99 }), step('after', changes)],
        ),
      );
      await db.untilEvent(id, 'failed', 'undo');
      const barrier = await db.barrier('event:ended:');
      await db.leave(id, 'records of another team');
      await barrier.reached();
      const victim = await db.owner(id);
      const replaced = db.startWorkers(1);
      await victim.kill('SIGKILL');
      await barrier.lift();
      await replaced;
      await db.untilState(id, 'failed');
      expect(await db.effects(id)).toEqual(['one']);
      expect((await db.events(id)).filter(({ kind }) => kind === 'ended')).toHaveLength(1);
      expect((await db.steps(id)).map(({ state }) => state)).toEqual([
        'done',
        'failed',
        'unknown',
        'not-run',
      ]);
    } finally {
      await db.close();
    }
  });

  test('of the whole engine history while a person leaves the rest: it ends as left', async () => {
    const db = await cluster.clone();
    try {
      const [first] = await db.startWorkers(1);
      const id = await db.run(
        plan(
          'repair-leave',
          [step('one', changes), step('judge', { outcome: 'revert' })],
          [step('undo', { failures: 99 })],
        ),
      );
      await db.untilEvent(id, 'failed', 'undo');
      await first?.kill('SIGKILL');
      await db.leave(id, 'records of another team');
      await db.asSuperuser(
        `update dbos.operation_outputs set function_name = 'something else'
          where workflow_uuid = $1 and function_name = 'step one'`,
        [id],
      );
      await db.startWorkers(1);
      await db.untilEvent(id, 'engine-error');
      expect((await db.untilState(id, 'failed')).outcome).toContain('Left as it is by Tester');
    } finally {
      await db.close();
    }
  });

  test('of the whole engine history while it puts things back: it still puts them back', async () => {
    const db = await cluster.clone();
    try {
      const [first] = await db.startWorkers(1);
      const back = step('back', { effect: true, sleepSeconds: 2 });
      const id = await db.run(
        plan('repair-back', [step('one', changes), step('two', { outcome: 'revert' })], [back]),
      );
      await db.untilEvent(id, 'started', 'back');
      await first?.kill('SIGKILL');
      // As a version left it that kept outputs in the event alone.
      await db.query('update operation_step set output = null where operation_id = $1', [id]);
      await db.asSuperuser(
        `update dbos.operation_outputs set function_name = 'something else'
          where workflow_uuid = $1 and function_name = 'step one'`,
        [id],
      );
      await db.startWorkers(1);
      await db.untilEvent(id, 'engine-error');
      await db.untilState(id, 'reverted');
      expect(await db.effects(id)).toEqual(['one', 'back']);
      const { detail } = await db.untilEvent(id, 'finished', 'back');
      expect(detail, 'what step one handed on').toMatchObject({ output: { seen: ['one'] } });
    } finally {
      await db.close();
    }
  });
});
