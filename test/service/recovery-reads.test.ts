import { beforeEach, describe, expect, it } from 'vitest';
import type { RefusedError } from '#lib/errors.ts';
import { dismissFinding, liftDismissal } from '#lib/services/findings/dismiss.ts';
import { readFindings } from '#lib/services/findings/list.ts';
import { readRecoveryOptions } from '#lib/services/recovery/options.ts';
import { listRecoveryPlans, unprovenSteps } from '#lib/services/recovery/plans.ts';
import { readRecoveryReadiness, readRecoveryStatus } from '#lib/services/recovery/read.ts';
import { readRecoveryRun } from '#lib/services/recovery/run.ts';
import { AP, EU, NOW, outlook, US, unseen } from '#test/recovery-facts.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { insertOperation } from './recovery-rows.ts';
import { lost, readyOutlook, storeOutlook } from './recovery-world.ts';

const world = testWorld();

let operator: TestPerson;
const as = (person: TestPerson, now = NOW) => world.contextFor(person, { now });

beforeEach(async () => {
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  operator = await world.person('operator');
  await storeOutlook(world, outlook());
});

describe('readiness', () => {
  it('is evaluated anew from what is stored, with the plans linted and the targets ranked', async () => {
    const found = await readRecoveryReadiness(as(operator), 'production');
    const us = found.readiness.scenarios.find(({ id }) => id === 'lose-us-east-1');
    expect(us?.cells.find(({ check }) => check === 'network')?.verdict).toBe('blocked');
    expect(us?.cells.find(({ check }) => check === 'plan')).toBeDefined();
    expect(found.rankings.map(({ lost: region }) => region)).toEqual([US, EU, AP]);
    expect(found.rankings[0]?.targets.map(({ region }) => region)).toEqual([EU, AP]);
    await storeOutlook(world, readyOutlook());
    const ready = await readRecoveryReadiness(as(operator), 'production');
    const mended = ready.readiness.scenarios.find(({ id }) => id === 'lose-us-east-1');
    expect(mended?.cells.find(({ check }) => check === 'network')?.verdict).toBe('ok');
    expect(mended?.score).toBeGreaterThan(us?.score ?? 100);
  });

  it('counts no verdict on who fails that no worker renews', async () => {
    const { outlook: given, detection } = lost(readyOutlook(), US);
    await storeOutlook(world, given, detection);
    const now = await readRecoveryStatus(as(operator), 'production');
    expect(now.detection?.regions.find(({ region }) => region === US)?.state).toBe('failing');
    expect(now.topology.writesEndedAt).toBe('2026-11-23T09:59:00.000Z');
    const later = await readRecoveryStatus(as(operator, new Date(NOW.getTime() + 120_000)), 'production');
    expect(later.detection).toBeNull();
  });

  it('of an environment that is not there is not found', async () => {
    expect((await failure(readRecoveryReadiness(as(operator), 'prodution'))).code).toBe('not-found');
  });
});

describe('the options', () => {
  it('of a lost writer have what each does to clocks, orders, nodes and residency', async () => {
    const { outlook: given, detection } = lost(readyOutlook(), US);
    await storeOutlook(world, given, detection);
    const decision = await readRecoveryOptions(as(operator), { lost: US });
    expect(decision.options.map(({ kind }) => kind)).toEqual(['wait', 'evacuate', 'failover']);
    expect(decision.detection?.state).toBe('failing');
    const failover = decision.options[2];
    expect(failover).toMatchObject({ target: EU, refusal: null, contract: { bytes: expect.any(Number) } });
    expect(failover?.clocks.writes.unproven.length).toBeGreaterThan(0);
    expect(decision.preempts).toBeNull();
  });

  it('name the operation that holds the environment', async () => {
    const id = await insertOperation(world, operator.id, { kind: 'traffic-shift', state: 'running' });
    expect((await readRecoveryOptions(as(operator), { lost: US })).preempts).toContain(id);
    await world.database.pool.query(`update operation set state = 'done', ended_at = now() where id = $1`, [
      id,
    ]);
  });

  it.each([
    [{ lost: 'mars' }, 'lost'],
    [{ lost: US, target: 'mars' }, 'target'],
    [{}, 'lost'],
  ])('of %j are refused by the field', async (input, field) => {
    const error = await failure(readRecoveryOptions(as(operator), input));
    expect(Object.keys((error as never as { fields: object }).fields)).toEqual([field]);
  });
});

describe('plans', () => {
  it('are looked at beforehand: what cannot be planned says why, steps say when they ran', async () => {
    await storeOutlook(world, readyOutlook());
    const plans = await listRecoveryPlans(as(operator), 'production');
    const failover = plans.find(({ id }) => id === `failover-${US}-${EU}`);
    expect(failover?.plan?.steps.length).toBe(failover?.proof.length);
    expect(failover?.traps.filter(({ severity }) => severity === 'refused')).toEqual([]);
    expect(plans.find(({ id }) => id === `rebuild-${EU}`)).toMatchObject({
      plan: null,
      refusal: { code: 'whole' },
    });
    const unproven = unprovenSteps(plans);
    expect(new Set(unproven.map(({ key }) => key)).size).toBe(unproven.length);
    expect(unproven[0]).toMatchObject({ lastRunAt: null });
  });
});

