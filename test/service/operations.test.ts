import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RecordsObservation } from '#lib/domain/observation/kinds.ts';
import { fromRecordWeights } from '#lib/domain/traffic/weights.ts';
import { RefusedError, ValidationError } from '#lib/errors.ts';
import { setPolicy } from '#lib/services/approvals/policies.ts';
import { createFreeze } from '#lib/services/freezes/freezes.ts';
import {
  abortOperation,
  pauseOperation,
  resumeOperation,
  revertOperation,
} from '#lib/services/operations/control.ts';
import { approveOperation, rejectOperation, withdrawOperation } from '#lib/services/operations/decide.ts';
import { leaveOperation } from '#lib/services/operations/leave.ts';
import { previewShift } from '#lib/services/operations/plan-shift.ts';
import { getOperation } from '#lib/services/operations/read.ts';
import { requestOperation } from '#lib/services/operations/request.ts';
import { operationModel } from '../../app/(console)/_models/operations.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();

const DRAIN = { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } } as const;
const REQUEST = {
  kind: 'traffic-shift',
  environment: 'production',
  params: DRAIN,
  reason: 'a drill',
} as const;

let operator: TestPerson;
let approver: TestPerson;

beforeEach(async () => {
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  await world.observe();
  operator = await world.person('operator');
  approver = await world.person('approver');
});

function request(by: TestPerson = operator, changes: Record<string, unknown> = {}) {
  return requestOperation(world.contextFor(by), { ...REQUEST, ...changes });
}

async function stateOf(id: string): Promise<{ state: string; desired: string }> {
  const { rows } = await world.database.pool.query<{ state: string; desired: string }>(
    'select state, desired from operation where id = $1',
    [id],
  );
  return rows[0] ?? { state: 'missing', desired: '' };
}

async function runsOf(id: string): Promise<number> {
  const { rows } = await world.database.pool.query<{ count: number }>(
    'select count(*)::int as count from dbos.workflow_status where workflow_uuid = $1',
    [id],
  );
  return rows[0]?.count ?? 0;
}

