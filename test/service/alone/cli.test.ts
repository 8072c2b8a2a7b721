import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { type CommandRun, runMeridian } from '#launch/command-line.ts';
import { freePort } from '#launch/ports.ts';
import { parseEstate } from '#lib/domain/estate/estate.ts';
import { signIn } from '#lib/services/sessions/sign-in.ts';
import { ESTATE_FILE, type TestPerson, testWorld } from '../harness.ts';
import { apiOn } from './api-client.ts';

const world = testWorld();
const api = apiOn(world);
const folder = mkdtempSync(path.join(os.tmpdir(), 'meridian-cli-'));
let consoleUrl: string;
let operator: TestPerson;
let token: string;

// A test starts up to twenty processes, each of which loads the whole command line.
vi.setConfig({ testTimeout: 180_000 });

beforeAll(async () => {
  consoleUrl = await api.listen();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  // Each command is a process of its own: on a loaded machine a test outlives what was observed when it began.
  await world.observe({}, new Date(Date.now() + 60_000));
  operator = await world.person('operator');
  token = await api.tokenOf(operator);
});

/** `json`: as parsed, which each test looks into as it needs. */
type Run = CommandRun & { json: ReturnType<typeof JSON.parse> };

async function meridian(
  args: string[],
  { input, env }: { input?: string; env?: Record<string, string> } = {},
): Promise<Run> {
  const run = await runMeridian(args, {
    cwd: folder,
    ...(input === undefined ? {} : { input }),
    environment: {
      MERIDIAN_DATA: api.dataDir,
      MERIDIAN_OWNER_URL: world.ownerUrl,
      MERIDIAN_URL: consoleUrl,
      MERIDIAN_TOKEN: token,
      ...env,
    },
  });
  return { ...run, json: args.includes('--json') && run.out ? JSON.parse(run.out) : null };
}

