import { beforeEach, describe, expect, it } from 'vitest';
import type { OperationKind } from '#lib/domain/operation/kind.ts';
import type { RefusedError, ValidationError } from '#lib/errors.ts';
import { createFreeze } from '#lib/services/freezes/freezes.ts';
import { abortOperation, pauseOperation, revertOperation } from '#lib/services/operations/control.ts';
import { approveOperation } from '#lib/services/operations/decide.ts';
import { startEmergency } from '#lib/services/operations/emergency.ts';
import { planShape } from '#lib/services/operations/planners/recovery.ts';
import { getOperation } from '#lib/services/operations/read.ts';
import { previewOperation, requestOperation } from '#lib/services/operations/request.ts';
import { decideReview } from '#lib/services/reviews/decide.ts';
import { AP, EU, NOW, outlook, seen, trafficOf, US, unseen } from '#test/recovery-facts.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { insertOperation } from './recovery-rows.ts';
import { ACCEPT, FAILOVER, lost, readyOutlook, storeOutlook } from './recovery-world.ts';

const world = testWorld();

/** What a lost us-east-1 asks of the rest is more than a reserve leaves: the requester accepts that. */
const ACCEPTED = [`capacity-${EU}`, `capacity-${AP}`];
const REQUEST = { ...FAILOVER, reason: 'us-east-1 is gone', acknowledged: ACCEPTED, confirm: US };
const EMERGENCY = { ...FAILOVER, reason: 'us-east-1 is gone', confirm: US };

let operator: TestPerson;
let approver: TestPerson;

beforeEach(async () => {
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  await world.database.pool.query('delete from "freeze"');
  operator = await world.person('operator');
  approver = await world.person('approver');
  const { outlook: given, detection } = lost(readyOutlook(), US);
  await storeOutlook(world, given, detection);
});

const as = (person: TestPerson, tokenScopes?: string[]) =>
  world.contextFor(person, { now: NOW, ...(tokenScopes ? { tokenScopes } : {}) });

async function rowOf(id: string) {
  return world.database.prisma.operation.findUniqueOrThrow({ where: { id }, include: { review: true } });
}

async function runsOf(id: string): Promise<{ partition: string }[]> {
  const { rows } = await world.database.pool.query<{ partition: string }>(
    'select queue_partition_key as partition from dbos.workflow_status where workflow_uuid = $1',
    [id],
  );
  return rows;
}