describe('requesting', () => {
  it('stores plan and digest, waits for approval, and writes one audit row', async () => {
    const before = await world.auditSeq();
    const { id, state, digest } = await request();
    expect(state).toBe('awaiting-approval');
    const rows = await world.auditAfter(before);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      verb: 'operation.request',
      outcome: 'done',
      actor: { kind: 'person', id: operator.id },
      operation: id,
      environment: 'production',
      detail: { digest, needed: 1 },
    });
    expect(await runsOf(id)).toBe(0);
    const steps = await world.database.prisma.operationStep.count({ where: { operationId: id } });
    expect(steps).toBeGreaterThan(2);
  });

  it('is refused to someone whose role does not carry it, and the refusal is in the log', async () => {
    const before = await world.auditSeq();
    const error = await failure(request(await world.person('viewer')));
    expect(error.code).toBe('forbidden');
    expect(error.message).toContain('operator');
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'operation.request', outcome: 'refused', rule: 'forbidden' },
    ]);
  });

  it('is refused in a Region that the grant leaves out', async () => {
    const european = await world.person([{ role: 'operator', region: 'eu-west-1', action: null }]);
    const error = await failure(request(european));
    expect(error.code).toBe('forbidden');
    expect(error.message).toContain('us-east-1');
  });

  it('names every field that does not fit', async () => {
    const error = await failure(request(operator, { params: { ...DRAIN, region: '' }, reason: 'x' }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(Object.keys((error as ValidationError).fields).sort()).toEqual(['params.region', 'reason']);
  });

  it.each([
    [{ ...DRAIN, region: 'mars-north-1' }, 'params.region'],
    [{ ...DRAIN, points: 90 }, 'params.points'],
    [
      { mode: 'geography', geography: 'eu', weights: { 'eu-west-1': 60 }, ramp: DRAIN.ramp },
      'params.weights',
    ],
    [
      {
        mode: 'geography',
        geography: 'eu',
        weights: { 'eu-west-1': -10, 'us-east-1': 110 },
        ramp: DRAIN.ramp,
      },
      'params.weights.eu-west-1',
    ],
    [
      { mode: 'geography', geography: 'xx', weights: { 'eu-west-1': 100 }, ramp: DRAIN.ramp },
      'params.geography',
    ],
  ])('refuses %j and names %s', async (params, field) => {
    const error = await failure(request(operator, { params }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(Object.keys((error as ValidationError).fields)).toContain(field);
  });

  it('refuses a plan that has changed since it was looked at', async () => {
    const { digest } = await previewShift(world.contextFor(operator), {
      environment: 'production',
      params: DRAIN,
    });
    await world.observe({
      change: ({ kind, value }) =>
        kind === 'records' ? { ...(value as object), hash: 'b'.repeat(64) } : undefined,
    });
    const error = await failure(request(operator, { digest }));
    expect(error.code).toBe('conflict');
  });

  it('plans the same digest twice from the same facts', async () => {
    const preview = () =>
      previewShift(world.contextFor(operator), { environment: 'production', params: DRAIN });
    expect((await preview()).digest).toBe((await preview()).digest);
  });

  it('waits for the records to be read again after an earlier version read them without where they lead', async () => {
    await world.observe({
      change: ({ kind, value }) => {
        if (kind !== 'records') return undefined;
        const { targets: _, ...earlier } = value as RecordsObservation;
        return earlier;
      },
    });
    const error = await failure(request());
    expect(error.code).toBe('unavailable');
    expect(error.message).toContain('last read by an earlier version');
  });

  it('refuses what a check forbids, with the check as its rule', async () => {
    await world.observe({
      change: ({ region, kind }) =>
        region === 'eu-west-1' && kind === 'alarms'
          ? { inAlarm: [{ name: 'p95', reason: 'over 500 ms', since: '2026-11-01T00:00:00Z' }], total: 6 }
          : undefined,
    });
    const error = await failure(request());
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as RefusedError).rule).toBe('alarms-eu-west-1');
  });

  it('treats what is not known as not safe', async () => {
    await world.observe({ without: (region, kind) => region === 'eu-west-1' && kind === 'nodes' });
    const error = await failure(request());
    expect((error as RefusedError).rule).toBe('capacity-eu-west-1');
  });

  it('asks to accept what needs accepting, by its code', async () => {
    const params = {
      mode: 'geography',
      geography: 'eu',
      weights: { 'eu-west-1': 90, 'us-east-1': 10 },
      ramp: DRAIN.ramp,
    };
    const error = await failure(request(operator, { params }));
    expect((error as RefusedError).rule).toBe('residency-eu');
    const { state } = await request(operator, { params, acknowledged: ['residency-eu'] });
    expect(state).toBe('awaiting-approval');
  });

  it('is held by a freeze, and by nothing once that has ended', async () => {
    const { id } = await createFreeze(world.contextFor(operator), {
      environment: 'production',
      reason: 'Black Friday',
    });
    const error = await failure(request());
    expect((error as RefusedError).rule).toBe('freeze');
    expect(error.message).toContain('Black Friday');
    await world.database.pool.query('update "freeze" set lifted_at = now(), lifted_by = $2 where id = $1', [
      id,
      operator.id,
    ]);
    expect((await request()).state).toBe('awaiting-approval');
  });

  it('leaves nothing behind when the transaction fails after the write', async () => {
    const count = () => world.database.prisma.operation.count();
    const before = await count();
    const context = world.contextFor(operator);
    await setPolicy(world.contextFor(await world.person('admin')), {
      environment: 'production',
      kind: 'traffic-shift',
      needed: 0,
      expiresMinutes: 60,
    });
    const broken = {
      ...context,
      engine: { ...context.engine, start: () => Promise.reject(new Error('the queue is away')) },
    };
    await expect(requestOperation(broken, REQUEST)).rejects.toThrow('the queue is away');
    expect(await count()).toBe(before);
    await world.database.pool.query('delete from approval_policy');
  });
});

