import { beforeEach, describe, expect, it } from 'vitest';
import type { RefusedError } from '#lib/errors.ts';
import { listApprovals } from '#lib/services/approvals/list.ts';
import { approveOperation } from '#lib/services/operations/decide.ts';
import { requestOperation } from '#lib/services/operations/request.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();

const DRAIN = { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } } as const;

let operator: TestPerson;
let first: TestPerson;
let second: TestPerson;

beforeEach(async () => {
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  await world.observe();
  operator = await world.person('operator');
  first = await world.person('approver');
  second = await world.person('approver');
});

async function requested(params: unknown = DRAIN, needed = 1): Promise<{ id: string; digest: string }> {
  const { id, digest } = await requestOperation(world.contextFor(operator), {
    kind: 'traffic-shift',
    environment: 'production',
    params,
    reason: 'a drill',
  });
  await world.database.pool.query('update operation set needed = $2 where id = $1', [id, needed]);
  return { id, digest };
}

async function stateOf(id: string): Promise<string | undefined> {
  const { rows } = await world.database.pool.query<{ state: string }>(
    'select state from operation where id = $1',
    [id],
  );
  return rows[0]?.state;
}

describe('two approvers', () => {
  it('start it also when both approve at the same moment', async () => {
    const { id, digest } = await requested(DRAIN, 2);
    const results = await Promise.all(
      [first, second].map((by) => approveOperation(world.contextFor(by), { id, digest })),
    );
    expect(results.map(({ approvals }) => approvals).sort()).toEqual([1, 2]);
    expect(await stateOf(id)).toBe('queued');
  });

  it('are one when the same person asks twice at once', async () => {
    const { id, digest } = await requested(DRAIN, 2);
    const outcomes = await Promise.allSettled(
      [1, 2].map(() => approveOperation(world.contextFor(first), { id, digest })),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused).toMatchObject([{ rule: 'decided' }]);
    expect(await stateOf(id)).toBe('awaiting-approval');
  });

  it.each([
    ['was disabled', 'update person set disabled_at = now() where id = $1'],
    ['lost the role', 'delete from role_grant where person_id = $1'],
    ['kept it for another Region', `update role_grant set region = 'ap-southeast-1' where person_id = $1`],
  ])('are one again when the first %s since', async (_, change) => {
    const { id, digest } = await requested(DRAIN, 2);
    await approveOperation(world.contextFor(first), { id, digest });
    await world.database.pool.query(change, [first.id]);
    expect(await approveOperation(world.contextFor(second), { id, digest })).toMatchObject({
      state: 'awaiting-approval',
      approvals: 1,
    });
    const { items } = await listApprovals(world.contextFor(operator), {});
    const shown = items.find((item) => item.id === id);
    expect(shown?.approvals).toBe(1);
    expect(shown?.decisions.map(({ person, counts }) => [person.id, counts])).toEqual([
      [first.id, false],
      [second.id, true],
    ]);
    const third = await world.person('approver');
    expect(await approveOperation(world.contextFor(third), { id, digest })).toMatchObject({
      state: 'queued',
    });
  });
});

describe('the requester', () => {
  const change = (sql: string) => world.database.pool.query(sql, [operator.id]);

  it.each([
    [
      'was disabled',
      'update person set disabled_at = now() where id = $1',
      'update person set disabled_at = null where id = $1',
      'requester-disabled',
      /its requester’s account has been disabled since\. Reject it/,
    ],
    [
      'lost the role',
      `update role_grant set role = 'viewer' where person_id = $1`,
      `update role_grant set role = 'operator' where person_id = $1`,
      'requester-grant',
      /its requester no longer has the grant operation\.request for .*us-east-1/,
    ],
    [
      'kept it for another Region',
      `update role_grant set region = 'eu-west-1' where person_id = $1`,
      'update role_grant set region = null where person_id = $1',
      'requester-grant',
      /grant operation\.request for us-east-1, ap-southeast-1\. Reject it/,
    ],
    [
      'kept it for another act',
      `update role_grant set action = 'freeze.change' where person_id = $1`,
      'update role_grant set action = null where person_id = $1',
      'requester-grant',
      /no longer has the grant operation\.request/,
    ],
  ])('who %s since has nothing started by the last approval', async (_, take, give, rule, words) => {
    const { id, digest } = await requested(DRAIN, 2);
    await approveOperation(world.contextFor(first), { id, digest });
    await change(take);
    const before = await world.auditSeq();
    const error = await failure(approveOperation(world.contextFor(second), { id, digest }));
    expect((error as RefusedError).rule).toBe(rule);
    expect(error.message).toMatch(words);
    expect(await stateOf(id)).toBe('awaiting-approval');
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'operation.approve', outcome: 'refused', rule, operation: id },
    ]);
    // Given back, the request stands again.
    await change(give);
    expect(await approveOperation(world.contextFor(second), { id, digest })).toMatchObject({
      state: 'queued',
    });
  });

  it('of a revert needs the grant to control, not to request', async () => {
    const { id, digest } = await requested();
    await world.database.pool.query('update operation set reverts = id where id = $1', [id]);
    await change(`update role_grant set action = 'operation.control' where person_id = $1`);
    expect(await approveOperation(world.contextFor(first), { id, digest })).toMatchObject({
      state: 'queued',
    });
  });
});

describe('the Regions that an approval needs a grant for', () => {
  const ANY = {
    mode: 'geography',
    geography: 'any',
    weights: { 'us-east-1': 50, 'eu-west-1': 50 },
    ramp: { kind: 'immediate' },
  };

  it('are those whose users move, also where the planned shares of all traffic stay', async () => {
    const { id, digest } = await requested(ANY);
    const european = await world.person([{ role: 'approver', region: 'eu-west-1', action: null }]);
    const error = await failure(approveOperation(world.contextFor(european), { id, digest }));
    expect(error.code).toBe('forbidden');
    expect(error.message).toContain('us-east-1');
  });

  it('are all of the environment where the stored plan cannot be read', async () => {
    const { id, digest } = await requested();
    await world.database.pool.query(`update operation set plan = plan - 'change' where id = $1`, [id]);
    const european = await world.person([{ role: 'approver', region: 'eu-west-1', action: null }]);
    const error = await failure(approveOperation(world.contextFor(european), { id, digest }));
    expect((error as RefusedError).code).toBe('forbidden');
  });
});
