import { beforeEach, describe, expect, it } from 'vitest';
import type { RefusedError, ValidationError } from '#lib/errors.ts';
import { closeOperation, omitStep } from '#lib/services/operations/close.ts';
import { resumeOperation } from '#lib/services/operations/control.ts';
import { getOperation } from '#lib/services/operations/read.ts';
import { requestOperation } from '#lib/services/operations/request.ts';
import { buildReport } from '#lib/services/reports/build.ts';
import { documentOf } from '#lib/services/reports/document.ts';
import { decideReview } from '#lib/services/reviews/decide.ts';
import { findReview } from '#lib/services/reviews/list.ts';
import { operationModel } from '../../app/(console)/_models/operations.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { insertDebt, insertOperation, type OperationRow } from './recovery-rows.ts';

const world = testWorld();
const REASON = 'ap-southeast-1 has no capacity today';

let operator: TestPerson;

beforeEach(async () => {
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  await world.observe();
  operator = await world.person('operator');
});

const as = (person: TestPerson) => world.contextFor(person);

interface HeldStep {
  key: string;
  state: string;
  irreversible?: boolean;
  omissible?: true;
}

const STEPS: HeldStep[] = [
  { key: 'promote', state: 'done', irreversible: true },
  { key: 'create-replica', state: 'holding', omissible: true },
  { key: 'summary', state: 'waiting' },
];

/** A run as its engine leaves it when it holds behind the promotion. */
async function heldRun(steps: HeldStep[] = STEPS, row: OperationRow = {}): Promise<string> {
  const planned = steps.map(({ key, irreversible = false, omissible }) => ({
    key,
    title: `The step ${key}`,
    action: `recovery.${key}`,
    region: 'eu-west-1',
    input: {},
    deadlineSeconds: 60,
    irreversible,
    needsRegions: [],
    ...(omissible ? { omissible } : {}),
  }));
  const id = await insertOperation(world, operator.id, {
    kind: 'failover',
    state: 'holding',
    plan: {
      version: 1,
      kind: 'failover',
      environment: 'production',
      title: 'Failover',
      regions: ['eu-west-1'],
      steps: planned,
      compensation: [],
    },
    ...row,
  });
  for (const [position, { key, state, irreversible = false }] of steps.entries()) {
    await world.database.pool.query(
      `insert into operation_step (operation_id, position, key, title, action, region, irreversible, state, attempt)
       values ($1, $2, $3, $4, $5, 'eu-west-1', $6, $7, $8)`,
      [
        id,
        position,
        key,
        `The step ${key}`,
        `recovery.${key}`,
        irreversible,
        state,
        state === 'waiting' ? 0 : 1,
      ],
    );
  }
  // A workflow to be woken: the engine's own row of it.
  await world.database.inTransaction((connection) =>
    as(operator).engine.start(connection, { id, environment: 'production' }),
  );
  return id;
}

async function decisions(id: string) {
  return world.database.prisma.operationEvent.findMany({
    where: { operationId: id, kind: { in: ['closing', 'omitting'] } },
    select: { kind: true, stepKey: true, detail: true },
  });
}

const stateOf = async (id: string) =>
  world.database.prisma.operation.findUniqueOrThrow({ where: { id }, include: { review: true } });