describe('deciding', () => {
  it('starts with the approval that completes the policy, in the same transaction', async () => {
    const { id, digest } = await request();
    const before = await world.auditSeq();
    const result = await approveOperation(world.contextFor(approver), { id, digest });
    expect(result).toMatchObject({ state: 'queued', approvals: 1, needed: 1 });
    expect(await stateOf(id)).toMatchObject({ state: 'queued' });
    expect(await runsOf(id)).toBe(1);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'operation.approve', outcome: 'done', operation: id, detail: { started: true } },
    ]);
  });

  it('needs as many different people as the policy says', async () => {
    const admin = await world.person('admin');
    await setPolicy(world.contextFor(admin), {
      environment: 'production',
      kind: '*',
      needed: 2,
      expiresMinutes: 60,
    });
    const { id, digest } = await request();
    await world.database.pool.query('delete from approval_policy');
    expect(await approveOperation(world.contextFor(approver), { id, digest })).toMatchObject({
      state: 'awaiting-approval',
      approvals: 1,
    });
    const twice = await failure(approveOperation(world.contextFor(approver), { id, digest }));
    expect((twice as RefusedError).rule).toBe('decided');
    const second = await world.person('approver');
    expect(await approveOperation(world.contextFor(second), { id, digest })).toMatchObject({
      state: 'queued',
    });
  });

  it('never counts the requester, not even by a token of their own', async () => {
    const both = await world.person([
      { role: 'operator', region: null, action: null },
      { role: 'approver', region: null, action: null },
    ]);
    const { id, digest } = await request(both);
    for (const options of [{}, { tokenScopes: ['operation.approve'] }]) {
      const error = await failure(approveOperation(world.contextFor(both, options), { id, digest }));
      expect((error as RefusedError).rule).toBe('own-request');
    }
    expect(await stateOf(id)).toMatchObject({ state: 'awaiting-approval' });
  });

  it('takes approvals by token only where a policy allows it', async () => {
    const { id, digest } = await request();
    const byToken = world.contextFor(approver, { tokenScopes: ['operation.approve'], via: 'api' });
    expect(((await failure(approveOperation(byToken, { id, digest }))) as RefusedError).rule).toBe('token');
    await setPolicy(world.contextFor(await world.person('admin')), {
      environment: 'production',
      kind: '*',
      needed: 1,
      expiresMinutes: 60,
      tokensApprove: true,
    });
    expect(await approveOperation(byToken, { id, digest })).toMatchObject({ state: 'queued' });
    await world.database.pool.query('delete from approval_policy');
  });

  it('refuses a digest that is not the one that waits', async () => {
    const { id } = await request();
    const error = await failure(approveOperation(world.contextFor(approver), { id, digest: '0'.repeat(64) }));
    expect(error.code).toBe('conflict');
    expect(await stateOf(id)).toMatchObject({ state: 'awaiting-approval' });
  });

  it('refuses after the request has expired', async () => {
    const { id, digest } = await request();
    const later = new Date(Date.now() + 25 * 3_600_000);
    const error = await failure(approveOperation(world.contextFor(approver, { now: later }), { id, digest }));
    expect((error as RefusedError).rule).toBe('expired');
  });

  it('is voided by an estate that names other resources than those it was planned for', async () => {
    const { id, digest } = await request();
    const context = world.contextFor(approver);
    const estate = structuredClone(context.estate);
    estate.account = '999988887777';
    estate.dns.zoneId = 'Z0ANOTHER';
    for (const region of estate.regions)
      if (region.code === 'eu-west-1') region.cluster.nodegroup = 'other-nodes';
    const error = await failure(approveOperation({ ...context, estate }, { id, digest }));
    expect(error.code).toBe('conflict');
    const { account, dns, regions } = context.estate;
    const cluster = regions.find(({ code }) => code === 'eu-west-1')?.cluster;
    expect(error.message).toContain(
      `the AWS account (was ${account}, is 999988887777), the hosted zone (was ${dns.zoneId}, is Z0ANOTHER), the node group of eu-west-1 (was ${cluster?.name}/${cluster?.nodegroup}, is ${cluster?.name}/other-nodes) changed since it was requested`,
    );
    expect(await approveOperation(context, { id, digest })).toMatchObject({ state: 'queued' });
  });

  it('keeps its approvals when something else is frozen meanwhile', async () => {
    const { id, digest } = await request();
    const elsewhere = [
      { environment: 'staging' },
      { region: 'ap-southeast-1', kind: 'traffic-shift', environment: 'staging' },
    ];
    for (const freeze of elsewhere)
      await createFreeze(world.contextFor(operator), { ...freeze, reason: 'not about this one' });
    expect(await approveOperation(world.contextFor(approver), { id, digest })).toMatchObject({
      state: 'queued',
    });
    await world.database.pool.query('delete from "freeze"');
  });

  it('keeps its approvals when a Region that it does not touch is frozen', async () => {
    const params = {
      mode: 'geography',
      geography: 'ap',
      weights: { 'ap-southeast-1': 90, 'us-east-1': 10 },
      ramp: DRAIN.ramp,
    };
    const { id, digest } = await request(operator, { params });
    await createFreeze(world.contextFor(operator), { region: 'eu-west-1', reason: 'a sale in Europe' });
    expect(await approveOperation(world.contextFor(approver), { id, digest })).toMatchObject({
      state: 'queued',
    });
    await world.database.pool.query('delete from "freeze"');
  });

  it('is voided by a freeze that covers it', async () => {
    const { id, digest } = await request();
    await createFreeze(world.contextFor(operator), { environment: 'production', reason: 'Black Friday' });
    const error = await failure(approveOperation(world.contextFor(approver), { id, digest }));
    expect(error.code).toBe('conflict');
    expect(error.message).toContain('the freezes in force');
    await world.database.pool.query('delete from "freeze"');
  });

  it('is voided by a plan that has become another, which it names', async () => {
    const { id, digest } = await request();
    await world.observe({
      change: ({ kind, region, value }) =>
        kind === 'service' && region === 'eu-west-1'
          ? { ...(value as object), liveVersion: '1.5.0' }
          : undefined,
    });
    const error = await failure(approveOperation(world.contextFor(approver), { id, digest }));
    expect(error.code).toBe('conflict');
    expect(error.message).toContain('the version in eu-west-1');
    expect(await stateOf(id)).toMatchObject({ state: 'awaiting-approval' });
    const kept = await world.database.prisma.approvalDecision.count({ where: { operationId: id } });
    expect(kept).toBe(0);
  });

  it('lets one of two simultaneous approvals start it, and only one', async () => {
    const { id, digest } = await request();
    const second = await world.person('approver');
    const outcomes = await Promise.allSettled(
      [approver, second].map((by) => approveOperation(world.contextFor(by), { id, digest })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await runsOf(id)).toBe(1);
  });

  it('starts one operation an environment at a time and names the one that holds it', async () => {
    const first = await request();
    const second = await request(operator, { params: { ...DRAIN, points: 5 } });
    await approveOperation(world.contextFor(approver), { id: first.id, digest: first.digest });
    const error = await failure(
      approveOperation(world.contextFor(approver), { id: second.id, digest: second.digest }),
    );
    expect((error as RefusedError).rule).toBe('one-at-a-time');
    expect(error.message).toContain(first.id);
    expect(await stateOf(second.id)).toMatchObject({ state: 'awaiting-approval' });
  });

  it('ends with a rejection, whose reason is kept', async () => {
    const { id, digest } = await request();
    const short = await failure(rejectOperation(world.contextFor(approver), { id, digest, reason: '' }));
    expect(short.code).toBe('validation');
    await rejectOperation(world.contextFor(approver), { id, digest, reason: 'not during the sale' });
    expect(await stateOf(id)).toMatchObject({ state: 'rejected' });
    const late = await failure(approveOperation(world.contextFor(approver), { id, digest }));
    expect((late as RefusedError).rule).toBe('not-waiting');
  });

  it('can be taken back by who asked, and by nobody else', async () => {
    const { id } = await request();
    const other = await failure(withdrawOperation(world.contextFor(await world.person('operator')), { id }));
    expect((other as RefusedError).rule).toBe('not-yours');
    expect(await withdrawOperation(world.contextFor(operator), { id })).toMatchObject({ state: 'withdrawn' });
    expect((await failure(withdrawOperation(world.contextFor(operator), { id }))).code).toBe('conflict');
  });

  it('is not found under an id that does not exist', async () => {
    const error = await failure(
      approveOperation(world.contextFor(approver), { id: 'OP-999999', digest: '0'.repeat(64) }),
    );
    expect(error.code).toBe('not-found');
  });
});