describe('a failover that is asked for', () => {
  it('is planned without the lost Region, from the moment it was seen down', async () => {
    const planned = await previewOperation(as(operator), FAILOVER);
    expect(planned.outageAt).toBe('2026-11-23T09:59:00.000Z');
    expect(planned.regions).toEqual([US, EU, AP]);
    expect(planned.blocks).toEqual([]);
    expect(planned.checks.filter(({ verdict }) => verdict === 'refuse' || verdict === 'unknown')).toEqual([]);
    expect(planned.changes).toContainEqual({
      label: 'Orders',
      before: `written in ${US}`,
      after: `written in ${EU}`,
    });
    expect((await previewOperation(as(operator), FAILOVER)).digest).toBe(planned.digest);
  });

  it('is the same plan by another bound of what may be lost, and another by another target', async () => {
    const shapeOf = async (params: Record<string, unknown>) =>
      planShape((await previewOperation(as(operator), { ...FAILOVER, params })).subject);
    const shape = await shapeOf(FAILOVER.params);
    expect(await shapeOf({ ...FAILOVER.params, accept: { ...ACCEPT, seconds: 3 } })).toBe(shape);
    expect(await shapeOf({ ...FAILOVER.params, target: AP })).not.toBe(shape);
  });

  it('waits for a second person, who accepts the same bound, and then starts', async () => {
    const before = await world.auditSeq();
    const { id, state, digest, needed } = await requestOperation(as(operator), REQUEST);
    expect({ state, needed }).toEqual({ state: 'awaiting-approval', needed: 1 });
    expect(await rowOf(id)).toMatchObject({ accepted: ACCEPT, emergency: false, review: null });
    const done = await approveOperation(as(approver), { id, digest });
    expect(done.state).toBe('queued');
    expect(await runsOf(id)).toEqual([{ partition: 'production' }]);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'operation.request', operation: id, detail: { accepted: ACCEPT, needed: 1 } },
      { verb: 'operation.approve', operation: id, detail: { started: true } },
    ]);
  });

  it('is not started by an approval that comes after the request has expired; an emergency still is', async () => {
    const { id, digest } = await requestOperation(as(operator), REQUEST);
    const { expiresAt } = await rowOf(id);
    const late = world.contextFor(approver, { now: new Date(expiresAt.getTime() + 1) });
    const error = await failure(approveOperation(late, { id, digest }));
    expect((error as RefusedError).rule).toBe('expired');
    expect(await runsOf(id)).toEqual([]);
    expect((await startEmergency(as(operator), EMERGENCY)).state).toBe('queued');
  });

  it('is what was agreed to although the load, and with it the number of machines, moved meanwhile', async () => {
    const { id, digest } = await requestOperation(as(operator), REQUEST);
    const { outlook: given, detection } = lost(readyOutlook(), US);
    const busier = given.facts.regions.map((region) =>
      region.code === EU ? { ...region, traffic: seen(trafficOf(11)) } : region,
    );
    await storeOutlook(world, { ...given, facts: { ...given.facts, regions: busier } }, detection);
    const nodesIn = async () => {
      const { plan } = await previewOperation(as(operator), FAILOVER);
      return plan.steps.find(({ key }) => key === `prescale-${EU}`)?.input.nodes;
    };
    const stored = (await rowOf(id)).plan as { steps: { key: string; input: { nodes?: number } }[] };
    const agreed = stored.steps.find(({ key }) => key === `prescale-${EU}`)?.input.nodes;
    expect(await nodesIn()).toBeGreaterThan(agreed ?? Number.POSITIVE_INFINITY);
    expect((await approveOperation(as(approver), { id, digest })).state).toBe('queued');
  });

  it('is not started by its approval when more would be lost than was accepted', async () => {
    const { id, digest } = await requestOperation(as(operator), {
      ...REQUEST,
      params: { ...FAILOVER.params, accept: { ...ACCEPT, seconds: 3 } },
    });
    const { outlook: given, detection } = lost(readyOutlook(), US);
    const later = given.facts.regions.map((region) =>
      region.code === EU
        ? {
            ...region,
            lag: seen({ seconds: 400, bytes: 2_048, class: 'critical' as const, idle: false }),
            position: unseen(),
          }
        : region,
    );
    await storeOutlook(world, { ...given, facts: { ...given.facts, regions: later } }, detection);
    const error = await failure(approveOperation(as(approver), { id, digest }));
    expect((error as RefusedError).rule).toBe('data-at-risk');
    expect(error.message).toMatch(/were accepted to be lost/);
    expect((await rowOf(id)).state).toBe('awaiting-approval');
  });

  it('is refused with what nobody accepted', async () => {
    const error = await failure(
      requestOperation(as(operator), { ...REQUEST, acknowledged: [`capacity-${EU}`] }),
    );
    expect((error as RefusedError).rule).toBe(`capacity-${AP}`);
  });

  it('is refused by what readiness says of it, such as the path that the strategy document lacks', async () => {
    const { outlook: given, detection } = lost(outlook(), US);
    await storeOutlook(world, given, detection);
    const error = await failure(requestOperation(as(operator), REQUEST));
    expect(error.code).toBe('refused');
    const { blocks } = await previewOperation(as(operator), FAILOVER);
    expect(blocks.map(({ id }) => id)).toContain('lose-us-east-1/network');
  });

  it('is refused while the Region serves: a switchover loses nothing', async () => {
    await storeOutlook(world, readyOutlook());
    const error = await failure(requestOperation(as(operator), REQUEST));
    expect((error as RefusedError).rule).toBe('still-serving');
  });

  it('is refused while changes are frozen', async () => {
    await createFreeze(as(approver), { environment: 'production', reason: 'a sale' });
    const error = await failure(requestOperation(as(operator), REQUEST));
    expect((error as RefusedError).rule).toBe('freeze');
  });

  it.each<[string, () => Promise<TestPerson>]>([
    ['a viewer', () => world.person('viewer')],
    ['an operator of one Region', () => world.person([{ role: 'operator', region: EU, action: null }])],
  ])('is refused to %s, and the refusal is in the log', async (_, person) => {
    const before = await world.auditSeq();
    expect((await failure(requestOperation(as(await person()), REQUEST))).code).toBe('forbidden');
    expect(await world.auditAfter(before)).toMatchObject([{ verb: 'operation.request', outcome: 'refused' }]);
  });
});

