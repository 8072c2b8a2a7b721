import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CommandRun, runMeridian } from '#launch/command-line.ts';
import { type TestPerson, testWorld } from '../harness.ts';
import { apiOn } from './api-client.ts';

vi.mock('next/headers', () => ({
  headers: async () => new Headers(),
  cookies: async () => ({ get: () => undefined }),
}));

const world = testWorld();
const api = apiOn(world);
let consoleUrl: string;
let operator: TestPerson;
let operatorToken: string;
let approverToken: string;
let viewerToken: string;
let made = 0;

// Each command is a process that loads the whole command line.
vi.setConfig({ testTimeout: 120_000 });

beforeAll(async () => {
  consoleUrl = await api.listen();
});

beforeEach(async () => {
  await world.observe({}, new Date(Date.now() + 60_000));
  operator = await world.person('operator');
  operatorToken = await api.tokenOf(operator);
  approverToken = await api.tokenOf(await world.person('approver'));
  viewerToken = await api.tokenOf(await world.person('viewer'));
});

function fresh() {
  made += 1;
  return {
    version: `v4.${made}.0`,
    digest: `sha256:${made.toString(16).padStart(64, 'a')}`,
    schema: 'expand',
    schemaNote: 'Adds a column that older code does not read.',
  };
}

const get = (target: string, token = viewerToken) => api.call('GET', target, { token });
const post = (target: string, body: unknown, token = operatorToken, headers: Record<string, string> = {}) =>
  api.call('POST', target, { token, body, headers });

describe('by REST', () => {
  it('a release is registered, read and listed', async () => {
    const release = fresh();
    const answer = await post('/releases', release);
    expect([answer.status, answer.json]).toMatchObject([201, { version: release.version, created: true }]);
    const read = await get(`/releases/${release.version}`);
    expect(read.json).toMatchObject({
      ...release,
      notes: '',
      changeUrl: null,
      author: operator.name,
      registrant: { name: operator.name },
      bad: null,
      inEveryRegistry: false,
      liveIn: [],
      staging: null,
      may: { markBad: { allowed: false, code: 'no-grant' } },
    });
    expect(read.json.registries.map(({ state }: { state: string }) => state)).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ]);
    await post('/releases', fresh());
    const first = await get('/releases?limit=1');
    const second = await get(`/releases?limit=1&cursor=${first.json.nextCursor}`);
    expect(second.json.items.map(({ version }: { version: string }) => version)).toEqual([release.version]);
  });

  it('the same key is the same request; another body under it is refused', async () => {
    const release = fresh();
    const key = { 'idempotency-key': randomUUID() };
    const before = await world.auditSeq();
    const answers = [
      await post('/releases', release, operatorToken, key),
      await post('/releases', release, operatorToken, key),
    ];
    expect(answers.map(({ status, json }) => [status, json.created])).toEqual([
      [201, true],
      [201, true],
    ]);
    expect(answers[1]?.headers.get('idempotency-replayed')).toBe('true');
    expect(await world.auditAfter(before)).toHaveLength(1);
    expect((await post('/releases', fresh(), operatorToken, key)).status).toBe(422);
    const again = await post('/releases', release);
    expect([again.status, again.json.created]).toEqual([201, false]);
  });

  it('what does not fit is refused, and says where', async () => {
    const release = fresh();
    await post('/releases', release);
    const cases: [Promise<{ status: number; json: Record<string, unknown> }>, number, object][] = [
      [
        post('/releases', { ...fresh(), version: 'latest' }),
        422,
        { fields: { version: expect.any(String) } },
      ],
      [
        post('/releases', { ...fresh(), digest: 'sha256:1' }),
        422,
        { fields: { digest: expect.any(String) } },
      ],
      [post('/releases', { ...release, digest: fresh().digest }), 409, { code: 'conflict' }],
      [post('/releases', fresh(), viewerToken), 403, { code: 'forbidden' }],
      [post(`/releases/${release.version}/mark-bad`, {}), 422, { fields: { reason: expect.any(String) } }],
      [post(`/releases/${release.version}/mark-bad`, { reason: 'bad' }, approverToken), 403, {}],
      [
        post(`/releases/${release.version}/clear`, { reason: 'good' }, approverToken),
        409,
        { rule: 'not-bad' },
      ],
      [post('/releases/v404.0.0/mark-bad', { reason: 'bad' }), 404, {}],
      [get('/releases/v404.0.0'), 404, {}],
      [get('/releases/..%2f..'), 404, {}],
      [get(`/releases/${release.version}?colour=red`), 422, { fields: { colour: expect.any(String) } }],
      [get('/releases?state=odd'), 422, { fields: { state: expect.any(String) } }],
    ];
    for (const [call, status, body] of cases) {
      const answer = await call;
      expect([answer.status, answer.json]).toMatchObject([status, body]);
    }
  });

  it('a release is found bad by one, and cleared by another', async () => {
    const { version, ...rest } = fresh();
    await post('/releases', { version, ...rest });
    expect((await post(`/releases/${version}/mark-bad`, { reason: 'errors' })).json).toEqual({ version });
    expect((await get('/releases?state=bad')).json.items[0]).toMatchObject({
      version,
      bad: { reason: 'errors' },
    });
    expect((await post(`/releases/${version}/clear`, { reason: 'no errors' }, approverToken)).status).toBe(
      200,
    );
    expect((await get(`/releases/${version}`)).json.bad).toBeNull();
  });
});

