import { describe, expect, test } from 'vitest';
import { startDatabase } from './estate/lifecycle.ts';
import { type TestCluster, type TestDatabase, until, verifyAuditChain } from './harness.ts';
import { plan, step } from './script.ts';

// What recovery asks of the engine: steps side by side, a point of no return, and emergencies that take the environment.
let cluster: TestCluster;
let db: TestDatabase;

startDatabase((opened, started) => {
  db = opened;
  cluster = started;
});

const states = async (id: string) =>
  Object.fromEntries((await db.steps(id)).map(({ key, state }) => [key, state]));
const undo = [step('undo', { effect: true })];

describe.concurrent('steps of a group', { timeout: 60_000 }, () => {
  test('run at the same time, and the next one begins when all have passed', async () => {
    const id = await db.run(
      plan('group', [
        step('left', { effect: true, sleepSeconds: 0.5 }, { group: 'both' }),
        step('right', { effect: true, wait: { times: 1, seconds: 0.2 } }, { group: 'both' }),
        step('then', { effect: true }),
      ]),
    );
    await db.untilState(id, 'done');
    const events = await db.events(id);
    const at = (kind: string, key: string) =>
      events.findIndex((event) => event.kind === kind && event.step_key === key);
    expect(at('started', 'right')).toBeLessThan(at('finished', 'left'));
    expect(at('started', 'left')).toBeLessThan(at('finished', 'right'));
    expect(at('started', 'then')).toBeGreaterThan(at('finished', 'left'));
    expect((await db.effects(id)).toSorted()).toEqual(['left', 'right', 'then']);
    expect((await db.steps(id)).map(({ key, attempt }) => [key, attempt])).toEqual([
      ['left', 1],
      ['right', 2],
      ['then', 1],
    ]);
  });

  test('one that fails lets the others end, then everything is put back', async () => {
    const id = await db.run(
      plan(
        'group-fail',
        [
          step('good', { effect: true, sleepSeconds: 0.4 }, { group: 'both' }),
          step('bad', { outcome: 'fail' }, { group: 'both' }),
          step('never', { effect: true }),
        ],
        undo,
      ),
    );
    const ended = await db.untilState(id, 'failed');
    expect(ended.outcome).toContain('Failed at “Step bad”');
    expect(await db.effects(id)).toEqual(['good', 'undo']);
    expect(await states(id)).toEqual({ good: 'reverted', bad: 'failed', never: 'not-run', undo: 'done' });
  });

  test('one that holds beside one that has passed is told once, however often it is looked at', async () => {
    const id = await db.run(
      plan('group-hold', [
        step('quick', { effect: true }, { group: 'both' }),
        step('held', { hold: { times: 4, seconds: 0.1 } }, { group: 'both' }),
      ]),
    );
    await db.untilState(id, 'done');
    const kinds = (await db.events(id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'held')).toHaveLength(1);
    expect(kinds).not.toContain('resumed');
  });

  test('one that holds is told once, although its neighbour passes only then', async () => {
    const id = await db.run(
      plan('group-hold-late', [
        step('late', { effect: true, sleepSeconds: 0.4 }, { group: 'both' }),
        step('held', { hold: { times: 6, seconds: 0.2 } }, { group: 'both' }),
      ]),
    );
    await db.untilState(id, 'done');
    const kinds = (await db.events(id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'held')).toHaveLength(1);
  });

  test('are not run again by the worker that takes over, where they had passed', async () => {
    const own = await cluster.clone();
    try {
      const [first] = await own.startWorkers(1);
      const id = await own.run(
        plan('group-kill', [
          step('quick', { effect: true }, { group: 'both' }),
          step('slow', { effect: true, sleepSeconds: 30, sleepAttempts: 1 }, { group: 'both' }),
          step('then', { effect: true }),
        ]),
      );
      await own.untilEvent(id, 'finished', 'quick');
      await until('slow has acted', async () =>
        (await own.effects(id)).includes('slow') ? true : undefined,
      );
      await own.startWorkers(1);
      await first?.kill('SIGKILL');
      await own.untilState(id, 'done', 30_000);
      expect((await own.effects(id)).toSorted()).toEqual(['quick', 'slow', 'then']);
      expect((await own.steps(id)).map(({ key, attempt }) => [key, attempt])).toEqual([
        ['quick', 1],
        ['slow', 2],
        ['then', 1],
      ]);
      await verifyAuditChain(own);
    } finally {
      await own.close();
    }
  });
});

