import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RefusedError, ValidationError } from '#lib/errors.ts';
import { readFreezeCalendar } from '#lib/services/freezes/calendar.ts';
import { endException, exceptFreeze } from '#lib/services/freezes/exceptions.ts';
import { changeFreeze, createFreeze, liftFreeze } from '#lib/services/freezes/freezes.ts';
import { listFreezes, readFreeze } from '#lib/services/freezes/list.ts';
import { listExceptions } from '#lib/services/freezes/list-exceptions.ts';
import { previewFreeze } from '#lib/services/freezes/preview.ts';
import { approveOperation, rejectOperation } from '#lib/services/operations/decide.ts';
import { previewOperation, requestOperation } from '#lib/services/operations/request.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();

let operator: TestPerson;
let approver: TestPerson;
let admin: TestPerson;

const HOUR = 3_600_000;
const inHours = (hours: number, from = Date.now()) => new Date(from + hours * HOUR).toISOString();
const NIGHTS = { start: '2026-10-01T22:00', rule: 'FREQ=DAILY', zone: 'Europe/Berlin', durationMinutes: 480 };
/** In force for twenty-three hours of every day, from an hour ago. */
function nowRecurring() {
  const start = new Date(Date.now() - HOUR).toISOString().slice(0, 16);
  return { start, rule: 'FREQ=DAILY', zone: 'UTC', durationMinutes: 23 * 60 };
}

const SHIFT = {
  kind: 'traffic-shift',
  environment: 'production',
  params: { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } },
  reason: 'a drill',
} as const;
const request = (by: TestPerson, changes: object = {}) =>
  requestOperation(world.contextFor(by), { ...SHIFT, ...changes });

beforeEach(async () => {
  await world.owner.query('delete from freeze_exception_use');
  await world.owner.query('delete from freeze_exception');
  await world.owner.query('delete from "freeze"');
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  await world.observe();
  operator = await world.person('operator', { name: 'Olga Operator' });
  approver = await world.person('approver', { name: 'Ada Approver' });
  admin = await world.person('admin');
});

async function lastAudit(verb: string) {
  const { rows } = await world.database.pool.query<{ entry: string }>(
    'select entry from audit_entry where verb = $1 order by seq desc limit 1',
    [verb],
  );
  return JSON.parse(rows[0]?.entry ?? '{}') as {
    outcome?: string;
    detail?: Record<string, unknown>;
    rule?: string;
  };
}

