import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runMeridian } from '#launch/command-line.ts';
import { loadSigningKey, type SigningKey } from '#lib/services/audit/heads.ts';
import { verifyChain } from '#lib/services/audit/verify.ts';
import { bundleFolder } from '#lib/services/breakglass/files.ts';
import { importRecord } from '#lib/services/breakglass/import.ts';
import { refresh } from '#lib/services/breakglass/refresh.ts';
import { listFences } from '#lib/services/fences/list.ts';
import { requestOperation } from '#lib/services/operations/request.ts';
import { readDivergedAt } from '#lib/services/recovery/situation.ts';
import { decideReview } from '#lib/services/reviews/decide.ts';
import { type ObservedChanges, type TestPerson, testWorld } from '../harness.ts';
import { apiOn } from './api-client.ts';

const world = testWorld();
const api = apiOn(world);
const EU = 'failover-us-east-1-to-eu-west-1';
const AP = 'failover-us-east-1-to-ap-southeast-1';
const BY = 'local:ann@server';

let key: SigningKey;
let folder: string;
let told: string[];

beforeAll(async () => {
  key = await loadSigningKey({ dataDir: api.dataDir });
  folder = bundleFolder(api.dataDir, 'production');
});
beforeEach(async () => {
  told = [];
  await world.database.pool.query(
    `update fence set state = 'dropped', ended_at = now() where state = 'pending'`,
  );
  rmSync(folder, { recursive: true, force: true });
  await world.observe();
});

const refreshNow = (now = new Date()) =>
  refresh(
    {
      database: world.database,
      estate: world.estate,
      log: (message, fields) => void told.push(`${message} ${String(fields?.bundle)}`),
      key,
      dataDir: api.dataDir,
      now,
    },
    'production',
  );

/** Ireland was promoted; Virginia is gone, Singapore follows Ireland. */
const movedToIreland: ObservedChanges = {
  change: ({ region, kind, value }) => {
    if (typeof value !== 'object' || value === null) return undefined;
    if (kind === 'database') return moved(region, value);
    if (kind !== 'databases' || !('instances' in value) || !Array.isArray(value.instances)) return undefined;
    return { instances: value.instances.map((instance: object) => moved(region, instance)) };
  },
};

function moved(region: string, database: object): object {
  const arn = `arn:aws:rds:eu-west-1:${world.estate.account}:db:ecommerce-db-eu-west-1`;
  if (region === 'eu-west-1') return { ...database, role: 'primary', sourceArn: null, replication: null };
  return { ...database, role: 'replica', sourceArn: arn, replication: 'replicating' };
}

describe('a worker', () => {
  it('writes sheet, script and seal of each plan, and nothing again while all stays as it is', async () => {
    await refreshNow();
    expect(readdirSync(folder).sort()).toEqual(
      [AP, EU].flatMap((name) => [`${name}.html`, `${name}.json`, `${name}.sh`]),
    );
    expect(told).toHaveLength(2);
    await refreshNow();
    expect(told).toHaveLength(2);
    await refreshNow(new Date(Date.now() + 25 * 3_600_000));
    expect(told).toHaveLength(4);
  });

  it('takes away the plans of a writer that has moved, and writes those of the new one', async () => {
    await refreshNow();
    await world.observe(movedToIreland);
    await refreshNow();
    expect(
      readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .sort(),
    ).toEqual(['failover-eu-west-1-to-ap-southeast-1.json', 'failover-eu-west-1-to-us-east-1.json']);
  });

  it('leaves what it has where nobody knows the writer', async () => {
    await refreshNow();
    await world.observe({ without: (_, kind) => kind === 'database' });
    await refreshNow();
    expect(readdirSync(folder)).toHaveLength(6);
    expect(told).toHaveLength(2);
  });

  it('writes anew what somebody has damaged, or another key has signed', async () => {
    await refreshNow();
    writeFileSync(path.join(folder, `${EU}.json`), '{"bundle":');
    await refreshNow();
    expect(told).toEqual([
      expect.stringContaining(EU),
      expect.stringContaining(AP),
      expect.stringContaining(EU),
    ]);
  });
});

