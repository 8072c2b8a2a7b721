import { createElement } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { ApprovalsView } from '#components/approvals/approvals-view.tsx';
import type { ApprovalsModel } from '#components/approvals/model.ts';
import { createDelegation } from '#lib/services/approvals/delegations.ts';
import { setPolicy } from '#lib/services/approvals/policies.ts';
import { commentOperation } from '#lib/services/operations/comment.ts';
import { approveOperation, askForChanges } from '#lib/services/operations/decide.ts';
import { requestOperation } from '#lib/services/operations/request.ts';
import { approvalsModel } from '../../../app/(console)/_models/approvals.ts';
import { operationModel } from '../../../app/(console)/_models/operations.ts';
import { settingsModel } from '../../../app/(console)/_models/settings.ts';
import { composerModel } from '../../../app/(console)/_models/traffic.ts';
import { type TestPerson, testWorld } from '../harness.ts';
import { frameOf, textOf } from '../pages.ts';

vi.mock('next/navigation', () => ({ usePathname: () => '/approvals', useRouter: () => ({}) }));

const world = testWorld();

const DRAIN = { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } } as const;

let operator: TestPerson;
let approver: TestPerson;
let admin: TestPerson;

beforeEach(async () => {
  const { pool } = world.database;
  await pool.query(`update operation set state = 'aborted', ended_at = now() where ended_at is null`);
  await pool.query('delete from approval_policy');
  await world.observe();
  operator = await world.person('operator', { name: 'Olga Operator' });
  approver = await world.person('approver', { name: 'Anna Approver' });
  admin = await world.person('admin');
});

async function requested() {
  const { id, digest } = await requestOperation(world.contextFor(operator), {
    kind: 'traffic-shift',
    environment: 'production',
    params: DRAIN,
    reason: 'a drill',
  });
  return { id, digest };
}

const model = (by: TestPerson, query: Parameters<typeof approvalsModel>[2] = {}) =>
  approvalsModel(world.contextFor(by), 'production', query);

function shown(approvals: ApprovalsModel): string {
  const nothing = async () => ({ ok: true as const });
  return textOf(
    approvals.at,
    createElement(ApprovalsView, {
      approvals,
      actions: {
        approve: nothing,
        reject: nothing,
        askChanges: nothing,
        comment: nothing,
        delegate: nothing,
        revokeDelegation: nothing,
        signInAgain: async () => ({ ok: false as const, message: '' }),
      },
    }),
  );
}

it('says what has to be met, who may meet it, and what was said', async () => {
  await setPolicy(world.contextFor(admin), {
    environment: 'production',
    kind: '*',
    needed: 1,
    rules: [{ role: 'operator' }],
    expiresMinutes: 600,
  });
  const { id, digest } = await requested();
  const peer = await world.person('operator', { name: 'Petra Peer' });
  await approveOperation(world.contextFor(peer), { id, digest, reason: 'looked at it' });
  await commentOperation(world.contextFor(approver), { id, body: 'Why now?' });
  const page = await model(approver, { operation: id });
  expect(page.inbox[0]).toMatchObject({ id, note: expect.stringMatching(/^needs 0 of 1, expires in/) });
  const text = shown(page);
  expect(text).toMatch(/1 approver: 0 of 1\. .*Anna Approver.* may\./);
  expect(text).toMatch(/1 operator: met\./);
  expect(text).toMatch(/Petra Peer approved “looked at it”/);
  expect(text).toMatch(/Anna Approver [\d:]+ Why now\?/);
  expect(text).toMatch(/J K move ↵ opens A approve R reject C comment \? all keys/);
  const run = await operationModel(world.contextFor(approver), id);
  expect(run.approvals.map(({ who, word }) => `${who} ${word}`)).toEqual([
    'Olga Operator requested',
    'Petra Peer approved',
    '1 approver not decided',
  ]);
  expect(run.comments?.items).toMatchObject([{ who: 'Anna Approver', body: 'Why now?' }]);
});

