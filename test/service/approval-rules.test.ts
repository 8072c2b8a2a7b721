import { beforeEach, describe, expect, it } from 'vitest';
import type { RefusedError } from '#lib/errors.ts';
import { expireRequests } from '#lib/observe/maintain.ts';
import { countWaiting } from '#lib/services/approvals/count.ts';
import { createDelegation, listDelegations, revokeDelegation } from '#lib/services/approvals/delegations.ts';
import { listApprovalHistory } from '#lib/services/approvals/history.ts';
import { listApprovals } from '#lib/services/approvals/list.ts';
import { setPolicy } from '#lib/services/approvals/policies.ts';
import { previewApproval } from '#lib/services/approvals/preview.ts';
import { commentOperation, listComments } from '#lib/services/operations/comment.ts';
import { approveOperation, askForChanges, rejectOperation } from '#lib/services/operations/decide.ts';
import { previewOperation, requestOperation } from '#lib/services/operations/request.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();

const DRAIN = { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } } as const;
const RESIDENCY = {
  mode: 'geography',
  geography: 'eu',
  weights: { 'eu-west-1': 90, 'us-east-1': 10 },
  ramp: { kind: 'immediate' },
} as const;

let admin: TestPerson;
let operator: TestPerson;
let approver: TestPerson;

beforeEach(async () => {
  const { pool } = world.database;
  await pool.query(`update operation set state = 'aborted', ended_at = now() where ended_at is null`);
  await pool.query('delete from approval_policy');
  await pool.query(
    'update approval_delegation set revoked_at = now(), revoked_by = from_person where revoked_at is null',
  );
  await world.observe();
  admin = await world.person('admin');
  operator = await world.person('operator');
  approver = await world.person('approver');
});

const policy = (over: Record<string, unknown> = {}) =>
  setPolicy(world.contextFor(admin), {
    environment: 'production',
    kind: '*',
    needed: 1,
    expiresMinutes: 600,
    ...over,
  });

async function requested(over: Record<string, unknown> = {}, by = operator) {
  const { id, digest } = await requestOperation(world.contextFor(by), {
    kind: 'traffic-shift',
    environment: 'production',
    params: DRAIN,
    reason: 'a drill',
    ...over,
  });
  return { id, digest };
}

async function shown(id: string, by: TestPerson = approver, tab = 'waiting') {
  const { items } = await listApprovals(world.contextFor(by), { tab });
  const found = items.find((item) => item.id === id);
  if (!found) throw new Error(`${id} is not listed`);
  return found;
}

async function stateOf(id: string) {
  const { rows } = await world.database.pool.query<{ state: string }>(
    'select state from operation where id = $1',
    [id],
  );
  return rows[0]?.state;
}

const openOf = (item: Awaited<ReturnType<typeof shown>>) =>
  item.requirements.filter(({ met }) => !met).map(({ words }) => words);

