import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Detection } from '#lib/domain/recovery/detection.ts';
import type { RefusedError, ValidationError } from '#lib/errors.ts';
import { recoveryActions } from '#lib/operations/recovery/actions.ts';
import { actByPolicy } from '#lib/recovery/act-by-policy.ts';
import type { RecoveryParts } from '#lib/recovery/parts.ts';
import { loadSigningKey, type SigningKey } from '#lib/services/audit/heads.ts';
import { createFreeze } from '#lib/services/freezes/freezes.ts';
import { enablePerson } from '#lib/services/people/accounts.ts';
import { listPeople } from '#lib/services/people/list.ts';
import { POLICY_PERSON_ID } from '#lib/services/people/policy-person.ts';
import { listRecoveryPolicies, setRecoveryPolicy } from '#lib/services/recovery/policy.ts';
import { listPolicyActs } from '#lib/services/recovery/policy-acts.ts';
import { portDouble } from '#test/port-double.ts';
import { AP, EU, NOW, US, unseen } from '#test/recovery-facts.ts';
import { environmentOf } from '#test/seed-estate.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { insertOperation } from './recovery-rows.ts';
import { lost, readyOutlook, storeOutlook } from './recovery-world.ts';

const world = testWorld();
const folder = mkdtempSync(path.join(os.tmpdir(), 'meridian-policy-'));
const EPOCH = '9';
/** What the loss of ap-southeast-1 asks of the seed's estate is accepted ahead here. */
const ACTS = {
  environment: 'production',
  onFailing: 'evacuate-reads',
  accepts: ['capacity', 'residency'],
  reason: 'readers wait for nobody',
} as const;

let key: SigningKey;
let admin: TestPerson;
let operator: TestPerson;

beforeAll(async () => {
  key = await loadSigningKey({ dataDir: folder });
  await world.database.pool.query(
    `insert into webhook (id, name, url, secret, topics, created_by)
     values ($1, 'test', 'http://127.0.0.1:9', 'x', '{policy.acted}', 'test')`,
    [randomUUID()],
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  const { pool } = world.database;
  await pool.query(`update operation set state = 'aborted', ended_at = now() where ended_at is null`);
  await pool.query(`update operation set started_at = '2026-01-01' where requested_by <> $1`, [
    POLICY_PERSON_ID,
  ]);
  await world.owner.query('delete from policy_act');
  await world.owner.query('delete from recovery_policy');
  await pool.query('delete from recovery_watch');
  await pool.query('delete from notification');
  await pool.query('delete from "freeze"');
  await pool.query(
    `insert into lease (name, holder, epoch, expires_at) values ('collector', 'w', $1, now() + interval '1 hour')
     on conflict (name) do update set epoch = excluded.epoch`,
    [EPOCH],
  );
  admin = await world.person('admin');
  operator = await world.person('operator');
});

const as = (person: TestPerson) => world.contextFor(person, { now: NOW });

function parts(now = NOW): RecoveryParts {
  return {
    database: world.database,
    estate: world.estate,
    log: () => undefined,
    executorId: 'w-test',
    key,
    actions: recoveryActions,
    engine: as(admin).engine,
    awsFor: () => portDouble({}),
    clientReportUrl: undefined,
    now: () => now,
  };
}

const look = (now = NOW, epoch = EPOCH) => actByPolicy(parts(now), environmentOf(world.estate), epoch);

/** The Region fails, as two vantage points see it. */
async function fails(region: string, change: (detection: Detection) => Detection = (same) => same) {
  const { outlook, detection } = lost(readyOutlook(), region);
  await storeOutlook(world, outlook, change(detection));
}

async function serves(): Promise<void> {
  const given = readyOutlook();
  const { detection } = lost(given, AP);
  await storeOutlook(world, given, {
    ...detection,
    regions: detection.regions.map((region) => ({ ...region, state: 'serving' })),
  });
}

async function operations(): Promise<
  { id: string; kind: string; state: string; requestedVia: string; params: unknown }[]
> {
  return world.database.prisma.operation.findMany({
    where: { requestedBy: POLICY_PERSON_ID, createdAt: NOW },
    select: { id: true, kind: true, state: true, requestedVia: true, params: true },
    orderBy: { id: 'asc' },
  });
}

async function notices(): Promise<Record<string, unknown>[]> {
  const { rows } = await world.database.pool.query<{ payload: Record<string, unknown> }>(
    `select payload from notification where topic = 'policy.acted' order by id`,
  );
  return rows.map(({ payload }) => payload);
}

const acts = () => listPolicyActs(as(operator), 'production');

async function startedBefore(): Promise<number> {
  return (await operations()).length;
}

describe('the policy of an environment', () => {
  it('only recommends until an admin says otherwise, which is in the log', async () => {
    expect((await listRecoveryPolicies(as(operator)))[0]).toMatchObject({
      environment: 'production',
      onFailing: 'recommend',
      set: null,
    });
    const before = await world.auditSeq();
    await setRecoveryPolicy(as(admin), ACTS);
    expect((await listRecoveryPolicies(as(operator)))[0]).toMatchObject({
      onFailing: 'evacuate-reads',
      accepts: ['capacity', 'residency'],
      set: { by: { id: admin.id }, reason: ACTS.reason },
    });
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'policy.recovery',
        environment: 'production',
        detail: { before: { onFailing: 'recommend' }, onFailing: 'evacuate-reads' },
      },
    ]);
  });

  it('is refused to who is no admin, and in the log', async () => {
    const before = await world.auditSeq();
    expect((await failure(setRecoveryPolicy(as(operator), ACTS))).code).toBe('forbidden');
    expect(await world.auditAfter(before)).toMatchObject([{ verb: 'policy.recovery', outcome: 'refused' }]);
  });

  it('is not loosened by an admin who operates too, and may be tightened by them', async () => {
    const both = await world.person([
      { role: 'admin', region: null, action: null },
      { role: 'operator', region: null, action: null },
    ]);
    const error = await failure(setRecoveryPolicy(as(both), ACTS));
    expect((error as RefusedError).rule).toBe('own-policy');
    await setRecoveryPolicy(as(admin), ACTS);
    await setRecoveryPolicy(as(both), { ...ACTS, onFailing: 'recommend', accepts: [] });
  });

  it.each([
    [{ environment: 'prodution' }, 'environment'],
    [{ onFailing: 'promote' }, 'onFailing'],
    [{ accepts: ['anything'] }, 'accepts.0'],
    [{ reason: '' }, 'reason'],
  ])('names the field that does not fit: %j', async (changes, field) => {
    const error = await failure(setRecoveryPolicy(as(admin), { ...ACTS, ...changes }));
    expect(Object.keys((error as ValidationError).fields)).toEqual([field]);
  });

  it('is carried out by nobody’s account, which cannot be opened and stands in no list', async () => {
    const { items } = await listPeople(as(admin), { limit: 200 });
    expect(items.map(({ id }) => id)).not.toContain(POLICY_PERSON_ID);
    expect((await failure(enablePerson(as(admin), { id: POLICY_PERSON_ID }))).code).toBe('not-found');
    await expect(
      world.owner.query('update person set disabled_at = null where id = $1', [POLICY_PERSON_ID]),
    ).rejects.toThrow(/person_policy_shut/);
  });
});

