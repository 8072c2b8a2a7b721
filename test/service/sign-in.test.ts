import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ThrottledError } from '#lib/errors.ts';
import { findSessionActor, noteSeen } from '#lib/services/sessions/actor.ts';
import { admitOidcPerson } from '#lib/services/sessions/admit-oidc.ts';
import { endSession, signIn } from '#lib/services/sessions/sign-in.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();
const PASSWORD = 'correct horse battery';
let person: TestPerson;
let address: string;

beforeEach(async () => {
  person = await world.person('operator', { password: PASSWORD });
  address = randomUUID();
});

function attempt(email: string, password: string, now = new Date()) {
  return signIn(
    { database: world.database, now },
    { address, userAgent: 'test', requestId: randomUUID() },
    { email, password },
  );
}

describe('signing in', () => {
  it('opens a session and says so in the log', async () => {
    const before = await world.auditSeq();
    const { sessionId, personId } = await attempt(` ${person.email.toUpperCase()} `, PASSWORD);
    expect(personId).toBe(person.id);
    expect(await findSessionActor(world.database, sessionId)).toMatchObject({
      personId: person.id,
      grants: [{ role: 'operator', region: null, action: null }],
    });
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'session.open', outcome: 'done', actor: { id: person.id } },
    ]);
  });

  it('says the same for a wrong password, an unknown account and a disabled one', async () => {
    const disabled = await world.person('viewer', { password: PASSWORD });
    await world.database.pool.query('update person set disabled_at = now() where id = $1', [disabled.id]);
    const messages = [
      (await failure(attempt(person.email, 'wrong'))).message,
      (await failure(attempt('nobody@example.test', 'wrong'))).message,
      (await failure(attempt(disabled.email, PASSWORD))).message,
    ];
    expect(new Set(messages).size).toBe(1);
  });

  it('writes one refusal a minute, however many tries', async () => {
    const before = await world.auditSeq();
    const now = new Date();
    for (let i = 0; i < 4; i += 1) await failure(attempt(person.email, `wrong ${i}`, now));
    const rows = await world.auditAfter(before);
    expect(rows).toMatchObject([{ verb: 'session.open', outcome: 'refused', rule: 'sign-in' }]);
    expect(JSON.stringify(rows)).not.toContain('wrong');
  });

  it('waits after ten failures, even for the right password, and lets in after a quarter of an hour', async () => {
    const now = new Date();
    for (let i = 0; i < 10; i += 1) await failure(attempt(person.email, 'wrong', now));
    const error = await failure(attempt(person.email, PASSWORD, now));
    expect(error).toBeInstanceOf(ThrottledError);
    expect((error as ThrottledError).retryAfterSeconds).toBeGreaterThan(0);
    const later = new Date(now.getTime() + 16 * 60_000);
    expect((await attempt(person.email, PASSWORD, later)).personId).toBe(person.id);
  });
});

it('counts passwords that are sent at the same time one by one', async () => {
  const tries = Array.from({ length: 25 }, () => failure(attempt(person.email, 'wrong')));
  const throttled = (await Promise.all(tries)).filter((error) => error instanceof ThrottledError);
  expect(throttled).toHaveLength(15);
});