describe('on the server itself', () => {
  it('adds a person and makes a token that works, audited as this machine’s user', async () => {
    const before = await world.auditSeq();
    const email = `${randomUUID()}@example.test`;
    const added = await meridian([
      'user',
      'add',
      email,
      '--name',
      'First Admin',
      '--role',
      'admin,operator@eu-west-1',
      '--json',
    ]);
    expect(added.code).toBe(0);
    expect(added.json.password).toMatch(/^[\w-]{16}$/);
    const made = await meridian([
      'token',
      'create',
      '--owner',
      email,
      '--name',
      'ci',
      '--scope',
      'operation.request',
      '--days',
      '30',
      '--json',
    ]);
    expect(made.json.secret).toMatch(/^mrd_/);
    expect((await api.call('GET', '/me', { token: made.json.secret })).json).toMatchObject({
      name: 'First Admin',
      scopes: ['operation.request'],
    });
    const rows = await world.auditAfter(before);
    expect(rows.map(({ verb }) => verb)).toEqual([
      'person.create',
      'grant.create',
      'grant.create',
      'token.create',
    ]);
    for (const { actor, via } of rows)
      expect([actor.kind, actor.id.startsWith('local:'), via]).toEqual(['local', true, 'cli']);

    const renamed = await meridian(['user', 'rename', email, '--name', 'Only Admin']);
    expect(renamed).toMatchObject({ code: 0, out: expect.stringContaining(`${email} is Only Admin now.`) });
    const chosen = await meridian(['user', 'password', email, '--password-stdin', '--json'], {
      input: 'chosen on the server\n',
    });
    expect(chosen.json).toEqual({ id: added.json.id, sessions: 0 });
    const origin = { address: randomUUID(), userAgent: '', requestId: randomUUID() };
    const signedIn = (password: string) =>
      signIn({ database: world.database, now: new Date() }, origin, { email, password });
    await expect(signedIn(added.json.password)).rejects.toThrow('Not signed in');
    expect(await signedIn('chosen on the server')).toMatchObject({ personId: added.json.id });

    const listed = await meridian(['user', 'list']);
    expect(listed.out).toMatch(new RegExp(`${email} +Only Admin +admin, operator@eu-west-1 +active`));
    expect((await meridian(['token', 'list'])).out).not.toContain(made.json.secret);
    expect((await meridian(['token', 'revoke', made.json.id])).code).toBe(0);
    expect((await api.call('GET', '/me', { token: made.json.secret })).status).toBe(401);
  });

  it('refuses with a sentence and an exit code, and does nothing', async () => {
    const before = await world.auditSeq();
    const cases: [string[], number, RegExp][] = [
      [['user', 'add', 'x@example.test'], 2, /--name is missing/],
      [['user', 'rename', 'nobody@example.test', '--name', 'X'], 4, /nobody with the address/],
      [['user', 'password', 'nobody@example.test'], 4, /nobody with the address/],
      [['user', 'add', 'x@example.test', '--name', 'X', '--role', 'king'], 2, /not a role; there are viewer/],
      [['user', 'add', 'x@example.test', '--name', 'X', '--role', 'viewer@mars-1'], 2, /no Region mars-1/],
      [
        ['token', 'create', '--owner', 'nobody@example.test', '--name', 'x', '--scope', 'read'],
        4,
        /nobody with the address/,
      ],
      [['token', 'revoke', 'nonsense'], 2, /id is not a token’s id/],
      [['token', 'create', '--colour', 'red'], 2, /--colour/],
      [['estate', 'validate', '/nowhere.yaml'], 2, /ENOENT/],
      [['fly'], 2, /no command "fly"/],
    ];
    for (const [args, code, message] of cases) {
      const run = await meridian(args);
      expect([args.join(' '), run.code]).toEqual([args.join(' '), code]);
      expect(run.error).toMatch(message);
      expect(run.error).not.toMatch(/\n\s+at /);
    }
    expect((await world.auditAfter(before)).filter(({ outcome }) => outcome === 'done')).toEqual([]);
    const away = await meridian(['user', 'list'], {
      env: { MERIDIAN_OWNER_URL: 'postgresql://x:y@127.0.0.1:1/none' },
    });
    expect([away.code, away.error]).toEqual([1, expect.stringContaining('ECONNREFUSED')]);
  });

  it('validates, imports and exports an estate', async () => {
    const bad = path.join(folder, 'bad.yaml');
    writeFileSync(bad, readFileSync(ESTATE_FILE, 'utf8').replace('plannedShare: 0.3', 'plannedShare: 0.4'));
    const refused = await meridian(['estate', 'import', bad, '--json']);
    expect([refused.code, Object.keys(refused.json.fields)]).toEqual([2, ['geographies']]);
    const good = path.join(folder, 'good.yaml');
    writeFileSync(good, `${readFileSync(ESTATE_FILE, 'utf8')}# changed\n`);
    expect((await meridian(['estate', 'import', good])).out).toContain('is in force.');
    expect((await meridian(['estate', 'import', good])).out).toContain('already');
    const out = path.join(folder, 'exported');
    expect((await meridian(['estate', 'export', '--to', out])).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['estate.yaml', 'settings.yaml']);
    expect(parseEstate(readFileSync(path.join(out, 'estate.yaml'), 'utf8')).ok).toBe(true);
    const settings = parse(readFileSync(path.join(out, 'settings.yaml'), 'utf8'));
    expect(settings.people.map(({ email }: { email: string }) => email)).toContain(operator.email);
  });

  it('verifies the log, against signed heads too, and ends with 5 when it was changed', async () => {
    const whole = await meridian(['audit', 'verify', '--json']);
    expect([whole.code, whole.json.ok]).toEqual([0, true]);
    expect(whole.json.rows).toBe(await world.auditSeq());
    const head = await meridian(['audit', 'head', '--json']);
    expect(head.json.head.seq).toBe(await world.auditSeq());
    expect((await meridian(['audit', 'verify', '--heads'])).out).toContain('1 of 1 signed heads compared');
    const lines = await meridian(['audit', 'export', '--format', 'json', '--verb', 'estate.']);
    expect(JSON.parse(lines.out.split('\n')[0] ?? '')).toMatchObject({ seq: 1 });

    await world.owner.query('alter table audit_entry disable trigger user');
    await world.owner.query(`delete from audit_entry where seq > ${head.json.head.seq - 2}`);
    expect((await meridian(['audit', 'verify'])).code).toBe(0);
    const cut = await meridian(['audit', 'verify', '--heads']);
    expect([cut.code, cut.out]).toEqual([5, expect.stringContaining('its end was cut off')]);
    await world.owner.query(`update audit_entry set entry = replace(entry, 'done', 'none') where seq = 2`);
    await world.owner.query('alter table audit_entry enable trigger user');
    const changed = await meridian(['audit', 'verify', '--json']);
    expect([changed.code, changed.json.broken]).toMatchObject([5, { seq: 2, why: 'hash' }]);
  });
});