function meridian(args: string[], token = operatorToken): Promise<CommandRun> {
  return runMeridian(['release', ...args], {
    environment: { MERIDIAN_DATA: api.dataDir, MERIDIAN_URL: consoleUrl, MERIDIAN_TOKEN: token },
  });
}

function registerArguments({ version, digest, schema, schemaNote }: ReturnType<typeof fresh>): string[] {
  return ['register', version, '--digest', digest, '--schema', schema, '--schema-note', schemaNote];
}

describe('by the command line', () => {
  it('a pipeline registers a release, twice without harm, and sees where it stands', async () => {
    const release = fresh();
    const registered = await meridian([...registerArguments(release), '--author', 'Jo Writer']);
    expect([registered.code, registered.out]).toEqual([
      0,
      `${release.version} is registered as ${release.digest}.\n`,
    ]);
    const again = await meridian([...registerArguments(release), '--json']);
    expect([again.code, JSON.parse(again.out).created]).toEqual([0, false]);
    const shown = await meridian(['show', release.version]);
    expect([shown.code, shown.out]).toEqual([3, expect.stringMatching(/us-east-1 +unknown: not observed/)]);
    expect(shown.out).toContain('not proven in staging');
    expect((await meridian(['list', '--state', 'good'])).out).toMatch(
      new RegExp(`${release.version} +sha256:\\w{12} +expand .* 0/3 +not proven +–`),
    );
    expect((await meridian(['mark-bad', release.version, '--reason', 'errors'])).code).toBe(0);
    expect((await meridian(['list', '--state', 'bad'])).out).toContain('BAD: errors');
    const cleared = await meridian(['clear', release.version, '--reason', 'no errors'], approverToken);
    expect([cleared.code, cleared.out]).toEqual([0, `${release.version} may be deployed again.\n`]);
  });

  it('it says what does not fit, by its exit code too', async () => {
    const release = fresh();
    const [version, ...options] = registerArguments(release).slice(1);
    const cases: [string[], number, RegExp][] = [
      [['register', 'latest', ...options], 2, /version is "latest", a tag that moves/],
      [['register', version ?? '', '--digest', release.digest], 2, /--schema is missing/],
      [['register'], 2, /needs <version>/],
      [
        [...registerArguments(release), '--notes-file', '/nowhere'],
        2,
        /--notes-file \/nowhere cannot be read/,
      ],
      [[...registerArguments(release), '--notes', 'x', '--notes-file', 'y'], 2, /not by both/],
      [['show', 'v404.0.0'], 4, /There is no release v404\.0\.0/],
      [['clear', 'v404.0.0', '--reason', 'x y z'], 3, /scope release\.clear/],
      [['list', '--limit', '0'], 2, /limit/],
    ];
    for (const [args, code, message] of cases) {
      const run = await meridian(args);
      expect([args.join(' '), run.code, run.error]).toEqual([
        args.join(' '),
        code,
        expect.stringMatching(message),
      ]);
    }
    await meridian(registerArguments(release));
    const other = await meridian(registerArguments({ ...release, digest: fresh().digest }));
    expect([other.code, other.error]).toEqual([
      3,
      expect.stringContaining('A version is one image for good'),
    ]);
  });
});