describe('what is no request', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a kind that nothing has', { kind: 'fail-over' }, 'kind'],
    ['what puts another back', { kind: 'traffic-revert' }, 'kind'],
    ['what puts a recovery back', { kind: 'recovery-revert' }, 'kind'],
    ['a Region that is none', { params: { ...FAILOVER.params, lost: 'mars' } }, 'params.lost'],
    [
      'a Region that the environment lacks',
      { params: { ...FAILOVER.params, target: 'sa-east-1' } },
      'params.target',
    ],
    ['no bound', { params: { lost: US, target: EU } }, 'params.accept'],
    [
      'a negative bound',
      { params: { ...FAILOVER.params, accept: { ...ACCEPT, seconds: -1 } } },
      'params.accept.seconds',
    ],
    ['what the kind does not take', { params: { ...FAILOVER.params, force: true } }, 'params.force'],
    ['an environment that is not there', { environment: 'prodution' }, 'environment'],
  ])('%s is refused by its field', async (_, change, field) => {
    const error = await failure(requestOperation(as(operator), { ...REQUEST, ...change }));
    expect(Object.keys((error as ValidationError).fields)).toEqual([field]);
  });

  it('to fail over to a Region that has no copy is refused with what to do', async () => {
    const error = await failure(
      previewOperation(as(operator), { ...FAILOVER, params: { lost: EU, target: AP, accept: ACCEPT } }),
    );
    expect((error as RefusedError).rule).toBe('not-its-copy');
    expect(error.message).toMatch(/evacuate it/);
  });
});

