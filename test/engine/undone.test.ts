import { describe, expect, test } from 'vitest';
import { startDatabase } from './estate/lifecycle.ts';
import { type TestCluster, type TestDatabase, verifyAuditChain } from './harness.ts';
import { plan, step } from './script.ts';

// A run that holds behind its point of no return, and a person who does not wait for what it holds at.
let cluster: TestCluster;
let db: TestDatabase;

startDatabase((opened, started) => {
  db = opened;
  cluster = started;
});

const states = async (id: string, of = db) =>
  Object.fromEntries((await of.steps(id)).map(({ key, state }) => [key, state]));
const promote = step('promote', { effect: true }, { irreversible: true });
const undo = [step('undo', { effect: true })];
const stuck = (key: string) => step(key, { outcome: 'fail' }, { omissible: true });

describe.concurrent('behind the point of no return', { timeout: 60_000 }, () => {
  test('a run goes on without a step that may be left undone, and ends incomplete', async () => {
    const id = await db.run(plan('omit', [promote, stuck('verify'), step('after', { effect: true })], undo));
    await db.untilState(id, 'holding');
    await db.leaveUndone(id, 'its Region has no capacity', 'verify');
    const ended = await db.untilState(id, 'incomplete');
    expect(ended.outcome).toBe('2 of 3 steps passed. Open: “Step verify” left undone.');
    expect(await states(id)).toEqual({ promote: 'done', verify: 'omitted', after: 'done' });
    expect(await db.effects(id)).toEqual(['promote', 'after']);
    const [, verify] = await db.steps(id);
    expect(verify?.evidence.at(-1)?.text).toBe('Left undone by Tester: its Region has no capacity');
    expect((await db.audit(id)).find(({ detail }) => detail?.status === 'omitted')).toMatchObject({
      verb: 'operation.step',
      message: expect.stringMatching(/^Left undone by person [0-9a-f-]{36}: its Region has no capacity$/),
    });
  });

  test('a step that says itself that it was left undone needs nobody, and the run ends incomplete', async () => {
    const late = { leavesUndone: '“Step copy”: not finished within 7 h' };
    const id = await db.run(
      plan('left', [
        promote,
        step('copy', late, { omissible: true, group: 'copies' }),
        step('other', { effect: true }, { omissible: true, group: 'copies' }),
        // One that the plan does not go on without keeps its own end.
        step('needed', { leavesUndone: '“Step needed”: its Region does not answer' }),
        step('after', { effect: true }),
      ]),
    );
    const ended = await db.untilState(id, 'incomplete');
    expect(ended.outcome).toBe(
      '4 of 5 steps passed. Open: “Step copy” left undone. Not done: “Step copy”: not finished within 7 h; “Step needed”: its Region does not answer.',
    );
    expect(await states(id)).toEqual({
      promote: 'done',
      copy: 'omitted',
      other: 'done',
      needed: 'done',
      after: 'done',
    });
    expect(await db.effects(id)).toEqual(['promote', 'other', 'after']);
    expect((await db.audit(id)).find(({ detail }) => detail?.step === 'copy')).toMatchObject({
      verb: 'operation.step',
      outcome: 'done',
      detail: { status: 'omitted' },
    });
    expect((await db.events(id)).map(({ kind }) => kind)).not.toContain('held');
  });

  test('a decision about a step that the plan needs is not obeyed: it is tried until it passes', async () => {
    const id = await db.run(
      plan('needed', [promote, step('point', { failures: 1, effect: true }), step('after')], undo),
    );
    await db.untilState(id, 'holding');
    // The verb refuses this; a wish that got in all the same leaves nothing out.
    await db.leaveUndone(id, 'in a hurry', 'point');
    await db.untilState(id, 'done');
    expect(await db.effects(id)).toEqual(['promote', 'point']);
  });

  test('one step of a group is left undone, its neighbours are not', async () => {
    const id = await db.run(
      plan('omit-group', [
        promote,
        step('left', { outcome: 'fail' }, { group: 'both', omissible: true }),
        step('right', { failures: 2, effect: true }, { group: 'both' }),
        step('after', { effect: true }),
      ]),
    );
    await db.untilState(id, 'holding');
    await db.leaveUndone(id, 'not today', 'left');
    await db.untilEvent(id, 'omitted', 'left');
    expect((await db.operation(id)).state).toBe('holding');
    await db.ask(id, 'run');
    await db.untilState(id, 'incomplete');
    expect(await states(id)).toEqual({ promote: 'done', left: 'omitted', right: 'done', after: 'done' });
  });

  test('a run is ended where it stands: nothing put back, nothing begun, what is open on record', async () => {
    const id = await db.run(
      plan('close', [promote, step('point', { outcome: 'fail' }), step('after', { effect: true })], undo),
    );
    await db.untilState(id, 'holding');
    await db.leaveUndone(id, 'pointed by hand');
    const ended = await db.untilState(id, 'incomplete');
    expect(ended.outcome).toBe(
      '1 of 3 steps passed. Ended by Tester: pointed by hand. Open: “Step point” under way when it ended: what came of it has to be looked at; “Step after” did not run.',
    );
    expect(await states(id)).toEqual({ promote: 'done', point: 'unknown', after: 'not-run' });
    expect(await db.effects(id)).toEqual(['promote']);
    expect((await db.audit(id)).find(({ verb }) => verb === 'operation.end')).toMatchObject({
      outcome: 'failed',
      detail: { state: 'incomplete', open: ['point', 'after'] },
    });
    const next = await db.run(plan('close', [step('only', { effect: true })]));
    await db.untilState(next, 'done');
  });

  test('an attempt under way is interrupted by the decision to end', async () => {
    const id = await db.run(
      plan('close-attempt', [promote, step('slow', { effect: true, sleepSeconds: 50 })], undo),
    );
    await db.untilEvent(id, 'started', 'slow');
    await db.leaveUndone(id, 'enough');
    await db.untilState(id, 'incomplete', 15_000);
    expect((await states(id)).slow).toBe('unknown');
  });

  test('what was refused plainly is put back to the end, although it was decided meanwhile to end the run', async () => {
    const id = await db.run(
      plan(
        'close-refused',
        [
          step('fence', { effect: true }),
          step('refused', { hold: { times: 1, seconds: 60 }, outcome: 'fail' }, { irreversible: true }),
        ],
        [step('unfence', { effect: true })],
      ),
    );
    await db.untilState(id, 'holding');
    const barrier = await db.barrier('before:refused');
    await db.ask(id, 'run');
    await barrier.reached();
    await db.leaveUndone(id, 'pointed by hand');
    await barrier.lift();
    await db.untilState(id, 'failed');
    expect(await db.effects(id)).toEqual(['fence', 'unfence']);
    expect(await states(id)).toMatchObject({ refused: 'failed', unfence: 'done' });
  });

  test('an irreversible step that fails behind the point holds too: nothing is put back', async () => {
    const id = await db.run(
      plan(
        'second-return',
        [promote, step('delete', { failures: 1, effect: true }, { irreversible: true }), step('after')],
        undo,
      ),
    );
    await db.untilState(id, 'holding');
    await db.ask(id, 'run');
    await db.untilState(id, 'done');
    expect(await db.effects(id)).toEqual(['promote', 'delete']);
  });

  test.each(['omit', 'close'] as const)('the decision to %s survives its worker', async (word) => {
    const own = await cluster.clone();
    try {
      const [first] = await own.startWorkers(1);
      const id = await own.run(
        plan('undone-kill', [promote, stuck('verify'), step('after', { effect: true })], undo),
      );
      await own.untilState(id, 'holding');
      await first?.kill('SIGKILL');
      await own.leaveUndone(id, 'nobody is there', word === 'omit' ? 'verify' : undefined);
      await own.startWorkers(1);
      await own.untilState(id, 'incomplete', 30_000);
      expect(await own.effects(id)).toEqual(word === 'omit' ? ['promote', 'after'] : ['promote']);
      await verifyAuditChain(own);
    } finally {
      await own.close();
    }
  });
});
