import { randomUUID } from 'node:crypto';
import { createElement } from 'react';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fencing } from '#components/operations/fencing.tsx';
import { loadSigningKey, type SigningKey } from '#lib/services/audit/heads.ts';
import { refresh } from '#lib/services/breakglass/refresh.ts';
import { EU, US } from '#test/recovery-facts.ts';
import { operationModel } from '../../../app/(console)/_models/operations.ts';
import { type ObservedChanges, type TestPerson, testWorld } from '../harness.ts';
import { textOf } from '../pages.ts';
import { insertOperation, type OperationRow } from '../recovery-rows.ts';
import { apiOn } from './api-client.ts';

const world = testWorld();
const api = apiOn(world);
const ACCEPT = { seconds: 30, bytes: null, measuredAt: '2026-11-23T10:00:00.000Z' };
let operator: TestPerson;
let key: SigningKey;

beforeAll(async () => {
  operator = await world.person('operator');
  key = await loadSigningKey({ dataDir: api.dataDir });
});
beforeEach(async () => {
  await world.owner.query('truncate operation cascade');
  await world.observe();
});

const failover = (row: OperationRow = {}) =>
  insertOperation(world, operator.id, {
    kind: 'failover',
    state: 'running',
    params: { request: { lost: US, target: EU, accept: ACCEPT } },
    ...row,
  });

const page = (id: string, now = new Date()) => operationModel(world.contextFor(operator, { now }), id);
const linksOf = async (id: string) => (await page(id)).recovery?.links;

const keepBundles = () =>
  refresh(
    {
      database: world.database,
      estate: world.estate,
      log: () => undefined,
      key,
      dataDir: api.dataDir,
      now: new Date(),
    },
    'production',
  );

/** The target's database listens somewhere else since. */
const moved: ObservedChanges = {
  change: ({ region, kind, value }) => {
    if (region !== EU || typeof value !== 'object' || value === null) return undefined;
    const endpoint = 'elsewhere.eu-west-1.rds.amazonaws.com:5433';
    if (kind === 'database') return { ...value, endpoint };
    if (kind !== 'databases' || !('instances' in value) || !Array.isArray(value.instances)) return undefined;
    return { instances: value.instances.map((instance: object) => ({ ...instance, endpoint })) };
  },
};

describe('a failover that runs', () => {
  it('leads to its plan, and to what goes on without this console', async () => {
    await keepBundles();
    const links = await linksOf(await failover());
    expect(links).toMatchObject({
      plan: '/recovery?tab=plans&plan=failover-us-east-1-eu-west-1',
      breakGlass: {
        href: '/api/v1/breakglass/failover-us-east-1-to-eu-west-1?environment=production',
        current: true,
      },
    });
  });

  it('says that the bundle is of an earlier plan', async () => {
    await keepBundles();
    await world.observe(moved);
    expect((await linksOf(await failover()))?.breakGlass).toMatchObject({ current: false });
  });

  it('has none where no worker of this machine wrote one', async () => {
    const params = { request: { lost: EU, target: US, accept: ACCEPT } };
    expect(await linksOf(await failover({ params }))).toMatchObject({ plan: null, breakGlass: null });
  });
});

it('a run that has ended leads to neither: its own steps tell what was done', async () => {
  await keepBundles();
  expect(await linksOf(await failover({ state: 'done' }))).toMatchObject({ plan: null, breakGlass: null });
});

describe('a fence that waits', () => {
  const NOW = new Date('2026-11-23T10:00:00.000Z');

  async function fence(operation: string, tried: { lastAttemptAt: string | null; attempts: number }) {
    await world.database.pool.query(
      `insert into fence (id, environment, region, instance_id, instance_arn, operation_id, requested_at, last_attempt_at, attempts)
       values ($1, 'production', $2, 'ecommerce-db-us-east-1', $3, $4, '2026-11-23T09:58:00Z', $5, $6)`,
      [randomUUID(), US, randomUUID(), operation, tried.lastAttemptAt, tried.attempts],
    );
  }

  async function shown(tried: Parameters<typeof fence>[1]): Promise<string> {
    const id = await failover();
    await fence(id, tried);
    const fencing = (await page(id, NOW)).recovery?.fencing;
    if (!fencing) throw new Error('no fencing on the page');
    return textOf(NOW.toISOString(), createElement(Fencing, { fencing }));
  }

  it.each([
    [{ lastAttemptAt: '2026-11-23T09:59:54.000Z', attempts: 9 }, 'tried 6 s ago , next in 9 s'],
    [{ lastAttemptAt: '2026-11-23T09:59:30.000Z', attempts: 9 }, 'tried 30 s ago , next now'],
    [{ lastAttemptAt: null, attempts: 0 }, 'not tried yet , next now'],
  ])('says when it was tried and when it is tried again: %j', async (tried, words) => {
    expect(await shown(tried)).toContain(words);
  });
});

describe('the clocks of a planned move', () => {
  const PLAN = {
    version: 1,
    kind: 'switchover',
    environment: 'production',
    title: 'Switch over',
    compensation: [],
    steps: [
      { key: 'freeze', action: 'recovery.freeze-writes' },
      { key: 'order', action: 'recovery.verify-order', clock: 'writes' },
    ],
  };

  async function clocksOf(frozenAt: Date | null) {
    const id = await insertOperation(world, operator.id, {
      kind: 'switchover',
      state: 'running',
      params: { request: { target: EU } },
      plan: PLAN,
    });
    for (const [position, { key, action }] of PLAN.steps.entries())
      await world.database.pool.query(
        `insert into operation_step (operation_id, position, key, title, action, state, started_at, attempt)
         values ($1, $2, $3, $3, $4, $5, $6, $7)`,
        position === 0 && frozenAt
          ? [id, position, key, action, 'running', frozenAt, 1]
          : [id, position, key, action, 'waiting', null, 0],
      );
    return (await page(id)).recovery?.clocks;
  }

  it('wait until orders are frozen, for nobody misses anything before', async () => {
    const clocks = await clocksOf(null);
    expect(clocks?.clocks).toMatchObject([{ key: 'writes', state: 'waiting', waitsFor: 'starts at step 1' }]);
  });

  it('count from then on', async () => {
    const frozenAt = new Date(Date.now() - 3_000);
    const clocks = await clocksOf(frozenAt);
    expect(clocks).toMatchObject({ zeroAt: frozenAt.toISOString(), zeroIs: 'the write freeze' });
    expect(clocks?.clocks).toMatchObject([{ key: 'writes', state: 'running', waitsFor: null }]);
  });
});
