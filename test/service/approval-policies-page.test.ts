import { createElement } from 'react';
import { beforeAll, expect, it } from 'vitest';
import { ApprovalPolicies } from '#components/settings/approval-policies.tsx';
import { OPERATION_KINDS } from '#lib/domain/operation/kind.ts';
import { setPolicy } from '#lib/services/approvals/policies.ts';
import { approvalPoliciesModel } from '../../app/(console)/_models/approval-policies.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { textOf } from './pages.ts';

const world = testWorld();
let admin: TestPerson;

beforeAll(async () => {
  admin = await world.person('admin');
});

const model = () => approvalPoliciesModel(world.contextFor(admin), 'production');
const rows = async () => (await model()).rows;
const rowOf = async (kind: string) => (await rows()).find((row) => row.kind === kind);

it('names who must agree to every kind of operation, with words of its own', async () => {
  const found = await rows();
  expect(found.filter(({ risk }) => risk === null).map(({ kind }) => kind)).toEqual([...OPERATION_KINDS]);
  for (const { kind, name } of found) expect(name, kind).not.toBe(kind);
  expect(new Set(found.map(({ name }) => name)).size).toBe(OPERATION_KINDS.length);
  expect(await rowOf('failover')).toMatchObject({
    agree: expect.stringMatching(/^1\sapprover who did not ask$/),
    emergency: true,
    by: 'default',
  });
  expect(await rowOf('switchover')).toMatchObject({ emergency: false });
  expect(await rowOf('traffic-revert')).toMatchObject({ agree: 'nobody', expires: null });
});

it('says which row it is by, and what that asks', async () => {
  await setPolicy(world.contextFor(admin), {
    environment: 'production',
    kind: 'drill',
    needed: 2,
    expiresMinutes: 60,
    tokensApprove: true,
  });
  expect(await rowOf('drill')).toMatchObject({
    agree: expect.stringMatching(/^2\sapprovers who did not ask$/),
    tokens: true,
    by: 'this kind in production',
  });
  const actions = {
    preview: async () => ({ ok: false as const, message: 'not asked' }),
    change: async () => ({ ok: true as const }),
  };
  const shown = textOf(
    '2026-11-23T10:00:00.000Z',
    createElement(ApprovalPolicies, { approvals: await model(), actions }),
  );
  expect(shown).toMatch(/Drill 2 approvers who did not ask .* may approve as always this kind in production/);
});

it('has a row of its own for high risk only where that asks for something else', async () => {
  await setPolicy(world.contextFor(admin), {
    environment: 'production',
    kind: 'evacuate',
    risk: 'high',
    needed: 2,
    rules: [{ role: 'operator', perRegion: true }],
    expiresMinutes: 60,
  });
  const found = (await rows()).filter(({ kind }) => kind === 'evacuate');
  expect(found).toMatchObject([
    { risk: null, by: 'default' },
    {
      risk: 'high',
      agree: expect.stringMatching(/^2\sapprovers who did not ask, and 1 operator of each Region$/),
      by: 'this kind, high risk in production',
    },
  ]);
});

it('tells who may set one, and what is set, whatever it is for', async () => {
  const { permission, form } = await model();
  expect(permission).toEqual({ allowed: true });
  expect(form.set.map(({ kind, risk }) => [kind, risk])).toEqual([
    ['drill', '*'],
    ['evacuate', 'high'],
  ]);
  expect(form.kinds).toHaveLength(OPERATION_KINDS.length + 1);
  const viewer = await approvalPoliciesModel(world.contextFor(await world.person('viewer')), 'production');
  expect(viewer.permission).toMatchObject({ reason: expect.stringContaining('needs the role admin') });
});
