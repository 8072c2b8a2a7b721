import { beforeEach, describe, expect, it } from 'vitest';
import type { RefusedError, ValidationError } from '#lib/errors.ts';
import { listPolicies, removePolicy, setPolicy } from '#lib/services/approvals/policies.ts';
import { previewPolicy } from '#lib/services/approvals/preview-policy.ts';
import { requestOperation } from '#lib/services/operations/request.ts';
import { policyPreviewModel } from '../../app/(console)/_models/policy-preview.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();

const KEY = { environment: 'production', kind: 'deployment', risk: '*' } as const;
const ONE = { needed: 1, rules: [], expiresMinutes: 600, tokensApprove: false };
const TWO = { ...ONE, needed: 2 };
const DRAIN = { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } } as const;

let admin: TestPerson;
let operating: TestPerson;

beforeEach(async () => {
  const { pool } = world.database;
  await pool.query(`update operation set state = 'aborted', ended_at = now() where ended_at is null`);
  await pool.query('delete from approval_policy');
  await pool.query('update person set disabled_at = now()');
  admin = await world.person('admin', { name: 'Ada Admin' });
  operating = await world.person(
    (['admin', 'operator'] as const).map((role) => ({ role, region: null, action: null })),
    { name: 'Otto Both' },
  );
});

const set = (asked: Record<string, unknown> = TWO, by = admin) =>
  setPolicy(world.contextFor(by), { ...KEY, ...asked });
const inForce = () => listPolicies(world.database);

describe('setting a policy', () => {
  it('keeps why in audit', async () => {
    const before = await world.auditSeq();
    await set({ ...TWO, reason: 'the audit asks for it', replaces: null });
    expect(await inForce()).toEqual([{ ...KEY, ...TWO }]);
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'policy.set',
        outcome: 'done',
        subject: 'policy/production/deployment',
        detail: { before: null, needed: 2, reason: 'the audit asks for it' },
      },
    ]);
  });

  it('is refused to a viewer, who is on record', async () => {
    const viewer = await world.person('viewer');
    const before = await world.auditSeq();
    expect((await failure(set(TWO, viewer))).code).toBe('forbidden');
    expect((await failure(removePolicy(world.contextFor(viewer), KEY))).code).toBe('forbidden');
    expect((await failure(previewPolicy(world.contextFor(viewer), { ...KEY, asked: TWO }))).code).toBe(
      'forbidden',
    );
    expect(await inForce()).toEqual([]);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'policy.set', outcome: 'refused' },
      { verb: 'policy.remove', outcome: 'refused' },
    ]);
  });

  it('of two who looked at the same lets the first, and tells the second', async () => {
    await set(ONE);
    const outcomes = await Promise.allSettled([
      set({ ...TWO, replaces: ONE }),
      set({ ...TWO, needed: 3, replaces: ONE }),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const [policy] = await inForce();
    const won = outcomes[0].status === 'fulfilled' ? 2 : 3;
    expect(policy?.needed).toBe(won);
    const late = await failure(set({ ...TWO, replaces: null }));
    expect(late.code).toBe('conflict');
    expect(late.message).toContain('somebody changed it since you looked');
  });

  it('names the field that does not fit', async () => {
    const error = await failure(set({ ...TWO, rules: [{ role: 'viewer' }], reason: 'x' }));
    expect(Object.keys((error as ValidationError).fields)).toEqual(['rules.0.role', 'reason']);
  });
});