describe('findings', () => {
  const B05 = { environment: 'production', code: 'B-05', reason: 'the peering comes next month' };

  it('are dismissed with a reason, once, and stay true; lifted, they are open again', async () => {
    const approver = await world.person('approver');
    const { open } = await readFindings(as(operator), 'production');
    const before = await world.auditSeq();
    await dismissFinding(as(approver), B05);
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'finding.dismiss',
        outcome: 'done',
        subject: 'finding/B-05',
        environment: 'production',
        detail: { reason: B05.reason },
      },
    ]);
    expect((await failure(dismissFinding(as(approver), B05))).code).toBe('conflict');
    const list = await readFindings(as(approver), 'production');
    expect(list).toMatchObject({ open: open - 1, mayDismiss: { allowed: true } });
    expect(list.items.find(({ code }) => code === 'B-05')).toMatchObject({
      state: 'open',
      dismissal: { reason: B05.reason, dismissedBy: { id: approver.id } },
    });
    await liftDismissal(as(approver), { environment: 'production', code: 'B-05' });
    expect((await readFindings(as(operator), 'production')).open).toBe(open);
    expect(
      (await failure(liftDismissal(as(approver), { environment: 'production', code: 'B-05' }))).code,
    ).toBe('conflict');
  });

  it('are dismissed by one of two who try at once', async () => {
    const people = [await world.person('approver'), await world.person('admin')];
    const tries = await Promise.allSettled(
      people.map((person) => dismissFinding(as(person), { ...B05, code: 'B-06' })),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('are not dismissed by those whose requests they would stop', async () => {
    const before = await world.auditSeq();
    expect((await failure(dismissFinding(as(operator), B05))).code).toBe('forbidden');
    expect(await world.auditAfter(before)).toMatchObject([{ verb: 'finding.dismiss', outcome: 'refused' }]);
    expect((await readFindings(as(operator), 'production')).mayDismiss).toMatchObject({ code: 'no-grant' });
  });

  it('that the estate does not show any more need no dismissal', async () => {
    await storeOutlook(world, readyOutlook());
    const error = await failure(dismissFinding(as(await world.person('approver')), B05));
    expect((error as RefusedError).rule).toBe('gone');
  });

  it('that are none are not found', async () => {
    const error = await failure(dismissFinding(as(await world.person('approver')), { ...B05, code: 'Z-99' }));
    expect(error.code).toBe('not-found');
  });
});

describe('a run', () => {
  it('counts its clocks from the outage, and what clients saw beside them', async () => {
    const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
    const id = await insertOperation(world, operator.id, {
      state: 'running',
      startedAt: at(-40),
      plan: {
        steps: [{ key: 'verify-order', title: 'An order', action: 'recovery.verify-order', clock: 'writes' }],
        outageAt: at(-60).toISOString(),
      },
    });
    await world.database.pool.query(
      `insert into operation_step (operation_id, position, key, title, action, state, attempt, started_at)
       values ($1, 0, 'verify-order', 'An order', 'recovery.verify-order', 'running', 1, $2)`,
      [id, at(-5)],
    );
    const value = {
      at: at(-1).toISOString(),
      all: { downtime: { orders: [{ start: at(-58).toISOString(), end: null, seconds: 57 }], reads: [] } },
      orders: {
        acknowledged: 10,
        checked: null,
        missing: null,
        missingOrders: [],
        reason: 'the writer is away',
      },
    };
    await world.database.pool.query(
      'insert into client_report (operation_id, asked_at, value, answered_at) values ($1, $2, $3, $2)',
      [id, NOW, JSON.stringify(value)],
    );
    const run = await readRecoveryRun(as(operator), id);
    expect(run.from).toBe(at(-60).toISOString());
    expect(run.clocks[0]).toMatchObject({ clock: 'writes', state: 'running', seconds: 60 });
    expect(run.clients).toMatchObject({
      ordersSeconds: 58,
      ordersDown: true,
      readsSeconds: 0,
      missing: null,
    });
    await world.database.pool.query(`update operation set state = 'done', ended_at = now() where id = $1`, [
      id,
    ]);
  });

  it('that is not there is not found', async () => {
    expect((await failure(readRecoveryRun(as(operator), 'OP-999999'))).code).toBe('not-found');
  });
});

it('a Region that nobody has ever seen is unknown, never well', async () => {
  const given = outlook({ [EU]: { database: unseen() } });
  await storeOutlook(world, { ...given, facts: { ...given.facts, zone: unseen('throttled') } });
  const { readiness } = await readRecoveryReadiness(as(operator), 'production');
  expect(readiness.verdict).not.toBe('ok');
});