describe('through the API', () => {
  const DRAIN = ['--drain', 'us-east-1', '--points', '10'];

  it('plans, asks, waits and shows', async () => {
    const planned = await meridian(['operation', 'plan', ...DRAIN]);
    expect(planned.code).toBe(0);
    expect(planned.out).toMatch(/us-east-1 +50\.0 % +40\.0 %/);
    expect(planned.out).toContain('To agree: 1 approver.');
    const digest = /Digest: ([0-9a-f]{64})/.exec(planned.out)?.[1] ?? '';
    const started = await meridian([
      'operation',
      'start',
      ...DRAIN,
      '--reason',
      'a drill',
      '--digest',
      digest,
      '--json',
    ]);
    const { id } = started.json;
    expect(id).toMatch(/^OP-\d+$/);
    const [entry] = (await world.auditAfter()).filter(({ operation }) => operation === id);
    expect(entry?.via).toBe('cli');
    expect((await meridian(['operation', 'list', '--state', 'awaiting-approval'])).out).toContain(id);
    expect((await meridian(['operation', 'show', id])).out).toMatch(
      /1 +Check again that nothing has changed +waiting/,
    );
    const late = await meridian(['operation', 'wait', id, '--timeout', '0']);
    expect([late.code, late.error]).toEqual([7, expect.stringContaining('has not ended in time')]);
    const own = await meridian(['operation', 'approve', id, '--digest', digest]);
    expect([own.code, own.error]).toEqual([3, expect.stringContaining('operation.approve')]);
    expect((await meridian(['operation', 'comment', id, '--body', 'Why now?'])).code).toBe(0);
    const waiting = await meridian(['operation', 'show', id]);
    expect(waiting.out).toMatch(/Why now\?/);
    expect(waiting.out).toMatch(/Open: 1 approver\./);
    const asked = await meridian(['approval', 'list']);
    expect(asked.out).toMatch(new RegExp(`${id} +awaiting-approval .* ordinary +1 approver +no`));
    const history = await meridian(['approval', 'history', operator.id]);
    expect(history.out).toMatch(new RegExp(`requested .*${id}`));
    const unexplained = await meridian(['operation', 'leave', id]);
    expect([unexplained.code, unexplained.error]).toEqual([2, expect.stringContaining('--reason')]);
    const unstarted = await meridian(['operation', 'leave', id, '--reason', 'a try']);
    expect([unstarted.code, unstarted.error]).toEqual([
      3,
      expect.stringContaining('Nothing is being put back'),
    ]);
    expect((await meridian(['operation', 'withdraw', id])).out).toContain('it is withdrawn');
    expect((await meridian(['operation', 'wait', id])).code).toBe(6);
    const status = await meridian(['status']);
    expect(status.out).toMatch(/eu-west-1 +healthy +30\.0 % +30\.0 %/);
  });

  it('lists delegations and dead letters, and says what it cannot end', async () => {
    expect((await meridian(['delegation', 'list'])).out).toContain('Nobody decides for another.');
    expect((await meridian(['delegation', 'revoke', randomUUID()])).code).toBe(3);
    expect((await meridian(['dead-letter', 'list'])).out).toContain('There are no dead letters.');
    expect((await meridian(['dead-letter', 'discard', 'x'])).code).toBe(2);
    expect((await meridian(['dead-letter', 'redeliver', '1'])).code).toBe(3);
  });

  it('asks only once under one key', async () => {
    const key = randomUUID();
    const ask = () =>
      meridian(['operation', 'start', ...DRAIN, '--reason', 'a drill', '--key', key, '--json']);
    const [first, second] = [await ask(), await ask()];
    expect(second.json).toEqual(first.json);
  });

  it('freezes, excepts and lifts', async () => {
    const reason = ['--reason', 'nobody is awake'];
    const half = await meridian(['freeze', 'create', ...reason, '--rule', 'FREQ=DAILY']);
    expect([half.code, half.error]).toEqual([2, expect.stringContaining('all four')]);
    const back = await meridian(['freeze', 'create', ...reason, '--kind', 'rollback']);
    expect([back.code, back.error]).toEqual([3, expect.stringContaining('rollback-frozen')]);
    const recurring = ['--rule', 'FREQ=DAILY', '--start', '2026-01-01T00:00', '--zone', 'Europe/Berlin'];
    const made = await meridian([
      'freeze',
      'create',
      ...reason,
      ...recurring,
      '--hours',
      '23.5',
      '--kind',
      'deploy',
      '--name',
      'Nights',
      '--json',
    ]);
    expect(made.code).toBe(0);
    const { id } = made.json;
    const listed = await meridian(['freeze', 'list', '--json']);
    expect(listed.json.items).toMatchObject([
      { id, name: 'Nights', recurrence: { rule: 'FREQ=DAILY', durationMinutes: 1_410 } },
    ]);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const except = ['freeze', 'except', id, '--kind', 'deploy', '--environment', 'production'];
    const excepting = [...except, '--once', '--until', until, '--reason', 'the fix'];
    expect((await meridian(excepting)).code).toBe(3);
    const approver = await api.tokenOf(await world.person('approver'));
    expect((await meridian(excepting, { env: { MERIDIAN_TOKEN: approver } })).code).toBe(0);
    const exceptions = await meridian(['freeze', 'list', '--exceptions']);
    expect(exceptions.out).toContain('deploy, once');
    expect((await meridian(['freeze', 'list'])).out).toContain('FREQ=DAILY, Europe/Berlin');
    expect((await meridian(['freeze', 'lift', id])).code).toBe(0);
    expect((await meridian(['freeze', 'lift', id])).code).toBe(3);
    expect((await meridian(['freeze', 'list'])).out).toContain('Nothing is frozen.');
  });

  it('says what does not fit, and where', async () => {
    const cases: [string[], number, RegExp][] = [
      [['operation', 'plan', '--drain', 'mars-1'], 2, /params\.region/],
      [['operation', 'plan'], 2, /Say what to do/],
      [['operation', 'plan', '--split', 'us-east-1'], 2, /must read us-east-1=40/],
      [['operation', 'show', 'OP-999999'], 4, /no operation OP-999999/],
      [['operation', 'show', 'nonsense'], 2, /one reads OP-1001/],
    ];
    for (const [args, code, message] of cases) {
      const run = await meridian(args);
      expect([args.join(' '), run.code]).toEqual([args.join(' '), code]);
      expect(run.error).toMatch(message);
    }
    const eu = await meridian([
      'operation',
      'plan',
      '--geography',
      'eu',
      '--weights',
      'us-east-1=50,eu-west-1=50',
    ]);
    expect([eu.code, eu.out]).toEqual([3, expect.stringContaining('residency-eu')]);
    const none = await meridian(['status'], { env: { MERIDIAN_TOKEN: '' } });
    expect([none.code, none.error]).toEqual([2, expect.stringContaining('token create')]);
    const bad = await meridian(['status'], { env: { MERIDIAN_TOKEN: `mrd_${'x'.repeat(43)}` } });
    expect([bad.code, bad.error]).toEqual([3, expect.stringContaining('unknown, expired or revoked')]);
    const away = await meridian(['status'], {
      env: { MERIDIAN_URL: `http://127.0.0.1:${await freePort()}` },
    });
    expect([away.code, away.error]).toEqual([1, expect.stringContaining('does not answer (ECONNREFUSED)')]);
  });
});