describe('removing a policy', () => {
  it('lets the more general one hold again, and is audited with what was before', async () => {
    await setPolicy(world.contextFor(admin), { ...KEY, ...ONE, kind: '*', needed: 3 });
    await set(TWO);
    const before = await world.auditSeq();
    expect(
      await removePolicy(world.contextFor(operating), { ...KEY, replaces: TWO, reason: 'the general one' }),
    ).toEqual(KEY);
    expect(await inForce()).toMatchObject([{ kind: '*', needed: 3 }]);
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'policy.remove',
        subject: 'policy/production/deployment',
        detail: { before: TWO, reason: 'the general one' },
      },
    ]);
  });

  it('is refused where less would be asked for then, to who gains from it', async () => {
    await set(TWO);
    const error = await failure(removePolicy(world.contextFor(operating), KEY));
    expect((error as RefusedError).rule).toBe('own-policy');
    expect(await inForce()).toHaveLength(1);
    await removePolicy(world.contextFor(admin), KEY);
    expect(await inForce()).toEqual([]);
  });

  it('is refused where it is another one by now, or none', async () => {
    await set(TWO);
    expect((await failure(removePolicy(world.contextFor(admin), { ...KEY, replaces: ONE }))).code).toBe(
      'conflict',
    );
    expect((await failure(removePolicy(world.contextFor(admin), { ...KEY, risk: 'high' }))).code).toBe(
      'not-found',
    );
  });
});

describe('a policy that is looked at before it is set', () => {
  const look = (asked: Record<string, unknown> | null, by = admin, key: Record<string, unknown> = KEY) =>
    previewPolicy(world.contextFor(by), { ...key, asked });
  const shown = async (...asked: Parameters<typeof look>) =>
    policyPreviewModel({ estate: world.estate }, await look(...asked));

  it('says what will change, in words, and stores nothing', async () => {
    await set(ONE);
    const model = await shown({ ...TWO, rules: [{ role: 'operator' }], tokensApprove: true });
    expect(
      model.changes.map(({ label, before, after }) =>
        [label, before, after].join(' | ').replaceAll('\u00a0', ' '),
      ),
    ).toEqual([
      'Deployment in production: must agree | 1 approver who did not ask | 2 approvers who did not ask, and 1 operator',
      'Deployment in production: API tokens | may not approve | may approve',
    ]);
    expect(await inForce()).toEqual([{ ...KEY, ...ONE }]);
    expect((await shown(ONE)).changes).toEqual([]);
  });

  it('says so where nobody could agree, and where one could only to what others ask', async () => {
    const texts = async () => (await shown(TWO)).checks.map(({ text, reason }) => `${text} ${reason ?? ''}`);
    expect((await texts()).join('\n')).toMatch(
      /nothing of it could start at present: 2 approvers.*Nobody could/s,
    );
    await world.person('approver', { name: 'Anna Approver' });
    expect((await texts()).join('\n')).toMatch(/Only Anna Approver could/);
    await world.person(
      (['approver', 'operator'] as const).map((role) => ({ role, region: null, action: null })),
      { name: 'Bela Both' },
    );
    const enough = (await texts()).join('\n');
    expect(enough).toContain('In production Anna Approver and Bela Both could agree at present.');
    expect(enough).toMatch(/What Bela Both asks for in production, nobody could agree to in full/);
    expect(enough).not.toContain('What Otto Both asks for');
  });

  it('says beforehand what the verb would refuse', async () => {
    await set(TWO);
    expect(await shown(ONE, operating)).toMatchObject({
      refusal: expect.stringContaining('The policy was not loosened'),
    });
    expect(await shown(null, operating)).toMatchObject({
      refusal: expect.stringContaining('The policy was not loosened'),
    });
    expect((await shown(ONE)).refusal).toBeNull();
    expect((await shown({ ...TWO, needed: 3 }, operating)).refusal).toBeNull();
    const error = await failure(look(TWO, admin, { ...KEY, kind: 'deploymnet' }));
    expect(Object.keys((error as ValidationError).fields)).toEqual(['kind']);
  });

  it('names the requests that it would hold to more', async () => {
    await world.observe();
    const operator = await world.person('operator');
    const { id } = await requestOperation(world.contextFor(operator), {
      kind: 'traffic-shift',
      environment: 'production',
      params: DRAIN,
      reason: 'a drill',
    });
    const shift = { ...KEY, kind: 'traffic-shift' };
    expect((await look(TWO, admin, shift)).held).toEqual([id]);
    expect((await look(ONE, admin, shift)).held).toEqual([]);
    expect((await look(TWO)).held).toEqual([]);
  });
});
