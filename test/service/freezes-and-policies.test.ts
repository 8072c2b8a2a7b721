import { beforeEach, describe, expect, it } from 'vitest';
import type { RefusedError, ValidationError } from '#lib/errors.ts';
import { setPolicy } from '#lib/services/approvals/policies.ts';
import { createFreeze, liftFreeze } from '#lib/services/freezes/freezes.ts';
import { listFreezes } from '#lib/services/freezes/list.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();

let european: TestPerson;

beforeEach(async () => {
  await world.database.pool.query('delete from "freeze"');
  await world.database.pool.query('delete from approval_policy');
  european = await world.person([{ role: 'operator', region: 'eu-west-1', action: null }]);
});

describe('a grant for one Region', () => {
  it('freezes that Region and no other', async () => {
    const context = world.contextFor(european);
    await createFreeze(context, { region: 'eu-west-1', reason: 'a sale' });
    for (const wider of [{}, { environment: 'production' }, { region: 'us-east-1' }]) {
      const error = await failure(createFreeze(context, { ...wider, reason: 'a sale' }));
      expect(error.code).toBe('forbidden');
      expect(error.message).toContain('us-east-1');
    }
  });

  it('stops the line, which is easy, and does not let it go again', async () => {
    const context = world.contextFor(european);
    const { id } = await createFreeze(context, { stopTheLine: true, reason: 'smoke' });
    const { items } = await listFreezes(context, {});
    expect(items).toMatchObject([{ id, mayLift: false }]);
    expect((await failure(liftFreeze(context, { id }))).code).toBe('forbidden');
    await liftFreeze(world.contextFor(await world.person('approver')), { id });
  });
});

describe('a name that nothing has', () => {
  it.each(['traffic-shfit', 'traffic-revert'])('is not frozen as a kind: %s', async (kind) => {
    const operator = await world.person('operator');
    const error = await failure(createFreeze(world.contextFor(operator), { kind, reason: 'a sale' }));
    expect(Object.keys((error as ValidationError).fields)).toEqual(['kind']);
  });

  it.each([
    [{ environment: 'prodution', kind: '*' }, 'environment'],
    [{ environment: 'production', kind: 'traffic-shfit' }, 'kind'],
  ])('gets no policy: %j', async (key, field) => {
    const admin = await world.person('admin');
    const error = await failure(
      setPolicy(world.contextFor(admin), { ...key, needed: 2, expiresMinutes: 60 }),
    );
    expect(Object.keys((error as ValidationError).fields)).toEqual([field]);
  });
});

describe('an admin who operates too', () => {
  it('cannot undo at the same moment what another admin has just tightened', async () => {
    const policy = { environment: 'production', kind: 'traffic-shift', needed: 1, expiresMinutes: 60 };
    await setPolicy(world.contextFor(await world.person('admin')), policy);
    const both = await world.person([
      { role: 'admin', region: null, action: null },
      { role: 'operator', region: null, action: null },
    ]);
    const written = Promise.withResolvers<void>();
    const judged = Promise.withResolvers<void>();
    const other = await world.person('admin');
    const tightening = world.database.inTransaction(async (connection) => {
      const { definition } = setPolicy;
      await definition.run(
        world.contextFor(other),
        definition.input.parse({ ...policy, needed: 2 }),
        connection,
      );
      written.resolve();
      await judged.promise;
    });
    await written.promise;
    const loosening = failure(setPolicy(world.contextFor(both), { ...policy, expiresMinutes: 59 }));
    await world.untilSomebodyWaits();
    judged.resolve();
    await tightening;
    expect(((await loosening) as RefusedError).rule).toBe('own-policy');
  });

  it('cannot loosen a policy by a wider one that goes before it', async () => {
    const LONG = { needed: 2, expiresMinutes: 60 };
    await setPolicy(world.contextFor(await world.person('admin')), {
      environment: '*',
      kind: 'traffic-shift',
      ...LONG,
    });
    const both = await world.person([
      { role: 'admin', region: null, action: null },
      { role: 'operator', region: null, action: null },
    ]);
    const loose = { environment: 'production', kind: '*', needed: 1, expiresMinutes: 60 };
    const error = await failure(setPolicy(world.contextFor(both), loose));
    expect((error as RefusedError).rule).toBe('own-policy');
    expect(await setPolicy(world.contextFor(both), { ...loose, needed: 2 })).toMatchObject({ needed: 2 });
  });
});
