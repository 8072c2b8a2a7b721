import { beforeEach, describe, expect, it } from 'vitest';
import type { ServiceObservation } from '#lib/domain/observation/kinds.ts';
import { OPERATION_STATES } from '#lib/domain/operation/state.ts';
import type { ValidationError } from '#lib/errors.ts';
import { readDelivery } from '#lib/services/deployments/delivery.ts';
import { DEPLOYMENT_FILTERS, listDeployments } from '#lib/services/deployments/list.ts';
import { readVersions } from '#lib/services/deployments/versions.ts';
import { registerRelease } from '#lib/services/releases/register.ts';
import { insertDeployment, REGIONS } from './deployment-rows.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';
import { insertOperation } from './recovery-rows.ts';

const world = testWorld();
const DAY_MS = 86_400_000;
const [US = '', EU = '', AP = ''] = REGIONS;

let operator: TestPerson;

beforeEach(async () => {
  for (const table of ['operation_event', 'operation_step', 'operation'])
    await world.owner.query(`delete from ${table}`);
  await world.observe();
  operator = await world.person('operator', { name: 'Oda' });
});

const list = (input: Record<string, unknown> = {}) =>
  listDeployments(world.contextFor(operator), { environment: 'production', ...input });

describe('the list of deployments', () => {
  it('says what, who, how far, and how it ended; of no other kind or environment', async () => {
    const id = await insertDeployment(world, operator.id, {
      state: 'reverted',
      switched: { [US]: Date.now(), [EU]: Date.now() },
      back: [EU],
    });
    await insertOperation(world, operator.id, { kind: 'failover' });
    await insertDeployment(world, operator.id, { environment: 'staging' });
    expect((await list()).items).toMatchObject([
      {
        id,
        kind: 'deployment',
        version: 'v2.0.0',
        state: 'reverted',
        requester: { name: 'Oda' },
        regions: [
          { region: US, reached: 'switched' },
          { region: EU, reached: 'back' },
          { region: AP, reached: 'no' },
        ],
      },
    ]);
  });

  it('counts a switch that was begun, or left out on the way back, as none', async () => {
    const id = await insertDeployment(world, operator.id, { switched: { [US]: Date.now() } });
    for (const [position, action, state, output] of [
      [10, 'deploy.switch', 'running', { from: 'v1.9.0', to: 'v2.0.0' }],
      [11, 'deploy.switch-back', 'skipped', { unswitched: true }],
    ] as const)
      await world.database.pool.query(
        `insert into operation_step (operation_id, position, key, title, action, region, state, attempt, output)
         values ($1, $2, $3, $3, $4, $5, $6, 1, $7)`,
        [id, position, `step-${position}`, action, EU, state, output],
      );
    const [found] = (await list()).items;
    expect(found?.regions.map(({ reached }) => reached)).toEqual(['switched', 'no', 'no']);
  });

  it('has each state under one of its filters', () => {
    expect(Object.values(DEPLOYMENT_FILTERS).flat().sort()).toEqual([...OPERATION_STATES].sort());
  });

  it('is narrowed by state and by version', async () => {
    const done = await insertDeployment(world, operator.id);
    const back = await insertDeployment(world, operator.id, { state: 'aborted', version: 'v2.1.0' });
    const running = await insertDeployment(world, operator.id, { state: 'running', endedAtMs: null });
    const ids = async (input: Record<string, unknown>) => (await list(input)).items.map(({ id }) => id);
    expect(await ids({ state: 'done' })).toEqual([done]);
    expect(await ids({ state: 'back' })).toEqual([back]);
    expect(await ids({ state: 'active' })).toEqual([running]);
    expect(await ids({ state: 'failed' })).toEqual([]);
    expect(await ids({ version: 'v2.1.0' })).toEqual([back]);
  });

  it('pages without a gap or a repeat, also where many were asked for at one moment', async () => {
    const made: string[] = [];
    for (let n = 0; n < 7; n += 1)
      made.push(
        await insertDeployment(world, operator.id, { requestedAtMs: DAY_MS * (n < 4 ? 20_000 : 20_001) }),
      );
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await list({ limit: 2, ...(cursor ? { cursor } : {}) });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toHaveLength(7);
    expect([...seen].sort()).toEqual([...made].sort());
  });

  it('of 10,000 among 40,000 operations reads a page from its own index, however far down', async () => {
    await world.database.pool.query(
      `insert into operation (kind, environment, title, state, params, plan, digest, reason, requested_by, requested_via,
         needed, expires_at, created_at, started_at, ended_at)
       select case n % 4 when 0 then case n % 40 when 0 then 'rollback' else 'deployment' end else 'traffic-shift' end, 'production', 'Deploy', 'done', '{}', '{}', repeat('a', 64),
         'a test', $1, 'console', 0, at, at, at, at
       from (select n, now() - n * interval '1 minute' as at from generate_series(1, 40000) n) times`,
      [operator.id],
    );
    await world.owner.query('analyze operation');
    let cursor: string | null = null;
    for (let page = 0; page < 3; page += 1) {
      const found = await list({ limit: 200, ...(cursor ? { cursor } : {}) });
      expect(found.items).toHaveLength(200);
      cursor = found.nextCursor;
    }
    const { rows } = await world.database.pool.query<{ 'QUERY PLAN': string }>(
      `explain select o.id from operation o
        where o.environment = 'production' and o.kind in ('deployment', 'rollback') and o.state = any('{done}')
          and (o.created_at, o.id) < (now() - interval '5000 minutes', 'OP-1')
        order by o.created_at desc, o.id desc limit 26`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('operation_deployments');
    expect(plan).not.toContain('Sort');
  });

  it.each([
    ['state', { state: 'odd' }],
    ['cursor', { cursor: 'x' }],
    ['limit', { limit: 0 }],
    ['environment', { environment: '' }],
  ])('refuses a %s that does not fit', async (field, input) => {
    expect(Object.keys(((await failure(list(input))) as ValidationError).fields)).toEqual([field]);
  });
});

describe('versions', () => {
  it('stand side by side, each with what differs and since when', async () => {
    const digest = `sha256:${'7'.repeat(64)}`;
    const release = { version: 'v7.0.0', digest, schema: 'none', schemaNote: 'no change' };
    await registerRelease(world.contextFor(operator), release);
    const serves = (version: string, since: string): ServiceObservation => ({
      namespace: 'shop',
      service: 'shop',
      liveVersion: version,
      liveColour: 'blue',
      liveSince: since,
      deployments: [{ name: 'blue', version, image: 'x', desired: 2, ready: 2, colour: 'blue', digest }],
    });
    await world.observe({
      change: ({ region, kind, name }) => {
        if (kind !== 'service' || name !== 'shop') return undefined;
        return region === AP
          ? serves('v6.9.0', '2026-11-01T00:00:00.000Z')
          : serves('v7.0.0', region === US ? '2026-11-20T00:00:00.000Z' : '2026-11-20T00:30:00.000Z');
      },
    });
    const [production] = await readVersions(world.contextFor(operator));
    expect(production).toMatchObject({
      environment: 'production',
      common: 'v7.0.0',
      state: 'differs',
      since: '2026-11-20T00:00:00.000Z',
    });
    const found = production?.places.map(({ region, differences }) => [
      region,
      differences.map(({ code }) => code),
    ]);
    expect(found).toEqual([
      [US, []],
      [EU, []],
      [AP, ['version', 'unregistered']],
    ]);
  });

  it('that nobody saw lately are not known', async () => {
    const later = new Date(Date.now() + 3_600_000);
    const environments = await readVersions(world.contextFor(operator, { now: later }));
    expect(environments.map(({ environment, state }) => [environment, state])).toEqual([
      ['production', 'unknown'],
      ['staging', 'unknown'],
    ]);
    expect(environments[0]?.places[0]?.why).toMatch(/last seen \d+ min ago/);
  });
});

describe('the four numbers', () => {
  const read = async () => readDelivery(world.contextFor(operator), 'production');

  it('of an environment without deployments rest on nothing', async () => {
    expect(await read()).toMatchObject(
      [7, 30, 90].map((days) => ({
        days,
        frequency: { value: null, samples: 0 },
        lead: { value: null },
        failure: { value: null },
        restore: { value: null },
      })),
    );
  });

  it('come from releases, runs, their switches and their turning round', async () => {
    const now = Date.now();
    const version = 'v8.0.0';
    await registerRelease(world.contextFor(operator, { now: new Date(now - 2 * DAY_MS) }), {
      version,
      digest: `sha256:${'8'.repeat(64)}`,
      schema: 'none',
      schemaNote: 'no change',
    });
    const at = now - DAY_MS;
    await insertDeployment(world, operator.id, {
      version,
      requestedAtMs: at,
      endedAtMs: at + 900_000,
      switched: { [US]: at, [EU]: at + 300_000, [AP]: at + 600_000 },
    });
    await insertDeployment(world, operator.id, {
      version: 'v8.1.0',
      state: 'reverted',
      requestedAtMs: at,
      switched: { [US]: at },
      turnedAtMs: at + 60_000,
      endedAtMs: at + 75_000,
      back: [US],
    });
    await insertDeployment(world, operator.id, {
      requestedAtMs: now - 20 * DAY_MS,
      endedAtMs: now - 20 * DAY_MS + 1_000,
    });
    await insertDeployment(world, operator.id, { environment: 'staging' });
    await insertDeployment(world, operator.id, { state: 'rejected', begunAtMs: null });
    const [week, month] = await read();
    expect(week).toMatchObject({
      frequency: { value: 2 / 7, samples: 2 },
      lead: { samples: 1 },
      failure: { value: 1 / 2, samples: 2 },
      restore: { value: 15, samples: 1 },
      unrestored: 0,
    });
    expect(week?.lead.value).toBeCloseTo(86_400 + 600, 0);
    expect(month?.failure).toEqual({ value: 1 / 3, samples: 3 });
  });

  it('of an environment that is not there are refused', async () => {
    expect((await failure(readDelivery(world.contextFor(operator), 'prodution'))).code).toBe('not-found');
  });
});
