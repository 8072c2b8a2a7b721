import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { PROOF_MINUTES } from '#lib/domain/access/proof.ts';
import { type RefusedError, ThrottledError, type ValidationError } from '#lib/errors.ts';
import { listApprovals } from '#lib/services/approvals/list.ts';
import { approveOperation } from '#lib/services/operations/decide.ts';
import { startEmergency } from '#lib/services/operations/emergency.ts';
import { getOperation } from '#lib/services/operations/read.ts';
import { previewOperation, requestOperation } from '#lib/services/operations/request.ts';
import { findSessionActor, findTokenActor } from '#lib/services/sessions/actor.ts';
import { type OpenSession, proveIdentity } from '#lib/services/sessions/prove.ts';
import { endSession, openSession, signIn } from '#lib/services/sessions/sign-in.ts';
import { createToken } from '#lib/services/tokens/tokens.ts';
import { AP, EU, NOW, US } from '#test/recovery-facts.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { FAILOVER, lost, readyOutlook, storeOutlook } from './recovery-world.ts';

// What cannot be undone is asked for by somebody who has just shown who they are, and who has typed what will be gone.
const world = testWorld();
const PASSWORD = 'correct horse battery';
const REQUEST = {
  ...FAILOVER,
  reason: 'us-east-1 is gone',
  acknowledged: [`capacity-${EU}`, `capacity-${AP}`],
  confirm: US,
};
const EMERGENCY = { ...FAILOVER, reason: 'us-east-1 is gone', confirm: US };
const LONG_AGO = new Date(NOW.getTime() - (PROOF_MINUTES + 1) * 60_000);

let operator: TestPerson;
let approver: TestPerson;

beforeEach(async () => {
  const { pool } = world.database;
  await pool.query(`update operation set state = 'aborted', ended_at = now() where ended_at is null`);
  await pool.query('delete from approval_policy');
  operator = await world.person('operator', { password: PASSWORD });
  approver = await world.person('approver');
  const { outlook, detection } = lost(readyOutlook(), US);
  await storeOutlook(world, outlook, detection);
});

const fresh = (person: TestPerson) => world.contextFor(person, { now: NOW });
const stale = (person: TestPerson) => world.contextFor(person, { now: NOW, provedAt: LONG_AGO });
const byToken = (person: TestPerson, ...tokenScopes: string[]) =>
  world.contextFor(person, { now: NOW, tokenScopes, via: 'api' });

describe('the typed name', () => {
  it.each([undefined, '', 'eu-west-1', 'US-EAST-1'])(
    'is asked for by the server too: %j is refused, and the field named',
    async (confirm) => {
      const before = await world.auditSeq();
      for (const attempt of [
        () => requestOperation(fresh(operator), { ...REQUEST, confirm }),
        () => startEmergency(fresh(operator), { ...EMERGENCY, confirm }),
      ]) {
        const error = await failure(attempt());
        expect((error as ValidationError).fields).toEqual({
          confirm: 'must be us-east-1, the Region that is given up',
        });
      }
      expect((await world.auditAfter(before)).map(({ verb, outcome }) => [verb, outcome])).toEqual([
        ['operation.request', 'refused'],
        ['operation.emergency', 'refused'],
      ]);
    },
  );

  it('is what a preview says, a database where one becomes the writer, and nothing where all can be undone', async () => {
    await storeOutlook(world, readyOutlook());
    const of = async (kind: string, params: Record<string, unknown>) =>
      (await previewOperation(fresh(operator), { kind, environment: 'production', params })).confirm;
    expect(await of('switchover', { target: EU })).toMatchObject({ name: 'ecommerce-db-eu-west-1' });
    expect(await of('drill', { level: 'switchover', region: EU })).toMatchObject({
      name: 'ecommerce-db-eu-west-1',
    });
    expect(await of('evacuate', { region: AP })).toBeNull();
    expect(await of('drill', { level: 'promotion', region: EU })).toBeNull();
  });
});

