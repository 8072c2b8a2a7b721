import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type RefusedError, ValidationError } from '#lib/errors.ts';
import { listPolicies, setPolicy } from '#lib/services/approvals/policies.ts';
import {
  changeOwnPassword,
  createPerson,
  disablePerson,
  enablePerson,
  renamePerson,
  setPassword,
} from '#lib/services/people/accounts.ts';
import { findSessionEnding } from '#lib/services/people/end-sessions.ts';
import { grantRole, revokeGrant } from '#lib/services/people/grants.ts';
import { listPeople } from '#lib/services/people/list.ts';
import { findSessionActor } from '#lib/services/sessions/actor.ts';
import { signIn } from '#lib/services/sessions/sign-in.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();
const PASSWORD = 'a long enough password';
let admin: TestPerson;

beforeEach(async () => {
  admin = await world.person('admin', { password: PASSWORD });
});

const rule = async (call: Promise<unknown>) => ((await failure(call)) as RefusedError).rule;

async function session(person: TestPerson, password = PASSWORD): Promise<string> {
  const { sessionId } = await signIn(
    { database: world.database, now: new Date() },
    { address: randomUUID(), userAgent: '', requestId: randomUUID() },
    { email: person.email, password },
  );
  return sessionId;
}

describe('accounts', () => {
  it('are made without a role, and can be granted one', async () => {
    const before = await world.auditSeq();
    const email = `New.${randomUUID()}@Example.test`;
    const { id } = await createPerson(world.contextFor(admin), {
      email,
      name: ' New Person ',
      password: PASSWORD,
    });
    await grantRole(world.contextFor(admin), { personId: id, role: 'operator', region: 'eu-west-1' });
    const { items } = await listPeople(world.contextFor(admin), { q: email.toLowerCase() });
    expect(items).toMatchObject([
      {
        id,
        name: 'New Person',
        email: email.toLowerCase(),
        signsInBy: 'password',
        grants: [{ role: 'operator', region: 'eu-west-1', action: null, grantedByName: admin.name }],
      },
    ]);
    const rows = await world.auditAfter(before);
    expect(rows.map(({ verb }) => verb)).toEqual(['person.create', 'grant.create']);
    expect(JSON.stringify(rows)).not.toContain(PASSWORD);
    expect(JSON.stringify(rows)).not.toContain('New Person');
  });

  it('need an address of their own, a name and a password of twelve characters', async () => {
    const error = await failure(
      createPerson(world.contextFor(admin), { email: 'nobody', name: ' ', password: 'short' }),
    );
    expect(Object.keys((error as ValidationError).fields).sort()).toEqual(['email', 'name', 'password']);
    const taken = await failure(
      createPerson(world.contextFor(admin), { email: admin.email.toUpperCase(), name: 'Twin' }),
    );
    expect((taken as ValidationError).fields).toHaveProperty('email');
  });

  it('are changed by admins alone', async () => {
    const operator = await world.person('operator');
    const context = world.contextFor(operator);
    const calls = [
      () => createPerson(context, { email: 'x@example.test', name: 'X' }),
      () => disablePerson(context, { id: admin.id }),
      () => renamePerson(context, { id: admin.id, name: 'X' }),
      () => setPassword(context, { id: admin.id, password: PASSWORD }),
      () => grantRole(context, { personId: operator.id, role: 'admin' }),
    ];
    for (const call of calls) expect((await failure(call())).code).toBe('forbidden');
  });

  it('end their sessions at once when disabled, when the password or a grant changes', async () => {
    const person = await world.person('viewer', { password: PASSWORD });
    const context = world.contextFor(admin);
    const changed = `${PASSWORD} 2`;
    const ends = async (oldPassword: string, change: () => Promise<unknown>) => {
      const id = await session(person, oldPassword);
      await change();
      expect(await findSessionActor(world.database, id)).toBeNull();
    };
    await ends(PASSWORD, () => setPassword(context, { id: person.id, password: changed }));
    await ends(changed, () => grantRole(context, { personId: person.id, role: 'operator' }));
    await ends(changed, () => disablePerson(context, { id: person.id }));
    await expect(session(person, changed)).rejects.toThrow('Not signed in');
    await enablePerson(context, { id: person.id });
    expect(await findSessionActor(world.database, await session(person, changed))).not.toBeNull();
  });

  it('change their own password for the right old one', async () => {
    const person = await world.person('viewer', { password: PASSWORD });
    const context = world.contextFor(person);
    const wrong = await failure(changeOwnPassword(context, { current: 'no', password: `${PASSWORD} 2` }));
    expect((wrong as ValidationError).fields).toHaveProperty('current');
    await changeOwnPassword(context, { current: PASSWORD, password: `${PASSWORD} 2` });
    await session(person, `${PASSWORD} 2`);
    const byToken = world.contextFor(person, { tokenScopes: ['read'] });
    expect((await failure(changeOwnPassword(byToken, { current: 'x', password: PASSWORD }))).code).toBe(
      'forbidden',
    );
  });

  it('end every session with their own change, whose browsers are told why', async () => {
    const person = await world.person('viewer', { password: PASSWORD });
    const ids = [await session(person), await session(person)];
    const ending = (id: string) => findSessionEnding(world.database, id);
    expect(await Promise.all(ids.map(ending))).toEqual([null, null]);
    const before = await world.auditSeq();
    await changeOwnPassword(world.contextFor(person), { current: PASSWORD, password: `${PASSWORD} 2` });
    expect(await Promise.all(ids.map(ending))).toEqual(['password changed', 'password changed']);
    for (const id of ids) expect(await findSessionActor(world.database, id)).toBeNull();
    const rows = await world.auditAfter(before);
    expect(rows).toMatchObject([
      { verb: 'person.change-password', outcome: 'done', detail: { sessions: 2 } },
    ]);
    expect(JSON.stringify(rows)).not.toContain(PASSWORD);
    expect(await ending(randomUUID())).toBeNull();
  });

  it('change nothing to what they have already, nor where the provider keeps the password', async () => {
    const person = await world.person('viewer', { password: PASSWORD });
    const id = await session(person);
    const same = await failure(
      changeOwnPassword(world.contextFor(person), { current: PASSWORD, password: PASSWORD }),
    );
    expect((same as ValidationError).fields).toEqual({ password: 'is the one you have' });
    expect(await findSessionActor(world.database, id)).not.toBeNull();
    const fromProvider = world.contextFor(await world.person('viewer'));
    expect(await rule(changeOwnPassword(fromProvider, { current: 'any', password: PASSWORD }))).toBe(
      'no-password',
    );
  });

  it('change their password once when two ask at once', async () => {
    const person = await world.person('viewer', { password: PASSWORD });
    const wanted = ['first', 'second'].map((word) => `${PASSWORD}, the ${word}`);
    const outcomes = await Promise.allSettled(
      wanted.map((password) => changeOwnPassword(world.contextFor(person), { current: PASSWORD, password })),
    );
    const won = wanted.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const password of wanted) {
      const signedIn = session(person, password);
      if (won.includes(password)) await signedIn;
      else await expect(signedIn).rejects.toThrow('Not signed in');
    }
  });

  it('are paged by address', async () => {
    const first = await listPeople(world.contextFor(admin), { limit: 2 });
    expect(first.items).toHaveLength(2);
    const second = await listPeople(world.contextFor(admin), { limit: 2, after: first.nextAfter });
    expect((second.items[0]?.email ?? '') > (first.items[1]?.email ?? '')).toBe(true);
  });
});

