import { describe, expect, test } from 'vitest';
import { violatedIndex } from '#lib/data/database.ts';
import { startDatabase } from './estate/lifecycle.ts';
import { median, type TestCluster, type TestDatabase, until, verifyAuditChain } from './harness.ts';
import { plan, step } from './script.ts';

// One database and two workers; every test has an environment of its own, so they run side by side.
let cluster: TestCluster;
let db: TestDatabase;

startDatabase((opened, started) => {
  db = opened;
  cluster = started;
});

const states = async (id: string) =>
  Object.fromEntries((await db.steps(id)).map(({ key, state }) => [key, state]));

describe.concurrent('a run', { timeout: 40_000 }, () => {
  test('goes step by step, with evidence, commands, calls, events and audit entries', async () => {
    const id = await db.run(
      plan('success', [
        step('first', { effect: true, evidence: 'weights are 50', command: 'aws route53 …' }),
        step('second', { wait: { times: 2, seconds: 0.1 } }),
        step('third', { effect: true }),
      ]),
    );
    const ended = await db.untilState(id, 'done');
    expect(ended.outcome).toBe('All 3 steps passed.');
    expect(ended.started_at).toBeInstanceOf(Date);
    expect(ended.ended_at).toBeInstanceOf(Date);

    const [first, second, third] = await db.steps(id);
    expect(first).toMatchObject({ state: 'done', attempt: 1 });
    // What the action told itself, and then what its calls are by hand.
    expect(first?.cli).toEqual([
      'aws route53 …',
      expect.stringMatching(/^aws route53 list-resource-record-sets --region us-east-1 /),
      expect.stringMatching(/^aws route53 change-resource-record-sets --region us-east-1 /),
    ]);
    expect(first?.evidence.map(({ kind, text }) => [kind, text])).toEqual([
      ['fact', 'weights are 50'],
      ['note', 'first is done'],
    ]);
    expect(second).toMatchObject({ state: 'done', attempt: 3 });
    expect(second?.evidence.map(({ text }) => text)).toEqual(['not yet', 'second is done']);
    expect(third).toMatchObject({ state: 'done', attempt: 1 });
    expect(await db.effects(id)).toEqual(['first', 'third']);

    const events = await db.events(id);
    expect(events.map(({ kind, step_key, attempt }) => [kind, step_key, attempt])).toEqual([
      ['begun', null, 0],
      ['started', 'first', 1],
      ['finished', 'first', 1],
      ['started', 'second', 1],
      ['finished', 'second', 1],
      ['started', 'second', 2],
      ['finished', 'second', 2],
      ['started', 'second', 3],
      ['finished', 'second', 3],
      ['started', 'third', 1],
      ['finished', 'third', 1],
      ['ended', null, 0],
    ]);
    expect(events.at(-3)?.executor).toMatch(/^w-/);
    const finishedThird = events.find((event) => event.kind === 'finished' && event.step_key === 'third');
    expect(finishedThird?.detail).toMatchObject({
      status: 'done',
      output: { seen: ['first', 'second'] },
    });

    const audit = await db.audit(id);
    expect(audit.map(({ verb, outcome, detail }) => [verb, outcome, detail.step ?? detail.state])).toEqual([
      ['operation.step', 'done', 'first'],
      ['operation.step', 'done', 'second'],
      ['operation.step', 'done', 'third'],
      ['operation.end', 'done', 'done'],
    ]);
    const calls = await db.query<{ action: string; request_id: string }>(
      'select action, request_id from operation_call where operation_id = $1 order by id',
      [id],
    );
    expect(calls.map(({ request_id }) => request_id)).toEqual([`${id}-first-0`, `${id}-third-0`]);
  });

  test('announces every change, so that consoles can follow', async () => {
    const id = await db.run(plan('announce', [step('only', { evidence: 'seen' })]));
    await db.untilState(id, 'done');
    const [row] = await db.query<{ changes: number }>(
      `select count(*)::int as changes from change where topic = 'operation' and ref = $1`,
      [id],
    );
    // begun, started, evidence, finished, ended
    expect(row?.changes).toBe(5);
  });

  test('puts a notification in the outbox when it starts, holds and ends', async () => {
    await db.query(
      `insert into webhook (id, name, url, secret, topics, created_by)
       values (gen_random_uuid(), 'w', 'http://127.0.0.1/', '\\x00', '{*}', 'test')`,
    );
    const id = await db.run(plan('notify', [step('held', { hold: { times: 1, seconds: 0.1 } })]));
    await db.untilState(id, 'done');
    const rows = await db.query<{ topic: string }>(
      `select topic from notification where payload ->> 'operation' = $1 order by id`,
      [id],
    );
    expect(rows.map(({ topic }) => topic)).toEqual([
      'operation.started',
      'operation.held',
      'operation.ended',
    ]);
  });

  test('holds for all to see while a step holds, and runs again once it passes', async () => {
    const id = await db.run(plan('hold', [step('gate', { hold: { times: 3, seconds: 0.3 } }), step('next')]));
    const held = await db.untilState(id, 'holding');
    expect(held.outcome).toBe('too slow to go on');
    expect(await states(id)).toMatchObject({ gate: 'holding', next: 'waiting' });
    expect((await db.untilState(id, 'done')).outcome).toBe('All 2 steps passed.');
    const audit = await db.audit(id);
    expect(audit.filter(({ verb }) => verb === 'operation.hold')).toHaveLength(1);
  });

  test('fails without putting anything back when nothing was changed', async () => {
    const id = await db.run(
      plan('throw', [step('bad', { throws: 'AccessDenied: not allowed' }), step('next')], [step('undo')]),
    );
    const ended = await db.untilState(id, 'failed');
    expect(ended.outcome).toBe('Failed at “Step bad”: AccessDenied: not allowed. Nothing had been changed.');
    expect(await states(id)).toEqual({ bad: 'failed', next: 'not-run' });
    expect((await db.steps(id))[0]?.evidence.at(-1)?.text).toBe('AccessDenied: not allowed');
    expect((await db.audit(id)).map(({ verb, outcome }) => [verb, outcome])).toEqual([
      ['operation.step', 'failed'],
      ['operation.end', 'failed'],
    ]);
  });

  test('puts back what was changed when a later step fails', async () => {
    const id = await db.run(
      plan(
        'fail-late',
        [step('change', { effect: true }), step('look'), step('bad', { outcome: 'fail' }), step('next')],
        [step('undo', { effect: true }), step('undo-wait')],
      ),
    );
    const ended = await db.untilState(id, 'failed');
    expect(ended.outcome).toBe(
      'Failed at “Step bad”: bad says fail. What had been changed after 2 of 4 steps was put back.',
    );
    expect(await states(id)).toEqual({
      change: 'reverted',
      look: 'done',
      bad: 'failed',
      next: 'not-run',
      undo: 'done',
      'undo-wait': 'done',
    });
    expect(await db.effects(id)).toEqual(['change', 'undo']);
  });

  test('reverts when a step says so', async () => {
    const id = await db.run(
      plan(
        'revert-step',
        [step('change', { effect: true }), step('judge', { outcome: 'revert' })],
        [step('undo')],
      ),
    );
    const ended = await db.untilState(id, 'reverted');
    expect(ended.outcome).toContain('Reverted at “Step judge”: judge says revert.');
    expect(await states(id)).toEqual({ change: 'reverted', judge: 'failed', undo: 'done' });
  });

  test('never drops what puts things back: it is shown as held and tried again until it passes', async () => {
    const id = await db.run(
      plan(
        'undo-fails',
        [step('change', { effect: true }), step('bad', { outcome: 'revert' })],
        [step('undo', { failures: 2, effect: true })],
      ),
    );
    await db.untilEvent(id, 'held', 'undo');
    expect(await db.operation(id)).toMatchObject({ state: 'reverting', outcome: 'attempt 1 fails' });
    expect(await states(id)).toMatchObject({ undo: 'holding' });
    await db.ask(id, 'run'); // a ring ends the pause between two tries
    await db.untilState(id, 'reverted');
    expect(await db.effects(id)).toEqual(['change', 'undo']);
  });

  test('takes a deadline that passed for unknown and runs the step again, which observes first', async () => {
    const id = await db.run(
      plan('deadline', [
        step('slow', { effect: true, sleepSeconds: 30, sleepAttempts: 1 }, { deadlineSeconds: 0.5 }),
      ]),
    );
    const timedOut = await db.untilEvent(id, 'failed', 'slow');
    expect(timedOut.detail).toMatchObject({ status: 'timed-out' });
    await db.untilState(id, 'done');
    expect((await db.steps(id))[0]).toMatchObject({ state: 'done', attempt: 2 });
    expect(await db.effects(id)).toEqual(['slow']);
    expect((await db.audit(id)).map(({ outcome, detail }) => [outcome, detail.status])).toEqual([
      ['failed', 'timed-out'],
      ['done', 'done'],
      ['done', undefined],
    ]);
  });

  test('holds for a human after a second time-out, and goes on at a word', async () => {
    const id = await db.run(
      plan('deadline-twice', [
        step('slow', { sleepSeconds: 30, sleepAttempts: 2 }, { deadlineSeconds: 0.3 }),
      ]),
    );
    await db.untilState(id, 'holding');
    expect((await db.steps(id))[0]).toMatchObject({ state: 'holding', attempt: 2 });
    await db.ask(id, 'run');
    await db.untilState(id, 'done');
    expect((await db.steps(id))[0]).toMatchObject({ state: 'done', attempt: 3 });
  });

  test('gives up an action that does not heed its signal, and lets it reach nothing more', async () => {
    const script = { sleepSeconds: 5, sleepAttempts: 1, deaf: true, lateEffect: true };
    const id = await db.run(plan('deaf', [step('deaf', script, { deadlineSeconds: 0.3 })]));
    await db.untilState(id, 'done');
    expect(await db.effects(id)).toEqual(['deaf-late']);
    await until('the first attempt wakes', async () =>
      (await db.effects(id)).length > 1 ? true : undefined,
    );
    expect(await db.effects(id)).toEqual(['deaf-late', 'deaf-refused']);
  });

  test('fails with a sentence when this worker has no such action', async () => {
    const id = await db.run(plan('no-action', [step('odd', {}, { action: 'test.unknown' })]));
    expect((await db.untilState(id, 'failed')).outcome).toContain('This worker has no action test.unknown.');
  });
});

