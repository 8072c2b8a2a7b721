import { beforeEach, expect, it } from 'vitest';
import { type RefusedError, ValidationError } from '#lib/errors.ts';
import { disablePerson } from '#lib/services/people/accounts.ts';
import { findTokenActor } from '#lib/services/sessions/actor.ts';
import { noteTokenUse } from '#lib/services/tokens/last-use.ts';
import { createToken, listTokens, revokeToken } from '#lib/services/tokens/tokens.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();
let operator: TestPerson;

beforeEach(async () => {
  operator = await world.person('operator');
});

function create(changes: object = {}, by = world.contextFor(operator)) {
  return createToken(by, { name: 'pipeline', scopes: ['operation.request'], ...changes });
}

it('stands for its owner, within its scopes; its secret is nowhere but in the answer', async () => {
  const before = await world.auditSeq();
  const { id, secret } = await create();
  expect(secret).toMatch(/^mrd_[\w-]{43}$/);
  expect(await findTokenActor(world.database, secret)).toMatchObject({
    personId: operator.id,
    audit: { kind: 'token', id, owner: operator.id },
    tokenScopes: ['operation.request'],
  });
  const { rows } = await world.database.pool.query<{ row: string }>('select t::text as row from api_token t');
  const kept = [JSON.stringify(rows), JSON.stringify(await world.auditAfter(before))].join();
  expect(kept).not.toContain(secret);
  expect(kept).not.toContain(Buffer.from(secret).toString('hex'));
});

it('is refused once revoked, expired, or its owner disabled', async () => {
  const revoked = await create();
  await revokeToken(world.contextFor(operator), { id: revoked.id });
  expect(await findTokenActor(world.database, revoked.secret)).toBeNull();
  expect((await failure(revokeToken(world.contextFor(operator), { id: revoked.id }))).code).toBe('conflict');

  const expired = await create();
  await world.database.pool.query('update api_token set expires_at = now() where id = $1', [expired.id]);
  expect(await findTokenActor(world.database, expired.secret)).toBeNull();

  const orphan = await create();
  const admin = await world.person('admin', { password: 'a long enough password' });
  await world.person('admin', { password: 'a long enough password' });
  await disablePerson(world.contextFor(admin), { id: operator.id });
  expect(await findTokenActor(world.database, orphan.secret)).toBeNull();
});

it.each([
  [{ scopes: [] }, 'scopes'],
  [{ scopes: ['everything'] }, 'scopes.0'],
  [{ scopes: ['token.create'] }, 'scopes.0'],
  [{ scopes: ['people.change'] }, 'scopes'],
  [{ expiresInDays: 366 }, 'expiresInDays'],
  [{ expiresInDays: 0 }, 'expiresInDays'],
  [{ expiresInDays: 1.5 }, 'expiresInDays'],
  [{ name: '' }, 'name'],
])('is not made with %j', async (changes, field) => {
  const error = await failure(create(changes));
  expect(error).toBeInstanceOf(ValidationError);
  expect(Object.keys((error as ValidationError).fields)).toEqual([field]);
});

it('is made by its owner, never by a token nor for someone else', async () => {
  const byToken = world.contextFor(operator, { tokenScopes: ['token.create'] });
  expect(((await failure(create({}, byToken))) as RefusedError).rule).toBe('token');
  const other = await world.person('operator');
  expect((await failure(create({ ownerId: other.id }))).code).toBe('forbidden');
  const viewer = await world.person('viewer');
  expect((await failure(create({ scopes: ['read'] }, world.contextFor(viewer)))).code).toBe('forbidden');
});

it('is seen and revoked by its owner and by admins', async () => {
  const { id } = await create();
  const stranger = await world.person('operator');
  expect((await listTokens(world.contextFor(operator), {})).items).toMatchObject([{ id, state: 'active' }]);
  expect((await listTokens(world.contextFor(stranger), {})).items).toEqual([]);
  expect((await failure(listTokens(world.contextFor(stranger), { ownerId: operator.id }))).code).toBe(
    'forbidden',
  );
  expect((await failure(revokeToken(world.contextFor(stranger), { id }))).code).toBe('forbidden');
  const weak = world.contextFor(operator, { tokenScopes: ['read'] });
  expect((await failure(revokeToken(weak, { id }))).code).toBe('forbidden');
  const admin = await world.person('admin');
  expect((await listTokens(world.contextFor(admin), { ownerId: operator.id })).items).toHaveLength(1);
  await revokeToken(world.contextFor(admin), { id });
  expect((await listTokens(world.contextFor(operator), { state: 'active' })).items).toEqual([]);
});

it('remembers its last use to the minute', async () => {
  const { id } = await create();
  await noteTokenUse(world.database, id);
  const [first] = (await listTokens(world.contextFor(operator), {})).items;
  expect(first?.lastUsedAt).toBeInstanceOf(Date);
  await noteTokenUse(world.database, id);
  const [second] = (await listTokens(world.contextFor(operator), {})).items;
  expect(second?.lastUsedAt).toEqual(first?.lastUsedAt);
});