describe('a session', () => {
  it('ends when nothing was asked for hours, and use keeps it open', async () => {
    const { sessionId } = await attempt(person.email, PASSWORD);
    const seen = (ago: string) =>
      world.database.pool.query('update session set last_seen_at = now() - $2::interval where id = $1', [
        sessionId,
        ago,
      ]);
    await seen('3 hours 59 minutes');
    const actor = await findSessionActor(world.database, sessionId);
    if (!actor) throw new Error('the session ended too early');
    await noteSeen(world.database, sessionId, actor);
    const { rows } = await world.database.pool.query<{ fresh: boolean }>(
      `select last_seen_at > now() - interval '1 minute' as fresh from session where id = $1`,
      [sessionId],
    );
    expect(rows[0]?.fresh).toBe(true);
    await seen('4 hours 1 minute');
    expect(await findSessionActor(world.database, sessionId)).toBeNull();
  });

  it('ends at once when it is ended, when it runs out, and when its person is disabled', async () => {
    const ended = await attempt(person.email, PASSWORD);
    await endSession({ database: world.database, now: new Date() }, ended.sessionId, 'signed out');
    expect(await findSessionActor(world.database, ended.sessionId)).toBeNull();

    const old = await attempt(person.email, PASSWORD);
    await world.database.pool.query('update session set expires_at = now() where id = $1', [old.sessionId]);
    expect(await findSessionActor(world.database, old.sessionId)).toBeNull();

    const open = await attempt(person.email, PASSWORD);
    await world.database.pool.query('update person set disabled_at = now() where id = $1', [person.id]);
    expect(await findSessionActor(world.database, open.sessionId)).toBeNull();
  });

  it('can be ended twice without a second audit row', async () => {
    const { sessionId } = await attempt(person.email, PASSWORD);
    const context = { database: world.database, now: new Date() };
    await endSession(context, sessionId, 'signed out');
    const before = await world.auditSeq();
    await endSession(context, sessionId, 'signed out');
    expect(await world.auditAfter(before)).toEqual([]);
  });
});

describe('someone an identity provider vouches for', () => {
  const roleByGroup = new Map([
    ['sre', ['operator']],
    ['release', ['approver']],
  ]);
  const claim = (subject: string, groups: string[], email = `${subject}@example.test`) =>
    admitOidcPerson(
      { database: world.database, now: new Date() },
      { address, userAgent: 'test', requestId: randomUUID() },
      { subject, email, name: 'From outside', groups, roleByGroup },
    );
  const rolesOf = async (id: string) =>
    (
      await world.database.prisma.roleGrant.findMany({ where: { personId: id }, orderBy: { role: 'asc' } })
    ).map(({ role }) => role);

  it('gets the roles of their groups, and loses them with the groups', async () => {
    const subject = randomUUID();
    const id = await claim(subject, ['sre', 'release', 'unknown']);
    expect(await rolesOf(id)).toEqual(['approver', 'operator']);
    expect(await claim(subject, ['sre'])).toBe(id);
    expect(await rolesOf(id)).toEqual(['operator']);
  });

  it('is refused without a group that counts, and when disabled here', async () => {
    expect((await failure(claim(randomUUID(), ['unknown']))).code).toBe('not-signed-in');
    const subject = randomUUID();
    const id = await claim(subject, ['sre']);
    await world.database.pool.query('update person set disabled_at = now() where id = $1', [id]);
    expect((await failure(claim(subject, ['sre']))).message).toContain('disabled');
  });

  it('leaves an account with the same e-mail alone, and says so in the log', async () => {
    const before = await world.auditSeq();
    const error = await failure(claim(randomUUID(), ['sre'], person.email.toUpperCase()));
    expect(error).toMatchObject({ rule: 'email-taken' });
    const { oidcSubject } = await world.database.prisma.person.findUniqueOrThrow({
      where: { id: person.id },
    });
    expect(oidcSubject).toBeNull();
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'session.open', outcome: 'refused', rule: 'email-taken' },
    ]);
  });

  it('loses the provider’s roles when no group counts any more', async () => {
    const subject = randomUUID();
    const id = await claim(subject, ['sre']);
    expect(await failure(claim(subject, ['unknown']))).toMatchObject({ rule: 'no-role' });
    expect(await rolesOf(id)).toEqual([]);
  });

  it.each(['', 'no address', `${'a'.repeat(300)}@example.test`, 'a@b c'])(
    'is refused with the e-mail "%s"',
    async (email) => {
      expect(await failure(claim(randomUUID(), ['sre'], email))).toMatchObject({ rule: 'incomplete' });
    },
  );
});