describe('a proof that is too old', () => {
  it('stops a request, an approval and an emergency of what cannot be undone, and is in the log', async () => {
    const before = await world.auditSeq();
    const { id, digest } = await requestOperation(fresh(operator), REQUEST);
    for (const attempt of [
      () => requestOperation(stale(operator), { ...REQUEST, reason: 'again' }),
      () => startEmergency(stale(operator), EMERGENCY),
      () => approveOperation(stale(approver), { id, digest }),
    ])
      expect(((await failure(attempt())) as RefusedError).rule).toBe('proof-too-old');
    const refused = (await world.auditAfter(before)).filter(({ outcome }) => outcome === 'refused');
    expect(refused.map(({ verb, rule }) => [verb, rule])).toEqual([
      ['operation.request', 'proof-too-old'],
      ['operation.emergency', 'proof-too-old'],
      ['operation.approve', 'proof-too-old'],
    ]);
    expect((await approveOperation(fresh(approver), { id, digest })).state).toBe('queued');
  });

  it('stops nothing that can be undone', async () => {
    await storeOutlook(world, readyOutlook());
    const evacuate = { kind: 'evacuate', environment: 'production', params: { region: AP } } as const;
    const { checks } = await previewOperation(stale(operator), evacuate);
    const acknowledged = checks.filter(({ verdict }) => verdict === 'accept').map(({ code }) => code);
    const { id, digest } = await requestOperation(stale(operator), {
      ...evacuate,
      reason: 'a drill',
      acknowledged,
    });
    expect((await approveOperation(stale(approver), { id, digest })).state).toBe('queued');
  });
});

describe('an API token', () => {
  it('asks where a person then approves, and never approves itself', async () => {
    await world.database.pool.query(
      `insert into approval_policy (environment, kind, needed, expires_minutes, tokens_approve, updated_by)
       values ('production', 'failover', 1, 60, true, 'test')`,
    );
    const { id, digest } = await requestOperation(byToken(operator, 'operation.request'), REQUEST);
    const token = byToken(approver, 'operation.approve');
    expect((await getOperation(token, id)).may.decide).toMatchObject({ code: 'token-proof' });
    const { items } = await listApprovals(token, {});
    expect(items.find((item) => item.id === id)?.mayDecide).toMatchObject({ code: 'token-proof' });
    expect((await getOperation(stale(approver), id)).may.decide.allowed).toBe(true);
    const error = await failure(approveOperation(byToken(approver, 'operation.approve'), { id, digest }));
    expect((error as RefusedError).rule).toBe('token-proof');
    expect((await approveOperation(fresh(approver), { id, digest })).state).toBe('queued');
  });

  it.each([
    [false, 'token-proof'],
    [true, null],
  ])('asks where nobody approves only if policy lets tokens decide on the kind: %s', async (tokens, rule) => {
    await world.database.pool.query(
      `insert into approval_policy (environment, kind, needed, expires_minutes, tokens_approve, updated_by)
       values ('production', 'failback', 0, 60, $1, 'test'), ('production', 'switchover', 0, 60, $1, 'test')`,
      [tokens],
    );
    await storeOutlook(world, readyOutlook());
    const asked = { kind: 'switchover', environment: 'production', params: { target: EU } } as const;
    const { checks, confirm } = await previewOperation(fresh(operator), asked);
    const attempt = requestOperation(byToken(operator, 'operation.request'), {
      ...asked,
      reason: 'the bench',
      acknowledged: checks.filter(({ verdict }) => verdict === 'accept').map(({ code }) => code),
      confirm: confirm?.name,
    });
    if (rule === null) expect((await attempt).state).toBe('queued');
    else expect(((await failure(attempt)) as RefusedError).rule).toBe(rule);
  });

  it('that may declare an emergency or approve is made by somebody who has just shown who they are', async () => {
    const token = { name: 'on call', scopes: ['operation.request', 'operation.emergency'] };
    expect(((await failure(createToken(stale(operator), token))) as RefusedError).rule).toBe('proof-too-old');
    await createToken(fresh(operator), token);
    await createToken(stale(operator), { name: 'ci', scopes: ['operation.request'] });
  });

  it('of before that was asked for declares no emergency and approves nothing; a new one does', async () => {
    const made = async (person: TestPerson, isOld: boolean) => {
      const scopes =
        person === operator ? ['operation.request', 'operation.emergency'] : ['operation.approve'];
      const { id, secret } = await createToken(fresh(person), { name: 'on call', scopes });
      if (isOld) await world.database.pool.query('update api_token set proved_at = null where id = $1', [id]);
      const actor = await findTokenActor(world.database, secret);
      if (!actor) throw new Error('the token stands for nobody');
      return { ...world.contextFor(person, { now: NOW, via: 'api' }), actor };
    };
    await world.database.pool.query(
      `insert into approval_policy (environment, kind, needed, expires_minutes, tokens_approve, updated_by)
       values ('production', 'evacuate', 1, 60, true, 'test')`,
    );
    await storeOutlook(world, readyOutlook());
    const evacuate = { kind: 'evacuate', environment: 'production', params: { region: AP } } as const;
    const { checks } = await previewOperation(fresh(operator), evacuate);
    const acknowledged = checks.filter(({ verdict }) => verdict === 'accept').map(({ code }) => code);
    const asked = { ...evacuate, reason: 'a drill', acknowledged };
    const { id, digest } = await requestOperation(await made(operator, true), asked);
    const before = await world.auditSeq();
    const old = await made(approver, true);
    expect(((await failure(approveOperation(old, { id, digest }))) as RefusedError).rule).toBe(
      'token-unproved',
    );
    expect((await approveOperation(await made(approver, false), { id, digest })).state).toBe('queued');
    await world.database.pool.query(
      `update operation set state = 'aborted', ended_at = now() where id = $1`,
      [id],
    );

    const { outlook, detection } = lost(readyOutlook(), US);
    await storeOutlook(world, outlook, detection);
    const error = await failure(startEmergency(await made(operator, true), EMERGENCY));
    expect((error as RefusedError).rule).toBe('token-unproved');
    expect(error.message).toMatch(/Make a new one under Settings/);
    expect((await startEmergency(await made(operator, false), EMERGENCY)).state).toBe('queued');
    const refused = (await world.auditAfter(before)).filter(({ outcome }) => outcome === 'refused');
    expect(refused.map(({ verb, rule }) => [verb, rule])).toEqual([
      ['operation.approve', 'token-unproved'],
      ['operation.emergency', 'token-unproved'],
    ]);
  });
});