describe('a recurring freeze', () => {
  it('is kept with its rule, stands by its occurrence, and is in the audit log', async () => {
    const now = new Date('2026-10-20T21:00:00Z');
    const context = world.contextFor(operator, { now });
    const { id } = await createFreeze(context, {
      name: 'Nights',
      actionKind: 'deploy',
      environment: 'production',
      reason: 'nobody is awake',
      recurrence: { ...NIGHTS, rule: 'RRULE:freq=daily' },
    });
    expect(await readFreeze(context, id)).toMatchObject({
      name: 'Nights',
      actionKind: 'deploy',
      recurrence: NIGHTS,
      state: 'in-force',
      startsAt: new Date('2026-10-01T20:00:00Z'),
      endsAt: null,
      occurrence: { startsAt: '2026-10-20T20:00:00.000Z', endsAt: '2026-10-21T04:00:00.000Z' },
    });
    const noon = world.contextFor(operator, { now: new Date('2026-10-21T10:00:00Z') });
    expect(await readFreeze(noon, id)).toMatchObject({ state: 'waiting' });
    expect(await lastAudit('freeze.create')).toMatchObject({
      outcome: 'done',
      detail: { name: 'Nights', recurrence: { zone: 'Europe/Berlin' } },
    });
  });

  it('that counts its occurrences ends with the last', async () => {
    const context = world.contextFor(operator, { now: new Date('2026-10-20T21:00:00Z') });
    const recurrence = { ...NIGHTS, rule: 'FREQ=DAILY;COUNT=25' };
    const { id } = await createFreeze(context, { reason: 'a sale', recurrence });
    expect((await readFreeze(context, id)).endsAt).toEqual(new Date('2026-10-26T05:00:00Z'));
    const error = await failure(
      createFreeze(context, { reason: 'a sale', recurrence: { ...NIGHTS, rule: 'FREQ=DAILY;COUNT=2' } }),
    );
    expect((error as ValidationError).fields).toEqual({
      'recurrence.rule': 'has no occurrence that is not over',
    });
  });

  it.each<[string, object, string]>([
    ['a rule that is none', { recurrence: { ...NIGHTS, rule: 'never' } }, 'recurrence.rule'],
    ['a zone that is none', { recurrence: { ...NIGHTS, zone: 'Mars/Olympus' } }, 'recurrence.zone'],
    [
      'what overlaps itself',
      { recurrence: { ...NIGHTS, durationMinutes: 1_441 } },
      'recurrence.durationMinutes',
    ],
    ['what comes too often', { recurrence: { ...NIGHTS, rule: 'FREQ=MINUTELY' } }, 'recurrence.rule'],
    ['two beginnings', { recurrence: NIGHTS, startsAt: '2026-12-01T00:00:00Z' }, 'startsAt'],
    ['a line that is stopped at times', { recurrence: NIGHTS, stopTheLine: true }, 'recurrence'],
    ['two kinds', { kind: 'failover', actionKind: 'failover' }, 'kind'],
    ['a kind that puts back', { kind: 'traffic-revert' }, 'kind'],
    ['a group of kinds that is none', { actionKind: 'juggle' }, 'actionKind'],
    ['a line stopped for rollbacks', { stopTheLine: true, actionKind: 'rollback' }, 'actionKind'],
  ])('is refused: %s', async (_, changes, field) => {
    const error = await failure(createFreeze(world.contextFor(operator), { reason: 'a sale', ...changes }));
    expect(Object.keys((error as ValidationError).fields)).toEqual([field]);
  });

  it('is previewed before it is made', () => {
    const context = world.contextFor(operator, { now: new Date('2026-10-24T12:00:00Z') });
    const { next } = previewFreeze(context, { recurrence: NIGHTS });
    expect(next).toHaveLength(5);
    expect(next[0]).toEqual({ startsAt: '2026-10-24T20:00:00.000Z', endsAt: '2026-10-25T05:00:00.000Z' });
  });

  it('refuses a request by name, with its end, who set it and why', async () => {
    await createFreeze(world.contextFor(admin), {
      name: 'Quarter end',
      actionKind: 'shift',
      reason: 'the books close',
      recurrence: nowRecurring(),
    });
    const error = await failure(request(operator));
    expect((error as RefusedError).rule).toBe('freeze');
    expect(error.message).toMatch(
      /^Not requested: Traffic shifts are frozen by “Quarter end” until \d{4}-\d\d-\d\d \d\d:\d\d UTC, set by Person \d+: the books close\.$/,
    );
  });
});

describe('a freeze of rollbacks', () => {
  it('needs the warning to be accepted', async () => {
    const context = world.contextFor(operator);
    const asked = { actionKind: 'rollback', reason: 'the schema is contracted' };
    const error = await failure(createFreeze(context, asked));
    expect((error as RefusedError).rule).toBe('rollback-frozen');
    await createFreeze(context, { ...asked, acknowledged: ['rollback-frozen'] });
    expect((await lastAudit('freeze.create')).detail).toMatchObject({ acknowledged: ['rollback-frozen'] });
    expect((await request(operator)).state).toBe('awaiting-approval');
  });
});