describe('recovery', () => {
  const BACK = { 'us-east-1': 'eu-west-1' };

  it('reads readiness, findings, options, fences, reviews and drills; what stands against it ends with 3', async () => {
    const [status, readiness, findings, options, reviews, drills] = await Promise.all([
      meridian(['recovery', 'status']),
      meridian(['recovery', 'readiness']),
      meridian(['recovery', 'findings']),
      meridian(['recovery', 'options', '--lost', 'us-east-1']),
      meridian(['review', 'list']),
      meridian(['drill', 'list']),
    ]);
    expect([status.code, readiness.code, findings.code, options.code, reviews.code, drills.code]).toEqual([
      0, 3, 0, 0, 0, 3,
    ]);
    expect(status.out).toMatch(/Orders are written in us-east-1/);
    expect(readiness.out).toMatch(/us-east-1 is lost: blocked/);
    expect(findings.out).toMatch(/B-05 +block +open/);
    expect(options.out).toMatch(/Fail over to eu-west-1[\s\S]*--accept-loss \d/);
    expect(reviews.out).toContain('There is none.');
    expect(drills.out).toMatch(/switchover +eu-west-1 +never/);
  });

  it('declares an emergency only over what was named, and says what is owed', async () => {
    const [lost = '', target = ''] = Object.entries(BACK)[0] ?? [];
    const said = ['--failover', lost, '--target', target, '--accept-loss', '30'];
    const plan = await meridian(['operation', 'plan', ...said, '--json']);
    const ids: string[] = plan.json.overridable.map(({ id }: { id: string }) => id);
    expect(ids).toContain('lose-us-east-1/network');
    const untyped = ['operation', 'start', ...said, '--emergency', '--reason', 'it is gone'];
    expect((await meridian(untyped)).error).toContain(`must be ${lost}, the Region that is given up`);
    const start = [...untyped, '--confirm', lost];
    const refused = await meridian(start);
    expect(refused.code).toBe(3);
    expect(refused.error).toContain(`Type ${ids[0]}`);
    const started = await meridian([...start, '--override', ids.join(',')]);
    expect([started.code, started.error]).toEqual([0, '']);
    expect(started.out).toMatch(/^OP-\d+ is an emergency\. It starts\. You owe a review of it by /);
    const listed = await meridian(['review', 'list', '--json']);
    expect(listed.json.items).toMatchObject([{ owedBy: { name: operator.name }, state: 'open' }]);
  });

  it('asks for every other kind, and schedules drills', async () => {
    const at = new Date(Date.now() + 86_400_000).toISOString();
    const runs = await Promise.all([
      meridian(['operation', 'plan', '--connect', 'eu-west-1,ap-southeast-1']),
      meridian([
        'operation',
        'start',
        '--drill',
        'readiness',
        '--region',
        'eu-west-1',
        '--reason',
        'the quarter',
      ]),
      meridian([
        'drill',
        'schedule',
        '--level',
        'tabletop',
        '--region',
        'us-east-1',
        '--at',
        at,
        '--reason',
        'x y z',
      ]),
    ]);
    expect(runs.map(({ code, error }) => [code, error])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    expect(runs[0]?.out).toContain('no way to each other');
    expect(runs[1]?.out).toMatch(/is requested\. It waits for approval\./);
    expect(runs[2]?.out).toMatch(/^It is due /);
  });

  it.each<[string[], number, RegExp]>([
    [['operation', 'start', '--failover', 'us-east-1', '--reason', 'gone'], 2, /--accept-loss is missing/],
    [['operation', 'plan', '--failover', 'us-east-1', '--accept-loss', 'much'], 2, /--accept-loss is "much"/],
    [['operation', 'plan', '--connect', 'eu-west-1'], 2, /--connect is "eu-west-1"/],
    [['operation', 'plan', '--rebuild', 'eu-west-1'], 3, /There is no plan for it/],
    [['operation', 'plan', '--evacuate', 'mars'], 2, /params\.region/],
    [['recovery', 'options'], 2, /--lost is missing/],
    [['recovery', 'report', 'OP-999999'], 4, /There is no report of OP-999999/],
    [['recovery', 'salvage', 'OP-999999'], 4, /There is no operation OP-999999/],
    [['drill', 'list', '--environment', 'prodution'], 4, /no environment prodution/],
  ])('%j ends with %i', async (args, code, message) => {
    const run = await meridian(args);
    expect([run.code, run.error]).toEqual([code, expect.stringMatching(message)]);
  });
});
