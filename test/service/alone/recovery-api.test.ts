import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSigningKey } from '#lib/services/audit/heads.ts';
import { writeReport } from '#lib/services/reports/write.ts';
import { EU, NOW, US } from '#test/recovery-facts.ts';
import { type TestPerson, testWorld } from '../harness.ts';
import { insertDebt, insertOperation } from '../recovery-rows.ts';
import { FAILOVER, lost, readyOutlook, storeOutlook } from '../recovery-world.ts';
import { apiOn } from './api-client.ts';

vi.mock('next/headers', () => ({
  headers: async () => new Headers(),
  cookies: async () => ({ get: () => undefined }),
}));

const world = testWorld();
const api = apiOn(world);
const folder = mkdtempSync(path.join(os.tmpdir(), 'meridian-recovery-api-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let operator: TestPerson;
let operatorToken: string;
let approverToken: string;
let viewerToken: string;

beforeEach(async () => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  const { outlook, detection } = lost(readyOutlook(), US);
  await storeOutlook(world, outlook, detection);
  operator = await world.person('operator');
  operatorToken = await api.tokenOf(operator);
  approverToken = await api.tokenOf(await world.person('approver'));
  viewerToken = await api.tokenOf(await world.person('viewer'));
  return () => vi.useRealTimers();
});

const get = (target: string, token = viewerToken) => api.call('GET', target, { token });
const post = (target: string, body: unknown, token = operatorToken, headers: Record<string, string> = {}) =>
  api.call('POST', target, { token, body, headers });

describe('reading', () => {
  it.each([
    '/readiness',
    '/findings',
    `/recovery/options?lost=${US}`,
    '/fences',
    '/fences?state=pending',
    '/reviews?state=all',
    '/drills?environment=production',
  ])('%s answers what its schema says', async (target) => {
    const { status, json } = await get(target);
    expect(json?.detail).toBeUndefined();
    expect(status).toBe(200);
  });

  it('readiness says who fails, and what closes each gap', async () => {
    const { json } = await get('/readiness');
    expect(json.regions.find(({ region }: { region: string }) => region === US)).toMatchObject({
      state: 'failing',
    });
    expect(json.scenarios.map(({ id }: { id: string }) => id)).toContain('lose-us-east-1');
    expect(json.rankings[0].targets[0]).toMatchObject({ region: EU, rank: 1 });
  });

  it.each([
    [`/recovery/options`, 422],
    ['/recovery/options?lost=mars', 422],
    ['/readiness?environment=prodution', 404],
    ['/fences?state=open', 422],
    ['/operations/OP-999999/report', 404],
    ['/operations/OP-999999/salvage', 404],
    ['/operations/OP-999999/clocks', 404],
    ['/operations/OP-1/report?format=docx', 422],
  ])('%s is refused with %i', async (target, status) => {
    expect((await get(target)).status).toBe(status);
  });
});

describe('an emergency by the API', () => {
  const BODY = { ...FAILOVER, reason: 'us-east-1 is gone', confirm: US };

  it('starts once for one Idempotency-Key, and is read with what it came to', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const first = await post('/operations/emergency', BODY, operatorToken, key);
    expect(first).toMatchObject({ status: 201, json: { state: 'queued', preempts: null } });
    const again = await post('/operations/emergency', BODY, operatorToken, key);
    expect(again.json).toEqual(first.json);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const read = await get(`/operations/${first.json.id}`);
    expect(read.json).toMatchObject({
      emergency: true,
      accepted: FAILOVER.params.accept,
      changes: expect.arrayContaining([
        { label: 'Orders', before: `written in ${US}`, after: `written in ${EU}` },
      ]),
    });
    const clocks = await get(`/operations/${first.json.id}/clocks`);
    expect(clocks.json).toMatchObject({ from: '2026-11-23T09:59:00.000Z', clients: null });
    const owed = await get('/reviews');
    expect(owed.json.items[0]).toMatchObject({ owedBy: { id: operator.id }, mayReview: { allowed: false } });
  });

  it.each<[string, () => string, number]>([
    ['a viewer', () => viewerToken, 403],
    ['an approver', () => approverToken, 403],
    ['nobody', () => 'x'.repeat(43), 401],
  ])('is refused to %s', async (_, token, status) => {
    expect((await post('/operations/emergency', BODY, token())).status).toBe(status);
  });

  it('is refused by the field that does not fit', async () => {
    const { status, json } = await post('/operations/emergency', {
      ...BODY,
      kind: 'switchover',
      params: { target: EU },
    });
    expect({ status, fields: Object.keys(json.fields) }).toEqual({ status: 422, fields: ['kind'] });
  });
});