describe('changing a freeze', () => {
  it('changes its end and what is said of it, with what was before in the audit log', async () => {
    const context = world.contextFor(operator);
    const { id } = await createFreeze(context, { reason: 'a sale', endsAt: inHours(2) });
    const endsAt = inHours(5);
    await changeFreeze(context, { id, endsAt, name: 'Sale', why: 'it goes on' });
    expect(await readFreeze(context, id)).toMatchObject({
      name: 'Sale',
      endsAt: new Date(endsAt),
      changedBy: { id: operator.id },
    });
    expect((await lastAudit('freeze.change')).detail).toMatchObject({
      reason: 'it goes on',
      before: { name: null },
      after: { name: 'Sale', endsAt },
    });
  });

  it('moves a recurring one to another time, and never to one that does not fit', async () => {
    const now = new Date('2026-10-20T12:00:00Z');
    const context = world.contextFor(operator, { now });
    const { id } = await createFreeze(context, { reason: 'a sale', recurrence: NIGHTS });
    await changeFreeze(context, { id, recurrence: { ...NIGHTS, start: '2026-10-01T20:00' } });
    expect((await readFreeze(context, id)).occurrence?.startsAt).toBe('2026-10-20T18:00:00.000Z');
    const error = await failure(
      changeFreeze(context, { id, recurrence: { ...NIGHTS, durationMinutes: 2_000 } }),
    );
    expect(Object.keys((error as ValidationError).fields)).toEqual(['recurrence.durationMinutes']);
    const once = await createFreeze(context, { reason: 'a sale' });
    expect((await failure(changeFreeze(context, { id: once.id, recurrence: NIGHTS }))).code).toBe(
      'validation',
    );
  });

  it('to a rule that counts further ends later', async () => {
    const context = world.contextFor(operator, { now: new Date('2026-10-20T12:00:00Z') });
    const counted = { ...NIGHTS, rule: 'FREQ=DAILY;COUNT=25' };
    const { id } = await createFreeze(context, { reason: 'a sale', recurrence: counted });
    await changeFreeze(context, { id, recurrence: { ...NIGHTS, rule: 'FREQ=DAILY;COUNT=26' } });
    expect((await readFreeze(context, id)).endsAt).toEqual(new Date('2026-10-27T05:00:00Z'));
    await changeFreeze(context, { id, endsAt: '2026-10-25T00:00:00Z' });
    expect((await readFreeze(context, id)).endsAt).toEqual(new Date('2026-10-25T00:00:00Z'));
  });

  it('is refused to viewers, for what was lifted, and for what is not there', async () => {
    const context = world.contextFor(operator);
    const { id } = await createFreeze(context, { reason: 'a sale' });
    const viewer = world.contextFor(await world.person('viewer'));
    expect((await failure(changeFreeze(viewer, { id, name: 'x' }))).code).toBe('forbidden');
    await liftFreeze(context, { id });
    expect((await failure(changeFreeze(context, { id, name: 'x' }))).code).toBe('conflict');
    expect((await failure(changeFreeze(context, { id: randomUUID(), name: 'x' }))).code).toBe('not-found');
  });

  it('by two at once changes it once', async () => {
    const context = world.contextFor(operator);
    const { id } = await createFreeze(context, { reason: 'a sale' });
    const answers = await Promise.allSettled(
      ['One', 'Two'].map((name) => changeFreeze(world.contextFor(operator), { id, name })),
    );
    const lost = answers.filter(({ status }) => status === 'rejected');
    // The second may also have read what the first had written: then both hold, one after the other.
    for (const answer of lost) expect(answer).toMatchObject({ reason: { code: 'conflict' } });
    expect(lost.length).toBeLessThan(2);
  });
});