it('says what changed since, and does not offer to approve it', async () => {
  const { id } = await requested();
  expect((await model(approver, { operation: id })).request).toMatchObject({
    decide: { allowed: true },
    voided: null,
  });
  await world.observe({
    change: ({ kind, value }) =>
      kind === 'records' ? { ...(value as object), hash: 'b'.repeat(64) } : undefined,
  });
  const page = await model(approver, { operation: id });
  expect(page.request).toMatchObject({
    decide: { allowed: false, code: 'voided' },
    turnDown: { allowed: true },
    voided: { text: 'Since it was requested, the live DNS records changed.' },
  });
  expect(shown(page)).toMatch(
    /The approvals are void\. Since it was requested, the live DNS records changed\./,
  );
});

it('keeps what is closed, by how it ended, and leads its requester back to the form', async () => {
  const { id, digest } = await requested();
  await askForChanges(world.contextFor(approver), { id, digest, reason: 'take 5 points' });
  const page = await model(operator, { tab: 'closed', outcome: 'changes-asked' });
  expect(page.closed[0]).toMatchObject({ id, note: 'Changes asked for: take 5 points' });
  expect(page.filters.filter(({ current }) => current).map(({ label }) => label)).toEqual(['Changes asked']);
  expect(page.request?.revise).toBe(`/traffic?compose=drain&revise=${id}`);
  const composer = async (revise: string) =>
    composerModel(await frameOf(world.contextFor(operator)), { mode: 'drain', revise });
  expect((await composer(id))?.initial).toEqual({
    shift: { mode: 'drain', region: 'us-east-1', points: 10 },
    ramp: { kind: 'immediate' },
    accepted: [],
  });
  for (const other of ['OP-999999', 'nothing'])
    expect((await composer(other))?.initial.shift).toEqual({ mode: 'drain', region: 'us-east-1' });
  expect(shown(page)).toMatch(/Closed\. Changes asked for: take 5 points Revise/);
  expect((await model(approver, { tab: 'closed', operation: id })).request?.revise).toBeNull();
  const rejected = await model(operator, { tab: 'closed', outcome: 'rejected' });
  expect(rejected.closed.map((item) => item.id)).not.toContain(id);
});

it('shows a person what they did, their delegates, and another person’s history from Settings', async () => {
  const viewer = await world.person('viewer', { name: 'Vera Viewer' });
  await createDelegation(world.contextFor(approver), {
    to: viewer.id,
    reason: 'a holiday',
    endsAt: new Date(Date.now() + 86_400_000).toISOString(),
  });
  const { id, digest } = await requested();
  const waiting = await model(viewer);
  expect(waiting.answer).toBe('One request waits for you.');
  expect(waiting.request?.decidesFor).toBe('Anna Approver');
  await approveOperation(world.contextFor(viewer), { id, digest });
  const mine = await model(approver, { tab: 'mine' });
  expect(mine.inbox[0]).toMatchObject({ who: `${id}, approved by Vera Viewer for Anna Approver` });
  const text = shown(mine);
  expect(text).toMatch(/Vera Viewer for Anna Approver in force “a holiday”/);
  expect(text).toMatch(/Decides in my name/);
  const settings = await settingsModel(world.contextFor(admin), 'production', { person: operator.id });
  expect(settings.person?.history).toBe(`/approvals?tab=mine&person=${operator.id}`);
  const others = await model(admin, { tab: 'mine', person: operator.id });
  expect(others).toMatchObject({
    answer: 'What Olga Operator asked for and decided.',
    delegations: { create: null },
  });
  expect(others.inbox[0]).toMatchObject({ who: `${id}, requested` });
});

it('shows where notifications go under Settings', async () => {
  const none = await settingsModel(world.contextFor(admin), 'production', { tab: 'notifications' });
  expect(none).toMatchObject({
    answer: 'Nobody is told of what happens.',
    notifications: { webhooks: [], letters: [], create: { allowed: true } },
  });
  const reader = await settingsModel(world.contextFor(operator), 'production', { tab: 'notifications' });
  expect(reader.notifications?.create).toMatchObject({ allowed: false });
});
