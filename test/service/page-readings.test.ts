import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '#lib/data/database.ts';
import { ForbiddenError } from '#lib/errors.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { createFreeze } from '#lib/services/freezes/freezes.ts';
import { findHolder, listOpenFreezes } from '#lib/services/operations/facts.ts';
import { findActiveOperation } from '#lib/services/operations/read.ts';
import { readSituation } from '#lib/services/recovery/situation.ts';
import { sharePlans } from '#lib/web/shared-plans.ts';
import { EU, NOW, US } from '#test/recovery-facts.ts';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import { overviewModel } from '../../app/(console)/_models/overview.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { frameOf } from './pages.ts';
import { insertOperation } from './recovery-rows.ts';
import { lost, readyOutlook, storeOutlook } from './recovery-world.ts';

const world = testWorld();
const production = environmentOf(seedEstate());
let operator: TestPerson;

beforeAll(async () => {
  operator = await world.person('operator');
});
beforeEach(async () => {
  await world.database.pool.query(
    `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
  );
  await world.database.pool.query(
    `update "freeze" set lifted_at = now(), lifted_by = created_by where lifted_at is null`,
  );
});

/** As a page of that person is given: what it has read once it does not read again. */
function pageOf(person: TestPerson, given: Partial<VerbContext> = {}): VerbContext {
  return { ...world.contextFor(person, { now: NOW }), readings: new Map(), ...given };
}

/** The world's database, noting what it is asked for: a statement by its name, a model by its own. */
function counted(): { database: Database; asked: string[] } {
  const asked: string[] = [];
  const { pool, prisma } = world.database;
  const statements = new Proxy(pool, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (key !== 'query' || typeof value !== 'function') return value;
      return (query: string | { name?: string }, ...rest: unknown[]) => {
        if (typeof query === 'object' && query.name) asked.push(query.name);
        return value.call(target, query, ...rest);
      };
    },
  });
  const models = new Proxy(prisma, {
    get(target, key) {
      const model: unknown = Reflect.get(target, key);
      if (typeof key !== 'string' || typeof model !== 'object' || model === null) return model;
      return new Proxy(model, {
        get(of, method) {
          const value: unknown = Reflect.get(of, method);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) => {
            asked.push(key);
            return value.apply(of, args);
          };
        },
      });
    },
  });
  return { database: { ...world.database, pool: statements, prisma: models }, asked };
}

describe('what a page has read', () => {
  beforeEach(() => storeOutlook(world, readyOutlook()));

  it('is read once, however many of its parts ask', async () => {
    await insertOperation(world, operator.id, { kind: 'traffic-shift', state: 'running' });
    const { database, asked } = counted();
    await overviewModel(await frameOf(pageOf(operator, { database })));
    const times = (what: string) => asked.filter((name) => name === what).length;
    expect(times('recoveryWatch')).toBe(1);
    expect(times('open-freezes')).toBe(1);
    // Who holds the environment, what runs there, and its plan.
    expect(times('operation')).toBe(3);
  });

  it('is seen anew by the next page, and at once by what decides', async () => {
    const page = pageOf(operator);
    expect(await listOpenFreezes(page)).toEqual([]);
    expect(await findHolder(page, production)).toBeNull();
    await createFreeze(world.contextFor(operator, { now: NOW }), {
      environment: 'production',
      reason: 'a sale',
    });
    const id = await insertOperation(world, operator.id, { kind: 'traffic-shift', state: 'running' });
    expect(await listOpenFreezes(page)).toEqual([]);
    expect(await findHolder(page, production)).toBeNull();
    for (const fresh of [pageOf(operator), world.contextFor(operator, { now: NOW })]) {
      expect(await listOpenFreezes(fresh)).toMatchObject([{ reason: 'a sale' }]);
      expect(await findHolder(fresh, production)).toMatchObject({ id });
      expect(await findActiveOperation(fresh, 'production')).toMatchObject({ id });
    }
  });

  it('is kept from who may not read, whoever has read it before', async () => {
    await insertOperation(world, operator.id, { kind: 'traffic-shift', state: 'running' });
    const page = pageOf(operator);
    await findActiveOperation(page, 'production');
    const nobody = { ...page, actor: world.contextFor(await world.person([])).actor };
    expect(await failure(findActiveOperation(nobody, 'production'))).toBeInstanceOf(ForbiddenError);
  });

  it('has exceptions for who asks alone, from freezes that are read for all', async () => {
    const admin = world.contextFor(await world.person('admin'), { now: NOW });
    const { id } = await createFreeze(admin, { environment: 'production', reason: 'a sale' });
    const other = await world.person('operator');
    await world.database.pool.query(
      `insert into freeze_exception (id, freeze_id, environment, action_kind, person_id, reason, granted_by, granted_at, ends_at)
       values (gen_random_uuid(), $1, 'production', 'shift', $2, 'the sale itself', $3, $4, $5)`,
      [id, operator.id, admin.actor.personId, NOW, new Date(NOW.getTime() + 3_600_000)],
    );
    const page = pageOf(operator);
    const usable = async (personId: string) =>
      (await listOpenFreezes({ ...page, asker: { personId } })).flatMap(({ exceptions }) => exceptions ?? []);
    expect(await usable(operator.id)).toHaveLength(1);
    expect(await usable(other.id)).toEqual([]);
  });
});

it('what holds the environment leaves the Region that its request names, of a recovery alone', async () => {
  const { outlook, detection } = lost(readyOutlook(), US);
  await storeOutlook(world, outlook, detection);
  const params = { request: { lost: US, target: EU }, subject: {} };
  const failover = await insertOperation(world, operator.id, { kind: 'failover', state: 'running', params });
  const { outlook: seen } = await readSituation(world.contextFor(operator, { now: NOW }), 'production');
  expect(seen.facts.holder).toEqual({
    id: failover,
    title: 'Fail over to eu-west-1',
    kind: 'failover',
    leaves: US,
  });
  await world.database.pool.query(`update operation set kind = 'traffic-shift' where id = $1`, [failover]);
  expect(await findHolder(world.contextFor(operator), production)).toMatchObject({ leaves: null });
});

it('the overview follows the share of the Region that gains most by the shift that runs', async () => {
  const now = new Date();
  const change = { sharesBefore: { [US]: 0.5, [EU]: 0.3 }, sharesAfter: { [US]: 0.4, [EU]: 0.4 } };
  const id = await insertOperation(world, operator.id, {
    kind: 'traffic-shift',
    state: 'running',
    plan: { version: 1, kind: 'traffic-shift', title: 'Shift', steps: [], compensation: [], change },
  });
  await world.database.pool.query(
    `with made as (insert into series (subject, metric, unit) values ($1, 'share.configured', 'share'),
       ($1, 'share.measured', 'share'), ($2, 'share.measured', 'share'), ($1, 'requests', 'requests/s') returning id, subject, metric)
     insert into sample (series_id, at, value) select id, $3,
       case when metric = 'requests' then 12.3456789 when subject = $2 then 0.6 when metric = 'share.measured' then 0.35 else 0.4 end from made`,
    [EU, US, new Date(now.getTime() - 60_000)],
  );
  const { running, regions } = await overviewModel(await frameOf(world.contextFor(operator, { now })));
  expect(running).toMatchObject({
    id,
    region: EU,
    course: { ok: true, value: { configured: [{ share: 0.4 }], measured: [{ share: 0.35 }] } },
  });
  const line = regions.find(({ code }) => code === EU)?.requestsHistory ?? [];
  expect(line.filter((value) => value !== null)).toEqual([12.35]);
});

describe('the plan of an operation', () => {
  it('is read once for all pages, and by what decides each time', async () => {
    const plan = { version: 1, kind: 'traffic-shift', title: 'Shift', steps: [], compensation: [] };
    const id = await insertOperation(world, operator.id, { kind: 'traffic-shift', state: 'running', plan });
    const { database, asked } = counted();
    const plans = sharePlans(database);
    const first = await findActiveOperation(pageOf(operator, { plans }), 'production');
    const second = await findActiveOperation(pageOf(await world.person('viewer'), { plans }), 'production');
    expect(first).toMatchObject({ id, plan });
    expect(second?.plan).toBe(first?.plan);
    expect(asked).toEqual(['operation']);
    const own = await findActiveOperation(world.contextFor(operator), 'production');
    expect(own?.plan).toEqual(plan);
    expect(own?.plan).not.toBe(first?.plan);
  });

  it('is that of its digest: a database made anew counts operations from the start', async () => {
    const id = await insertOperation(world, operator.id, { plan: { title: 'one' } });
    const plans = sharePlans(world.database);
    expect(await plans({ id, digest: 'a' })).toEqual({ title: 'one' });
    await world.owner.query(`update operation set plan = '{"title": "another"}' where id = $1`, [id]);
    expect(await plans({ id, digest: 'a' })).toEqual({ title: 'one' });
    expect(await plans({ id, digest: 'b' })).toEqual({ title: 'another' });
  });

  it('is asked for again after it could not be read, and is kept for few', async () => {
    const plans = sharePlans(world.database);
    await expect(plans({ id: 'OP-1', digest: 'a' })).rejects.toThrow('There is no operation OP-1.');
    await expect(plans({ id: 'OP-1', digest: 'a' })).rejects.toThrow('There is no operation OP-1.');
    const id = await insertOperation(world, operator.id, { plan: { title: 'one' } });
    const first = await plans({ id, digest: '0' });
    expect(await plans({ id, digest: '0' })).toBe(first);
    for (let i = 1; i <= 20; i += 1) await plans({ id, digest: String(i) });
    expect(await plans({ id, digest: '0' })).not.toBe(first);
  });
});
