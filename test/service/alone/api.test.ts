import { randomUUID } from 'node:crypto';
import { encode } from 'next-auth/jwt';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { signIn } from '#lib/services/sessions/sign-in.ts';
import { createToken } from '#lib/services/tokens/tokens.ts';
import { sessionCookieName, sessionSecret } from '#lib/web/cookie.ts';
import { type TestPerson, testWorld } from '../harness.ts';
import { apiOn } from './api-client.ts';

// Next's own store of a request's cookies, which only its server fills.
const cookieJar = vi.hoisted(() => new Map<string, string>());
vi.mock('next/headers', () => ({
  headers: async () => new Headers(),
  cookies: async () => ({
    get: (name: string) => (cookieJar.has(name) ? { name, value: cookieJar.get(name) } : undefined),
  }),
}));

const world = testWorld();
const api = apiOn(world);

const DRAIN = { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } };
const REQUEST = { kind: 'traffic-shift', environment: 'production', params: DRAIN, reason: 'a drill' };

let operator: TestPerson;
let approver: TestPerson;
let viewerToken: string;
let operatorToken: string;

beforeEach(async () => {
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  await world.observe();
  operator = await world.person('operator');
  approver = await world.person('approver');
  operatorToken = await api.tokenOf(operator);
  viewerToken = await api.tokenOf(await world.person('viewer'));
});

const get = (target: string, token = viewerToken) => api.call('GET', target, { token });
const post = (target: string, body?: unknown, token = operatorToken, headers: Record<string, string> = {}) =>
  api.call('POST', target, { token, body, headers });