describe('an emergency', () => {
  it('starts at once, owes a review, and says so in one audit row', async () => {
    const before = await world.auditSeq();
    const { id, state, review, preempts } = await startEmergency(as(operator), EMERGENCY);
    expect({ state, preempts }).toEqual({ state: 'queued', preempts: null });
    expect(await runsOf(id)).toEqual([{ partition: 'production' }]);
    expect(await rowOf(id)).toMatchObject({
      emergency: true,
      needed: 0,
      accepted: ACCEPT,
      review: { owedBy: operator.id, dueAt: new Date(NOW.getTime() + 24 * 3_600_000), reviewedAt: null },
    });
    expect(await world.database.prisma.operationStep.count({ where: { operationId: id } })).toBeGreaterThan(
      10,
    );
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'operation.emergency',
        outcome: 'done',
        actor: { id: operator.id },
        operation: id,
        detail: { overridden: [], preempts: null, review: review.id, reason: 'us-east-1 is gone' },
      },
    ]);
  });

  it('names what stands against it, or does not start; a reason alone is not enough', async () => {
    const { outlook: given, detection } = lost(outlook(), US);
    await storeOutlook(world, given, detection);
    const { blocks } = await previewOperation(as(operator), FAILOVER);
    const ids = blocks.map(({ id }) => id);
    const before = await world.auditSeq();
    const error = await failure(startEmergency(as(operator), { ...EMERGENCY, overridden: ids.slice(1) }));
    expect((error as RefusedError).rule).toBe('override-needed');
    expect(error.message).toContain(`Type ${ids[0]}`);
    expect(await world.auditAfter(before)).toMatchObject([{ outcome: 'refused', rule: 'override-needed' }]);
    const { id } = await startEmergency(as(operator), { ...EMERGENCY, overridden: [...ids, 'whatever'] });
    expect((await rowOf(id)).overridden).toEqual(ids);
  });

  it('from a console in the Region that is being lost is refused until somebody says that there is no other', async () => {
    const context = as(operator);
    const aboard = {
      ...context,
      estate: { ...context.estate, console: { homeRegion: US, databaseRegion: US } },
    };
    const error = await failure(startEmergency(aboard, EMERGENCY));
    expect(error.message).toMatch(/This console and its database run in us-east-1/);
    const { blocks } = await previewOperation(aboard, FAILOVER);
    expect(blocks.map(({ id }) => id)).toContain('sinking-ship');
    const { id } = await startEmergency(aboard, {
      ...EMERGENCY,
      overridden: blocks.map(({ id: block }) => block),
    });
    expect((await rowOf(id)).overridden).toContain('sinking-ship');
  });

  it('is not held by a freeze of everything', async () => {
    await createFreeze(as(approver), { environment: 'production', stopTheLine: true, reason: 'a sale' });
    expect((await startEmergency(as(operator), EMERGENCY)).state).toBe('queued');
  });

  it('does not start when more would be lost than is accepted', async () => {
    const accept = { ...ACCEPT, seconds: 0 };
    const { outlook: given, detection } = lost(readyOutlook(), US);
    const regions = given.facts.regions.map((region) =>
      region.code === EU
        ? {
            ...region,
            lag: seen({ seconds: 90, bytes: 1, class: 'critical' as const, idle: false }),
            position: unseen(),
          }
        : region,
    );
    await storeOutlook(world, { ...given, facts: { ...given.facts, regions } }, detection);
    const error = await failure(
      startEmergency(as(operator), { ...EMERGENCY, params: { ...FAILOVER.params, accept } }),
    );
    expect((error as RefusedError).rule).toBe('data-at-risk');
  });

  it.each([
    ['a switchover', { kind: 'switchover', params: { target: EU } }],
    ['a rebuild', { kind: 'rebuild', params: { region: EU } }],
  ])('is never %s', async (_, change) => {
    const error = await failure(startEmergency(as(operator), { ...EMERGENCY, ...change }));
    expect(Object.keys((error as ValidationError).fields)).toEqual(['kind']);
  });

  it('is refused to an approver, to a token without its scope, and in Regions that are not granted', async () => {
    const european = await world.person([{ role: 'operator', region: EU, action: null }]);
    for (const context of [as(approver), as(operator, ['operation.request']), as(european)])
      expect((await failure(startEmergency(context, EMERGENCY))).code).toBe('forbidden');
    expect((await startEmergency(as(operator, ['operation.emergency']), EMERGENCY)).state).toBe('queued');
  });

  it('of two that are declared at once, one starts', async () => {
    const second = await world.person('operator');
    const tries = await Promise.allSettled(
      [operator, second].map((person) => startEmergency(as(person), EMERGENCY)),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = tries.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(['one-at-a-time', 'under-way']).toContain((refused.reason as RefusedError).rule);
    const { rows } = await world.database.pool.query(
      `select count(*)::int as debts from review_debt where opened_at = $1 and owed_by = any ($2)`,
      [NOW, [operator.id, second.id]],
    );
    expect(rows[0]).toEqual({ debts: 1 });
  });

  it('for what runs already is refused', async () => {
    await startEmergency(as(operator), EMERGENCY);
    const error = await failure(startEmergency(as(await world.person('operator')), EMERGENCY));
    expect((error as RefusedError).rule).toBe('under-way');
  });
});

describe('an emergency while another operation holds the environment', () => {
  /** A drill that runs: its run is known to the engine. */
  async function holding(): Promise<string> {
    const drill = { kind: 'drill', environment: 'production', params: { level: 'readiness', region: EU } };
    const { id, digest } = await requestOperation(as(await world.person('operator')), {
      ...drill,
      reason: 'the quarter',
    });
    await approveOperation(as(approver), { id, digest });
    await world.database.pool.query(
      `update operation set state = 'running', started_at = now() where id = $1`,
      [id],
    );
    return id;
  }

  it('asks that one to yield, and takes the environment when it has', async () => {
    const holder = await holding();
    const { id, state, preempts } = await startEmergency(as(operator), EMERGENCY);
    expect({ state, preempts }).toEqual({ state: 'preempting', preempts: holder });
    expect(await rowOf(holder)).toMatchObject({ state: 'running', desired: 'yield' });
    expect(await runsOf(id)).toEqual([{ partition: 'production preempting' }]);
    const detail = await getOperation(as(operator), holder);
    expect(detail.may.abort).toMatchObject({ allowed: false, code: 'yields' });
  });

  it('is one: the second is refused, and nothing else starts in between', async () => {
    const holder = await holding();
    const { id } = await startEmergency(as(operator), EMERGENCY);
    const second = await failure(startEmergency(as(await world.person('operator')), EMERGENCY));
    expect(second.message).toContain(id);
    // The holder has let go; the emergency has not begun yet.
    await world.database.pool.query(
      `update operation set state = 'superseded', ended_at = now() where id = $1`,
      [holder],
    );
    const requester = await world.person('operator');
    const request = await requestOperation(as(requester), REQUEST);
    const error = await failure(approveOperation(as(approver), { id: request.id, digest: request.digest }));
    expect((error as RefusedError).rule).toBe('one-at-a-time');
    expect(error.message).toContain(id);
  });

  it('can be stopped before it has begun, and neither paused nor reverted', async () => {
    await holding();
    const { id } = await startEmergency(as(operator), EMERGENCY);
    for (const control of [pauseOperation, revertOperation])
      expect((await failure(control(as(operator), { id }))) as RefusedError).toMatchObject({
        rule: 'not-started',
      });
    expect(await abortOperation(as(operator), { id })).toMatchObject({
      state: 'preempting',
      desired: 'abort',
    });
  });
});