describe.concurrent('behind the point of no return', { timeout: 60_000 }, () => {
  test('a failure holds for a person and is tried again; nothing is put back', async () => {
    const id = await db.run(
      plan(
        'past',
        [
          step('promote', { effect: true }, { irreversible: true }),
          step('point', { failures: 1, effect: true }),
          step('verify', { effect: true }),
        ],
        undo,
      ),
    );
    const held = await db.untilState(id, 'holding');
    expect(held.outcome).toBe('attempt 1 fails');
    expect(await states(id)).toEqual({ promote: 'done', point: 'holding', verify: 'waiting' });
    await db.ask(id, 'run');
    await db.untilState(id, 'done');
    expect(await db.effects(id)).toEqual(['promote', 'point', 'verify']);
  });

  test('an irreversible step that was refused has changed nothing, and what came before it is put back', async () => {
    const id = await db.run(
      plan(
        'refused',
        [step('freeze', { effect: true }), step('promote', { outcome: 'fail' }, { irreversible: true })],
        undo,
      ),
    );
    await db.untilState(id, 'failed');
    expect(await db.effects(id)).toEqual(['freeze', 'undo']);
  });

  test('a stop that comes before the irreversible step keeps it from beginning', async () => {
    const id = await db.run(
      plan(
        'stopped',
        [
          step('freeze', { effect: true, sleepSeconds: 20 }),
          step('promote', { effect: true }, { irreversible: true }),
        ],
        undo,
      ),
    );
    await until('the freeze is there', async () => ((await db.effects(id)).length > 0 ? true : undefined));
    await db.ask(id, 'abort');
    await db.untilState(id, 'aborted');
    expect(await db.effects(id)).toEqual(['freeze', 'undo']);
  });

  test('an irreversible step under way is seen through, whatever is asked meanwhile', async () => {
    const id = await db.run(
      plan('through', [step('promote', { effect: true, sleepSeconds: 1.2 }, { irreversible: true })], undo),
    );
    await until('the promotion is there', async () => ((await db.effects(id)).length > 0 ? true : undefined));
    // The verb refuses this; a wish that got in all the same interrupts nothing.
    await db.ask(id, 'abort');
    await db.untilEvent(id, 'finished', 'promote');
    expect((await db.steps(id))[0]).toMatchObject({ state: 'done', attempt: 1 });
    await db.untilState(id, 'done');
  });
});

describe.concurrent('an emergency', { timeout: 60_000 }, () => {
  test('takes the environment at the next gate of a run that waits', async () => {
    const holder = await db.run(
      plan(
        'yield',
        [step('soak', { wait: { times: 99, seconds: 600 } }), step('more', { effect: true })],
        undo,
      ),
    );
    await db.untilEvent(holder, 'finished', 'soak');
    const emergency = await db.preempt(plan('yield', [step('rescue', { effect: true })]), holder);
    await db.untilState(emergency, 'done');
    const ended = await db.operation(holder);
    expect(ended.state).toBe('superseded');
    expect(ended.outcome).toContain('taken by an emergency operation after 0 of 2 steps');
    expect(await db.effects(holder)).toEqual([]);
  });

  test('lets the step in flight end, and nothing after it begin', async () => {
    const holder = await db.run(
      plan(
        'flight',
        [step('change', { effect: true, sleepSeconds: 1 }), step('more', { effect: true })],
        undo,
      ),
    );
    await until('it has acted', async () => ((await db.effects(holder)).length > 0 ? true : undefined));
    const emergency = await db.preempt(plan('flight', [step('rescue', { effect: true })]), holder);
    await db.untilState(emergency, 'done');
    expect(await states(holder)).toEqual({ change: 'done', more: 'not-run' });
    expect(await db.effects(holder)).toEqual(['change']);
  });

  test('takes the fencing number from a run that comes to no gate within 30 s', async () => {
    const holder = await db.run(
      plan('deaf', [step('stuck', { effect: true, sleepSeconds: 120, deaf: true, lateEffect: true })], undo),
    );
    await until('it has acted', async () => ((await db.effects(holder)).length > 0 ? true : undefined));
    const emergency = await db.preempt(plan('deaf', [step('rescue', { effect: true })]), holder, 31);
    await db.untilState(emergency, 'done', 30_000);
    expect((await db.operation(holder)).state).toBe('superseded');
    expect((await states(holder)).stuck).toBe('unknown');
    expect((await db.audit(holder)).map(({ verb }) => verb)).toContain('operation.preempt');
  });

  test('ends a run for which no worker speaks any more', async () => {
    const own = await cluster.clone();
    try {
      const [gone] = await own.startWorkers(1, { timing: { beatMs: 150, ttlMs: 60_000, graceMs: 60_000 } });
      const holder = await own.run(plan('gone', [step('stuck', { effect: true, sleepSeconds: 120 })], undo));
      await until('it has acted', async () => ((await own.effects(holder)).length > 0 ? true : undefined));
      gone?.signal('SIGSTOP');
      await own.startWorkers(1, { timing: { beatMs: 150, ttlMs: 60_000, graceMs: 60_000 } });
      const emergency = await own.preempt(plan('gone', [step('rescue', { effect: true })]), holder, 41);
      await own.untilState(emergency, 'done', 30_000);
      expect(await own.operation(holder)).toMatchObject({ state: 'superseded' });
      expect(await own.effects(emergency)).toEqual(['rescue']);
    } finally {
      await own.close();
    }
  });
});
