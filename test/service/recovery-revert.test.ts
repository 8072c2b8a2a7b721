import { beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '#lib/domain/operation/plan.ts';
import { factsOf, type Outlook } from '#lib/domain/recovery/facts.ts';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import type { RefusedError } from '#lib/errors.ts';
import { planRecovery, recoveryTopology } from '#lib/operations/recovery/plan.ts';
import { createFreeze } from '#lib/services/freezes/freezes.ts';
import { revertOperation } from '#lib/services/operations/control.ts';
import { approveOperation } from '#lib/services/operations/decide.ts';
import { getOperation } from '#lib/services/operations/read.ts';
import { previewOperation } from '#lib/services/operations/request.ts';
import { AP, EU, NOW, seen, US } from '#test/recovery-facts.ts';
import { operationModel } from '../../app/(console)/_models/operations.ts';
import { overviewModel } from '../../app/(console)/_models/overview.ts';
import { decideModel } from '../../app/(console)/_models/recovery/decide.ts';
import { recoveryModel } from '../../app/(console)/_models/recovery/page.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { frameOf } from './pages.ts';
import { insertOperation, type OperationRow } from './recovery-rows.ts';
import { lost, readyOutlook, storeOutlook } from './recovery-world.ts';

const world = testWorld();

let operator: TestPerson;
let approver: TestPerson;

beforeEach(async () => {
  await world.owner.query('truncate operation cascade');
  await world.database.pool.query('delete from "freeze"');
  await world.database.pool.query('delete from approval_policy');
  operator = await world.person('operator');
  approver = await world.person('approver');
  await storeOutlook(world, asLeft());
});

const as = (person: TestPerson) => world.contextFor(person, { now: NOW });

/** Orders are frozen in every Region and the writer lets nobody in, as a sealed switchover leaves them. */
function asLeft(given: Outlook = readyOutlook()): Outlook {
  const regions = given.facts.regions.map((region) => {
    const { value } = region.shopConfig;
    const frozen = value ? { shopConfig: seen({ ...value, writeFreeze: true }) } : {};
    const { value: database } = region.database;
    if (region.code !== US || !database) return { ...region, ...frozen };
    const shut = { ...database, securityGroupIds: ['sg-deny'], securityGroupNames: ['ecommerce-deny-all'] };
    return { ...region, ...frozen, database: seen(shut), databases: seen({ instances: [shut] }) };
  });
  return { ...given, facts: { ...given.facts, regions } };
}

function planOf(kind: RecoveryKind, params: unknown): Plan {
  const given = readyOutlook();
  const { estate, environment } = given;
  const topology = recoveryTopology(given, { writesEndedAt: null, divergedAt: null });
  const answer = planRecovery(kind, params, { estate, environment, topology, evaluation: [], target: EU });
  if (!answer.ok) throw new Error(answer.message);
  return { ...answer.plan, regions: environment.regions };
}

const SWITCHOVER = planOf('switchover', { target: EU });
const SEAL = `seal-${US}`;
const PROMOTE = `promote-${EU}`;

/** A run as its engine leaves it when it was stopped behind that step: all before it passed, nothing after it began. */
async function stopped(
  upTo: string | null,
  { plan = SWITCHOVER, ...row }: { plan?: Plan } & Omit<OperationRow, 'plan'> = {},
): Promise<string> {
  const id = await insertOperation(world, operator.id, {
    kind: plan.kind,
    state: 'superseded',
    plan: { ...plan },
    ...row,
  });
  const last = plan.steps.findIndex(({ key }) => key === upTo);
  for (const [position, { key, title, action, region, irreversible }] of plan.steps.entries()) {
    const begun = position <= last;
    await world.database.pool.query(
      `insert into operation_step (operation_id, position, key, title, action, region, irreversible, state, attempt, started_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        id,
        position,
        key,
        title,
        action,
        region,
        irreversible,
        begun ? 'done' : 'not-run',
        begun ? 1 : 0,
        begun ? new Date(NOW.getTime() - 120_000) : null,
      ],
    );
  }
  return id;
}

/** A later run of which that step may have changed something. */
async function later(plan: Plan, key: string): Promise<string> {
  const id = await stopped(null, { plan, state: 'done' });
  await world.database.pool.query(
    `update operation_step set state = 'unknown', attempt = 1 where operation_id = $1 and key = $2`,
    [id, key],
  );
  return id;
}

const rowOf = (id: string) =>
  world.database.prisma.operation.findUniqueOrThrow({
    where: { id },
    include: { steps: { orderBy: { position: 'asc' } } },
  });
const refusalOf = async (id: string, person = operator) =>
  (await failure(revertOperation(as(person), { id }))) as RefusedError;
const revertsOf = (id: string) => world.database.prisma.operation.count({ where: { reverts: id } });

describe('putting back a switchover that was superseded behind its seal', () => {
  it('is an operation of its own, by the steps of its compensation, which waits for nobody', async () => {
    const id = await stopped(SEAL);
    const { may, putsBack } = await getOperation(as(operator), id);
    expect(may.revert).toEqual({ allowed: true });
    expect(putsBack).toContain(`Open the primary in ${US} again`);
    const before = await world.auditSeq();
    const made = await revertOperation(as(operator), { id, reason: 'orders are refused' });
    expect(made).toMatchObject({ state: 'queued', kind: 'recovery-revert' });
    const undo = await rowOf(made.id);
    expect(undo).toMatchObject({
      kind: 'recovery-revert',
      reverts: id,
      needed: 0,
      reason: 'orders are refused',
    });
    expect(undo.steps.map(({ key }) => key)).toEqual([
      'check-left',
      `unfence-database-${US}`,
      `restore-writes-${US}`,
      `restore-writes-${EU}`,
      `restore-writes-${AP}`,
      `readmit-${US}`,
      `verify-order-${US}`,
    ]);
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'operation.revert',
        operation: made.id,
        outcome: 'done',
        detail: { reverts: id, reason: 'orders are refused' },
      },
    ]);
  });

  it('is asked for once, of two who ask at the same moment', async () => {
    const id = await stopped(SEAL);
    const second = as(await world.person('operator'));
    const written = Promise.withResolvers<void>();
    const judged = Promise.withResolvers<void>();
    const first = world.database.inTransaction(async (connection) => {
      await revertOperation.definition.run(as(operator), { id, reason: '' }, connection);
      written.resolve();
      await judged.promise;
    });
    await written.promise;
    const other = failure(revertOperation(second, { id }));
    await world.untilSomebodyWaits();
    judged.resolve();
    await first;
    expect(((await other) as RefusedError).rule).toBe('reverted');
    expect(await revertsOf(id)).toBe(1);
    expect((await getOperation(as(operator), id)).may.revert).toMatchObject({ code: 'reverted' });
  });

  it.each(['failed', 'aborted', 'superseded'])(
    'is tried again after an attempt that was %s',
    async (state) => {
      const id = await stopped(SEAL);
      const first = await revertOperation(as(operator), { id });
      await world.database.pool.query(
        `update operation set state = $2, started_at = now(), ended_at = now() where id = $1`,
        [first.id, state],
      );
      await world.database.pool.query(
        `update operation_step set state = 'unknown', attempt = 1 where operation_id = $1`,
        [first.id],
      );
      expect((await revertOperation(as(operator), { id })).state).toBe('queued');
      expect((await refusalOf(first.id)).rule).toMatch(/^(no-snapshot|ended)$/);
    },
  );

  it('waits for an approver where a policy for it asks for one, and is planned anew when they agree', async () => {
    await world.database.pool.query(
      `insert into approval_policy (environment, kind, needed, expires_minutes, updated_by)
       values ('production', 'recovery-revert', 1, 60, 'test')`,
    );
    const id = await stopped(SEAL);
    const made = await revertOperation(as(operator), { id });
    expect(made.state).toBe('awaiting-approval');
    const { digest } = await rowOf(made.id);
    expect((await approveOperation(as(approver), { id: made.id, digest })).state).toBe('queued');
  });

  it('is not started by an approval once a later operation has changed the same', async () => {
    await world.database.pool.query(
      `insert into approval_policy (environment, kind, needed, expires_minutes, updated_by)
       values ('production', 'recovery-revert', 1, 60, 'test')`,
    );
    const id = await stopped(SEAL);
    const made = await revertOperation(as(operator), { id });
    const { digest } = await rowOf(made.id);
    const newer = await later(SWITCHOVER, `freeze-writes-${EU}`);
    const error = (await failure(approveOperation(as(approver), { id: made.id, digest }))) as RefusedError;
    expect(error).toMatchObject({ rule: 'moved-on', message: expect.stringContaining(newer) });
    expect((await rowOf(made.id)).state).toBe('awaiting-approval');
  });

  it('is frozen only where a freeze names what puts things back', async () => {
    await createFreeze(as(approver), { environment: 'production', reason: 'a sale' });
    const id = await stopped(SEAL);
    expect((await revertOperation(as(operator), { id })).state).toBe('queued');
    await createFreeze(as(approver), {
      environment: 'production',
      actionKind: 'rollback',
      reason: 'hands off',
      acknowledged: ['rollback-frozen'],
    });
    expect((await refusalOf(await stopped(SEAL))).rule).toBe('freeze');
  });
});

describe('it is refused', () => {
  it('behind the point of no return, with what to do instead', async () => {
    for (const state of ['superseded', 'incomplete']) {
      const id = await stopped(PROMOTE, { state });
      const before = await world.auditSeq();
      const error = await refusalOf(id);
      expect(error.rule).toBe('past-return');
      expect(error.message).toMatch(
        /was not reverted: “Promote the database in eu-west-1” was begun, .*rebuild/,
      );
      expect((await getOperation(as(operator), id)).may.revert).toMatchObject({ code: 'past-return' });
      expect(await world.auditAfter(before)).toMatchObject([
        { verb: 'operation.revert', outcome: 'refused', rule: 'past-return' },
      ]);
    }
  });

  it.each<[string, string | null, string, string]>([
    ['where it had not begun', null, 'superseded', 'nothing-left'],
    ['where it has put back itself', SEAL, 'aborted', 'nothing-left'],
    ['where it went to its end', SEAL, 'done', 'no-snapshot'],
  ])('%s', async (_, upTo, state, rule) => {
    const id = await stopped(upTo, { state });
    expect((await refusalOf(id)).rule).toBe(rule);
    expect(await revertsOf(id)).toBe(0);
  });

  it('once a later operation has changed the same, not where that was put back again', async () => {
    const id = await stopped(SEAL);
    const newer = await later(SWITCHOVER, `freeze-writes-${EU}`);
    expect(await refusalOf(id)).toMatchObject({ rule: 'moved-on', message: expect.stringContaining(newer) });
    expect((await getOperation(as(operator), id)).may.revert).toMatchObject({ code: 'moved-on' });
    await world.database.pool.query(
      `update operation_step set state = 'reverted' where operation_id = $1 and attempt > 0`,
      [newer],
    );
    expect((await revertOperation(as(operator), { id })).state).toBe('queued');
  });

  it('while another operation holds the environment', async () => {
    const id = await stopped(SEAL);
    const holder = await insertOperation(world, operator.id, { kind: 'evacuate', state: 'running' });
    expect(await refusalOf(id)).toMatchObject({
      rule: 'one-at-a-time',
      message: expect.stringContaining(holder),
    });
    expect(await revertsOf(id)).toBe(0);
  });

  it('to who may not control it', async () => {
    const id = await stopped(SEAL);
    const viewer = await world.person('viewer');
    expect((await failure(revertOperation(as(viewer), { id }))).code).toBe('forbidden');
    expect((await getOperation(as(viewer), id)).may.revert.allowed).toBe(false);
  });
});

it('what a person left of a compensation that failed is put back later, without what had passed', async () => {
  const id = await stopped(SEAL, { state: 'failed' });
  for (const [at, { key, title, action, region }] of SWITCHOVER.compensation.entries())
    await world.database.pool.query(
      `insert into operation_step (operation_id, position, key, title, action, region, state, attempt)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [id, 1_000 + at, key, title, action, region, at === 0 ? 'done' : 'unknown', 1],
    );
  const { id: made } = await revertOperation(as(operator), { id });
  const keys = (await rowOf(made)).steps.map(({ key }) => key);
  expect(keys).not.toContain(`unfence-database-${US}`);
  expect(keys).toContain(`restore-writes-${US}`);
});

describe('while its orders are refused', () => {
  const SAID =
    /^Orders are refused since 2026-11-23 09:58 UTC, because OP-\d+ was superseded between “Shut the writer in us-east-1 with nothing left behind” and “Promote the database in eu-west-1”\. Put OP-\d+ back\.$/;

  it('overview and recovery say so first, with the way to its page', async () => {
    const id = await stopped(SEAL);
    const frame = await frameOf(as(operator));
    const overview = await overviewModel(frame);
    const [first] = overview.attention.items;
    expect(first).toMatchObject({
      status: 'critical',
      text: expect.stringMatching(SAID),
      href: `/operations/${id}`,
    });
    const recovery = await recoveryModel(frame, {});
    expect(recovery).toMatchObject({
      status: 'critical',
      answer: expect.stringMatching(SAID),
      decide: { label: `Put ${id} back`, href: `/operations/${id}` },
    });
  });

  it('the page of a decision, and what is refused for want of a writer, say so', async () => {
    const { outlook, detection } = lost(readyOutlook(), AP);
    await storeOutlook(world, asLeft(outlook), detection);
    await stopped(SEAL);
    const { detail } = await decideModel(await frameOf(as(operator)), { lost: AP });
    expect(detail).toMatch(/^Orders are refused since/);
    const asked = { kind: 'rebuild', environment: 'production', params: { region: AP } };
    expect((await failure(previewOperation(as(operator), asked))).message).toMatch(
      /^There is no plan for it: Orders are refused since .* Put OP-\d+ back\.$/,
    );
  });

  it('its own page offers to put it back, and says by which steps', async () => {
    const id = await stopped(SEAL);
    const page = await operationModel(as(operator), id);
    expect(page.revert).toMatchObject({ label: 'Put it back', permission: { allowed: true } });
    expect(page.revert?.plan.changes.map(({ label }) => label)).toContain(`Orders of ${EU} as before`);
    expect(page.abortLeaves).toContain(`orders of ${EU} as before`);
    const past = await operationModel(as(operator), await stopped(PROMOTE));
    expect(past.revert).toMatchObject({ permission: { allowed: false, code: 'past-return' } });
    expect((await operationModel(as(operator), await stopped(SEAL, { state: 'done' }))).revert).toBeNull();
  });

  it('nothing is said once orders are taken again, or a later run has moved the writer', async () => {
    await stopped(SEAL);
    const said = async () => (await frameOf(as(operator))).situation.outlook.facts.left;
    expect(await said()).toMatchObject({ frozen: [US, EU, AP], shut: [US] });
    await storeOutlook(world, readyOutlook());
    expect(factsOf((await frameOf(as(operator))).situation.outlook.facts, US).database.value).toBeTruthy();
    const recovery = await recoveryModel(await frameOf(as(operator)), {});
    expect(recovery.answer).not.toMatch(/Orders are refused/);
    await storeOutlook(world, asLeft(readyOutlook()));
    expect(await said()).not.toBeNull();
    await later(SWITCHOVER, PROMOTE);
    expect(await said()).toBeNull();
  });
});