describe('an exception', () => {
  const frozen = (changes: object = {}) =>
    createFreeze(world.contextFor(admin), { name: 'Quarter end', reason: 'the books close', ...changes });
  const except = (freeze: string, changes: object = {}, by = approver) =>
    exceptFreeze(world.contextFor(by), {
      freeze,
      environment: 'production',
      actionKind: 'shift',
      endsAt: inHours(1),
      reason: 'the fix has to go out',
      ...changes,
    });

  it('lets others through, is named by the check and kept with the operation and in the audit log', async () => {
    const { id } = await frozen();
    const { id: exception } = await except(id);
    const { checks } = await previewOperation(world.contextFor(operator), {
      kind: SHIFT.kind,
      environment: SHIFT.environment,
      params: SHIFT.params,
    });
    expect(checks.find(({ code }) => code === 'freeze')).toMatchObject({ verdict: 'pass', freeze: id });
    expect(checks.find(({ code }) => code === 'freeze-exception')).toMatchObject({
      verdict: 'warn',
      freeze: id,
      exceptions: [exception],
      message: expect.stringMatching(/^Ada Approver lets it through until .*: the fix has to go out\.$/),
    });
    const asked = await request(operator);
    const { items } = await listExceptions(world.contextFor(operator), { freeze: id });
    expect(items).toMatchObject([{ id: exception, state: 'open', usedBy: [asked.id], mayEnd: false }]);
    expect((await lastAudit('operation.request')).detail).toMatchObject({ exceptions: [exception] });
    expect((await lastAudit('freeze.except')).detail).toMatchObject({ exception, actionKind: 'shift' });
    const approved = await approveOperation(world.contextFor(approver), {
      id: asked.id,
      digest: asked.digest,
    });
    expect(approved.state).toBe('queued');
  });

  it('lets nobody through who granted it', async () => {
    const both = await world.person([
      { role: 'operator', region: null, action: null },
      { role: 'approver', region: null, action: null },
    ]);
    const { id } = await frozen();
    await except(id, {}, both);
    expect((await failure(request(both))) as RefusedError).toMatchObject({ rule: 'freeze' });
    expect((await request(operator)).state).toBe('awaiting-approval');
    const error = await failure(except(id, { person: both.id }, both));
    expect((error as RefusedError).rule).toBe('own-request');
    expect(await lastAudit('freeze.except')).toMatchObject({ outcome: 'refused', rule: 'own-request' });
  });

  it('of one person lets that one through, and is still theirs when somebody else approves', async () => {
    const { id } = await frozen();
    await except(id, { person: operator.id });
    const other = await world.person('operator');
    expect((await failure(request(other))) as RefusedError).toMatchObject({ rule: 'freeze' });
    const asked = await request(operator);
    const second = await world.person('approver');
    const approved = await approveOperation(world.contextFor(second), { id: asked.id, digest: asked.digest });
    expect(approved.state).toBe('queued');
  });

  it('for once lets one through, and another when that one was rejected', async () => {
    const { id } = await frozen();
    await except(id, { once: true });
    const asked = await request(operator);
    const other = await world.person('operator');
    expect((await failure(request(other))) as RefusedError).toMatchObject({ rule: 'freeze' });
    await rejectOperation(world.contextFor(approver), {
      id: asked.id,
      digest: asked.digest,
      reason: 'not now',
    });
    expect((await request(other)).state).toBe('awaiting-approval');
  });

  it('for once lets one of two through that come at the same time', async () => {
    const { id } = await frozen();
    await except(id, { once: true });
    const other = await world.person('operator');
    const answers = await Promise.allSettled([
      request(operator),
      request(other, { reason: 'another drill' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { rule: 'freeze' } });
    const { rows } = await world.owner.query('select operation_id from freeze_exception_use');
    expect(rows).toHaveLength(1);
  });

  it('that was taken back lets nothing start that waits for approval', async () => {
    const { id } = await frozen();
    const { id: exception } = await except(id);
    const asked = await request(operator);
    await endException(world.contextFor(admin), { id: exception, reason: 'the fix is not ready' });
    const error = await failure(
      approveOperation(world.contextFor(approver), { id: asked.id, digest: asked.digest }),
    );
    expect(error.message).toContain('freezes in force');
    const again = await failure(endException(world.contextFor(admin), { id: exception }));
    expect(again.code).toBe('conflict');
    const { items } = await listExceptions(world.contextFor(operator), { state: 'ended' });
    expect(items).toMatchObject([{ id: exception, state: 'ended', endedBy: { id: admin.id } }]);
  });

  it('in one Region lets nothing through that touches another', async () => {
    const { id } = await frozen();
    await except(id, { region: 'us-east-1' });
    expect((await failure(request(operator))) as RefusedError).toMatchObject({ rule: 'freeze' });
    const european = await frozen({ region: 'eu-west-1' });
    await except(european.id, { region: 'eu-west-1' });
    await liftFreeze(world.contextFor(admin), { id });
    expect((await request(operator)).state).toBe('awaiting-approval');
  });

  it.each<[string, object, string]>([
    ['another environment than is frozen', { environment: 'staging' }, 'environment'],
    ['another Region than is frozen', { region: 'us-east-1' }, 'region'],
    ['another kind than is frozen', { actionKind: 'deploy' }, 'actionKind'],
    ['a rollback that is not frozen', { actionKind: 'rollback' }, 'actionKind'],
    ['an end that is past', { endsAt: '2026-01-01T00:00:00Z' }, 'endsAt'],
    ['an end that is far', { endsAt: inHours(32 * 24) }, 'endsAt'],
    ['nobody', { person: randomUUID() }, 'person'],
    ['an environment that is none', { environment: 'mars' }, 'environment'],
    ['no reason', { reason: '' }, 'reason'],
  ])('is refused for %s', async (_, changes, field) => {
    const { id } = await frozen({ environment: 'production', region: 'eu-west-1', actionKind: 'shift' });
    const error = await failure(except(id, changes));
    expect(Object.keys((error as ValidationError).fields)).toEqual([field]);
  });

  it('is granted by approvers and admins alone, in the Regions of their grants', async () => {
    const { id } = await frozen();
    expect((await failure(except(id, {}, operator))).message).toMatch(/needs the role approver or admin/);
    const european = await world.person([{ role: 'approver', region: 'eu-west-1', action: null }]);
    expect((await failure(except(id, {}, european))).code).toBe('forbidden');
    await except(id, { region: 'eu-west-1' }, european);
    await except(id, {}, admin);
    expect((await failure(except(randomUUID()))).code).toBe('not-found');
    await liftFreeze(world.contextFor(admin), { id });
    expect((await failure(except(id))).code).toBe('conflict');
  });

  it('pages by the server', async () => {
    const { id } = await frozen();
    for (let made = 0; made < 3; made += 1) await except(id);
    const context = world.contextFor(operator);
    const first = await listExceptions(context, { limit: 2 });
    const rest = await listExceptions(context, { limit: 2, cursor: first.nextCursor });
    expect(first.items).toHaveLength(2);
    expect(rest.items).toHaveLength(1);
    expect(rest.nextCursor).toBeNull();
  });
});

describe('the calendar', () => {
  it('tells each occurrence, freezes of one time, and what was lifted until then', async () => {
    const context = world.contextFor(operator, { now: new Date('2026-10-20T12:00:00Z') });
    const nights = await createFreeze(context, { reason: 'nights', recurrence: NIGHTS });
    const sale = await createFreeze(context, {
      reason: 'a sale',
      startsAt: '2026-10-24T00:00:00Z',
      endsAt: '2026-10-27T00:00:00Z',
    });
    const lifted = await createFreeze(context, { reason: 'a mistake', startsAt: '2026-10-20T10:00:00Z' });
    await liftFreeze(world.contextFor(operator, { now: new Date('2026-10-24T06:00:00Z') }), {
      id: lifted.id,
    });
    const window = { from: '2026-10-24T00:00:00Z', to: '2026-10-26T00:00:00Z' };
    const { items, more } = await readFreezeCalendar(context, window);
    expect(more).toBe(false);
    expect(
      items.map(({ freeze, startsAt, endsAt }) => [freeze, startsAt.slice(0, 16), endsAt?.slice(0, 16)]),
    ).toEqual([
      [lifted.id, '2026-10-20T10:00', '2026-10-24T06:00'],
      [nights.id, '2026-10-23T20:00', '2026-10-24T04:00'],
      [sale.id, '2026-10-24T00:00', '2026-10-27T00:00'],
      [nights.id, '2026-10-24T20:00', '2026-10-25T05:00'],
      [nights.id, '2026-10-25T21:00', '2026-10-26T05:00'],
    ]);
    for (const [field, wrong] of Object.entries({
      to: { ...window, to: window.from },
      from: { ...window, from: 'yesterday' },
    }))
      expect(
        Object.keys(((await failure(readFreezeCalendar(context, wrong))) as ValidationError).fields),
      ).toEqual([field]);
    const far = await failure(readFreezeCalendar(context, { ...window, to: '2027-10-26T00:00:00Z' }));
    expect((far as ValidationError).fields.to).toMatch(/92 days/);
  });
});

it('a list of freezes leaves out what recurred for the last time', async () => {
  const context = world.contextFor(operator, { now: new Date('2026-10-20T21:00:00Z') });
  const recurrence = { ...NIGHTS, rule: 'FREQ=DAILY;COUNT=21' };
  const { id } = await createFreeze(context, { reason: 'a sale', recurrence });
  const later = world.contextFor(operator, { now: new Date('2026-11-01T00:00:00Z') });
  expect((await listFreezes(later, {})).items).toEqual([]);
  expect((await listFreezes(later, { state: 'ended' })).items).toMatchObject([{ id, state: 'over' }]);
});