describe('going on without a step that holds', () => {
  it('is decided with its reason, owes a review, and is in the log', async () => {
    const id = await heldRun();
    const before = await world.auditSeq();
    expect((await getOperation(as(operator), id)).may).toMatchObject({
      close: { allowed: true },
      omit: [{ step: 'create-replica', verdict: { allowed: true } }],
    });
    const made = await omitStep(as(operator), { id, step: 'create-replica', reason: REASON });
    expect(await decisions(id)).toEqual([
      { kind: 'omitting', stepKey: 'create-replica', detail: { personId: operator.id, reason: REASON } },
    ]);
    expect((await stateOf(id)).review).toMatchObject({
      id: made.review.id,
      cause: 'incomplete',
      owedBy: operator.id,
      reviewedAt: null,
    });
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'operation.omit',
        operation: id,
        outcome: 'done',
        detail: { step: 'create-replica', reason: REASON, review: made.review.id },
      },
    ]);
    const again = await failure(omitStep(as(operator), { id, step: 'create-replica', reason: REASON }));
    expect((again as RefusedError).rule).toBe('omit-asked');
  });

  it('is refused for a step that the orders rest on, and says to try again', async () => {
    const id = await heldRun([
      { key: 'promote', state: 'done', irreversible: true },
      { key: 'point-writer', state: 'holding' },
    ]);
    const before = await world.auditSeq();
    const error = await failure(omitStep(as(operator), { id, step: 'point-writer', reason: REASON }));
    expect((error as RefusedError).rule).toBe('step-needed');
    expect(error.message).toMatch(/try again/);
    expect(await decisions(id)).toEqual([]);
    expect((await stateOf(id)).review).toBeNull();
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'operation.omit', outcome: 'refused', rule: 'step-needed' },
    ]);
  });

  it('is not decided while the step is being tried again, for it may pass', async () => {
    const id = await heldRun();
    const attempt = (kind: string) =>
      world.database.prisma.operationEvent.create({
        data: { operationId: id, stepKey: 'create-replica', attempt: 1, kind },
      });
    await attempt('started');
    expect((await getOperation(as(operator), id)).may.omit).toMatchObject([
      { step: 'create-replica', verdict: { allowed: false, code: 'being-tried' } },
    ]);
    const error = await failure(omitStep(as(operator), { id, step: 'create-replica', reason: REASON }));
    expect((error as RefusedError).rule).toBe('being-tried');
    expect(await decisions(id)).toEqual([]);
    await attempt('finished');
    await omitStep(as(operator), { id, step: 'create-replica', reason: REASON });
    expect(await decisions(id)).toHaveLength(1);
  });

  it('names those that hold where the step is none of the run', async () => {
    const id = await heldRun();
    const error = await failure(omitStep(as(operator), { id, step: 'creat-replica', reason: REASON }));
    expect((error as ValidationError).fields.step).toContain('create-replica');
  });
});