describe('controlling a run', () => {
  async function running(): Promise<string> {
    const { id, digest } = await request();
    await approveOperation(world.contextFor(approver), { id, digest });
    await world.database.pool.query(
      `update operation set state = 'running', started_at = now() where id = $1`,
      [id],
    );
    return id;
  }

  /** What the engine records of an attempt that failed. */
  async function failStep(id: string, key: string): Promise<void> {
    await world.database.pool.query(
      `insert into operation_event (operation_id, step_key, attempt, kind) values ($1, $2, 1, 'failed')`,
      [id, key],
    );
  }

  it('pauses and goes on, each with its audit row', async () => {
    const id = await running();
    const before = await world.auditSeq();
    await pauseOperation(world.contextFor(operator), { id });
    expect(await stateOf(id)).toMatchObject({ desired: 'pause' });
    await resumeOperation(world.contextFor(operator), { id });
    expect(await stateOf(id)).toMatchObject({ desired: 'run' });
    expect((await world.auditAfter(before)).map(({ verb }) => verb)).toEqual([
      'operation.pause',
      'operation.resume',
    ]);
  });

  it('tries again at once what holds', async () => {
    const id = await running();
    await world.database.pool.query(`update operation set state = 'holding' where id = $1`, [id]);
    await resumeOperation(world.contextFor(operator), { id });
    expect(await stateOf(id)).toMatchObject({ state: 'holding', desired: 'run' });
  });

  it('says why a control does not fit the state', async () => {
    const id = await running();
    const rule = async (call: Promise<unknown>) => ((await failure(call)) as RefusedError).rule;
    expect(await rule(resumeOperation(world.contextFor(operator), { id }))).toBe('not-paused');
    await abortOperation(world.contextFor(operator), { id, reason: 'wrong Region' });
    expect(await rule(pauseOperation(world.contextFor(operator), { id }))).toBe('stop-asked');
    const waiting = await request(operator, { params: { ...DRAIN, points: 5 } });
    expect(await rule(abortOperation(world.contextFor(operator), { id: waiting.id }))).toBe('not-started');
  });

  it('lets approvers stop a run but not steer it', async () => {
    const id = await running();
    expect((await failure(pauseOperation(world.contextFor(approver), { id }))).code).toBe('forbidden');
    expect((await failure(revertOperation(world.contextFor(approver), { id }))).code).toBe('forbidden');
    await abortOperation(world.contextFor(approver), { id });
    expect(await stateOf(id)).toMatchObject({ desired: 'abort' });
  });

  it('leaves what cannot be put back, once it has failed, by the word of a person with a reason', async () => {
    const id = await running();
    const leave = (by: TestPerson, reason = 'another team owns the records now') =>
      leaveOperation(world.contextFor(by), { id, reason });
    const rule = async (call: Promise<unknown>) => ((await failure(call)) as RefusedError).rule;
    expect(await rule(leave(operator))).toBe('not-stopping');
    await abortOperation(world.contextFor(operator), { id });
    await world.database.pool.query(`update operation set state = 'aborting' where id = $1`, [id]);
    expect(await rule(leave(operator))).toBe('not-failed');
    // A planned step that failed is no compensation that did.
    await failStep(id, 'weights-1');
    expect(await rule(leave(operator))).toBe('not-failed');
    await failStep(id, 'restore-weights');
    const may = async (by: TestPerson) => (await getOperation(world.contextFor(by), id)).may.leave;
    expect(await may(operator)).toEqual({ allowed: true });
    expect(await may(approver)).toMatchObject({ allowed: false, code: 'no-grant' });
    expect((await failure(leave(approver))).code).toBe('forbidden');
    const european = await world.person([{ role: 'operator', region: 'eu-west-1', action: null }]);
    expect((await failure(leave(european))).code).toBe('forbidden');
    expect(Object.keys(((await failure(leave(operator, ''))) as ValidationError).fields)).toEqual(['reason']);

    const before = await world.auditSeq();
    expect(await leave(operator)).toEqual({ id, state: 'aborting', desired: 'leave' });
    expect(await stateOf(id)).toEqual({ state: 'aborting', desired: 'leave' });
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'operation.leave',
        outcome: 'done',
        actor: { kind: 'person', id: operator.id },
        operation: id,
        detail: { state: 'aborting', reason: 'another team owns the records now' },
      },
    ]);
    const events = await world.database.prisma.operationEvent.findMany({
      where: { operationId: id, kind: 'leaving' },
    });
    expect(events.map(({ detail }) => detail)).toEqual([
      { personId: operator.id, reason: 'another team owns the records now' },
    ]);
    expect(await rule(leave(operator))).toBe('leave-asked');
    await world.database.pool.query(`update operation set state = 'failed', ended_at = now() where id = $1`, [
      id,
    ]);
    expect(await rule(leave(operator))).toBe('ended');
  });

  it('leaves it once when two people decide at once', async () => {
    const id = await running();
    await world.database.pool.query(`update operation set state = 'reverting' where id = $1`, [id]);
    await failStep(id, 'restore-weights');
    const second = await world.person('operator');
    const outcomes = await Promise.allSettled(
      [operator, second].map((by) => leaveOperation(world.contextFor(by), { id, reason: 'both see it' })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const decided = await world.database.prisma.operationEvent.count({
      where: { operationId: id, kind: 'leaving' },
    });
    expect(decided).toBe(1);
  });

  it('lets one of two people win when both ask at once', async () => {
    const id = await running();
    const second = await world.person('operator');
    const outcomes = await Promise.allSettled([
      pauseOperation(world.contextFor(operator), { id }),
      revertOperation(world.contextFor(second), { id }),
      abortOperation(world.contextFor(approver), { id, reason: randomUUID() }),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    expect(['pause', 'revert', 'abort']).toContain((await stateOf(id)).desired);
  });
});

describe('putting back a shift that an emergency superseded', () => {
  /** A shift that was let go of half-way: the live weights are neither those before it nor those it was to end with. */
  async function superseded(): Promise<{ id: string; before: RecordsObservation['weights'] }> {
    const { id, digest } = await request();
    await approveOperation(world.contextFor(approver), { id, digest });
    const { operation } = await getOperation(world.contextFor(operator), id);
    const { change } = operation.plan as unknown as { change: { before: RecordsObservation['weights'] } };
    await world.database.pool.query(
      `update operation set state = 'superseded', started_at = now() - interval '1 minute', ended_at = now() where id = $1`,
      [id],
    );
    await setLiveWeights(195, 5);
    return { id, before: change.before };
  }

  function setLiveWeights(us: number, eu: number): Promise<void> {
    return world.observe({
      change: ({ kind, value }) => {
        if (kind !== 'records') return undefined;
        const records = value as RecordsObservation;
        const row = { 'us-east-1': us, 'eu-west-1': eu, 'ap-southeast-1': 0 };
        return {
          ...records,
          recordWeights: { ...records.recordWeights, na: row },
          weights: { ...records.weights, na: fromRecordWeights(row) },
        };
      },
    });
  }

  it('sets the weights of before, however far it had come, and only once', async () => {
    const { id, before } = await superseded();
    expect((await getOperation(world.contextFor(operator), id)).may.revert).toEqual({ allowed: true });
    const undo = await revertOperation(world.contextFor(operator), { id });
    expect(undo.kind).toBe('traffic-revert');
    const { operation } = await getOperation(world.contextFor(operator), undo.id);
    expect(operation).toMatchObject({ kind: 'traffic-revert', reverts: id, state: 'queued' });
    const { change } = operation.plan as unknown as { change: { after: RecordsObservation['weights'] } };
    expect(change.after).toEqual(before);
    const again = (await failure(revertOperation(world.contextFor(operator), { id }))) as RefusedError;
    expect(again.rule).toBe('reverted');
  });

  it('is asked for once, of two who ask at the same moment', async () => {
    const { id } = await superseded();
    await world.database.pool.query(
      `insert into approval_policy (environment, kind, needed, expires_minutes, updated_by)
       values ('production', 'traffic-revert', 1, 60, 'test')`,
    );
    const second = world.contextFor(await world.person('operator'));
    const written = Promise.withResolvers<void>();
    const judged = Promise.withResolvers<void>();
    const first = world.database.inTransaction(async (connection) => {
      await revertOperation.definition.run(world.contextFor(operator), { id, reason: '' }, connection);
      written.resolve();
      await judged.promise;
    });
    await written.promise;
    const other = failure(revertOperation(second, { id }));
    await world.untilSomebodyWaits();
    judged.resolve();
    await first;
    expect(((await other) as RefusedError).rule).toBe('reverted');
    await world.database.pool.query(`delete from approval_policy where kind = 'traffic-revert'`);
  });

  it('is refused once a later shift has set the weights, and tried again after an attempt that failed', async () => {
    const { id } = await superseded();
    const undo = await revertOperation(world.contextFor(operator), { id });
    await world.database.pool.query(
      `update operation set state = 'failed', started_at = now(), ended_at = now() where id = $1`,
      [undo.id],
    );
    const second = await revertOperation(world.contextFor(operator), { id });
    await world.database.pool.query(
      `update operation set state = 'aborted', started_at = now(), ended_at = now() where id = $1`,
      [second.id],
    );
    const later = await request(operator, { params: { ...DRAIN, points: 3 } });
    await world.database.pool.query(
      `update operation set state = 'done', started_at = now(), ended_at = now() where id = $1`,
      [later.id],
    );
    const refused = (await failure(revertOperation(world.contextFor(operator), { id }))) as RefusedError;
    expect(refused).toMatchObject({ rule: 'moved-on', message: expect.stringContaining(later.id) });
  });

  describe('and the minimums of nodes that it raised', () => {
    /** What `capacity.ensure` leaves on record of a Region. */
    async function raise(id: string, region: string, output: Record<string, number>): Promise<void> {
      const { rowCount } = await world.database.pool.query(
        'update operation_step set output = $3 where operation_id = $1 and key = $2',
        [id, `capacity-${region}`, output],
      );
      expect(rowCount).toBe(1);
    }

    const RAISED = { before: 12, after: 16, minimumBefore: 5, minimumSet: 16 };

    it('puts them back last, says so, and prices it', async () => {
      const { id } = await superseded();
      await raise(id, 'eu-west-1', RAISED);
      const page = await operationModel(world.contextFor(operator), id);
      expect(page.revert?.plan.changes).toContainEqual({
        label: 'Minimum of nodes in eu-west-1',
        before: `16, as ${id} set it`,
        after: '5',
      });
      const before = await world.auditSeq();
      const undo = await revertOperation(world.contextFor(operator), { id });
      const { operation } = await getOperation(world.contextFor(operator), undo.id);
      expect(operation.steps.map(({ key }) => key)).toEqual([
        'recheck',
        'capacity-us-east-1',
        'weights-1',
        'dwell-1',
        'verify-1',
        'release-eu-west-1',
      ]);
      const plan = operation.plan as unknown as { steps: { input: unknown }[]; changes: unknown[] };
      expect(plan.steps.at(-1)?.input).toEqual({
        region: 'eu-west-1',
        raised: { minimumBefore: 5, minimumSet: 16 },
      });
      expect(plan.changes).toContainEqual({
        label: 'Minimum of nodes in eu-west-1',
        before: '16',
        after: '5',
      });
      const { lines } = operation.price as unknown as { lines: { label: string; monthlyDollars: number }[] };
      const given = lines.find(({ label }) => label === '4 nodes not kept any more in eu-west-1');
      expect(given?.monthlyDollars).toBeCloseTo(-400, 6);
      expect(await world.auditAfter(before)).toContainEqual(
        expect.objectContaining({
          verb: 'operation.revert',
          detail: expect.objectContaining({ reverts: id, releases: ['eu-west-1'] }),
        }),
      );
    });

    it('is the same plan when somebody agrees to it, whatever is on record by then', async () => {
      const { id } = await superseded();
      await raise(id, 'eu-west-1', RAISED);
      await world.database.pool.query(
        `insert into approval_policy (environment, kind, needed, expires_minutes, updated_by)
         values ('production', 'traffic-revert', 1, 60, 'test')`,
      );
      const undo = await revertOperation(world.contextFor(operator), { id });
      await world.database.pool.query(`delete from approval_policy where kind = 'traffic-revert'`);
      expect(undo.state).toBe('awaiting-approval');
      await raise(id, 'eu-west-1', { ...RAISED, minimumBefore: 7 });
      const { operation } = await getOperation(world.contextFor(approver), undo.id);
      await approveOperation(world.contextFor(approver), { id: undo.id, digest: operation.digest });
      expect(await stateOf(undo.id)).toMatchObject({ state: 'queued' });
    });

    it('asks nothing of a Region whose minimum was not raised', async () => {
      const { id } = await superseded();
      await raise(id, 'eu-west-1', { before: 12, after: 12 });
      const undo = await revertOperation(world.contextFor(operator), { id });
      const { operation } = await getOperation(world.contextFor(operator), undo.id);
      expect(operation.steps.filter(({ action }) => action === 'capacity.release')).toEqual([]);
    });
  });

  it('has nothing to do where the weights are already those of before', async () => {
    const { id } = await superseded();
    await setLiveWeights(200, 0);
    expect((await failure(revertOperation(world.contextFor(operator), { id }))).message).toContain(
      'Nothing would change',
    );
  });
});