describe('a rule beside the number', () => {
  it('is met by those it names, who need no grant to approve, and counts them for nothing else', async () => {
    await policy({ rules: [{ role: 'operator' }] });
    const peer = await world.person('operator');
    const { id, digest } = await requested();
    expect(await countWaiting(world.contextFor(peer))).toBe(1);
    const first = await approveOperation(world.contextFor(peer), { id, digest });
    expect(first).toMatchObject({ state: 'awaiting-approval', open: ['1 approver'] });
    const item = await shown(id);
    expect(openOf(item)).toEqual(['1 approver']);
    expect(item.requirements[0]?.mayMeet).toContain(approver.name);
    expect(await approveOperation(world.contextFor(approver), { id, digest })).toMatchObject({
      state: 'queued',
    });
    const viewer = await world.person('viewer');
    const another = await requested({ params: { ...DRAIN, points: 5 } });
    expect((await failure(approveOperation(world.contextFor(viewer), another))).code).toBe('forbidden');
  });

  it('does not let an operator agree where no rule names one', async () => {
    const { id, digest } = await requested();
    const error = await failure(
      approveOperation(world.contextFor(await world.person('operator')), { id, digest }),
    );
    expect(error.code).toBe('forbidden');
    expect(error.message).toContain('needs the role approver');
  });

  it('asks each Region’s own approvers', async () => {
    await policy({ rules: [{ role: 'approver', perRegion: true }] });
    const of = (region: string) => world.person([{ role: 'approver', region, action: null }]);
    const [american, european, asian] = [
      await of('us-east-1'),
      await of('eu-west-1'),
      await of('ap-southeast-1'),
    ];
    const { id, digest } = await requested();
    const regions = (await shown(id)).requirements.flatMap(
      ({ key }) => /^region-0-(.+)$/.exec(key)?.[1] ?? [],
    );
    expect(regions).toContain('us-east-1');
    const people = [american, european, asian].filter((_, i) =>
      regions.includes(['us-east-1', 'eu-west-1', 'ap-southeast-1'][i] ?? ''),
    );
    for (const [index, person] of people.entries()) {
      const answer = await approveOperation(world.contextFor(person), { id, digest });
      expect(answer.state).toBe(index === people.length - 1 ? 'queued' : 'awaiting-approval');
    }
  });

  it('of support hours says who is on duty, refuses what would not count, and not a rejection', async () => {
    await policy({ needed: 0, rules: [{ role: 'approver', perRegion: true, onCall: true }] });
    const asleep = new Date('2026-11-28T23:30:00.000Z'); // a Saturday night in Europe and Asia
    const context = (by: TestPerson) => world.contextFor(by, { now: asleep });
    await world.observe({}, asleep);
    const { id, digest } = await requestOperation(context(operator), {
      kind: 'traffic-shift',
      environment: 'production',
      params: { ...DRAIN, region: 'ap-southeast-1', points: 3 },
      reason: 'a drill',
    });
    const asian = await world.person([{ role: 'approver', region: 'ap-southeast-1', action: null }]);
    const error = await failure(approveOperation(context(asian), { id, digest }));
    expect((error as RefusedError).rule).toBe('off-duty');
    expect(error.message).toMatch(
      /Nobody is on duty in ap-southeast-1 \(it is \d\d:\d\d there.*us-east-1 \(24\/7\)/,
    );
    expect(await rejectOperation(context(asian), { id, digest, reason: 'wake them first' })).toMatchObject({
      state: 'rejected',
    });
  });

  it('is by risk, which has a reason', async () => {
    await policy({ risk: 'high', needed: 2 });
    const ordinary = await shown((await requested()).id);
    expect(ordinary).toMatchObject({ risk: 'ordinary', reasons: [], needed: 1 });
    const { id, digest } = await requested({ params: RESIDENCY, acknowledged: ['residency-eu'] });
    const high = await shown(id);
    expect(high).toMatchObject({ risk: 'high', needed: 2 });
    expect(high.reasons[0]).toMatch(/^Accepted: /);
    await approveOperation(world.contextFor(approver), { id, digest });
    expect(await stateOf(id)).toBe('awaiting-approval');
  });

  it('is shown before it is asked for', async () => {
    await policy({ rules: [{ role: 'admin' }] });
    const context = world.contextFor(operator);
    const planned = await previewOperation(context, {
      kind: 'traffic-shift',
      environment: 'production',
      params: DRAIN,
    });
    const preview = await previewApproval(context, planned, []);
    expect(preview.requirements.map(({ words }) => words)).toEqual(['1 approver', '1 admin']);
    expect(preview.requirements[1]?.mayMeet).toContain(admin.name);
  });
});

describe('a policy that changed while a request waited', () => {
  it('holds it to what is asked more', async () => {
    const { id, digest } = await requested();
    await policy({ needed: 2, rules: [{ role: 'operator' }] });
    const item = await shown(id);
    expect(item.tightened).toEqual(['2 approvers', '1 operator']);
    expect(await approveOperation(world.contextFor(approver), { id, digest })).toMatchObject({
      state: 'awaiting-approval',
      open: ['2 approvers', '1 operator'],
    });
    const { rows } = await world.database.pool.query('select needed from operation where id = $1', [id]);
    expect(rows).toEqual([{ needed: 1 }]);
  });

  it('lets nothing through that was asked for under a stricter one', async () => {
    await policy({ needed: 2 });
    const { id, digest } = await requested();
    await policy({ needed: 1 });
    expect(await approveOperation(world.contextFor(approver), { id, digest })).toMatchObject({
      state: 'awaiting-approval',
      needed: 2,
    });
  });

  it('is no loosening by an admin who approves as somebody’s delegate', async () => {
    await policy({ needed: 2 });
    await delegate(approver, admin);
    expect(((await failure(policy({ needed: 1 }))) as RefusedError).rule).toBe('own-policy');
    expect(
      ((await failure(policy({ needed: 2, rules: [], expiresMinutes: 9_000 }))) as RefusedError).rule,
    ).toBe('own-policy');
    expect(await policy({ needed: 2, rules: [{ role: 'operator' }] })).toMatchObject({ needed: 2 });
    expect(((await failure(policy({ needed: 3 }))) as RefusedError).rule).toBe('own-policy');
  });
});

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

function delegate(from: TestPerson, to: TestPerson, over: Record<string, unknown> = {}) {
  return createDelegation(world.contextFor(from), {
    to: to.id,
    reason: 'a holiday',
    endsAt: inDays(2),
    ...over,
  });
}

describe('a delegate', () => {
  it('decides in the name of who is away, with no grant of their own, and both are one', async () => {
    await policy({ needed: 2 });
    const viewer = await world.person('viewer');
    const before = await world.auditSeq();
    const { id: delegation } = await delegate(approver, viewer);
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'delegation.create',
        outcome: 'done',
        subject: `delegation/${delegation}`,
        detail: { to: viewer.id },
      },
    ]);
    const { id, digest } = await requested();
    expect(await countWaiting(world.contextFor(viewer))).toBe(1);
    expect((await shown(id, viewer)).decidesFor).toMatchObject({ id: approver.id });
    await approveOperation(world.contextFor(viewer), { id, digest });
    const item = await shown(id);
    expect(item.decisions).toMatchObject([
      { person: { id: viewer.id }, inNameOf: { id: approver.id }, counts: true },
    ]);
    for (const by of [approver, viewer]) {
      const error = await failure(approveOperation(world.contextFor(by), { id, digest }));
      expect((error as RefusedError).rule).toBe('decided');
    }
    expect(
      await approveOperation(world.contextFor(await world.person('approver')), { id, digest }),
    ).toMatchObject({
      state: 'queued',
    });
  });

  it('may not once it is revoked, by either or by an admin, and what they decided stands', async () => {
    const viewer = await world.person('viewer');
    const { id: delegation } = await delegate(approver, viewer);
    await policy({ needed: 2 });
    const first = await requested();
    await approveOperation(world.contextFor(viewer), first);
    const stranger = await world.person('operator');
    expect((await failure(revokeDelegation(world.contextFor(stranger), { id: delegation }))).code).toBe(
      'forbidden',
    );
    await revokeDelegation(world.contextFor(admin), { id: delegation });
    expect((await failure(revokeDelegation(world.contextFor(viewer), { id: delegation }))).code).toBe(
      'conflict',
    );
    expect((await shown(first.id)).approvals).toBe(1);
    const second = await requested({ params: { ...DRAIN, points: 5 } });
    expect((await failure(approveOperation(world.contextFor(viewer), second))).code).toBe('forbidden');
    const { items } = await listDelegations(world.contextFor(viewer), { state: 'all', person: viewer.id });
    expect(items).toMatchObject([{ id: delegation, state: 'revoked', mayRevoke: false }]);
  });

  it('counts for nothing when who is away has lost the role', async () => {
    const viewer = await world.person('viewer');
    await delegate(approver, viewer);
    await policy({ needed: 2 });
    const { id, digest } = await requested();
    await approveOperation(world.contextFor(viewer), { id, digest });
    await world.database.pool.query('delete from role_grant where person_id = $1', [approver.id]);
    const item = await shown(id, await world.person('approver'));
    expect(item.approvals).toBe(0);
    expect(item.decisions[0]?.counts).toBe(false);
  });

  it('decides on no request of their own, nor of who let them', async () => {
    await delegate(approver, operator);
    const own = await requested();
    expect(((await failure(approveOperation(world.contextFor(operator), own))) as RefusedError).rule).toBe(
      'own-request',
    );
    const both = await world.person([
      { role: 'approver', region: null, action: null },
      { role: 'operator', region: null, action: null },
    ]);
    const viewer = await world.person('viewer');
    await delegate(both, viewer);
    const theirs = await requested({ params: { ...DRAIN, points: 5 } }, both);
    expect(((await failure(approveOperation(world.contextFor(viewer), theirs))) as RefusedError).rule).toBe(
      'own-request',
    );
  });

  it('is refused in a chain, for no time, by a token, to who is gone, and by who may not approve', async () => {
    const [viewer, second] = [await world.person('viewer'), await world.person('approver')];
    const rule = async (call: Promise<unknown>) => ((await failure(call)) as RefusedError).rule;
    await delegate(approver, second);
    expect(await rule(delegate(second, viewer))).toBe('delegation-chain');
    expect(await rule(delegate(await world.person('approver'), approver))).toBe('delegation-chain');
    expect(await rule(delegate(approver, second))).toBe('delegated');
    expect(await rule(delegate(approver, viewer, { endsAt: inDays(-1) }))).toBe('over');
    await world.database.pool.query('update person set disabled_at = now() where id = $1', [viewer.id]);
    expect(await rule(delegate(approver, viewer))).toBe('disabled');
    expect((await failure(delegate(operator, second))).code).toBe('forbidden');
    const byToken = world.contextFor(approver, { tokenScopes: ['operation.approve'], via: 'api' });
    const input = { to: admin.id, reason: 'a holiday', endsAt: inDays(1) };
    expect((await failure(createDelegation(byToken, input))).code).toBe('forbidden');
  });

  it('is one of two at most when a chain is made at the same moment', async () => {
    const [second, third] = [await world.person('approver'), await world.person('approver')];
    const outcomes = await Promise.allSettled([delegate(approver, second), delegate(second, third)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('a release’s author', () => {
  it('does not count among those who approve it', async () => {
    const { id, digest } = await requested();
    await world.database.pool.query(
      `update operation set approval_terms = jsonb_set(approval_terms, '{author}', to_jsonb($2::text)) where id = $1`,
      [id, `Somebody <${approver.email.toUpperCase()}>`],
    );
    const error = await failure(approveOperation(world.contextFor(approver), { id, digest }));
    expect((error as RefusedError).rule).toBe('own-release');
    expect((await shown(id)).requirements[0]?.mayMeet).not.toContain(approver.name);
  });
});

describe('two who complete it at once', () => {
  it('start it once, whatever the rules', async () => {
    await policy({ needed: 1, rules: [{ role: 'operator' }] });
    const peer = await world.person('operator');
    const { id, digest } = await requested();
    const answers = await Promise.all(
      [peer, approver].map((by) => approveOperation(world.contextFor(by), { id, digest })),
    );
    expect(answers.map(({ state }) => state).sort()).toEqual(['awaiting-approval', 'queued']);
    const { rows } = await world.database.pool.query<{ count: number }>(
      'select count(*)::int as count from dbos.workflow_status where workflow_uuid = $1',
      [id],
    );
    expect(rows[0]?.count).toBe(1);
  });

  it('count once where a delegate and who is away decide together', async () => {
    await policy({ needed: 2 });
    const viewer = await world.person('viewer');
    await delegate(approver, viewer);
    const { id, digest } = await requested();
    const outcomes = await Promise.allSettled(
      [approver, viewer].map((by) => approveOperation(world.contextFor(by), { id, digest })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await shown(id)).approvals).toBe(1);
  });
});

describe('asking for changes', () => {
  it('ends the waiting, with what should be another way', async () => {
    const { id, digest } = await requested();
    const before = await world.auditSeq();
    const context = world.contextFor(approver);
    expect((await failure(askForChanges(context, { id, digest, reason: '' }))).code).toBe('validation');
    expect(await askForChanges(context, { id, digest, reason: 'take 5 points first' })).toEqual({
      id,
      state: 'changes-asked',
    });
    expect(await shown(id, operator, 'closed')).toMatchObject({
      state: 'changes-asked',
      outcome: 'Changes asked for: take 5 points first',
      decisions: [{ decision: 'ask-changes', reason: 'take 5 points first' }],
    });
    expect((await world.auditAfter(before)).at(-1)).toMatchObject({
      verb: 'operation.ask-changes',
      outcome: 'done',
      operation: id,
    });
    const late = await failure(approveOperation(context, { id, digest }));
    expect((late as RefusedError).rule).toBe('not-waiting');
    // The same may be asked for again: nothing of it waits any more.
    expect((await requested()).digest).toBe(digest);
  });

  it('is for those who may decide', async () => {
    const { id, digest } = await requested();
    for (const by of [await world.person('viewer'), operator])
      expect(
        (await failure(askForChanges(world.contextFor(by), { id, digest, reason: 'another way' }))).code,
      ).toMatch(/forbidden|refused/);
    expect(await stateOf(id)).toBe('awaiting-approval');
  });
});

describe('comments', () => {
  it('stay, in order, for everybody; the log keeps their ids', async () => {
    const { id } = await requested();
    const before = await world.auditSeq();
    const first = await commentOperation(world.contextFor(approver), { id, body: 'Why now?' });
    await commentOperation(world.contextFor(operator), { id, body: 'The nodes are replaced at ten.' });
    const { items } = await listComments(world.contextFor(await world.person('viewer')), { id });
    expect(items.map(({ person, body }) => [person.id, body])).toEqual([
      [approver.id, 'Why now?'],
      [operator.id, 'The nodes are replaced at ten.'],
    ]);
    const rows = await world.auditAfter(before);
    expect(rows[0]).toMatchObject({
      verb: 'operation.comment',
      operation: id,
      detail: { comment: first.id },
    });
    expect(JSON.stringify(rows)).not.toContain('Why now?');
    expect((await shown(id)).comments).toBe(2);
    await expect(
      world.database.pool.query('update operation_comment set body = $1', ['never said']),
    ).rejects.toThrow(/permission denied/);
  });

  it('are not by viewers, nor about nothing', async () => {
    const { id } = await requested();
    const viewer = await world.person('viewer');
    expect((await failure(commentOperation(world.contextFor(viewer), { id, body: 'x' }))).code).toBe(
      'forbidden',
    );
    const context = world.contextFor(approver);
    expect((await failure(commentOperation(context, { id, body: ' ' }))).code).toBe('validation');
    expect((await failure(commentOperation(context, { id: 'OP-999999', body: 'x' }))).code).toBe('not-found');
  });
});

describe('what is over stays visible', () => {
  it('by how it ended, what voided it too', async () => {
    await policy({ needed: 2 });
    const { id, digest } = await requested();
    await approveOperation(world.contextFor(approver), { id, digest });
    await world.observe({
      change: ({ kind, value }) =>
        kind === 'records' ? { ...(value as object), hash: 'b'.repeat(64) } : undefined,
    });
    const second = await world.person('approver');
    const error = await failure(approveOperation(world.contextFor(second), { id, digest }));
    expect(error.code).toBe('conflict');
    expect((await shown(id)).voided).toMatchObject({ differences: ['the live DNS records'] });
    await rejectOperation(world.contextFor(second), { id, digest, reason: 'ask anew' });
    const by = async (outcome: string) =>
      (await listApprovals(world.contextFor(operator), { tab: 'closed', outcome })).items.map(
        (item) => item.id,
      );
    expect(await by('voided')).toContain(id);
    expect(await by('rejected')).toContain(id);
    expect(await by('approved')).not.toContain(id);
  });

  it('expires for good, and whoever listens is told', async () => {
    await world.database.pool.query(
      `insert into webhook (id, name, url, secret, topics, created_by)
       values (gen_random_uuid(), 'chat', 'https://hooks.example.com', '\\x00', '{approval.decided}', 'test')`,
    );
    const { id, digest } = await requested();
    await world.database.pool.query(
      `update operation set expires_at = now() - interval '1 second' where id = $1`,
      [id],
    );
    const late = await failure(approveOperation(world.contextFor(approver), { id, digest }));
    expect((late as RefusedError).rule).toBe('expired');
    expect(await expireRequests(world.database)).toEqual([id]);
    const { items } = await listApprovals(world.contextFor(operator), { tab: 'closed', outcome: 'expired' });
    expect(items.map((item) => item.id)).toContain(id);
    const { rows } = await world.database.pool.query('select payload from notification');
    expect(rows).toMatchObject([{ payload: { operation: id, decision: 'expire' } }]);
  });

  it('is forgotten as void when the plan is again what was approved', async () => {
    const { id, digest } = await requested();
    const changed = ({ kind, value }: { kind: string; value: unknown }) =>
      kind === 'records' ? { ...(value as object), hash: 'b'.repeat(64) } : undefined;
    await world.observe({ change: changed });
    expect((await failure(approveOperation(world.contextFor(approver), { id, digest }))).code).toBe(
      'conflict',
    );
    await world.observe();
    expect(await approveOperation(world.contextFor(approver), { id, digest })).toMatchObject({
      state: 'queued',
    });
    expect((await shown(id, approver, 'closed')).voided).toBeNull();
  });

  it('by person: what they asked for, decided, and had decided in their name, paged', async () => {
    const viewer = await world.person('viewer');
    await delegate(approver, viewer);
    await policy({ needed: 2 });
    const first = await requested();
    await approveOperation(world.contextFor(viewer), first);
    const second = await requested({ params: { ...DRAIN, points: 5 } });
    await rejectOperation(world.contextFor(approver), { ...second, reason: 'not today' });
    const entries = async (person: TestPerson) => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listApprovalHistory(world.contextFor(admin), {
          person: person.id,
          limit: 1,
          ...(cursor ? { cursor } : {}),
        });
        found.push(
          ...page.items.map(
            ({ what, operation, inNameOf }) => `${what} ${operation.id}${inNameOf ? ' for' : ''}`,
          ),
        );
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      return found;
    };
    expect(await entries(operator)).toEqual([`requested ${second.id}`, `requested ${first.id}`]);
    expect(await entries(approver)).toEqual([`reject ${second.id}`, `approve ${first.id} for`]);
    expect(await entries(viewer)).toEqual([`approve ${first.id} for`]);
    const mine = await listApprovals(world.contextFor(admin), { tab: 'closed', person: approver.id });
    expect(mine.items.map(({ id }) => id)).toEqual([second.id]);
  });
});
