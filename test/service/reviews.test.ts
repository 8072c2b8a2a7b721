import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RefusedError } from '#lib/errors.ts';
import { decideReview } from '#lib/services/reviews/decide.ts';
import { listReviews } from '#lib/services/reviews/list.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { insertDebt, insertOperation } from './recovery-rows.ts';

const world = testWorld();

let operator: TestPerson;
let approver: TestPerson;
let operation: string;
let id: string;

beforeEach(async () => {
  operator = await world.person('operator');
  approver = await world.person('approver');
  operation = await insertOperation(world, operator.id, { emergency: true });
  id = await insertDebt(world, { operation, owedBy: operator.id });
});

const ACCEPT = { verdict: 'accepted', note: 'the Region was gone' } as const;

describe('a review', () => {
  it('is decided by a second person, once, with one audit row', async () => {
    const before = await world.auditSeq();
    await decideReview(world.contextFor(approver), { id, ...ACCEPT });
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'review.decide',
        outcome: 'done',
        actor: { kind: 'person', id: approver.id },
        operation,
        environment: 'production',
        subject: `review/${id}`,
        detail: { verdict: 'accepted', note: 'the Region was gone', owedBy: operator.id },
      },
    ]);
    const error = await failure(
      decideReview(world.contextFor(await world.person('approver')), { id, ...ACCEPT }),
    );
    expect((error as RefusedError).rule).toBe('reviewed');
  });

  it('is decided by one of two who try at once', async () => {
    const second = await world.person('approver');
    const tries = await Promise.allSettled([
      decideReview(world.contextFor(approver), { id, ...ACCEPT }),
      decideReview(world.contextFor(second), { id, verdict: 'objected', note: 'too early' }),
    ]);
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is refused to who owes it, also by their token, and the refusal is in the log', async () => {
    const both = await world.person([
      { role: 'operator', region: null, action: null },
      { role: 'approver', region: null, action: null },
    ]);
    const mine = await insertOperation(world, both.id, { emergency: true });
    const debt = await insertDebt(world, { operation: mine, owedBy: both.id });
    for (const options of [{}, { tokenScopes: ['review.decide'] }]) {
      const before = await world.auditSeq();
      const error = await failure(decideReview(world.contextFor(both, options), { id: debt, ...ACCEPT }));
      expect((error as RefusedError).rule).toBe('own-debt');
      expect(await world.auditAfter(before)).toMatchObject([{ outcome: 'refused', rule: 'own-debt' }]);
    }
  });

  it('is refused to whoever took part in the run', async () => {
    const part = await world.person('approver');
    await world.database.pool.query('select audit_append($1)', [
      JSON.stringify({
        actor: { id: part.id, kind: 'person' },
        operation,
        outcome: 'done',
        requestId: randomUUID(),
        verb: 'operation.abort',
        via: 'console',
      }),
    ]);
    const error = await failure(decideReview(world.contextFor(part), { id, ...ACCEPT }));
    expect((error as RefusedError).rule).toBe('took-part');
  });

  it('is refused to a token: a review is a person’s judgement', async () => {
    const error = await failure(
      decideReview(world.contextFor(approver, { tokenScopes: ['review.decide'] }), { id, ...ACCEPT }),
    );
    expect((error as RefusedError).rule).toBe('token');
  });

  it('needs the grant in every Region that was changed', async () => {
    const european = await world.person([{ role: 'approver', region: 'eu-west-1', action: null }]);
    const error = await failure(decideReview(world.contextFor(european), { id, ...ACCEPT }));
    expect(error).toMatchObject({ code: 'forbidden' });
    expect((await failure(decideReview(world.contextFor(operator), { id, ...ACCEPT }))).code).toBe(
      'forbidden',
    );
  });

  it.each([
    [{ id: 'x', ...ACCEPT }, 'validation'],
    [{ id: randomUUID(), ...ACCEPT }, 'not-found'],
  ])('that is not there is refused: %j', async (input, code) => {
    expect((await failure(decideReview(world.contextFor(approver), input))).code).toBe(code);
  });

  it('needs a verdict and what was looked at', async () => {
    const error = await failure(decideReview(world.contextFor(approver), { id, verdict: 'fine', note: ' ' }));
    expect(Object.keys((error as never as { fields: object }).fields).sort()).toEqual(['note', 'verdict']);
  });
});

describe('the list', () => {
  it('pages, newest first, says what is late and whether the reader may', async () => {
    const late = await insertDebt(world, {
      operation: await insertOperation(world, operator.id, { emergency: true }),
      owedBy: operator.id,
      openedAt: new Date(Date.now() - 2 * 86_400_000),
    });
    const mine = { owedBy: operator.id, limit: 1 };
    const first = await listReviews(world.contextFor(approver), mine);
    expect(first.items).toMatchObject([
      {
        id,
        state: 'open',
        owedBy: { id: operator.id },
        operation: { id: operation },
        mayReview: { allowed: true },
      },
    ]);
    const second = await listReviews(world.contextFor(operator), { ...mine, cursor: first.nextCursor });
    expect(second).toMatchObject({ items: [{ id: late, state: 'overdue' }], nextCursor: null });
    expect(second.items[0]?.mayReview).toMatchObject({ allowed: false, code: 'no-grant' });
    await decideReview(world.contextFor(approver), { id, ...ACCEPT });
    expect((await listReviews(world.contextFor(approver), { owedBy: operator.id })).items).toHaveLength(1);
    expect(
      await listReviews(world.contextFor(approver), { owedBy: operator.id, state: 'paid' }),
    ).toMatchObject({
      items: [{ id, state: 'paid', verdict: 'accepted', reviewedBy: { id: approver.id } }],
    });
  });
});

it('the database itself refuses a review by who owes it, and the removal of a debt', async () => {
  await expect(
    world.database.pool.query(
      `update review_debt set reviewed_by = owed_by, reviewed_at = now(), verdict = 'accepted', note = 'fine' where id = $1`,
      [id],
    ),
  ).rejects.toMatchObject({ code: '23514' });
  await expect(
    world.database.pool.query('delete from review_debt where id = $1', [id]),
  ).rejects.toMatchObject({
    code: '42501',
  });
});