it('an emergency takes the environment also from a run that the engine has lost', async () => {
  const holder = await insertOperation(world, approver.id, { kind: 'traffic-shift', state: 'running' });
  const { preempts } = await startEmergency(as(operator), EMERGENCY);
  expect(preempts).toBe(holder);
  expect((await rowOf(holder)).desired).toBe('yield');
});

describe('who owes a review', () => {
  const DRILL = {
    kind: 'drill',
    environment: 'production',
    params: { level: 'readiness', region: EU },
    reason: 'the quarter',
  };

  it('requests nothing ordinary until somebody else has reviewed it, and may still meet the next emergency', async () => {
    const { id, review } = await startEmergency(as(operator), EMERGENCY);
    await world.database.pool.query(`update operation set state = 'done', ended_at = now() where id = $1`, [
      id,
    ]);
    const error = await failure(requestOperation(as(operator), DRILL));
    expect((error as RefusedError).rule).toBe('review-debt');
    expect(error.message).toContain(id);
    expect((await requestOperation(as(await world.person('operator')), DRILL)).state).toBe(
      'awaiting-approval',
    );
    expect((await requestOperation(as(operator), REQUEST)).state).toBe('awaiting-approval');
    expect((await startEmergency(as(operator), EMERGENCY)).state).toBe('queued');
    await world.database.pool.query(
      `update operation set state = 'done', ended_at = now() where ended_at is null`,
    );
    const owed = await world.database.prisma.reviewDebt.findMany({ where: { owedBy: operator.id } });
    expect(owed.map((debt) => debt.id)).toContain(review.id);
    for (const debt of owed)
      await decideReview(as(approver), { id: debt.id, verdict: 'accepted', note: 'it was gone' });
    expect((await requestOperation(as(operator), DRILL)).state).toBe('awaiting-approval');
  });
});