describe('over REST', () => {
  it('gives the current bundle to whoever may read', async () => {
    await refreshNow();
    const token = await api.tokenOf(await world.person('viewer'));
    const list = await api.call('GET', '/breakglass', { token });
    expect(list.json.items).toEqual([
      expect.objectContaining({ name: AP, current: true }),
      expect.objectContaining({ name: EU, lost: 'us-east-1', target: 'eu-west-1', current: true }),
    ]);
    const { status, json } = await api.call('GET', `/breakglass/${EU}`, { token });
    expect(status).toBe(200);
    expect(json).toMatchObject({ name: EU, current: true, key: key.id });
    expect(json.script).toBe(readFileSync(path.join(folder, `${EU}.sh`), 'utf8'));
    await world.observe(movedToIreland);
    expect((await api.call('GET', `/breakglass/${EU}`, { token })).json).toMatchObject({ current: false });
  });

  it.each([
    ['/breakglass/failover-us-east-1-to-mars', 404],
    ['/breakglass/..%2f..%2fkeys', 422],
    ['/breakglass?environment=nowhere', 404],
    ['/breakglass?plan=x', 422],
  ])('answers %s with %i', async (target, status) => {
    const token = await api.tokenOf(await world.person('viewer'));
    expect((await api.call('GET', target, { token })).status).toBe(status);
  });

  it('gives nothing to a token that is none', async () => {
    expect((await api.call('GET', `/breakglass/${EU}`, { token: 'mrd_none' })).status).toBe(401);
  });
});

function recordOf(run: string = randomUUID(), changes: { mode?: string; estate?: string } = {}): string {
  const head = {
    record: 'meridian break-glass',
    version: 1,
    run,
    estate: 'ecommerce',
    environment: 'production',
    plan: EU,
    digest: 'a'.repeat(64),
    mode: 'run',
    time: '2026-11-26T02:00:00Z',
    who: 'ann@laptop',
    ...changes,
  };
  const act = (step: string, command: string, result: string, detail = '') => ({
    time: '2026-11-26T02:00:03Z',
    step,
    command,
    result,
    who: 'ann@laptop',
    detail,
  });
  return [
    head,
    act('declare-eu-west-1', 'aws rds describe-db-instances --region eu-west-1', 'ok', 'available'),
    act('declare-eu-west-1', '', 'noted', 'ReplicaLag, s: 1.0 2.0 0.5'),
    act('fence-database-us-east-1', '', 'unreachable', 'not fenced: no answer'),
    act('promote-eu-west-1', 'aws rds promote-read-replica --region eu-west-1', 'ok'),
    act('verify-order-eu-west-1', 'curl http://shop/orders', 'failed', 'answer 503'),
  ]
    .map((line) => JSON.stringify(line))
    .join('\n');
}

/** The record without the acts of these steps. */
function without(record: string, step: string): string {
  return record
    .split('\n')
    .filter((line) => !line.includes(`"step":"${step}`))
    .join('\n');
}