describe.concurrent('people', { timeout: 40_000 }, () => {
  const undo = [step('undo', { effect: true })];

  test('abort during a wait: it ends at once and what was changed is put back', async () => {
    const id = await db.run(
      plan(
        'abort-wait',
        [step('change', { effect: true }), step('soak', { wait: { times: 99, seconds: 600 } })],
        undo,
      ),
    );
    await db.untilEvent(id, 'finished', 'soak');
    const asked = performance.now();
    await db.ask(id, 'abort');
    const ended = await db.untilState(id, 'aborted');
    expect(performance.now() - asked).toBeLessThan(2_000);
    expect(ended.outcome).toBe('Aborted on request. What had been changed after 1 of 2 steps was put back.');
    expect(await states(id)).toEqual({ change: 'reverted', soak: 'reverted', undo: 'done' });
    expect(await db.effects(id)).toEqual(['change', 'undo']);
  });

  test('revert during an action: it is signalled, its result is unknown until it is put back', async () => {
    const id = await db.run(
      plan('revert-action', [step('change', { effect: true, sleepSeconds: 60 })], undo),
    );
    await until('the effect is there', async () => ((await db.effects(id)).length > 0 ? true : undefined));
    const asked = performance.now();
    await db.ask(id, 'revert');
    await db.untilState(id, 'reverted');
    expect(performance.now() - asked).toBeLessThan(3_000);
    expect((await db.untilEvent(id, 'failed', 'change')).detail).toMatchObject({ status: 'interrupted' });
    expect(await states(id)).toEqual({ change: 'reverted', undo: 'done' });
  });

  test('abort during an action: what it kept is handed to what puts things back', async () => {
    const change = step('change', { keep: { minimumBefore: 3 }, effect: true, sleepSeconds: 60 });
    const id = await db.run(plan('abort-kept', [change], undo));
    await until('the effect is there', async () => ((await db.effects(id)).length > 0 ? true : undefined));
    await db.ask(id, 'abort');
    await db.untilState(id, 'aborted');
    expect((await db.untilEvent(id, 'finished', 'undo')).detail).toMatchObject({
      output: { seen: ['change'] },
    });
  });

  test('pause acts at the next gate, resume goes on', async () => {
    const id = await db.run(
      plan('pause', [step('slow', { sleepSeconds: 0.6 }), step('next', { effect: true })]),
    );
    await db.untilEvent(id, 'started', 'slow');
    await db.ask(id, 'pause');
    await db.untilState(id, 'paused');
    expect(await states(id)).toEqual({ slow: 'done', next: 'waiting' });
    await db.ask(id, 'run');
    await db.untilState(id, 'done');
    expect(await db.effects(id)).toEqual(['next']);
    expect((await db.events(id)).map(({ kind }) => kind)).toEqual([
      ...['begun', 'started', 'finished', 'paused', 'resumed', 'started', 'finished', 'ended'],
    ]);
  });

  test('pause during a wait, then revert from the pause', async () => {
    const id = await db.run(
      plan(
        'pause-wait',
        [step('change', { effect: true }), step('soak', { wait: { times: 99, seconds: 600 } })],
        undo,
      ),
    );
    await db.untilEvent(id, 'finished', 'soak');
    await db.ask(id, 'pause');
    await db.untilState(id, 'paused');
    await db.ask(id, 'revert');
    await db.untilState(id, 'reverted');
    expect(await db.effects(id)).toEqual(['change', 'undo']);
  });

  test('abort while a step holds', async () => {
    const id = await db.run(plan('abort-hold', [step('gate', { hold: { times: 99, seconds: 600 } })], undo));
    await db.untilState(id, 'holding');
    await db.ask(id, 'abort');
    expect((await db.untilState(id, 'aborted')).outcome).toContain('Aborted on request.');
  });

  test('a resume does not shorten a wait that counts from its start', async () => {
    const id = await db.run(plan('resume-wait', [step('soak', { waitFromStartSeconds: 1.5 })]));
    const { at } = await db.untilEvent(id, 'started', 'soak');
    await db.ask(id, 'pause');
    await db.untilState(id, 'paused');
    await db.ask(id, 'run');
    const { ended_at } = await db.untilState(id, 'done');
    expect((ended_at?.getTime() ?? 0) - at.getTime()).toBeGreaterThanOrEqual(1_400);
  });

  test('leave what cannot be put back: it ends failed, says what stands and by whose word, and frees the environment', async () => {
    const id = await db.run(
      plan(
        'leave',
        [step('change', { effect: true }), step('soak', { wait: { times: 99, seconds: 600 } })],
        [step('first', { effect: true }), step('undo', { failures: 99 }), step('after'), step('last')],
      ),
    );
    await db.untilEvent(id, 'finished', 'soak');
    await db.ask(id, 'abort');
    await db.untilEvent(id, 'failed', 'undo');
    await db.leave(id, 'another team owns the records now');
    const ended = await db.untilState(id, 'failed');
    expect(ended.outcome).toBe(
      'Aborted on request. What had been changed after 1 of 2 steps was not all put back: what came of “Step undo” is unknown; “Step after”, “Step last” did not run. Left as it is by Tester: another team owns the records now.',
    );
    expect(await states(id)).toEqual({
      change: 'done',
      soak: 'unknown',
      first: 'done',
      undo: 'unknown',
      after: 'not-run',
      last: 'not-run',
    });
    expect(await db.effects(id)).toEqual(['change', 'first']);
    const end = (await db.audit(id)).at(-1);
    expect(end).toMatchObject({ verb: 'operation.end', outcome: 'failed', detail: { state: 'failed' } });
    expect(end?.message).toContain(`Left as it is by person ${end?.detail.leftBy}: another team`);
    expect(JSON.stringify(end)).not.toContain('Tester');
    const next = await db.run(plan('leave', [step('only')]));
    await db.untilState(next, 'done');
  });

  test('leave during an attempt to put back: it is signalled and what came of it is unknown', async () => {
    const slow = step('undo', { failures: 1, effect: true, sleepSeconds: 60 });
    const id = await db.run(
      plan('leave-action', [step('change', { effect: true, outcome: 'fail' })], [slow]),
    );
    await db.untilEvent(id, 'failed', 'undo');
    await db.ask(id, 'run');
    await until('it is tried again', async () =>
      (await db.effects(id)).includes('undo') ? true : undefined,
    );
    await db.leave(id, 'enough');
    const ended = await db.untilState(id, 'failed');
    expect(ended.outcome).toContain('Failed at “Step change”: change says fail.');
    expect(ended.outcome).toContain('what came of “Step undo” is unknown. Left as it is by Tester: enough.');
    expect(await states(id)).toMatchObject({ undo: 'unknown' });
  });

  test('take the environment for an emergency: the run ends superseded and writes nothing more', async () => {
    const id = await db.run(
      plan(
        'preempt',
        [step('change', { effect: true, sleepSeconds: 60 }), step('next', { effect: true })],
        undo,
      ),
    );
    await until('the effect is there', async () => ((await db.effects(id)).length > 0 ? true : undefined));
    await db.query('update operation set epoch = epoch + 1 where id = $1', [id]);
    const ended = await db.untilState(id, 'superseded');
    expect(ended.outcome).toContain('taken by an emergency operation after 0 of 2 steps');
    expect(await states(id)).toEqual({ change: 'unknown', next: 'not-run' });
    expect(await db.effects(id)).toEqual(['change']);
  });

  test('take the environment during a wait, having ended the run themselves', async () => {
    const id = await db.run(
      plan('preempt-wait', [step('soak', { wait: { times: 99, seconds: 600 } })], undo),
    );
    await db.untilEvent(id, 'finished', 'soak');
    await db.database.inTransaction(async (connection) => {
      await connection.query(
        `update operation set epoch = epoch + 1, state = 'superseded', ended_at = now() where id = $1`,
        [id],
      );
      await db.engine.wake(connection, id, 'preempt');
    });
    await until('the step is closed', async () => ((await states(id)).soak === 'unknown' ? true : undefined));
    expect((await db.events(id)).map(({ kind }) => kind)).not.toContain('ended');
  });

  test('stop the line: a run holds at its next gate and goes on when it is lifted', async () => {
    const id = await db.run(
      plan('line', [step('slow', { sleepSeconds: 0.6 }), step('next', { effect: true })]),
    );
    await db.untilEvent(id, 'started', 'slow');
    const freeze = await db.stopTheLine('line');
    const held = await db.untilState(id, 'holding');
    expect(held.outcome).toBe('The line is stopped until it is released, set by Tester: an incident');
    expect(await db.effects(id)).toEqual([]);
    await db.liftFreeze(freeze);
    await db.untilState(id, 'done');
    expect(await db.effects(id)).toEqual(['next']);
  });

  test('a freeze in force at its first gate holds it before its first step, until it is lifted', async () => {
    const id = await db.request(
      plan('frozen', [step('change', { effect: true, sleepSeconds: 0.6 }), step('next')]),
    );
    const freeze = await db.freeze('frozen');
    await db.start(id, 'frozen');
    const held = await db.untilState(id, 'holding');
    expect(held.outcome).toBe('Changes are frozen until it is released, set by Tester: a sale');
    expect((await db.untilEvent(id, 'held')).detail).toMatchObject({ rule: 'freeze' });
    expect(await states(id)).toEqual({ change: 'waiting', next: 'waiting' });
    await db.liftFreeze(freeze);
    await db.untilEvent(id, 'started', 'change');
    // It has begun: only one that stops the line would hold it now.
    const second = await db.freeze('frozen');
    await db.untilState(id, 'done');
    expect((await db.events(id)).filter(({ kind }) => kind === 'held')).toHaveLength(1);
    await db.liftFreeze(second);
  });

  test('a freeze that ends lets go of what it held', async () => {
    const id = await db.request(plan('frozen-a-while', [step('only', { effect: true })]));
    const freeze = await db.freeze('frozen-a-while', { endsAt: new Date(Date.now() + 3_600_000) });
    await db.start(id, 'frozen-a-while');
    expect((await db.untilState(id, 'holding')).outcome).toMatch(/^Changes are frozen until 20/);
    expect(await db.effects(id)).toEqual([]);
    await db.query('update "freeze" set ends_at = clock_timestamp() where id = $1', [freeze]);
    await db.untilState(id, 'done');
  });

  test('a freeze of a Region holds what changes that Region, not what changes another', async () => {
    const elsewhere = await db.freeze('frozen-region', { region: 'eu-west-1' });
    const only = step('only', {}, { needsRegions: ['us-east-1', 'eu-west-1'] });
    const other = await db.run({ ...plan('frozen-region', [only]), regions: ['us-east-1'] });
    await db.untilState(other, 'done');
    const id = await db.run({ ...plan('frozen-region', [only]), regions: ['us-east-1', 'eu-west-1'] });
    await db.untilState(id, 'holding');
    await db.liftFreeze(elsewhere);
    await db.untilState(id, 'done');
  });

  test('a freeze never holds a revert', async () => {
    const id = await db.request({ ...plan('frozen-revert', [step('only')]), kind: 'traffic-revert' });
    const freeze = await db.freeze('frozen-revert');
    await db.start(id, 'frozen-revert');
    await db.untilState(id, 'done');
    expect((await db.events(id)).map(({ kind }) => kind)).not.toContain('held');
    await db.liftFreeze(freeze);
  });

  describe('a freeze that recurs', () => {
    const hour = (hoursFromNow: number) =>
      new Date(Date.now() + hoursFromNow * 3_600_000).toISOString().slice(11, 16);
    const shift = (environment: string) => ({
      ...plan(environment, [step('only', { effect: true })]),
      kind: 'traffic-shift',
      regions: ['us-east-1'],
    });

    test('holds what is queued from the beginning of an occurrence on, and lets go at its end', async () => {
      const freeze = await db.freeze('nights', { actionKind: 'shift', daily: { at: hour(2), minutes: 60 } });
      const before = await db.run(shift('nights'));
      await db.untilState(before, 'done');
      const begins = 'update "freeze" set local_start = $2, duration_minutes = 120 where id = $1';
      await db.query(begins, [freeze, `2020-01-01T${hour(-1)}`]);
      const id = await db.run(shift('nights'));
      expect((await db.untilState(id, 'holding')).outcome).toMatch(
        /^Traffic shifts are frozen until \d{4}-\d\d-\d\d \d\d:\d\d UTC, set by Tester: a sale$/,
      );
      expect(await db.effects(id)).toEqual([]);
      await db.query(begins, [freeze, `2020-01-01T${hour(3)}`]);
      await db.untilState(id, 'done');
    });

    test('lets through what somebody else excepts, once, and that is on record', async () => {
      const freeze = await db.freeze('excepted', { daily: { at: hour(-1), minutes: 120 } });
      const id = await db.run(shift('excepted'));
      await db.untilState(id, 'holding');
      await db.except(freeze, { environment: 'excepted', actionKind: 'deploy' });
      await db.except(freeze, { environment: 'elsewhere', actionKind: 'shift' });
      await db.except(freeze, { environment: 'excepted', actionKind: 'shift', byRequester: true });
      const exception = await db.except(freeze, { environment: 'excepted', actionKind: 'shift', once: true });
      await db.untilState(id, 'done');
      const used = await db.query<{ exception_id: string }>(
        'select exception_id from freeze_exception_use where operation_id = $1',
        [id],
      );
      expect(used).toEqual([{ exception_id: exception }]);
      const second = await db.run(shift('excepted'));
      await db.untilState(second, 'holding');
      await db.liftFreeze(freeze);
      await db.untilState(second, 'done');
    });

    test('holds nothing that puts back, but for a freeze that names it', async () => {
      const daily = { at: hour(-1), minutes: 120 };
      const freeze = await db.freeze('puts-back', { daily });
      const rollback = { ...shift('puts-back'), kind: 'rollback' };
      await db.untilState(await db.run(rollback), 'done');
      const named = await db.freeze('puts-back', { actionKind: 'rollback', daily });
      const id = await db.run(rollback);
      expect((await db.untilState(id, 'holding')).outcome).toMatch(/^Rollbacks are frozen/);
      await db.except(named, { environment: 'puts-back', actionKind: 'rollback' });
      await db.untilState(id, 'done');
      await db.liftFreeze(freeze);
      await db.liftFreeze(named);
    });
  });

  test('abort while a freeze holds what has not begun: it ends with nothing done', async () => {
    const id = await db.request(plan('frozen-abort', [step('change', { effect: true })], undo));
    const freeze = await db.freeze('frozen-abort');
    await db.start(id, 'frozen-abort');
    await db.untilState(id, 'holding');
    await db.ask(id, 'abort');
    expect((await db.untilState(id, 'aborted')).outcome).toBe(
      'Aborted on request. Nothing had been changed.',
    );
    expect(await db.effects(id)).toEqual([]);
    await db.liftFreeze(freeze);
  });

  test('abort while the line is stopped: putting back is never held', async () => {
    const id = await db.run(
      plan('line-abort', [step('change', { effect: true, sleepSeconds: 0.6 }), step('n')], undo),
    );
    await db.untilEvent(id, 'started', 'change');
    const freeze = await db.stopTheLine('line-abort');
    await db.untilState(id, 'holding');
    await db.ask(id, 'abort');
    await db.untilState(id, 'aborted');
    expect(await db.effects(id)).toEqual(['change', 'undo']);
    await db.liftFreeze(freeze);
  });

  test('a second start in one environment runs into the index, and nothing of it is left', async () => {
    const first = await db.run(plan('single', [step('soak', { wait: { times: 99, seconds: 600 } })]));
    const second = await db.request(plan('single', [step('other', { effect: true })]));
    const refusal = await db.start(second, 'single').catch((error: unknown) => error);
    expect(violatedIndex(refusal)).toBe('operation_one_active');
    expect((await db.operation(second)).state).toBe('awaiting-approval');
    const workflows = await db.query('select 1 from dbos.workflow_status where workflow_uuid = $1', [second]);
    expect(workflows).toEqual([]);

    await db.ask(first, 'abort');
    await db.untilState(first, 'aborted');
    await db.start(second, 'single');
    await db.untilState(second, 'done');
  });
});