describe('reading', () => {
  it.each([
    '/me',
    '/regions',
    '/regions/eu-west-1',
    '/traffic',
    '/links',
    '/costs',
    '/operations',
    '/approvals',
    '/delegations',
    '/audit',
    '/audit/head',
    '/freezes',
    '/people',
    '/tokens',
    '/policies',
    '/policies/recovery',
    '/recovery/acts',
    '/webhooks',
    '/dead-letters',
  ])('%s answers JSON that nobody may keep', async (target) => {
    const { status, headers, json } = await get(target);
    expect(json?.detail).toBeUndefined();
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('gives Regions with configured and measured shares', async () => {
    const { json } = await get('/regions?environment=production');
    expect(json.regions.map((region: { code: string }) => region.code)).toEqual([
      'us-east-1',
      'eu-west-1',
      'ap-southeast-1',
    ]);
    expect(json.regions[1]).toMatchObject({
      configuredShare: 0.3,
      lag: { value: { class: 'ok' } },
      nodes: { value: { ready: 12 } },
    });
    expect(json.survivability).toHaveLength(3);
  });

  it('says what there is instead of what there is not', async () => {
    const region = await get('/regions/mars-1');
    expect(region.status).toBe(404);
    expect(region.json.detail).toContain('us-east-1, eu-west-1, ap-southeast-1');
    expect((await get('/traffic?environment=mars')).status).toBe(404);
    expect((await get('/operations/OP-999999')).status).toBe(404);
  });

  it.each([
    ['/operations?limit=0', 'limit'],
    ['/operations?limit=1&limit=2', 'limit'],
    ['/operations?cursor=nonsense', 'cursor'],
    ['/operations?colour=red', 'colour'],
    ['/audit?from=yesterday', 'from'],
    ['/audit?before=-1', 'before'],
    ['/audit?outcome=perhaps', 'outcome'],
    ['/approvals?tab=none', 'tab'],
    ['/approvals?outcome=lost', 'outcome'],
    ['/approvals/history', 'person'],
    ['/delegations?state=gone', 'state'],
    ['/dead-letters?before=x', 'before'],
    ['/operations/nonsense', 'id'],
    ['/freezes?environment=a%00b', 'environment'],
  ])('refuses %s and names %s', async (target, field) => {
    const { status, json, headers } = await get(target);
    expect(status).toBe(422);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(Object.keys(json.fields)).toContain(field);
  });

  it('tells a person’s own tokens, never a secret', async () => {
    const { json, text } = await get('/tokens', operatorToken);
    expect(json.items).toHaveLength(1);
    expect(text).not.toContain(operatorToken);
  });
});

describe('credentials', () => {
  it.each([
    ['none', {}],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['an unknown token', { authorization: `Bearer mrd_${'x'.repeat(43)}` }],
    ['a token with bytes no token has', { authorization: 'Bearer ü'.repeat(9) }],
  ])('are needed: %s', async (_, headers) => {
    const { status, json, headers: answered } = await api.call('GET', '/regions', { headers });
    expect(status).toBe(401);
    expect(answered.get('www-authenticate')).toBe('Bearer');
    expect(json.code).toBe('not-signed-in');
  });

  it('may be a browser’s session, which changes things from the console’s own pages alone', async () => {
    const password = 'a long enough password';
    const person = await world.person('operator', { password });
    const { sessionId } = await signIn(
      { database: world.database, now: new Date() },
      { address: randomUUID(), userAgent: '', requestId: randomUUID() },
      { email: person.email, password },
    );
    cookieJar.set(sessionCookieName(), await encode({ token: { sid: sessionId }, secret: sessionSecret() }));
    try {
      expect((await api.call('GET', '/me')).json).toMatchObject({
        personId: person.id,
        kind: 'person',
        scopes: null,
      });
      const change = (headers: Record<string, string>) =>
        api.call('POST', '/freezes', { body: { environment: 'staging', reason: 'a test' }, headers });
      for (const headers of [
        {},
        { 'sec-fetch-site': 'cross-site' },
        { origin: 'https://evil.example' },
        { origin: 'null' },
      ])
        expect((await change(headers as Record<string, string>)).status).toBe(401);
      expect((await change({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
      const token = await api.call('POST', '/tokens', {
        body: { name: 'mine', scopes: ['operation.request'] },
        headers: { 'sec-fetch-site': 'same-origin' },
      });
      expect(token.json.secret).toMatch(/^mrd_/);
      cookieJar.set(sessionCookieName(), `${cookieJar.get(sessionCookieName())}x`);
      expect((await api.call('GET', '/me')).status).toBe(401);
    } finally {
      cookieJar.clear();
    }
  });

  it('end at once when the token is revoked', async () => {
    const { json } = await get('/tokens', operatorToken);
    const revoked = await post(`/tokens/${json.items[0].id}/revoke`, undefined, operatorToken);
    expect(revoked.status).toBe(200);
    expect((await get('/regions', operatorToken)).status).toBe(401);
  });

  it('do no more than their scopes and their owner’s grants', async () => {
    const narrow = await createToken(world.contextFor(operator), { name: 'reader', scopes: ['read'] });
    const scoped = await post('/operations', REQUEST, narrow.secret);
    expect(scoped.status).toBe(403);
    expect(scoped.json.detail).toContain('scope operation.request');
    expect((await post('/operations', REQUEST, viewerToken)).status).toBe(403);
  });
});

describe('an operation', () => {
  it('is planned, requested, approved by someone else and stopped', async () => {
    const planned = await post('/operations', { ...REQUEST, reason: undefined, dryRun: true });
    expect(planned.status).toBe(200);
    expect(planned.json).toMatchObject({ dryRun: true, open: [], needed: 1 });
    expect(planned.json.steps.length).toBeGreaterThan(2);
    expect((await get(`/operations?requestedBy=${operator.id}`)).json.items).toEqual([]);

    const requested = await post('/operations', { ...REQUEST, digest: planned.json.digest, dryRun: false });
    expect(requested.json).toMatchObject({ state: 'awaiting-approval', digest: planned.json.digest });
    const { id, digest } = requested.json;

    const waiting = await get(`/operations/${id}`, operatorToken);
    expect(waiting.json).toMatchObject({
      id,
      state: 'awaiting-approval',
      requester: { id: operator.id },
      may: { withdraw: { allowed: true }, decide: { allowed: false } },
    });
    const own = await post(`/operations/${id}/approve`, { digest });
    expect(own.status).toBe(403);

    await world.database.pool.query(
      `insert into approval_policy (environment, kind, needed, expires_minutes, tokens_approve, updated_by)
       values ('production', '*', 1, 60, true, 'test') on conflict do nothing`,
    );
    const approverToken = await api.tokenOf(approver);
    expect((await get('/approvals', approverToken)).json.items[0]).toMatchObject({
      id,
      digest,
      mayDecide: { allowed: true },
    });
    const approved = await post(`/operations/${id}/approve`, { digest }, approverToken);
    expect(approved.json).toMatchObject({ state: 'queued', approvals: 1 });

    const steps = await get(`/operations/${id}/steps`);
    expect(steps.json.items[0]).toMatchObject({ position: 0, state: 'waiting', calls: [], evidence: [] });
    const aborted = await post(`/operations/${id}/abort`, { reason: 'enough' });
    expect(aborted.json).toMatchObject({ id, desired: 'abort' });
    const again = await post(`/operations/${id}/pause`);
    expect(again.status).toBe(409);
    expect(again.json).toMatchObject({ code: 'refused', rule: 'stop-asked' });

    await world.database.pool.query(`update operation set state = 'aborting' where id = $1`, [id]);
    const early = await post(`/operations/${id}/leave`, { reason: 'it cannot be put back' });
    expect([early.status, early.json.rule]).toEqual([409, 'not-failed']);
    expect((await get(`/operations/${id}`)).json.may.leave).toMatchObject({ allowed: false });
    await world.database.pool.query(
      `insert into operation_event (operation_id, step_key, attempt, kind) values ($1, 'restore-weights', 1, 'failed')`,
      [id],
    );
    const silent = await post(`/operations/${id}/leave`);
    expect([silent.status, Object.keys(silent.json.fields)]).toEqual([422, ['reason']]);
    const left = await post(`/operations/${id}/leave`, { reason: 'it cannot be put back' });
    expect(left.json).toEqual({ id, state: 'aborting', desired: 'leave' });

    const log = await get(`/audit?operation=${id}`);
    expect(log.json.items.map((row: { entry: string }) => JSON.parse(row.entry).verb).slice(-2)).toEqual([
      'operation.approve',
      'operation.request',
    ]);
  });

  it('is asked for under a request id that the log has', async () => {
    const { headers, json } = await post('/operations', REQUEST);
    const { json: log } = await get(`/audit?operation=${json.id}`);
    expect(JSON.parse(log.items[0].entry)).toMatchObject({
      requestId: headers.get('x-request-id'),
      via: 'api',
      actor: { kind: 'token', owner: operator.id },
    });
  });

  it('is refused with the rule that says no', async () => {
    const { status, json } = await post('/operations', {
      ...REQUEST,
      params: {
        ...DRAIN,
        mode: 'geography',
        geography: 'eu',
        weights: { 'us-east-1': 100 },
        region: undefined,
        points: undefined,
      },
    });
    expect(status).toBe(409);
    expect(json.type).toMatch(/^urn:meridian:problem:/);
    expect(json.rule).toBeTruthy();
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (key: string, body: unknown, token = operatorToken) =>
    post('/freezes', body, token, { 'idempotency-key': key });
  const FREEZE = { environment: 'staging', reason: 'a drill' };

  it('gives the first answer again, and does nothing twice', async () => {
    const key = randomUUID();
    const first = await keyed(key, FREEZE);
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const before = await world.auditSeq();
    const second = await keyed(key, FREEZE);
    expect([second.status, second.json]).toEqual([201, first.json]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await world.auditAfter(before)).toEqual([]);
    expect((await keyed(key, FREEZE, await api.tokenOf(approver))).json.id).not.toBe(first.json.id);
  });

  it('is refused for another body, and taken again after a day', async () => {
    const key = randomUUID();
    const first = await keyed(key, FREEZE);
    const other = await keyed(key, { ...FREEZE, reason: 'something else' });
    expect(other.status).toBe(422);
    expect(other.json.fields).toHaveProperty('Idempotency-Key');
    await world.database.pool.query(
      `update idempotency_key set created_at = now() - interval '25 hours' where key = $1`,
      [key],
    );
    const later = await keyed(key, { ...FREEZE, reason: 'something else' });
    expect(later.status).toBe(201);
    expect(later.json.id).not.toBe(first.json.id);
  });

  it('is held while the first call runs, and freed by a call that fails', async () => {
    const key = randomUUID();
    const { rows } = await world.database.pool.query<{ id: string }>(
      'select id from api_token where owner_id = $1',
      [operator.id],
    );
    const holder = world.owner;
    await holder.query('begin');
    await holder.query('select pg_advisory_xact_lock(hashtextextended($1, 7002))', [`${rows[0]?.id} ${key}`]);
    const running = await keyed(key, FREEZE);
    await holder.query('rollback');
    expect(running.status).toBe(409);
    expect(running.json.detail).toContain('still running');
    expect((await keyed(key, { ...FREEZE, region: 'mars-1' })).status).toBe(422);
    expect((await keyed(key, FREEZE)).status).toBe(201);
  });

  it('lets one of many simultaneous calls act', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 6 }, () => keyed(key, FREEZE)));
    const made = new Set(answers.filter(({ status }) => status === 201).map(({ json }) => json.id));
    expect(made.size).toBe(1);
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    const { rows } = await world.database.pool.query('select 1 from "freeze" where created_by = $1', [
      operator.id,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('replays a request whose plan would now be another', async () => {
    const key = randomUUID();
    const ask = () => post('/operations', REQUEST, operatorToken, { 'idempotency-key': key });
    const first = await ask();
    expect(first.status).toBe(200);
    await world.observe({ without: (_, kind) => kind === 'records' });
    const second = await ask();
    expect([second.status, second.json]).toEqual([200, first.json]);
  });

  it('is refused where an answer holds a secret, and when it is no key', async () => {
    const secret = await post('/tokens', { name: 'x', scopes: ['read'] }, operatorToken, {
      'idempotency-key': 'k',
    });
    expect(secret.status).toBe(422);
    for (const key of ['', 'a b', 'x'.repeat(201)])
      expect((await keyed(key, FREEZE)).json.fields).toHaveProperty('Idempotency-Key');
  });
});

describe('a request that cannot be read', () => {
  const raw = (body: BodyInit, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    api.call('POST', '/freezes', { token: operatorToken, raw: body, headers });

  it.each([
    ['no JSON', '{"reason": ', 400, 'malformed'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, 'malformed'],
    ['over 64 KB', JSON.stringify({ reason: 'x'.repeat(70_000) }), 413, 'too-large'],
    ['nested without end', '['.repeat(30_000) + ']'.repeat(30_000), 422, 'validation'],
    ['a list', '[]', 422, 'validation'],
    ['a word', '"freeze"', 422, 'validation'],
    ['null', 'null', 422, 'validation'],
    ['a prototype', '{"__proto__": {"reason": "x"}, "reason": "a test"}', 422, 'validation'],
  ])('is told so: %s', async (_, body, status, code) => {
    const answer = await raw(body);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.text).not.toMatch(/at .*\(.*:\d+:\d+\)/);
  });

  it('is refused unless it is JSON by its own word', async () => {
    expect((await raw('reason=x', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await raw('{"reason":"x"}', {})).status).toBe(415);
  });

  it('is refused when it is streamed without an end in sight', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(16_384));
      },
    });
    const { status } = await raw(endless as unknown as BodyInit);
    expect(status).toBe(413);
    expect(sent).toBeLessThan(20);
  });

  it('is refused by another method, which says the right one', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const { status, headers, json } = await api.call(method, '/freezes', { token: operatorToken });
      expect([status, headers.get('allow'), json.code]).toEqual([405, 'GET, POST', 'method-not-allowed']);
      expect(headers.get('x-request-id')).toBe(json.requestId);
    }
    expect((await api.call('POST', '/regions', { token: operatorToken })).status).toBe(405);
  });

  it('never shows what went wrong inside', async () => {
    await world.owner.query('alter table "freeze" rename to freeze_gone');
    try {
      const { status, json, text } = await post('/freezes', { reason: 'a test' });
      expect([status, json.code]).toEqual([500, 'internal']);
      expect(text).not.toMatch(/freeze_gone|relation|prisma|select/i);
      expect(json.detail).toContain(json.requestId);
    } finally {
      await world.owner.query('alter table freeze_gone rename to "freeze"');
    }
  });

  it('says when the database is busy, and that trying again helps', async () => {
    await world.owner.query('begin');
    await world.owner.query('select pg_advisory_xact_lock(7002, 1)');
    try {
      const { status, json } = await post('/freezes', { reason: 'a test' });
      expect([status, json.code]).toEqual([503, 'unavailable']);
    } finally {
      await world.owner.query('rollback');
    }
  });
});

describe('the audit log', () => {
  it('is exported as a file, to those who may', async () => {
    expect((await get('/audit/export')).status).toBe(403);
    const auditor = await api.tokenOf(await world.person('auditor'));
    const csv = await get('/audit/export?format=csv', auditor);
    expect(csv.status).toBe(200);
    expect(csv.headers.get('content-disposition')).toMatch(/attachment; filename="audit-.*\.csv"/);
    expect(csv.text.split('\r\n').length).toBeGreaterThan(5);
    const lines = await get('/audit/export?format=json&verb=token.', auditor);
    expect(JSON.parse(lines.text.split('\n')[0] ?? '')).toHaveProperty('hash');
  });

  it('is paged back to its first row', async () => {
    const seen: number[] = [];
    let target = '/audit?limit=7';
    for (;;) {
      const { json } = await get(target);
      seen.push(...json.items.map((row: { seq: string }) => Number(row.seq)));
      if (!json.nextBefore) break;
      target = `/audit?limit=7&before=${json.nextBefore}`;
    }
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => seen.length - i));
  });
});