describe('a record', () => {
  let person: TestPerson;
  let reviewer: TestPerson;
  beforeEach(async () => {
    person = await world.person('operator');
    reviewer = await world.person('approver');
  });

  const bring = (record: string, personId = person.id) =>
    importRecord(
      world.database,
      { record, personId, reason: 'The console was gone' },
      { by: BY, estate: world.estate, now: new Date() },
    );
  const debts = async (id: string) =>
    (await world.database.pool.query('select * from review_debt where id = $1', [id])).rows;

  /** Does it so many times at once, and lets none write before all have looked: the chain's own lock is held until they wait. */
  async function allBeforeAnyWrites<Result>(work: () => Promise<Result>, times: number) {
    const { owner } = world;
    await owner.query('begin');
    await owner.query('select pg_advisory_xact_lock(7002, 1)');
    const settled = Promise.allSettled(Array.from({ length: times }, work));
    const waiting = async () =>
      (
        await owner.query(
          `select 1 from pg_locks join pg_database on pg_database.oid = pg_locks.database
            where locktype = 'advisory' and not granted and datname = current_database()`,
        )
      ).rowCount;
    try {
      await vi.waitFor(async () => expect(await waiting()).toBe(times), { timeout: 20_000 });
    } finally {
      await owner.query('commit');
    }
    return settled;
  }

  it('enters the chain act by act, marked as offline with its own time, and owes a review by somebody else', async () => {
    const before = await world.auditSeq();
    const run = randomUUID();
    const [imported] = await bring(recordOf(run));
    expect(imported).toMatchObject({ run, acts: 5, before: false, dueAt: expect.any(Date) });
    const entries = await world.auditAfter(before);
    expect(entries.map(({ verb, outcome }) => `${verb} ${outcome}`)).toEqual([
      'breakglass.act done',
      'breakglass.act done',
      'breakglass.act done',
      'breakglass.act done',
      'breakglass.act failed',
      'fence.file done',
      'breakglass.import done',
    ]);
    expect(entries[3]).toMatchObject({
      actor: { kind: 'local', id: BY },
      subject: `breakglass/${run}`,
      environment: 'production',
      detail: {
        offline: true,
        at: '2026-11-26T02:00:03Z',
        who: 'ann@laptop',
        step: 'promote-eu-west-1',
        result: 'ok',
      },
    });
    expect(await debts(run)).toEqual([
      expect.objectContaining({
        cause: 'break-glass',
        owed_by: person.id,
        operation_id: null,
        reviewed_at: null,
      }),
    ]);
    expect((await verifyChain(world.database.pool)).ok).toBe(true);

    await expect(
      decideReview(world.contextFor(person), { id: run, verdict: 'accepted', note: 'my own' }),
    ).rejects.toThrow();
    await decideReview(world.contextFor(reviewer), { id: run, verdict: 'accepted', note: 'Rightly done' });
    expect(await debts(run)).toEqual([
      expect.objectContaining({ reviewed_by: reviewer.id, verdict: 'accepted' }),
    ]);
  });

  it('of a promotion whose old primary was not reached files the fence that waits for it', async () => {
    const run = randomUUID();
    const before = await world.auditSeq();
    const [imported] = await bring(recordOf(run));
    expect(imported?.toBeFenced).toBe('us-east-1');
    const { items } = await listFences(world.contextFor(reviewer), { state: 'pending' });
    expect(items).toMatchObject([
      {
        operation: null,
        breakGlass: run,
        region: 'us-east-1',
        instanceId: 'ecommerce-db-us-east-1',
        state: 'pending',
        requestedAt: new Date('2026-11-26T02:00:03Z'),
        means: [{ outcome: 'unreachable', note: 'not fenced: no answer' }],
      },
    ]);
    expect((await world.auditAfter(before)).find(({ verb }) => verb === 'fence.file')).toMatchObject({
      actor: { kind: 'local', id: BY },
      region: 'us-east-1',
      detail: { breakGlass: run },
    });
    // Salvage begins where the two had the same orders last: the lag that the script saw before the promotion.
    expect(await readDivergedAt(world.database, 'production')).toBe('2026-11-26T02:00:01.000Z');
    // A second start of the same plan finds it promoted and waits for the same fence.
    await bring(recordOf());
    expect((await listFences(world.contextFor(reviewer), { state: 'pending' })).items).toHaveLength(1);
  });

  it.each<[string, () => string]>([
    ['was looked at alone', () => recordOf(undefined, { mode: 'check' })],
    ['was not asked to promote', () => without(recordOf(), 'promote-')],
    [
      'shut the old primary at once',
      () =>
        recordOf()
          .replace('"unreachable"', '"ok"')
          .replace('not fenced: no answer', 'fenced: only sg-1, rebooted'),
    ],
    [
      'shut it with a later start of the script',
      () =>
        [
          recordOf(),
          recordOf(undefined, { mode: 'fence' })
            .replace('"unreachable"', '"ok"')
            .replace('not fenced: no answer', 'fenced: only sg-1, rebooted'),
        ].join('\n'),
    ],
  ])('that %s files no fence', async (_, record) => {
    const runs = await bring(record());
    expect(runs.map(({ toBeFenced }) => toBeFenced).filter(Boolean)).toEqual([]);
    expect((await listFences(world.contextFor(reviewer), { state: 'pending' })).items).toEqual([]);
  });

  it('holds the next change of who did it until it was reviewed', async () => {
    await bring(recordOf());
    const shift = {
      kind: 'traffic-shift',
      environment: 'production',
      params: { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } },
      reason: 'as ever',
    };
    await expect(requestOperation(world.contextFor(person), shift)).rejects.toThrow(/acted in an emergency/);
  });

  it('is taken once; what has grown since is taken then', async () => {
    const first = recordOf();
    await bring(first);
    await expect(bring(first)).rejects.toThrow(/every run of this record is in the log already/);
    const runs = await bring(`${first}\n${recordOf()}`);
    expect(runs.map(({ before }) => before)).toEqual([true, false]);
  });

  it.each(['check', 'run'])('of a %s is entered once when two import it at once', async (mode) => {
    const before = await world.auditSeq();
    const run = randomUUID();
    const record = recordOf(run, { mode });
    const outcomes = await allBeforeAnyWrites(() => bring(record), 3);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const entries = await world.auditAfter(before);
    expect(entries.filter(({ verb }) => verb === 'breakglass.act')).toHaveLength(5);
    expect(
      entries.filter(({ verb }) => verb === 'breakglass.import').map(({ rule }) => rule ?? 'imported'),
    ).toEqual(['imported', 'imported-before', 'imported-before']);
    expect(await debts(run)).toHaveLength(mode === 'check' ? 0 : 1);
  });

  it('of looking alone owes nothing', async () => {
    const run = randomUUID();
    const [imported] = await bring(recordOf(run, { mode: 'check' }));
    expect(imported?.dueAt).toBeNull();
    expect(await debts(run)).toEqual([]);
  });

  it.each<[string, () => [record: string, person?: string], RegExp]>([
    ['of another estate', () => [recordOf(undefined, { estate: 'other' })], /is of production of other/],
    [
      'that was cut off',
      () => [recordOf().slice(0, -20)],
      /not a record of a break-glass script, or was damaged/,
    ],
    ['of nobody that is known', () => [recordOf(), randomUUID()], /nobody of that id/],
  ])('%s is refused, on record, and nothing of it is written', async (_, given, words) => {
    const before = await world.auditSeq();
    await expect(bring(...given())).rejects.toThrow(words);
    expect(await world.auditAfter(before)).toEqual([
      expect.objectContaining({ verb: 'breakglass.import', outcome: 'refused', rule: 'validation' }),
    ]);
  });
});