describe('grants', () => {
  it('cannot be widened by their holder', async () => {
    expect(await rule(grantRole(world.contextFor(admin), { personId: admin.id, role: 'operator' }))).toBe(
      'own-grant',
    );
    expect(await rule(setPassword(world.contextFor(admin), { id: admin.id, password: PASSWORD }))).toBe(
      'own-password',
    );
  });

  it('are refused when they make no sense, by their field', async () => {
    const person = await world.person('viewer');
    const fields = async (grant: object) => {
      const error = await failure(grantRole(world.contextFor(admin), { personId: person.id, ...grant }));
      expect(error).toBeInstanceOf(ValidationError);
      return Object.keys((error as ValidationError).fields);
    };
    expect(await fields({ role: 'king' })).toEqual(['role']);
    expect(await fields({ role: 'operator', region: 'mars-1' })).toEqual(['region']);
    expect(await fields({ role: 'viewer', action: 'operation.approve' })).toEqual(['action']);
  });

  it('are given once and can be taken away once', async () => {
    const person = await world.person('viewer');
    const { id } = await grantRole(world.contextFor(admin), { personId: person.id, role: 'operator' });
    const again = grantRole(world.contextFor(admin), { personId: person.id, role: 'operator' });
    expect((await failure(again)).code).toBe('conflict');
    await revokeGrant(world.contextFor(admin), { id });
    expect((await failure(revokeGrant(world.contextFor(admin), { id }))).code).toBe('not-found');
  });
});

describe('the last admin', () => {
  beforeEach(async () => {
    await world.database.pool.query(
      `update person set disabled_at = now() where id <> $1 and id in (select person_id from role_grant where role = 'admin')`,
      [admin.id],
    );
  });

  it('can be neither disabled nor stripped', async () => {
    expect(await rule(disablePerson(world.contextFor(admin), { id: admin.id }))).toBe('last-admin');
    const grant = await world.database.prisma.roleGrant.findFirst({ where: { personId: admin.id } });
    expect(await rule(revokeGrant(world.contextFor(admin), { id: grant?.id }))).toBe('last-admin');
  });

  it('remains when two admins disable each other at once', async () => {
    const other = await world.person('admin', { password: PASSWORD });
    const outcomes = await Promise.allSettled([
      disablePerson(world.contextFor(admin), { id: other.id }),
      disablePerson(world.contextFor(other), { id: admin.id }),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('policies', () => {
  const POLICY = { environment: 'production', kind: 'traffic-shift', expiresMinutes: 60 };

  it('are set by an admin, audited with what was before', async () => {
    const before = await world.auditSeq();
    await setPolicy(world.contextFor(admin), { ...POLICY, needed: 2 });
    await setPolicy(world.contextFor(admin), { ...POLICY, needed: 1 });
    expect(await listPolicies(world.database)).toMatchObject([{ ...POLICY, needed: 1 }]);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'policy.set', detail: { before: null, needed: 2 } },
      { verb: 'policy.set', detail: { before: { needed: 2 }, needed: 1 } },
    ]);
  });

  it('cannot be loosened by someone who gains from it', async () => {
    await setPolicy(world.contextFor(admin), { ...POLICY, needed: 2 });
    const both = await world.person([
      { role: 'admin', region: null, action: null },
      { role: 'operator', region: null, action: null },
    ]);
    const context = world.contextFor(both);
    expect(await rule(setPolicy(context, { ...POLICY, needed: 1 }))).toBe('own-policy');
    expect(await rule(setPolicy(context, { ...POLICY, needed: 2, tokensApprove: true }))).toBe('own-policy');
    expect(await setPolicy(context, { ...POLICY, needed: 3 })).toMatchObject({ needed: 3 });
  });
});
