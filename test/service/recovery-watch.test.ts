import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { summariseReadiness } from '#lib/domain/recovery/readiness.ts';
import { recoveryActions } from '#lib/operations/recovery/actions.ts';
import { type AwsPort, UnansweredError } from '#lib/ports/aws.ts';
import { noticeDrills } from '#lib/recovery/drills.ts';
import { fileFences } from '#lib/recovery/fence-rows.ts';
import { tryPendingFences } from '#lib/recovery/fence-watch.ts';
import { followRuns, reportEnded } from '#lib/recovery/finish.ts';
import type { RecoveryParts } from '#lib/recovery/parts.ts';
import { fileSalvage } from '#lib/recovery/salvage.ts';
import { watchEnvironment } from '#lib/recovery/watch-regions.ts';
import { loadSigningKey, type SigningKey } from '#lib/services/audit/heads.ts';
import { importRecord } from '#lib/services/breakglass/import.ts';
import { scheduleDrill } from '#lib/services/drills/schedule.ts';
import { listFences, listSplitBrains } from '#lib/services/fences/list.ts';
import { findReadinessSummary, readRecoveryReadiness } from '#lib/services/recovery/read.ts';
import { listSalvage } from '#lib/services/salvage/list.ts';
import { portDouble } from '#test/port-double.ts';
import { databaseOf, NOW, outlook, seen, US } from '#test/recovery-facts.ts';
import { environmentOf } from '#test/seed-estate.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { insertOperation } from './recovery-rows.ts';
import { lost, readyOutlook, storeOutlook } from './recovery-world.ts';

const world = testWorld();
const folder = mkdtempSync(path.join(os.tmpdir(), 'meridian-watch-'));
let key: SigningKey;
let operator: TestPerson;
const EPOCH = '7';

