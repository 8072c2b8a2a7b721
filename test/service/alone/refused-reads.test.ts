import { beforeEach, describe, expect, it } from 'vitest';
import { ForbiddenError, NotFoundError } from '#lib/errors.ts';
import { auditedRead } from '#lib/web/refused-reads.ts';
import { type TestPerson, testWorld } from '../harness.ts';
import { apiOn } from './api-client.ts';

const world = testWorld();
const api = apiOn(world);

let before: number;
let person: TestPerson;
let token: string;

/** Somebody whose last grant was taken away after the token was made. */
beforeEach(async () => {
  person = await world.person('viewer');
  token = await api.tokenOf(person);
  await world.database.pool.query('delete from role_grant where person_id = $1', [person.id]);
  before = await world.auditSeq();
});

const get = (target: string) => api.call('GET', target, { token });

describe('a read that is refused', () => {
  it('is in the log once for a route, however often it is asked for', async () => {
    for (const target of ['/regions', '/regions', '/regions/eu-west-1', '/regions/us-east-1'])
      expect((await get(target)).status, target).toBe(403);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'data.read', outcome: 'refused', rule: 'forbidden', detail: { route: 'GET /regions' } },
      { verb: 'data.read', outcome: 'refused', rule: 'forbidden', detail: { route: 'GET /regions/{code}' } },
    ]);
  });

  it('names who asked, how, and why not', async () => {
    const { headers } = await get('/regions');
    const [row] = await world.auditAfter(before);
    expect(row).toMatchObject({
      actor: { kind: 'token' },
      via: 'api',
      requestId: headers.get('x-request-id'),
      message: expect.stringContaining('Reading needs the role'),
    });
  });

  it('is another one for another person', async () => {
    const other = await world.person('viewer');
    const context = { ...world.contextFor(other), now: new Date() };
    const refuse = (who: typeof context) =>
      auditedRead(who, '/traffic', async () => {
        throw new ForbiddenError('Reading needs a role.');
      });
    await expect(refuse({ ...world.contextFor(person), now: new Date() })).rejects.toThrow(ForbiddenError);
    await expect(refuse(context)).rejects.toThrow(ForbiddenError);
    expect(await world.auditAfter(before)).toMatchObject([
      { actor: { id: person.id }, detail: { route: '/traffic' } },
      { actor: { id: other.id }, detail: { route: '/traffic' } },
    ]);
  });

  it('is in the log again a minute later', async () => {
    const now = new Date();
    const refuse = (at: number) =>
      auditedRead({ ...world.contextFor(person), now: new Date(at) }, '/cost', async () => {
        throw new ForbiddenError('Reading needs a role.');
      });
    for (const seconds of [3_600, 3_630, 3_661])
      await expect(refuse(now.getTime() + seconds * 1_000)).rejects.toThrow(ForbiddenError);
    expect(await world.auditAfter(before)).toHaveLength(2);
  });
});

it('neither a read that is answered nor one of what does not exist is in the log', async () => {
  const context = world.contextFor(person);
  expect(await auditedRead(context, '/x', async () => 1)).toBe(1);
  const missing = auditedRead(context, '/x', async () => {
    throw new NotFoundError('There is none.');
  });
  await expect(missing).rejects.toThrow(NotFoundError);
  expect(await world.auditAfter(before)).toEqual([]);
});

it('an act that a GET carries out writes its own refusal, and no second one', async () => {
  expect((await get('/audit/export?format=csv')).status).toBe(403);
  expect(await world.auditAfter(before)).toMatchObject([{ verb: 'audit.export', outcome: 'refused' }]);
});
