import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSigningKey, type SigningKey } from '#lib/services/audit/heads.ts';
import { readDrills } from '#lib/services/drills/list.ts';
import { scheduleDrill } from '#lib/services/drills/schedule.ts';
import { readOutlook } from '#lib/services/recovery/facts.ts';
import { getReport, listReports } from '#lib/services/reports/read.ts';
import type { RecoveryReport } from '#lib/services/reports/report.ts';
import { isSealed } from '#lib/services/reports/seal.ts';
import { writeReport } from '#lib/services/reports/write.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { insertDebt, insertOperation } from './recovery-rows.ts';

const world = testWorld();
const folder = mkdtempSync(path.join(os.tmpdir(), 'meridian-reports-'));
let key: SigningKey;
let operator: TestPerson;

beforeAll(async () => {
  key = await loadSigningKey({ dataDir: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  await world.observe();
  operator = await world.person('operator', { name: 'Ann <b>Bold</b>' });
});

const BEGAN = Date.now() - 60_000;
const at = (seconds: number) => new Date(BEGAN + seconds * 1_000);
const ACCEPTED = { seconds: 5, bytes: 4_000, measuredAt: at(-10).toISOString() };

interface StepRow {
  key: string;
  action: string;
  from: number;
  to: number;
  group?: string;
  clock?: string;
  state?: string;
  irreversible?: boolean;
  output?: unknown;
  evidence?: string;
  proves?: string[];
}

const STEPS: StepRow[] = [
  {
    key: 'declare',
    action: 'recovery.declare',
    from: 1,
    to: 2,
    output: {
      rpo: {
        seconds: 2.4,
        measuredAt: at(2).toISOString(),
        lastOrder: { id: 'o-7', createdAt: at(-4).toISOString() },
      },
    },
    evidence: '2.4 s of orders would be missing',
  },
  { key: 'freeze-writes-eu-west-1', action: 'recovery.freeze-writes', from: 2, to: 3, group: 'prepare' },
  { key: 'prescale-eu-west-1', action: 'recovery.prescale', from: 2, to: 9, group: 'prepare' },
  { key: 'promote-eu-west-1', action: 'recovery.promote', from: 9, to: 21, irreversible: true },
  { key: 'verify-order-eu-west-1', action: 'recovery.verify-order', from: 21, to: 24, clock: 'writes' },
  { key: 'verify-reads', action: 'recovery.verify-reads', from: 24, to: 30, clock: 'reads' },
  {
    key: 'summary',
    action: 'recovery.summary',
    from: 30,
    to: 30,
    output: { facts: ['promote-eu-west-1 took 12.0 s.'], debts: ['us-east-1: not fenced yet.'] },
  },
];

/** A failover that ended well half a minute after it began; the outage was seen ten seconds before. */
async function failover(
  options: { state?: string; kind?: string; request?: unknown; steps?: StepRow[] } = {},
) {
  const steps = options.steps ?? STEPS;
  const kind = options.kind ?? 'failover';
  const planned = steps.map(({ key, action, group, clock, proves, irreversible = false }) => ({
    key,
    title: `Step ${key}`,
    action,
    region: 'eu-west-1',
    input: {},
    deadlineSeconds: 60,
    irreversible,
    needsRegions: [],
    ...(group ? { group } : {}),
    ...(clock ? { clock } : {}),
    ...(proves ? { proves } : {}),
  }));
  const id = await insertOperation(world, operator.id, {
    kind,
    state: options.state ?? 'done',
    emergency: kind === 'failover',
    accepted: kind === 'failover' ? ACCEPTED : null,
    createdAt: at(0),
    startedAt: at(0),
    endedAt: at(31),
    params: { request: options.request ?? { lost: 'us-east-1', target: 'eu-west-1', accept: ACCEPTED } },
    plan: {
      version: 1,
      kind,
      environment: 'production',
      title: 'Failover',
      steps: planned,
      compensation: [],
      outageAt: kind === 'failover' ? at(-10).toISOString() : null,
      checks: [
        { code: 'target-lag', verdict: 'warn', message: 'eu-west-1 is 2 s behind.', observedAt: null },
      ],
    },
  });
  for (const [position, step] of steps.entries()) {
    await world.database.pool.query(
      `insert into operation_step (operation_id, position, key, title, action, region, irreversible, state, attempt, started_at,
         ended_at, evidence, output) values ($1, $2, $3, $4, $5, 'eu-west-1', $6, $7, 1, $8, $9, $10, $11)`,
      [
        id,
        position,
        step.key,
        `Step ${step.key}`,
        step.action,
        step.irreversible ?? false,
        step.state ?? 'done',
        at(step.from),
        at(step.to),
        JSON.stringify(
          step.evidence ? [{ at: at(step.to).toISOString(), kind: 'fact', text: step.evidence }] : [],
        ),
        step.output ? JSON.stringify(step.output) : null,
      ],
    );
  }
  return id;
}

function write(id: string) {
  const { database, estate } = world;
  return writeReport({ database, estate, key, executorId: 'w-test', now: () => new Date() }, id);
}

async function reportOf(id: string): Promise<RecoveryReport> {
  const { body } = await getReport(world.contextFor(operator), id, 'json');
  return JSON.parse(String(body)) as RecoveryReport;
}

describe('the report of a failover', () => {
  it('has its clocks from the outage, what was accepted and measured, its path and its evidence', async () => {
    const id = await failover();
    await insertDebt(world, { operation: id, owedBy: operator.id });
    expect(await write(id)).toBe(true);
    const report = await reportOf(id);
    expect(report.outageAt).toBe(at(-10).toISOString());
    expect(report.clocks.map(({ clock, state, seconds }) => [clock, state, seconds])).toEqual([
      ['writes', 'stopped', 34],
      ['reads', 'stopped', 40],
      ['redundancy', 'not-applicable', null],
    ]);
    expect(report.rpo).toMatchObject({
      accepted: ACCEPTED,
      measured: { seconds: 2.4, lastOrder: { id: 'o-7' } },
    });
    expect(report.path.parts.map(({ key: step, seconds }) => [step, seconds])).toEqual([
      ['declare', 1],
      ['prescale-eu-west-1', 7],
      ['promote-eu-west-1', 12],
      ['verify-order-eu-west-1', 3],
      ['verify-reads', 6],
      ['summary', 0],
    ]);
    expect(report).toMatchObject({
      facts: ['promote-eu-west-1 took 12.0 s.'],
      left: ['us-east-1: not fenced yet.'],
      review: { owedBy: { id: operator.id }, verdict: null },
      clients: null,
      orders: { missing: null },
      operation: { emergency: true, params: { lost: 'us-east-1' } },
    });
    expect(report.steps[0]).toMatchObject({ evidence: [{ text: '2.4 s of orders would be missing' }] });
  });

  it('says what clients saw within it, and lists the orders that are missing', async () => {
    const id = await failover();
    const value = {
      at: at(31).toISOString(),
      all: {
        downtime: {
          orders: [
            { start: at(-500).toISOString(), end: at(-400).toISOString(), seconds: 100 },
            { start: at(-9).toISOString(), end: at(24).toISOString(), seconds: 33 },
          ],
          reads: [],
        },
      },
      orders: {
        acknowledged: 812,
        checked: 812,
        missing: 1,
        missingOrders: [{ orderId: 'o-8', region: 'us-east-1', at: at(-11).toISOString() }],
        reason: null,
      },
    };
    await world.database.pool.query(
      'insert into client_report (operation_id, asked_at, value, answered_at) values ($1, now(), $2, now())',
      [id, JSON.stringify(value)],
    );
    await write(id);
    const report = await reportOf(id);
    expect(report.clients?.orders).toMatchObject({ seconds: 33, lasts: false });
    expect(report.clients?.reads).toMatchObject({ seconds: 0 });
    expect(report.orders).toMatchObject({
      acknowledged: 812,
      missing: 1,
      missingOrders: [{ orderId: 'o-8' }],
    });
    const html = String((await getReport(world.contextFor(operator), id, 'html')).body);
    expect(html).toContain('o-8, acknowledged in us-east-1');
  });

  it('holds its clocks against those of earlier runs, and leads to the log', async () => {
    const earlier = await failover();
    await write(earlier);
    await world.owner.query(
      `update recovery_report set ended_at = ended_at - interval '1 day' where operation_id = $1`,
      [earlier],
    );
    const id = await failover();
    await write(id);
    const { clocks } = await reportOf(id);
    expect(clocks[0]?.usual).toMatchObject({ medianSeconds: 34, p95Seconds: 34 });
    expect(clocks[0]?.usual?.runs).toBeGreaterThan(0);
    expect(clocks[2]?.usual).toBeNull();
    const html = String((await getReport(world.contextFor(operator), id, 'html')).body);
    expect(html).toContain(`<a href="/audit?operation=${id}">`);
    expect(html).toMatch(/<th class="">Earlier runs<\/th>/);
  });

  it('is written once, whoever tries, with one audit row', async () => {
    const id = await failover();
    const before = await world.auditSeq();
    const written = await Promise.all([write(id), write(id)]);
    expect(written.sort()).toEqual([false, true]);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'report.write', actor: { kind: 'worker', id: 'w-test' }, operation: id, outcome: 'done' },
    ]);
    await expect(
      world.database.pool.query(`update recovery_report set html = '' where operation_id = $1`, [id]),
    ).rejects.toMatchObject({ code: '42501' });
  });

  it('is sealed over its own text and the head of the log', async () => {
    const id = await failover();
    await write(id);
    const { rows } = await world.database.pool.query(
      'select report, sha256, head_seq::text as seq, head_hash as hash, signed_at, signed_by, signature from recovery_report where operation_id = $1',
      [id],
    );
    const row = rows[0];
    const seal = {
      sha256: row.sha256,
      head: { seq: row.seq, hash: row.hash },
      signedAt: row.signed_at.toISOString(),
      key: row.signed_by,
      signature: row.signature,
    };
    expect(createHash('sha256').update(row.report).digest('hex')).toBe(row.sha256);
    expect(isSealed(row.report, seal, key.publicKey)).toBe(true);
    expect(isSealed(row.report.replace('"done"', '"failed"'), seal, key.publicKey)).toBe(false);
    expect(isSealed(row.report, { ...seal, head: { ...seal.head, seq: '1' } }, key.publicKey)).toBe(false);
    const head = await world.database.pool.query(
      `select encode(hash, 'hex') as hash from audit_entry where seq = $1`,
      [row.seq],
    );
    expect(head.rows[0]).toEqual({ hash: row.hash });
  });

  it('is HTML that holds nobody’s markup and needs no other file, and a PDF', async () => {
    const id = await failover();
    await write(id);
    const html = await getReport(world.contextFor(operator), id, 'html');
    expect(html.body).not.toContain('<b>Bold');
    expect(html.body).toContain('Ann &lt;b&gt;Bold&lt;/b&gt;');
    expect(html.body).not.toMatch(/<script|<link|<img|src=|https?:\/\//);
    const pdf = await getReport(world.contextFor(operator), id, 'pdf');
    const text = Buffer.from(pdf.body as Uint8Array).toString('latin1');
    expect(pdf.mediaType).toBe('application/pdf');
    expect(text.startsWith('%PDF-1.')).toBe(true);
    expect(text.trimEnd().endsWith('%%EOF')).toBe(true);
    expect(text.match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(1);
  });

  it('marks what took longer than its own history', async () => {
    for (let i = 0; i < 3; i += 1) await write(await failover());
    const slow = STEPS.map((step) => (step.key === 'verify-reads' ? { ...step, to: 30.5 } : step));
    const id = await failover({ steps: slow });
    await write(id);
    expect((await reportOf(id)).slow).toMatchObject([{ key: 'verify-reads', seconds: 6.5, p75Seconds: 6 }]);
  });
});

describe('what a run proves', () => {
  it('of a failover: its steps, and the switchover drill of its target', async () => {
    const id = await failover();
    await write(id);
    const { facts } = await readOutlook(
      { ...world, database: world.database, estate: world.estate, now: new Date() },
      'production',
    );
    expect(facts.drills.steps['promote-eu-west-1']).toBe(at(21).toISOString());
    expect(facts.drills.runs[0]).toMatchObject({
      operation: id,
      level: 'switchover',
      region: 'eu-west-1',
      real: true,
    });
  });

  it('of a failover: also the tabletop of the Region that it left', async () => {
    const id = await failover();
    await write(id);
    const { calendar } = await readDrills(world.contextFor(operator), 'production');
    const entry = calendar.find(({ level, region }) => level === 'tabletop' && region === 'us-east-1');
    expect(entry).toMatchObject({ state: 'ok', last: { operation: id, left: 'us-east-1', real: true } });
  });

  it('not what a step of best effort did not reach, nor what a trial did not carry out', async () => {
    const ended = (key: string, action: string, output: object, more: Partial<StepRow> = {}): StepRow => ({
      key,
      action,
      from: 1,
      to: 2,
      output,
      ...more,
    });
    const id = await failover({
      steps: [
        ended('unreached-fence', 'recovery.fence-database', { fenced: 'unreachable', reached: false }),
        ended('reached-fence', 'recovery.fence-database', { fenced: 'done', reached: true }),
        ended('unordered', 'recovery.verify-order', { ordered: false, reached: false }),
        ended('uncopied', 'recovery.verify-redundancy', { restored: false }),
        ended('dry-tried', 'recovery.dry', { passed: true, of: 'tried' }, { proves: [] }),
        ended('dry-looked', 'recovery.dry', { passed: true, of: 'looked' }, { proves: ['looked'] }),
        ended('dry-failed', 'recovery.dry', { passed: false, of: 'tried' }, { proves: ['failed-look'] }),
      ],
    });
    await write(id);
    const { rows } = await world.database.pool.query<{ key: string }>(
      'select step_key as key from step_proof where operation_id = $1 order by step_key',
      [id],
    );
    expect(rows.map(({ key }) => key)).toEqual(['looked', 'reached-fence']);
  });

  it('of a drill: the steps of real plans that its own stand for, each by the last that carried it out', async () => {
    const copy = (key: string, to: number): StepRow => ({
      key: `${key}-create-replica-ap-southeast-1`,
      action: 'recovery.create-replica',
      from: 1,
      to,
      proves: ['create-replica-ap-southeast-1'],
    });
    const id = await failover({
      kind: 'drill',
      request: { level: 'switchover', region: 'eu-west-1' },
      steps: [
        {
          key: 'there-seal-us-east-1',
          action: 'recovery.seal-writer',
          from: 0,
          to: 1,
          output: { fenced: 'done' },
          proves: ['seal-us-east-1', 'fence-database-us-east-1'],
        },
        copy('there', 10),
        copy('back', 20),
      ],
    });
    await write(id);
    const { rows } = await world.database.pool.query<{ key: string; at: Date }>(
      'select step_key as key, proven_at as at from step_proof where operation_id = $1 order by step_key',
      [id],
    );
    expect(rows).toEqual([
      { key: 'create-replica-ap-southeast-1', at: at(20) },
      { key: 'fence-database-us-east-1', at: at(1) },
      { key: 'seal-us-east-1', at: at(1) },
    ]);
  });

  it('of one that failed: the steps that passed, and no drill', async () => {
    const steps = STEPS.slice(0, 3).map((step) => ({ ...step, key: `failed-${step.key}` }));
    const id = await failover({
      state: 'failed',
      steps: [
        ...steps,
        { key: 'failed-promote', action: 'recovery.promote', from: 9, to: 12, state: 'failed' },
      ],
    });
    await write(id);
    const { facts } = await readOutlook(
      { ...world, database: world.database, estate: world.estate, now: new Date() },
      'production',
    );
    expect(facts.drills.steps).toHaveProperty('failed-declare');
    expect(facts.drills.steps).not.toHaveProperty('failed-promote');
    expect(facts.drills.runs.map(({ operation }) => operation)).not.toContain(id);
  });

  it.each([
    ['quarterly', 1],
    ['once', 0],
  ])('of a drill that was scheduled %s moves or ends the schedule', async (cadence, left) => {
    const { id } = await scheduleDrill(world.contextFor(operator), {
      environment: 'production',
      level: 'evacuation',
      region: 'ap-southeast-1',
      at: new Date(Date.now() + 3_600_000).toISOString(),
      cadence,
      reason: 'the quarter',
    });
    const drill = await failover({
      kind: 'drill',
      request: { level: 'evacuation', region: 'ap-southeast-1' },
      steps: [{ key: 'summary', action: 'recovery.summary', from: 1, to: 2 }],
    });
    await write(drill);
    const { schedules, runs, calendar } = await readDrills(world.contextFor(operator), 'production');
    const standing = schedules.filter((schedule) => schedule.id === id);
    expect(standing).toHaveLength(left);
    for (const { nextDueAt } of standing)
      expect(nextDueAt.getTime()).toBeGreaterThan(Date.now() + 80 * 86_400_000);
    expect(runs[0]).toMatchObject({ operation: drill, real: false });
    expect(
      calendar.find(({ level, region }) => level === 'evacuation' && region === 'ap-southeast-1'),
    ).toMatchObject({ state: 'ok' });
  });
});

describe('reading reports', () => {
  it('pages the list, newest first', async () => {
    for (let i = 0; i < 2; i += 1) await write(await failover());
    const first = await listReports(world.contextFor(operator), { environment: 'production', limit: 1 });
    expect(first.items[0]).toMatchObject({
      kind: 'failover',
      state: 'done',
      seconds: 31,
      acceptedSeconds: 5,
    });
    const second = await listReports(world.contextFor(operator), {
      environment: 'production',
      limit: 1,
      cursor: first.nextCursor,
    });
    expect(second.items[0]?.operation).not.toBe(first.items[0]?.operation);
  });

  it.each(['OP-999999', 'x', '../etc'])('of %s says when there is one', async (id) => {
    const error = await failure(getReport(world.contextFor(operator), id, 'json'));
    expect(error.code).toBe('not-found');
  });

  it('of a run that has not ended is not made', async () => {
    const id = await insertOperation(world, operator.id, { state: 'running', kind: 'evacuate' });
    await expect(write(id)).rejects.toThrow(/no run .* that has ended/);
    await world.database.pool.query(`update operation set state = 'failed', ended_at = now() where id = $1`, [
      id,
    ]);
  });
});