describe('the other kinds', () => {
  beforeEach(() => storeOutlook(world, readyOutlook()));

  const ASKED: [OperationKind, Record<string, unknown>, string][] = [
    ['switchover', { target: EU }, 'Orders'],
    ['evacuate', { region: AP }, AP],
    ['drill', { level: 'readiness', region: EU }, 'Estate'],
    ['drill', { level: 'tabletop', region: US }, 'Estate'],
    ['drill', { level: 'promotion', region: EU }, 'Estate'],
    ['drill', { level: 'evacuation', region: AP }, 'Estate'],
    ['drill', { level: 'switchover', region: EU }, 'Estate'],
  ];

  it.each(ASKED)('%s %j is planned, the same twice, and can be asked for', async (kind, params, label) => {
    const asked = { kind, environment: 'production', params };
    const planned = await previewOperation(as(operator), asked);
    expect(planned.changes.map((change) => change.label)).toContain(label);
    expect(planned.checks.filter(({ verdict }) => verdict === 'refuse' || verdict === 'unknown')).toEqual([]);
    expect((await previewOperation(as(operator), asked)).digest).toBe(planned.digest);
    const acknowledged = planned.checks.filter(({ verdict }) => verdict === 'accept').map(({ code }) => code);
    const { id } = await requestOperation(as(operator), {
      ...asked,
      reason: 'the quarter',
      acknowledged,
      ...(planned.confirm ? { confirm: planned.confirm.name } : {}),
    });
    expect(await rowOf(id)).toMatchObject({ kind, state: 'awaiting-approval', accepted: null });
  });

  it('connect-regions and prepare-switch mend what the strategy document lacks, once', async () => {
    const mesh = {
      kind: 'connect-regions',
      environment: 'production',
      params: { from: EU, to: AP },
    } as const;
    const prepare = { kind: 'prepare-switch', environment: 'production', params: { region: EU } } as const;
    expect((await failure(previewOperation(as(operator), mesh))) as RefusedError).toMatchObject({
      rule: 'connected',
    });
    expect((await failure(previewOperation(as(operator), prepare))) as RefusedError).toMatchObject({
      rule: 'prepared',
    });
    await storeOutlook(world, outlook());
    expect((await previewOperation(as(operator), mesh)).plan.steps.length).toBeGreaterThan(2);
    expect((await previewOperation(as(operator), prepare)).price.monthlyDollars).toBeGreaterThan(0);
  });

  it('a rebuild is refused where there is nothing to rebuild, and while a fence waits for that Region', async () => {
    const rebuild = { kind: 'rebuild', environment: 'production', params: { region: EU } } as const;
    expect((await failure(previewOperation(as(operator), rebuild))) as RefusedError).toMatchObject({
      rule: 'whole',
    });
  });

  it('a planned move is refused while a Region that it needs fails', async () => {
    const { outlook: given, detection } = lost(readyOutlook(), AP);
    await storeOutlook(world, given, detection);
    const planned = await previewOperation(as(operator), {
      kind: 'switchover',
      environment: 'production',
      params: { target: EU },
    });
    expect(planned.checks.some(({ code, verdict }) => code.startsWith('trap-') && verdict === 'refuse')).toBe(
      true,
    );
  });
});

describe('a run behind its point of no return', () => {
  it('is not so yet while its promotion rests before it was asked for: it can be aborted', async () => {
    const { id } = await startEmergency(as(operator), EMERGENCY);
    const { pool } = world.database;
    const rests = (state: string, output: object) =>
      pool.query(
        `update operation_step set attempt = 1, state = $2, output = $3, started_at = now() where operation_id = $1 and irreversible`,
        [id, state, JSON.stringify(output)],
      );
    await pool.query(`update operation set state = 'holding', started_at = now() where id = $1`, [id]);
    await rests('holding', { boundHeldAt: '2026-11-23T10:00:00.000Z' });
    expect((await getOperation(as(operator), id)).may.abort).toMatchObject({ code: 'past-return' });
    // A new attempt is under way, which may ask at any moment.
    await rests('running', { beforeReturn: true });
    expect((await failure(abortOperation(as(operator), { id }))) as RefusedError).toMatchObject({
      rule: 'past-return',
    });
    await rests('holding', { beforeReturn: true });
    expect((await getOperation(as(operator), id)).may.abort).toEqual({ allowed: true });
    expect((await abortOperation(as(operator), { id })).desired).toBe('abort');
  });

  it('is neither aborted nor reverted, and can be paused', async () => {
    const { id } = await startEmergency(as(operator), EMERGENCY);
    await world.database.pool.query(
      `update operation set state = 'running', started_at = now() where id = $1`,
      [id],
    );
    expect((await getOperation(as(operator), id)).may.abort).toEqual({ allowed: true });
    await world.database.pool.query(
      `update operation_step set attempt = 1, state = 'running', started_at = now() where operation_id = $1 and irreversible`,
      [id],
    );
    for (const control of [abortOperation, revertOperation]) {
      const error = await failure(control(as(operator), { id }));
      expect((error as RefusedError).rule).toBe('past-return');
      expect(error.message).toMatch(/was begun and cannot be put back/);
    }
    expect((await getOperation(as(operator), id)).may.abort).toMatchObject({ code: 'past-return' });
    expect(await pauseOperation(as(operator), { id })).toMatchObject({ desired: 'pause' });
  });

  it('is not put back by a revert once it is done', async () => {
    const id = await insertOperation(world, operator.id, { kind: 'failover', state: 'done' });
    const error = await failure(revertOperation(as(operator), { id }));
    expect((error as RefusedError).rule).toBe('no-snapshot');
    expect(error.message).toBe(
      `${id} was not reverted: What a recovery has changed is changed again by a plan of its own.`,
    );
    expect((await getOperation(as(operator), id)).may.revert).toMatchObject({ code: 'no-snapshot' });
  });
});