describe('the command line', () => {
  const out = mkdtempSync(path.join(os.tmpdir(), 'meridian-breakglass-'));
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  interface Run {
    code: number;
    text: string;
  }

  async function meridian(words: string[], environment: Record<string, string> = {}): Promise<Run> {
    const {
      code,
      out: said,
      error,
    } = await runMeridian(['breakglass', ...words], {
      cwd: out,
      environment: { MERIDIAN_DATA: api.dataDir, MERIDIAN_OWNER_URL: world.ownerUrl, ...environment },
    });
    return { code, text: said + error };
  }

  it('exports, verifies, finds what has changed and what was tampered with', async () => {
    const before = await world.auditSeq();
    const exported = await meridian(['export', '--out', 'kept']);
    expect(exported).toMatchObject({ code: 0, text: expect.stringContaining(EU) });
    expect(await world.auditAfter(before)).toEqual([
      expect.objectContaining({ verb: 'breakglass.export', outcome: 'done' }),
    ]);
    const file = `kept/production/${EU}.json`;
    expect(await meridian(['verify', file])).toMatchObject({
      code: 0,
      text: expect.stringContaining('made from what is there now'),
    });

    await world.observe(movedToIreland);
    expect(await meridian(['verify', file])).toMatchObject({
      code: 3,
      text: expect.stringContaining('orders are written in eu-west-1 now, not in us-east-1'),
    });

    const script = path.join(out, `kept/production/${EU}.sh`);
    writeFileSync(
      script,
      readFileSync(script, 'utf8').replaceAll('--region eu-west-1', '--region us-east-1'),
    );
    const tampered = await meridian(['verify', file]);
    expect(tampered).toMatchObject({
      code: 5,
      text: expect.stringMatching(/REFUSED.*\.sh is not the file that was signed/s),
    });
  });

  it('verifies without a database, and with nothing but the public key', async () => {
    await meridian(['export', '--out', 'away']);
    const file = `away/production/${AP}.json`;
    const gone = 'postgresql://nobody@127.0.0.1:9/none';
    const alone = await meridian(['verify', file], { MERIDIAN_OWNER_URL: gone });
    expect(alone).toMatchObject({ code: 0, text: expect.stringMatching(/is whole.*is not known/s) });
    const pem = path.join(out, 'public.pem');
    writeFileSync(pem, key.publicKey.export({ type: 'spki', format: 'pem' }));
    const elsewhere = { MERIDIAN_DATA: mkdtempSync(path.join(out, 'elsewhere-')), MERIDIAN_OWNER_URL: gone };
    expect(await meridian(['verify', file, '--offline', '--public-key', pem], elsewhere)).toMatchObject({
      code: 0,
    });
    const keyless = await meridian(['verify', file], elsewhere);
    expect(keyless).toMatchObject({ code: 2, text: expect.stringContaining('--public-key') });
    expect(existsSync(path.join(elsewhere.MERIDIAN_DATA, 'keys'))).toBe(false);
  });

  it('imports what was done, in the name of who did it', async () => {
    const person = await world.person('operator');
    writeFileSync(path.join(out, 'record.jsonl'), recordOf());
    const words = ['import', 'record.jsonl', '--reason', 'The console was gone'];
    expect(await meridian([...words, '--person', 'nobody@example.test'])).toMatchObject({ code: 2 });
    expect(await meridian([...words, '--person', person.email])).toMatchObject({
      code: 0,
      text: expect.stringMatching(
        /5 acts entered\. It owes a review.*The old primary in us-east-1 was not shut/,
      ),
    });
    expect(await meridian([...words, '--person', person.email])).toMatchObject({ code: 3 });
  });
});