describe('afterwards', () => {
  test('the audit chain is whole', async () => {
    expect(await verifyAuditChain(db)).toBeGreaterThan(40);
  });

  test('from enqueue to the first step', { timeout: 30_000 }, async () => {
    const latencies: number[] = [];
    for (let i = 0; i < 15; i += 1) {
      const id = await db.request(plan('latency', [step('only')]));
      const enqueued = await db.start(id, 'latency');
      const { at } = await db.untilEvent(id, 'started', 'only');
      latencies.push(at.getTime() - enqueued.getTime());
      await db.untilState(id, 'done');
    }
    console.log(`enqueue to first step: median ${median(latencies)} ms of ${latencies.join(', ')}`);
    expect(median(latencies)).toBeLessThan(1_000);
  });

  test('an abort before the run began ends it with nothing done', { timeout: 30_000 }, async () => {
    const idle = await cluster.clone();
    try {
      const id = await idle.run(plan('queued', [step('change', { effect: true })], [step('undo')]));
      await idle.ask(id, 'abort');
      await idle.startWorkers(1);
      expect((await idle.untilState(id, 'aborted')).outcome).toBe(
        'Aborted on request. Nothing had been changed.',
      );
      expect(await idle.effects(id)).toEqual([]);
    } finally {
      await idle.close();
    }
  });
});