describe('people', () => {
  it('are added, granted and disabled by an admin’s token', async () => {
    const admin = await api.tokenOf(await world.person('admin', { password: 'a long enough password' }));
    await world.person('admin', { password: 'a long enough password' });
    const email = `${randomUUID()}@example.test`;
    const made = await post('/people', { email, name: 'New' }, admin);
    expect(made.status).toBe(201);
    const granted = await post(`/people/${made.json.id}/grants`, { role: 'viewer' }, admin);
    expect(granted.status).toBe(201);
    expect((await post(`/grants/${granted.json.id}/revoke`, {}, admin)).status).toBe(200);
    expect((await post(`/people/${made.json.id}/disable`, undefined, admin)).status).toBe(200);
    expect((await post(`/people/${made.json.id}/enable`, { extra: 1 }, admin)).status).toBe(422);
    const { json } = await get(`/people?q=${email}`);
    expect(json.items[0]).toMatchObject({ email, grants: [] });
    expect(json.items[0].disabledAt).not.toBeNull();
    expect((await post('/people', { email: 'x@example.test', name: 'X' }, operatorToken)).status).toBe(403);
  });

  it('set policies and webhooks as their grants allow', async () => {
    const admin = await api.tokenOf(await world.person('admin'));
    const policy = { environment: 'staging', kind: '*', needed: 2, expiresMinutes: 30 };
    expect((await post('/policies', policy, admin)).json).toEqual({
      ...policy,
      risk: '*',
      rules: [],
      tokensApprove: false,
    });
    expect((await post('/policies', { ...policy, needed: 10 }, admin)).json.fields).toHaveProperty('needed');
    expect((await post('/policies', policy)).status).toBe(403);
    const key = { environment: 'staging', kind: '*', risk: '*' };
    expect((await post('/policies/remove', { ...key, replaces: null }, admin)).status).toBe(409);
    expect((await post('/policies/remove', key)).status).toBe(403);
    expect((await post('/policies/remove', key, admin)).json).toEqual(key);
    expect((await post('/policies/remove', key, admin)).status).toBe(404);
    const made = await post(
      '/webhooks',
      { name: 'chat', url: 'https://hooks.example.com/x', topics: ['*'] },
      admin,
    );
    expect([made.status, made.json.secret]).toEqual([201, expect.stringMatching(/^whsec_/)]);
    const { text, json } = await get('/webhooks');
    expect(json.items[0]).toMatchObject({
      id: made.json.id,
      url: 'https://hooks.example.com/…',
      waiting: 0,
      dead: 0,
    });
    expect((await get('/webhooks', admin)).json.items[0].url).toBe('https://hooks.example.com/x');
    expect(text).not.toContain(made.json.secret);
    expect((await post(`/webhooks/${made.json.id}/disable`, undefined, admin)).status).toBe(200);
  });

  it('cannot make tokens by a token', async () => {
    const { status, json } = await post('/tokens', { name: 'x', scopes: ['read'] });
    expect(status).toBe(403);
    expect(json.detail).toContain('token.create');
  });
});