describe('a Region that fails', () => {
  it('is only recommended about by default', async () => {
    await fails(AP);
    const before = await startedBefore();
    await look();
    expect(await operations()).toHaveLength(before);
    expect(await acts()).toEqual([]);
  });

  it('is left by its readers once, as the system, with the evidence in the log', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await fails(AP);
    const already = await startedBefore();
    const before = await world.auditSeq();
    await look();
    await look();
    const made = (await operations()).slice(already);
    expect(made).toMatchObject([
      { kind: 'evacuate', state: 'queued', requestedVia: 'policy', params: { request: { region: AP } } },
    ]);
    const [operation] = made;
    expect(await acts()).toMatchObject([
      { region: AP, state: 'started', rule: null, operation: { id: operation?.id }, endedAt: null },
    ]);
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'policy.evacuate',
        actor: { kind: 'system', id: 'policy' },
        outcome: 'done',
        operation: operation?.id,
        region: AP,
        detail: {
          executor: 'w-test',
          evidence: { state: 'failing', reason: `${AP} is seen down by its peers.` },
        },
      },
    ]);
    expect(await notices()).toMatchObject([{ act: 'started', region: AP, operation: operation?.id }]);
    const { rows } = await world.database.pool.query(
      'select queue_partition_key as partition from dbos.workflow_status where workflow_uuid = $1',
      [operation?.id],
    );
    expect(rows).toEqual([{ partition: 'production' }]);
  });

  it('is not left again while the incident lasts, whatever became of the run; a new incident is another one', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await fails(AP);
    const already = await startedBefore();
    await look();
    await world.database.pool.query(
      `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
    );
    await look();
    expect(await startedBefore()).toBe(already + 1);
    await serves();
    await look();
    expect((await acts())[0]?.endedAt).toEqual(NOW);
    await fails(AP);
    await look();
    expect(await startedBefore()).toBe(already + 2);
  });

  it('is left by one of two workers that look at the same moment', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await fails(AP);
    const already = await startedBefore();
    await Promise.all([look(), look(), look()]);
    expect(await startedBefore()).toBe(already + 1);
    expect((await notices()).filter(({ act }) => act === 'started')).toHaveLength(1);
  });

  it('is not touched by a worker that lost its lease', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await fails(AP);
    const already = await startedBefore();
    await look(NOW, '8');
    expect(await startedBefore()).toBe(already);
    expect(await acts()).toEqual([]);
  });

  it('is never promoted away from: the writer’s Region is for people, said once', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await fails(US);
    const already = await startedBefore();
    const before = await world.auditSeq();
    await look();
    await look();
    expect(await startedBefore()).toBe(already);
    expect(await acts()).toMatchObject([{ region: US, state: 'waiting', rule: 'is-writer' }]);
    expect(await notices()).toMatchObject([{ act: 'waits', region: US, rule: 'is-writer' }]);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'policy.evacuate', outcome: 'refused', rule: 'is-writer', region: US },
    ]);
  });

  it('is not left while changes are frozen, which is said once, and is when they are not', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await createFreeze(as(operator), { stopTheLine: true, reason: 'smoke' });
    await fails(AP);
    const already = await startedBefore();
    await look();
    await look();
    expect(await startedBefore()).toBe(already);
    expect(await notices()).toMatchObject([{ act: 'waits', rule: 'freeze' }]);
    await world.database.pool.query('delete from "freeze"');
    await look();
    expect(await startedBefore()).toBe(already + 1);
    expect((await notices()).map(({ act }) => act)).toEqual(['waits', 'started']);
  });

  it('takes the environment from nobody', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await fails(AP);
    await insertOperation(world, operator.id, { kind: 'traffic-shift', state: 'running' });
    const already = await startedBefore();
    await look();
    await look();
    expect(await startedBefore()).toBe(already);
    expect(await notices()).toMatchObject([{ act: 'waits', rule: 'one-at-a-time' }]);
  });

  it('is left to people once one of them has started a recovery', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await createFreeze(as(operator), { stopTheLine: true, reason: 'smoke' });
    await fails(AP);
    await look();
    await insertOperation(world, operator.id, {
      kind: 'evacuate',
      state: 'aborted',
      startedAt: new Date(NOW.getTime() + 1_000),
    });
    await world.database.pool.query('delete from "freeze"');
    const already = await startedBefore();
    await look(new Date(NOW.getTime() + 2_000));
    expect(await startedBefore()).toBe(already);
    expect(await acts()).toMatchObject([{ state: 'stood-down', rule: 'person-acts' }]);
  });

  it('waits for what nobody accepted ahead, and says how the policy could', async () => {
    await setRecoveryPolicy(as(admin), { ...ACTS, accepts: [] });
    await fails(EU);
    const already = await startedBefore();
    await look();
    expect(await startedBefore()).toBe(already);
    const [act] = await acts();
    expect(act?.state).toBe('waiting');
    expect(act?.reason).toMatch(/by accepting (capacity|residency) ahead/);
  });

  it('is never one of two: the second stays', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await fails(AP);
    await look();
    await world.database.pool.query(
      `update operation set state = 'done', ended_at = now() where ended_at is null`,
    );
    await fails(EU, (detection) => ({
      ...detection,
      regions: detection.regions.map((region) =>
        region.region === AP ? { ...region, state: 'suspect' } : region,
      ),
    }));
    const already = await startedBefore();
    await look();
    expect(await startedBefore()).toBe(already);
    expect((await acts()).find(({ region }) => region === EU)).toMatchObject({ rule: 'one-region' });
  });

  it('waits no more once the policy only recommends', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await createFreeze(as(operator), { stopTheLine: true, reason: 'smoke' });
    await fails(AP);
    await look();
    await setRecoveryPolicy(as(admin), { ...ACTS, onFailing: 'recommend', accepts: [] });
    await world.database.pool.query('delete from "freeze"');
    await look();
    expect(await acts()).toMatchObject([{ state: 'stood-down', rule: 'recommend' }]);
    const already = await startedBefore();
    await setRecoveryPolicy(as(admin), ACTS);
    await look();
    expect(await startedBefore()).toBe(already + 1);
    expect(await acts()).toMatchObject([{ state: 'started' }]);
  });

  it('is left to people who answered before the policy acted, also by shifting its users', async () => {
    await fails(AP);
    await insertOperation(world, operator.id, {
      kind: 'traffic-shift',
      state: 'reverted',
      startedAt: new Date(NOW.getTime() - 30_000),
      plan: { version: 1, kind: 'traffic-shift', regions: [AP], steps: [], compensation: [] },
    });
    await setRecoveryPolicy(as(admin), ACTS);
    const already = await startedBefore();
    await look();
    expect(await startedBefore()).toBe(already);
    expect(await acts()).toMatchObject([{ state: 'stood-down', rule: 'person-acts' }]);
  });

  it('sends nobody to a Region that is itself in doubt', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    await fails(AP, (detection) => ({
      ...detection,
      regions: detection.regions.map((region) =>
        region.region === EU ? { ...region, state: 'suspect' } : region,
      ),
    }));
    const already = await startedBefore();
    await look();
    expect(await startedBefore()).toBe(already);
    expect(await acts()).toMatchObject([
      { state: 'waiting', rule: 'receiver-unfit', reason: expect.stringMatching(/^eu-west-1 would get/) },
    ]);
  });

  it('takes machines that nobody counted for none', async () => {
    await setRecoveryPolicy(as(admin), ACTS);
    const { outlook, detection } = lost(readyOutlook(), AP);
    const regions = outlook.facts.regions.map((region) =>
      region.code === EU ? { ...region, nodes: unseen() } : region,
    );
    await storeOutlook(world, { ...outlook, facts: { ...outlook.facts, regions } }, detection);
    const already = await startedBefore();
    await look();
    expect(await startedBefore()).toBe(already);
    expect(await acts()).toMatchObject([{ state: 'waiting', rule: `capacity-${EU}` }]);
  });
});