describe('giving the password again', () => {
  const origin = { address: randomUUID(), userAgent: 'test', requestId: randomUUID() };
  const context = (now = new Date()) => ({ database: world.database, now });

  async function session(now: Date): Promise<OpenSession> {
    const { sessionId } = await signIn(context(now), origin, { email: operator.email, password: PASSWORD });
    return { sessionId, personId: operator.id, email: operator.email };
  }

  const provedAt = async ({ sessionId }: OpenSession) =>
    (await findSessionActor(world.database, sessionId))?.provedAt;

  it('makes the proof fresh in the same session, and is in the log without the password', async () => {
    const open = await session(new Date(Date.now() - 3_600_000));
    const before = await world.auditSeq();
    const now = new Date();
    expect(await proveIdentity(context(now), origin, open, { password: PASSWORD })).toEqual(now);
    expect(await provedAt(open)).toEqual(now);
    const rows = await world.auditAfter(before);
    expect(rows).toMatchObject([{ verb: 'session.prove', outcome: 'done', actor: { id: operator.id } }]);
    expect(JSON.stringify(rows)).not.toContain(PASSWORD);
  });

  it('with a wrong one names the field, is in the log, and is slowed down like a sign-in', async () => {
    const then = new Date(Date.now() - 3_600_000);
    const open = await session(then);
    const before = await world.auditSeq();
    const wrong = () => failure(proveIdentity(context(), origin, open, { password: 'wrong' }));
    expect(((await wrong()) as ValidationError).fields).toEqual({ password: 'is not your password' });
    expect(await provedAt(open)).toEqual(then);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'session.prove', outcome: 'refused', rule: 'proof' },
    ]);
    for (let i = 0; i < 9; i += 1) await wrong();
    expect(await wrong()).toBeInstanceOf(ThrottledError);
    expect(await failure(proveIdentity(context(), origin, open, { password: PASSWORD }))).toBeInstanceOf(
      ThrottledError,
    );
  });

  it('is of no use to a session that has ended, nor to somebody else’s', async () => {
    const open = await session(new Date());
    const other = await world.person('operator', { password: PASSWORD });
    const foreign = { ...open, personId: other.id, email: other.email };
    expect((await failure(proveIdentity(context(), origin, foreign, { password: PASSWORD }))).code).toBe(
      'conflict',
    );
    await endSession(context(), open.sessionId, 'signed out');
    expect((await failure(proveIdentity(context(), origin, open, { password: PASSWORD }))).code).toBe(
      'conflict',
    );
  });

  it('is refused to who signs in at the identity provider, whose own time of it counts', async () => {
    const person = await world.person('operator');
    const now = new Date();
    const before = new Date(now.getTime() - 8 * 3_600_000);
    for (const [given, kept] of [
      [before, before],
      [null, new Date(0)],
      [new Date(now.getTime() + 3_600_000), now],
    ] as const) {
      const sessionId = await openSession(context(now), origin, person.id, { oidc: { provedAt: given } });
      const open = { sessionId, personId: person.id, email: person.email };
      expect(await provedAt(open)).toEqual(kept);
      const error = await failure(proveIdentity(context(now), origin, open, { password: PASSWORD }));
      expect((error as RefusedError).rule).toBe('no-password');
    }
  });
});