describe('operations of every kind by the API', () => {
  it('are planned only, with what an emergency could override', async () => {
    const { status, json } = await post('/operations', { ...FAILOVER, dryRun: true });
    expect(status).toBe(200);
    expect(json).toMatchObject({ dryRun: true, kind: 'failover', change: null, overridable: [], needed: 1 });
    expect(json.steps.some((step: { clock?: string }) => step.clock === 'writes')).toBe(true);
    expect(json.open).toEqual([`capacity-${EU}`, 'capacity-ap-southeast-1']);
  });
});

describe('findings, drills and reviews by the API', () => {
  it('are dismissed and lifted', async () => {
    const body = { environment: 'production', reason: 'next month' };
    expect((await post('/findings/B-06/dismiss', body, operatorToken)).status).toBe(403);
    expect((await post('/findings/Z-1/dismiss', body, approverToken)).status).toBe(404);
    const open = (await get('/findings')).json.items.find(({ state }: { state: string }) => state === 'open');
    expect((await post(`/findings/${open.code}/dismiss`, body, approverToken)).status).toBe(201);
    expect((await post(`/findings/${open.code}/dismiss`, body, approverToken)).status).toBe(409);
    expect(
      (await post(`/findings/${open.code}/lift`, { environment: 'production' }, approverToken)).status,
    ).toBe(200);
  });

  it('are scheduled and taken out', async () => {
    const body = {
      environment: 'production',
      level: 'tabletop',
      region: US,
      at: new Date(NOW.getTime() + 86_400_000).toISOString(),
      reason: 'the quarter',
    };
    const made = await post('/drills/schedule', body);
    expect(made.status).toBe(201);
    expect((await get('/drills')).json.schedules).toMatchObject([{ id: made.json.id, cadence: 'quarterly' }]);
    expect((await post(`/drills/${made.json.id}/unschedule`, {})).status).toBe(200);
  });

  it('are never decided by a token: a review is a person’s judgement', async () => {
    const operation = await insertOperation(world, operator.id, { emergency: true });
    const id = await insertDebt(world, { operation, owedBy: operator.id, openedAt: NOW });
    const { status, json } = await post(
      `/reviews/${id}/decide`,
      { verdict: 'accepted', note: 'it was gone' },
      approverToken,
    );
    expect({ status, rule: json.rule }).toEqual({ status: 409, rule: 'token' });
  });
});

describe('a report by the API', () => {
  it('is JSON, HTML and PDF of the same run, with its seal in the headers', async () => {
    const id = await insertOperation(world, operator.id, { createdAt: NOW, startedAt: NOW, endedAt: NOW });
    const { database, estate } = world;
    const key = await loadSigningKey({ dataDir: folder });
    await writeReport({ database, estate, key, executorId: 'w', now: () => new Date() }, id);
    const json = await get(`/operations/${id}/report`);
    expect(json.json.operation.id).toBe(id);
    expect(json.headers.get('x-meridian-signature')).toMatch(/^[A-Za-z0-9+/]{86}==$/);
    const html = await get(`/operations/${id}/report?format=html`);
    expect(html.headers.get('content-type')).toContain('text/html');
    expect(html.headers.get('content-security-policy')).toContain("default-src 'none'");
    const pdf = await get(`/operations/${id}/report?format=pdf`);
    expect(pdf.headers.get('content-disposition')).toContain(`${id}.pdf`);
    expect(pdf.text.startsWith('%PDF')).toBe(true);
    expect(pdf.headers.get('digest')).toBe(json.headers.get('digest'));
  });
});