beforeAll(async () => {
  key = await loadSigningKey({ dataDir: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  const { pool } = world.database;
  await pool.query(`update operation set state = 'aborted', ended_at = now() where ended_at is null`);
  await pool.query(`update fence set state = 'dropped', ended_at = now() where state = 'pending'`);
  await pool.query('delete from recovery_watch');
  await pool.query(
    `insert into lease (name, holder, epoch, expires_at) values ('collector', 'w', $1, now() + interval '1 hour')
     on conflict (name) do update set epoch = excluded.epoch`,
    [EPOCH],
  );
  operator = await world.person('operator');
});

function parts(given: Partial<RecoveryParts> = {}, aws: Partial<AwsPort> = {}): RecoveryParts {
  return {
    database: world.database,
    estate: world.estate,
    log: () => undefined,
    executorId: 'w-test',
    key,
    actions: recoveryActions,
    engine: world.contextFor(operator).engine,
    awsFor: () => portDouble(aws),
    clientReportUrl: undefined,
    now: () => NOW,
    ...given,
  };
}

const production = () => environmentOf(world.estate);
const watch = (at = NOW, epoch = EPOCH) => watchEnvironment(parts({ now: () => at }), production(), epoch);

async function webhookTopics(since: number): Promise<string[]> {
  const { rows } = await world.database.pool.query<{ topic: string }>(
    'select topic from notification where id > $1 order by id',
    [since],
  );
  return rows.map(({ topic }) => topic);
}

async function listen(): Promise<number> {
  await world.database.pool.query(
    `insert into webhook (id, name, url, secret, topics, created_by)
     select $1, 'test', 'http://127.0.0.1:9', 'x', '{*}', 'test' where not exists (select 1 from webhook)`,
    [randomUUID()],
  );
  const { rows } = await world.database.pool.query<{ last: string }>(
    'select coalesce(max(id), 0)::text as last from notification',
  );
  return Number(rows[0]?.last ?? 0);
}

describe('the watch over an environment', () => {
  it('folds who fails since when, and tells people of it once, with its audit row', async () => {
    await storeOutlook(world, readyOutlook(), null);
    await watch();
    const { outlook: given } = lost(readyOutlook(), US);
    const since = await listen();
    const before = await world.auditSeq();
    // A canary's first failure is no failure yet; two in a row, at two vantage points, are.
    for (const seconds of [5, 10]) {
      const now = new Date(NOW.getTime() + seconds * 1_000);
      const facts = structuredClone(given.facts);
      for (const region of facts.regions) {
        if (region.code === US) continue;
        region.canaries.observedAt = now.toISOString();
        for (const probe of region.canaries.value?.probes ?? []) probe.at = now.toISOString();
      }
      await storeObservations({ ...given, facts });
      await watch(now);
      await watch(now);
    }
    const row = await world.database.prisma.recoveryWatch.findUniqueOrThrow({
      where: { environment: 'production' },
    });
    const detection = row.detection as { regions: { region: string; state: string; since: string }[] };
    const us = detection.regions.find(({ region }) => region === US);
    expect(us?.state).toBe('failing');
    const told = (await world.auditAfter(before)).filter(({ verb }) => verb === 'region.detect');
    expect(told).toMatchObject([{ region: US, detail: { state: 'failing', since: us?.since } }]);
    expect((await webhookTopics(since)).filter((topic) => topic === 'region.changed')).toHaveLength(1);
  });

  it('records each class of readiness that turns, and notifies of what is blocked', async () => {
    await storeOutlook(world, readyOutlook(), null);
    await watch();
    const since = await listen();
    await storeOutlook(world, outlook(), null);
    await watch(new Date(NOW.getTime() + 5_000));
    await watch(new Date(NOW.getTime() + 10_000));
    const { changes, evaluatedAt, readiness } = await readRecoveryReadiness(
      world.contextFor(operator, { now: new Date(NOW.getTime() + 11_000) }),
      'production',
    );
    expect(
      changes.find(({ scenario, check }) => scenario === 'lose-us-east-1' && check === 'network'),
    ).toMatchObject({
      before: 'ok',
      after: 'blocked',
    });
    expect(evaluatedAt).toEqual(new Date(NOW.getTime() + 5_000));
    expect(await findReadinessSummary(world.contextFor(operator), 'production')).toEqual({
      summary: summariseReadiness(readiness),
      at: new Date(NOW.getTime() + 5_000),
    });
    expect(await webhookTopics(since)).toContain('readiness.blocked');
    // Nothing turned any more: evaluated again after a minute, at the latest.
    const later = new Date(NOW.getTime() + 70_000);
    await storeOutlook(world, outlook(), null);
    await watch(later);
    expect((await world.database.prisma.recoveryWatch.findFirstOrThrow()).evaluatedAt).toEqual(later);
  });

  it('writes nothing once another worker has the lease', async () => {
    await storeOutlook(world, readyOutlook(), null);
    await world.database.pool.query('delete from recovery_watch');
    await watch(NOW, '6');
    expect(await world.database.prisma.recoveryWatch.count()).toBe(0);
  });
});

/** The observations alone: what the watch has folded so far stays. */
async function storeObservations(given: ReturnType<typeof readyOutlook>): Promise<void> {
  const { rows } = await world.database.pool.query('select * from recovery_watch');
  await storeOutlook(world, given, null);
  await world.database.pool.query('delete from recovery_watch');
  for (const row of rows) {
    await world.database.pool.query(
      `insert into recovery_watch (environment, detection, detected_at, readiness, evaluated_at, epoch, split_brain)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        row.environment,
        JSON.stringify(row.detection),
        row.detected_at,
        row.readiness && JSON.stringify(row.readiness),
        row.evaluated_at,
        row.epoch,
        row.split_brain && JSON.stringify(row.split_brain),
      ],
    );
  }
}

describe('two databases that take orders', () => {
  const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);

  /** What is seen so many seconds later: Ireland was promoted by hand, and Virginia takes orders still, or is shut. */
  async function look(seconds: number, virginia: 'open' | 'shut' = 'open'): Promise<void> {
    const now = later(seconds);
    const given = readyOutlook();
    const facts = structuredClone(given.facts);
    for (const region of facts.regions) {
      const declared = given.estate.regions.find(({ code }) => code === region.code);
      if (!declared || region.code === 'ap-southeast-1') continue;
      const database = databaseOf(declared, {
        role: 'primary',
        sourceArn: null,
        replication: null,
        ...(region.code === US && virginia === 'shut' ? { securityGroupNames: ['ecommerce-deny-all'] } : {}),
      });
      region.database = seen(database, 1, now);
      region.databases = seen({ instances: [database] }, 1, now);
    }
    await storeObservations({ ...given, facts: { ...facts, now } });
    await watch(now);
  }

  it('are told of once, when each was seen twice, and once more when it is over', async () => {
    await storeOutlook(world, readyOutlook(), null);
    await watch();
    const since = await listen();
    const before = await world.auditSeq();
    const told = async () => (await webhookTopics(since)).filter((topic) => topic.startsWith('split-brain.'));
    await look(5);
    // In a planned move the old writer was seen before it was shut: one look proves nothing.
    expect(await told()).toEqual([]);
    expect(await listSplitBrains(world.contextFor(operator), 'production')).toEqual([]);
    await look(10);
    await look(15);
    expect(await told()).toEqual(['split-brain.seen']);
    expect(await listSplitBrains(world.contextFor(operator), 'production')).toEqual([
      { region: US, instanceId: INSTANCE, askedBy: null, since: later(5) },
      { region: 'eu-west-1', instanceId: TARGET, askedBy: null, since: later(5) },
    ]);
    await look(20, 'shut');
    await look(25, 'shut');
    expect(await told()).toEqual(['split-brain.seen', 'split-brain.ended']);
    expect(await listSplitBrains(world.contextFor(operator), 'production')).toEqual([]);
    const entries = (await world.auditAfter(before)).filter(({ verb }) => verb.startsWith('split-brain.'));
    expect(entries).toMatchObject([
      { verb: 'split-brain.see', environment: 'production', detail: { since: later(5).toISOString() } },
      { verb: 'split-brain.end', environment: 'production' },
    ]);
  });

  it.each(['the watch over its environment', 'the fence watch'])(
    'of which a fence waits are told of once, although %s sees it first',
    async (first) => {
      const id = await failover();
      await storeOutlook(world, readyOutlook(), null);
      await watch();
      const since = await listen();
      const refusing = { ...rds().port, findSecurityGroup: async () => null };
      const fence = () => tryPendingFences(parts({ now: () => new Date() }, refusing));
      if (first === 'the fence watch') await fence();
      await look(5);
      await look(10);
      await fence();
      const told = (await webhookTopics(since)).filter((topic) => topic.startsWith('split-brain.'));
      expect(told).toEqual(['split-brain.seen']);
      expect(await listSplitBrains(world.contextFor(operator), 'production')).toMatchObject([
        { region: US, instanceId: INSTANCE, askedBy: { operation: id } },
      ]);
    },
  );
});

const INSTANCE = 'ecommerce-db-us-east-1';
const TARGET = 'ecommerce-db-eu-west-1';

/** A failover whose fence was not reached: promoted unless it says otherwise. */
async function failover(
  options: { state?: string; promoted?: boolean; promotion?: string; fenced?: string; throttled?: true } = {},
): Promise<string> {
  const { state = 'done', promoted = true, promotion = 'done', fenced = 'unreachable', throttled } = options;
  const step = (name: string, action: string, region: string, input: object) => ({
    key: name,
    title: name,
    action,
    region,
    input,
    deadlineSeconds: 60,
    irreversible: action === 'recovery.promote',
    needsRegions: [region],
  });
  const steps = [
    step('fence-database-us-east-1', 'recovery.fence-database', US, {
      region: US,
      instance: { instanceId: INSTANCE },
      bestEffort: true,
    }),
    step('promote-eu-west-1', 'recovery.promote', 'eu-west-1', {
      region: 'eu-west-1',
      instance: { instanceId: TARGET },
      backupRetentionDays: 7,
    }),
  ];
  const id = await insertOperation(world, operator.id, {
    state,
    createdAt: NOW,
    plan: {
      version: 1,
      kind: 'failover',
      environment: 'production',
      title: 'Failover',
      steps,
      compensation: [],
    },
  });
  for (const [position, { key: name, title, action, region }] of steps.entries()) {
    const ran = action === 'recovery.fence-database' || promoted;
    await world.database.pool.query(
      `insert into operation_step (operation_id, position, key, title, action, region, state, attempt, started_at, ended_at, output, irreversible)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11)`,
      [
        id,
        position,
        name,
        title,
        action,
        region,
        ran ? (action === 'recovery.promote' ? promotion : 'done') : 'waiting',
        ran ? 1 : 0,
        NOW,
        action === 'recovery.fence-database'
          ? JSON.stringify({ fenced, reached: fenced === 'done', why: 'No answer within 5 s.', throttled })
          : null,
        action === 'recovery.promote',
      ],
    );
  }
  await fileFences(parts(), id);
  return id;
}

async function fenceOf(operation: string) {
  const { items } = await listFences(world.contextFor(operator), { operation });
  return items[0];
}

/** RDS in a Region: one instance that does what it is told. */
function rds(instance: Partial<DatabaseObservation> = {}, shows = true) {
  const region = world.estate.regions.find(({ code }) => code === US);
  if (!region) throw new Error('The estate has us-east-1.');
  let database = databaseOf(region, {
    securityGroupIds: ['sg-open'],
    securityGroupNames: ['ecommerce-database'],
    ...instance,
  });
  const calls: string[] = [];
  const port: Partial<AwsPort> = {
    findDatabase: async () => (shows ? database : null),
    findSecurityGroup: async () => 'sg-deny',
    modifyDatabase: async (_, __, { securityGroupIds }) => {
      calls.push('modify');
      database = {
        ...database,
        securityGroupIds: [...(securityGroupIds ?? [])],
        securityGroupNames: ['ecommerce-deny-all'],
      };
    },
    rebootDatabase: async () => {
      calls.push('reboot');
      database = { ...database, status: 'rebooting' };
      setTimeout(() => {
        database = { ...database, status: 'available' };
      }, 50);
    },
  };
  return { port, calls, now: () => database };
}

describe('the fence watch', () => {
  it('files what a run could not reach, and counts each try while the Region is silent', async () => {
    const id = await failover();
    expect(await fenceOf(id)).toMatchObject({
      state: 'pending',
      instanceId: INSTANCE,
      region: US,
      attempts: 0,
      means: [{ outcome: 'unreachable', note: 'No answer within 5 s.' }],
    });
    const silent = { findDatabase: async () => Promise.reject(new UnansweredError('no answer')) };
    const before = await world.auditSeq();
    await tryPendingFences(parts({}, silent));
    await tryPendingFences(parts({}, silent));
    expect(await fenceOf(id)).toMatchObject({
      state: 'pending',
      attempts: 2,
      lastError: expect.stringMatching(/does not answer/),
    });
    expect((await world.auditAfter(before)).map(({ verb }) => verb)).toEqual(['fence.try']);
  });

  it('says of a Region that throttles that AWS does, and tries again', async () => {
    const id = await failover({ throttled: true });
    expect(await fenceOf(id)).toMatchObject({ state: 'pending', means: [{ outcome: 'failed' }] });
    const busy = {
      findDatabase: async () => Promise.reject(new UnansweredError('Rate exceeded', { throttled: true })),
    };
    await tryPendingFences(parts({}, busy));
    expect(await fenceOf(id)).toMatchObject({ state: 'pending', attempts: 1, lastError: 'Rate exceeded' });
    const { port } = rds();
    await tryPendingFences(parts({ now: () => new Date() }, port));
    expect(await fenceOf(id)).toMatchObject({ state: 'done' });
  });

  it('shuts the old primary the moment its Region answers, tells of the split brain, and says so', async () => {
    const id = await failover();
    const { port, calls, now } = rds();
    const before = await world.auditSeq();
    const since = await listen();
    await tryPendingFences(parts({ now: () => new Date() }, port));
    expect(calls).toEqual(['modify', 'reboot']);
    expect(now().securityGroupIds).toEqual(['sg-deny']);
    const fence = await fenceOf(id);
    expect(fence).toMatchObject({ state: 'done', lastError: null, means: [{ outcome: 'done' }] });
    expect(fence?.splitBrainAt).not.toBeNull();
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'split-brain.see', actor: { kind: 'worker', id: 'w-test' }, operation: id, region: US },
      { verb: 'fence.close', operation: id, region: US },
    ]);
    expect(await webhookTopics(since)).toEqual(['split-brain.seen', 'fence.changed']);
    expect(await tryPendingFences(parts({}, port))).toBe(0);
  });

  it.each<[string, Partial<DatabaseObservation>, boolean, RegExp]>([
    ['is a replica by now', { role: 'replica' }, true, /was rebuilt/],
    ['was made anew', { createdAt: new Date(NOW.getTime() + 60_000).toISOString() }, true, /made anew/],
    ['is gone', {}, false, /not there any more/],
  ])('leaves alone what %s', async (_, instance, shows, why) => {
    const id = await failover();
    const { port, calls } = rds(instance, shows);
    const before = await world.auditSeq();
    await tryPendingFences(parts({}, port));
    expect(calls).toEqual([]);
    expect(await fenceOf(id)).toMatchObject({ state: 'dropped' });
    expect((await world.auditAfter(before))[0]).toMatchObject({
      verb: 'fence.drop',
      message: expect.stringMatching(why),
    });
  });

  it('never shuts the only primary: a run that was put back before it promoted asks for no fence', async () => {
    const id = await failover({ state: 'aborted', promoted: false });
    const { port, calls } = rds();
    await tryPendingFences(parts({}, port));
    expect(calls).toEqual([]);
    expect((await fenceOf(id))?.state).toBe('dropped');
    const stopping = await failover({ state: 'aborting', promoted: false });
    await tryPendingFences(parts({}, port));
    expect(calls).toEqual([]);
    expect((await fenceOf(stopping))?.state).toBe('pending');
  });

  it('nor where RDS plainly refused the promotion', async () => {
    const id = await failover({ state: 'failed', promotion: 'failed' });
    const { port, calls } = rds();
    await tryPendingFences(parts({}, port));
    expect(calls).toEqual([]);
    expect((await fenceOf(id))?.state).toBe('dropped');
  });

  it('a run that was ended while its promotion hung is followed only once the other is seen to take orders', async () => {
    const id = await failover({ state: 'incomplete', promotion: 'holding' });
    const { port, calls, now } = rds();
    const target = { role: 'replica' as DatabaseObservation['role'] };
    const both: Partial<AwsPort> = {
      ...port,
      findDatabase: async (region) => (region === US ? now() : { ...now(), instanceId: TARGET, ...target }),
    };
    const clock = { now: () => new Date() };
    await tryPendingFences(parts(clock, both));
    expect(calls).toEqual([]);
    expect(await fenceOf(id)).toMatchObject({
      state: 'pending',
      splitBrainAt: null,
      lastError: expect.stringMatching(
        /^ecommerce-db-us-east-1 is not shut: .*ecommerce-db-eu-west-1.*by hand\.$/,
      ),
    });
    target.role = 'primary';
    await tryPendingFences(parts(clock, both));
    expect(calls).toEqual(['modify', 'reboot']);
    expect((await fenceOf(id))?.state).toBe('done');
  });

  it('shuts it also after a run that failed behind its promotion', async () => {
    const id = await failover({ state: 'failed' });
    const { port, calls } = rds();
    await tryPendingFences(parts({ now: () => new Date() }, port));
    expect(calls).toContain('modify');
    expect((await fenceOf(id))?.state).toBe('done');
  });

  it('a Region that answers and refuses is told with its reason, and tried again', async () => {
    const id = await failover();
    const { port } = rds();
    const refusing = { ...port, findSecurityGroup: async () => null };
    await tryPendingFences(parts({ now: () => new Date() }, refusing));
    const fence = await fenceOf(id);
    expect(fence).toMatchObject({ state: 'pending', attempts: 1 });
    expect(fence?.lastError).toMatch(/no security group named ecommerce-deny-all/);
    await tryPendingFences(parts({ now: () => new Date() }, port));
    expect((await fenceOf(id))?.state).toBe('done');
  });

  it('shuts what a break-glass script left open, but only while the promoted database takes orders', async () => {
    const run = randomUUID();
    const act = (step: string, result: string, detail: string) => ({
      time: NOW.toISOString(),
      step,
      command: '',
      result,
      who: 'ann',
      detail,
    });
    const record = [
      {
        record: 'meridian break-glass',
        version: 1,
        run,
        estate: 'ecommerce',
        environment: 'production',
        plan: 'failover-us-east-1-to-eu-west-1',
        digest: 'a'.repeat(64),
        mode: 'run',
        time: NOW.toISOString(),
        who: 'ann',
      },
      act('fence-database-us-east-1', 'unreachable', 'not fenced: no answer'),
      act('promote-eu-west-1', 'ok', 'available, without a source'),
    ];
    const { database, estate } = world;
    await importRecord(
      database,
      {
        record: record.map((line) => JSON.stringify(line)).join('\n'),
        personId: operator.id,
        reason: 'the console was gone',
      },
      { by: 'local:ann@server', estate, now: NOW },
    );
    const fence = async () => {
      const { items } = await listFences(world.contextFor(operator), {});
      return items.find(({ breakGlass }) => breakGlass === run);
    };
    const { port, calls, now } = rds();
    let role: DatabaseObservation['role'] = 'replica';
    const both: Partial<AwsPort> = {
      ...port,
      findDatabase: async (region) => (region === US ? now() : { ...now(), instanceId: TARGET, role }),
    };
    const clock = { now: () => new Date() };
    await tryPendingFences(parts(clock, both));
    expect(calls).toEqual([]);
    expect(await fence()).toMatchObject({
      state: 'pending',
      operation: null,
      attempts: 1,
      lastError: expect.stringMatching(/is not shut.*not seen to take orders/),
    });
    role = 'primary';
    const before = await world.auditSeq();
    const since = await listen();
    await tryPendingFences(parts(clock, both));
    expect(calls).toEqual(['modify', 'reboot']);
    expect(await fence()).toMatchObject({ state: 'done', means: [{ outcome: 'done' }] });
    expect(await webhookTopics(since)).toEqual(['split-brain.seen', 'fence.changed']);
    expect((await world.auditAfter(before)).map(({ verb }) => verb)).toEqual([
      'split-brain.see',
      'fence.close',
    ]);
  });

  it('files a fence that was reached at once as done, and each once', async () => {
    const id = await failover({ fenced: 'done' });
    expect(await fileFences(parts(), id)).toBe(0);
    expect(await fenceOf(id)).toMatchObject({ state: 'done', attempts: 0 });
  });
});

describe('what a run leaves', () => {
  async function salvaging(
    step: { action: string; state: string } = { action: 'recovery.salvage', state: 'done' },
    state = 'running',
  ): Promise<string> {
    const id = await insertOperation(world, operator.id, { kind: 'rebuild', state });
    const orders = Array.from({ length: 3 }, (_, i) => ({
      id: `o-${i}`,
      region: US,
      product: i,
      amount: '12.50',
      customer: `c-${i}`,
      // Within one millisecond, as the database keeps them.
      createdAt: NOW.toISOString().replace('Z', `${i}57Z`),
    }));
    await world.database.pool.query(
      `insert into operation_step (operation_id, position, key, title, action, region, state, attempt, started_at, ended_at, output)
       values ($1, 0, 'salvage', 'Salvage', $4, $2, $5, 1, now(), now(), $3)`,
      [id, US, JSON.stringify({ salvaged: true, orders }), step.action, step.state],
    );
    return id;
  }

  it.each(['running', 'unknown', 'omitted'])(
    'is filed of a deletion that was asked for and is %s: the database may be gone by then',
    async (state) => {
      const ended = state === 'running' ? 'running' : 'superseded';
      const id = await salvaging({ action: 'recovery.delete-replica', state }, ended);
      expect(await fileSalvage(parts(), id)).toBe(3);
      const context = world.contextFor(operator);
      expect(await listSalvage(context, { operation: id, limit: 5 })).toMatchObject({ total: 3 });
      await world.database.pool.query(
        `update operation set state = 'superseded', ended_at = now() where id = $1`,
        [id],
      );
    },
  );

  it('is filed as it comes: salvaged orders once, oldest first, by pages', async () => {
    const id = await salvaging();
    const before = await world.auditSeq();
    await followRuns(parts());
    expect(await fileSalvage(parts(), id)).toBe(0);
    expect((await world.auditAfter(before)).filter(({ verb }) => verb === 'salvage.file')).toMatchObject([
      { operation: id, detail: { orders: 3 } },
    ]);
    const context = world.contextFor(operator);
    const first = await listSalvage(context, { operation: id, limit: 2 });
    expect(first).toMatchObject({
      total: 3,
      items: [{ id: 'o-0', foundIn: US, amount: '12.5' }, { id: 'o-1' }],
    });
    const second = await listSalvage(context, { operation: id, limit: 2, cursor: first.nextCursor });
    expect(second).toMatchObject({ items: [{ id: 'o-2' }], nextCursor: null });
  });

  it('of one run that cannot be kept keeps no other from its own', async () => {
    const { pool } = world.database;
    const broken = await salvaging();
    await pool.query(`update operation set environment = 'staging' where id = $1`, [broken]);
    await pool.query(
      `update operation_step set output = jsonb_set(output, '{orders,0,product}', '3000000000') where operation_id = $1`,
      [broken],
    );
    const id = await salvaging();
    const said: unknown[] = [];
    await followRuns(parts({ log: (_, fields) => void said.push(fields?.operation) }));
    expect((await listSalvage(world.contextFor(operator), { operation: id })).total).toBe(3);
    expect(said).toEqual([broken]);
    await pool.query(`update operation set state = 'aborted', ended_at = now() where id = $1`, [broken]);
  });

  it('is what clients saw, kept where they do not answer any more, and its report, once', async () => {
    const id = await salvaging();
    const report = {
      at: NOW.toISOString(),
      all: { downtime: { reads: [], orders: [] } },
      orders: { acknowledged: 4, checked: 4, missing: 0, missingOrders: [], reason: null },
    };
    const server = http.createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(request.url === '/ledger/report?window=60' ? JSON.stringify(report) : '{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const clientReportUrl = `http://127.0.0.1:${port}/ledger`;
    await followRuns(parts({ clientReportUrl }));
    await new Promise((resolve) => server.close(resolve));
    await world.database.pool.query(`update operation set state = 'done', ended_at = now() where id = $1`, [
      id,
    ]);
    const ending = parts({ clientReportUrl, now: () => new Date() });
    let written = 0;
    for (let more = 1; more > 0; written += more) more = await reportEnded(ending);
    expect(written).toBeGreaterThan(0);
    const kept = await world.database.prisma.clientReport.findUniqueOrThrow({ where: { operationId: id } });
    expect(kept.value).toMatchObject({ orders: { acknowledged: 4 } });
    expect(kept.error).toMatch(/did not answer/);
    expect(await world.database.prisma.recoveryReport.count({ where: { operationId: id } })).toBe(1);
    expect(await reportEnded(ending)).toBe(0);
  });

  it('an answer that is no report is said to be none', async () => {
    const id = await salvaging();
    const server = http.createServer((_, response) => response.end('{"at": 1}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await followRuns(parts({ clientReportUrl: `http://127.0.0.1:${port}` }));
    await new Promise((resolve) => server.close(resolve));
    const kept = await world.database.prisma.clientReport.findUniqueOrThrow({ where: { operationId: id } });
    expect(kept).toMatchObject({ value: null, error: expect.stringMatching(/another shape/) });
  });
});

describe('drills that are due', () => {
  it('are told once, a day ahead, and again when they come again', async () => {
    const due = (hours: number) => ({
      environment: 'production',
      level: 'readiness',
      region: 'eu-west-1',
      at: new Date(Date.now() + hours * 3_600_000).toISOString(),
      reason: 'the quarter',
    });
    const context = world.contextFor(operator);
    await scheduleDrill(context, due(50));
    expect(await noticeDrills(parts())).toBe(0);
    await scheduleDrill(context, due(2));
    const since = await listen();
    expect(await noticeDrills(parts())).toBe(1);
    expect(await noticeDrills(parts())).toBe(0);
    expect(await webhookTopics(since)).toContain('drill.due');
    await scheduleDrill(context, due(3));
    expect(await noticeDrills(parts())).toBe(1);
  });
});