describe('ending a run that holds', () => {
  it('is decided with its reason, once, and nothing else is asked of it then', async () => {
    const id = await heldRun();
    const made = await closeOperation(as(operator), { id, reason: REASON });
    expect(made).toMatchObject({ id, desired: 'close' });
    expect(await decisions(id)).toMatchObject([{ kind: 'closing', stepKey: null }]);
    const again = await failure(closeOperation(as(operator), { id, reason: REASON }));
    expect((again as RefusedError).rule).toBe('close-asked');
    const resumed = await failure(resumeOperation(as(operator), { id }));
    expect((resumed as RefusedError).rule).toBe('close-asked');
  });

  it('is decided by one of two who do so at the same moment', async () => {
    const id = await heldRun();
    const other = await world.person('operator');
    const both = await Promise.allSettled([
      closeOperation(as(operator), { id, reason: REASON }),
      closeOperation(as(other), { id, reason: REASON }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await decisions(id)).toHaveLength(1);
  });

  it.each<[string, HeldStep[], string, string]>([
    [
      'before its point of no return',
      [
        { key: 'promote', state: 'waiting', irreversible: true },
        { key: 'fence', state: 'holding' },
      ],
      'holding',
      'before-return',
    ],
    [
      'that a freeze holds',
      [
        { key: 'promote', state: 'done', irreversible: true },
        { key: 'verify', state: 'waiting' },
      ],
      'holding',
      'not-held',
    ],
  ])('is refused for one %s', async (_, steps, state, rule) => {
    const id = await heldRun(steps, { state });
    const error = await failure(closeOperation(as(operator), { id, reason: REASON }));
    expect((error as RefusedError).rule).toBe(rule);
  });

  it.each<[string, () => Promise<TestPerson>]>([
    ['a viewer', () => world.person('viewer')],
    ['an approver', () => world.person('approver')],
    [
      'an operator of another Region',
      () => world.person([{ role: 'operator', region: 'us-east-1', action: null }]),
    ],
  ])('is refused to %s', async (_, person) => {
    const id = await heldRun();
    expect((await failure(closeOperation(as(await person()), { id, reason: REASON }))).code).toBe(
      'forbidden',
    );
  });

  it.each(['', 'x'])('needs a reason that says something: %j', async (reason) => {
    const id = await heldRun();
    const error = await failure(closeOperation(as(operator), { id, reason }));
    expect(Object.keys((error as ValidationError).fields)).toEqual(['reason']);
  });
});

describe('its page says under the answer why it holds, and the ways on by the names of the controls', () => {
  const WHY = 'ap-southeast-1 does not answer.';
  const TRIED = 'It is tried again by itself.';

  it.each<[string, HeldStep[], string]>([
    [
      'behind the promotion, at a step that may be left out',
      STEPS,
      `${WHY} ${TRIED} If it will not pass, go on without it, or end the run incomplete.`,
    ],
    [
      'behind the promotion, at a step that the rest needs',
      [
        { key: 'promote', state: 'done', irreversible: true },
        { key: 'point-writer', state: 'holding' },
      ],
      `${WHY} ${TRIED} If it will not pass, end the run incomplete. It cannot go on without this step: what follows rests on it.`,
    ],
    [
      'before the promotion',
      [
        { key: 'promote', state: 'waiting', irreversible: true },
        { key: 'fence', state: 'holding' },
      ].toReversed(),
      `${WHY} ${TRIED} Abort puts back what was done.`,
    ],
    [
      'by a freeze',
      [
        { key: 'promote', state: 'done', irreversible: true },
        { key: 'verify', state: 'waiting' },
      ],
      WHY,
    ],
  ])('%s', async (_, steps, detail) => {
    const id = await heldRun(steps, { kind: 'switchover' });
    await world.database.pool.query('update operation set outcome = $2 where id = $1', [id, WHY]);
    expect((await operationModel(as(operator), id)).detail).toBe(detail);
  });
});

describe('the review of what was left undone', () => {
  it('is owed by who decided: their changes wait until somebody else who took no part has looked', async () => {
    const id = await heldRun();
    const { review } = await closeOperation(as(operator), { id, reason: REASON });
    await world.database.pool.query(
      `update operation set state = 'incomplete', ended_at = now() where id = $1`,
      [id],
    );
    const shift = {
      kind: 'traffic-shift',
      environment: 'production',
      params: { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } },
      reason: 'a drill',
    } as const;
    const held = await failure(requestOperation(as(operator), shift));
    expect((held as RefusedError).rule).toBe('review-debt');
    expect(held.message).toMatch(/^Not requested: You left steps undone/);
    await decideReview(as(await world.person('approver')), {
      id: review.id,
      verdict: 'accepted',
      note: 'the copy is requested',
    });
    await requestOperation(as(operator), shift);
  });

  it('is the one of the emergency while nobody has given that, and is opened again where somebody has', async () => {
    const id = await heldRun(STEPS, { emergency: true });
    const debt = await insertDebt(world, { operation: id, owedBy: operator.id });
    const other = await world.person('operator');
    expect((await omitStep(as(other), { id, step: 'create-replica', reason: REASON })).review.id).toBe(debt);
    expect((await stateOf(id)).review).toMatchObject({ cause: 'emergency', owedBy: operator.id });
    await decideReview(as(await world.person('approver')), { id: debt, verdict: 'accepted', note: 'fine' });
    await closeOperation(as(other), { id, reason: 'nothing more today' });
    expect((await stateOf(id)).review).toMatchObject({
      id: debt,
      owedBy: other.id,
      reason: 'nothing more today',
      reviewedAt: null,
    });
  });

  it('is not given by who decided it, also where another one owes it', async () => {
    const id = await heldRun(STEPS, { emergency: true });
    const debt = await insertDebt(world, { operation: id, owedBy: operator.id });
    const both = await world.person([
      { role: 'operator', region: null, action: null },
      { role: 'approver', region: null, action: null },
    ]);
    await closeOperation(as(both), { id, reason: REASON });
    expect((await findReview(as(both), debt))?.mayReview).toMatchObject({ code: 'took-part' });
  });
});

it('the report of a run that ended incomplete begins with what is open', async () => {
  const id = await heldRun(
    [
      { key: 'promote', state: 'done', irreversible: true },
      { key: 'create-replica', state: 'omitted' },
      { key: 'settings', state: 'not-run' },
    ],
    { state: 'incomplete' },
  );
  const report = await buildReport({ database: world.database, estate: world.estate }, id);
  expect(report.open.map(({ key, state }) => [key, state])).toEqual([
    ['create-replica', 'omitted'],
    ['settings', 'not-run'],
  ]);
  const document = documentOf(report);
  expect(document.tone).toBe('warning');
  expect(document.sections[0]).toMatchObject({ title: 'Left undone' });
});
