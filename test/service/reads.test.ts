import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { writerOf } from '#lib/domain/recovery/topology.ts';
import { listApprovals } from '#lib/services/approvals/list.ts';
import { encodeCursor } from '#lib/services/cursor.ts';
import { createFreeze, liftFreeze } from '#lib/services/freezes/freezes.ts';
import { listFreezes } from '#lib/services/freezes/list.ts';
import { listLinks } from '#lib/services/links/list.ts';
import { approveOperation, rejectOperation } from '#lib/services/operations/decide.ts';
import { listOperations } from '#lib/services/operations/read.ts';
import { requestOperation } from '#lib/services/operations/request.ts';
import { readOutlook } from '#lib/services/recovery/facts.ts';
import { readEstateState } from '#lib/services/regions/state.ts';
import { readTraffic } from '#lib/services/traffic/read.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();
let operator: TestPerson;
let approver: TestPerson;

beforeEach(async () => {
  await world.observe();
  operator = await world.person('operator');
  approver = await world.person('approver');
});

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';

describe('links', () => {
  const links = async (environment = 'production') =>
    (await listLinks(world.contextFor(operator), environment)).items;
  const link = async (id: string) => {
    const found = (await links()).find((candidate) => candidate.id === id);
    if (!found) throw new Error(`There is no link ${id}.`);
    return found;
  };
  /** Observes all, with these fields of one Region's observation changed. */
  const change = (region: string, kind: string, changed: object, now = new Date()) =>
    world.observe(
      {
        change: (row) =>
          row.region === region && row.kind === kind ? { ...(row.value as object), ...changed } : undefined,
      },
      now,
    );

  it('are one for each replica, rule, secondary cache and replicator', async () => {
    expect((await links()).map(({ id, status }) => [id, status])).toEqual([
      ['us-east-1>eu-west-1:database', 'ok'],
      ['us-east-1>ap-southeast-1:database', 'ok'],
      ['us-east-1>eu-west-1:storage:to-eu-west-1', 'ok'],
      ['us-east-1>ap-southeast-1:storage:to-ap-southeast-1', 'ok'],
      ['us-east-1>eu-west-1:cache', 'ok'],
      ['us-east-1>ap-southeast-1:cache', 'ok'],
      ['us-east-1>eu-west-1:queue:ecommerce-us-east-1-to-eu-west-1', 'ok'],
      ['us-east-1>ap-southeast-1:queue:ecommerce-us-east-1-to-ap-southeast-1', 'ok'],
    ]);
    expect(await links('staging')).toEqual([]);
  });

  it('of databases say what they are held to and the way they take', async () => {
    expect(await link('us-east-1>eu-west-1:database')).toMatchObject({
      status: 'ok',
      seconds: 0.4,
      bytes: 2_048,
      state: 'replicating',
      targetSeconds: 1,
      thresholds: { warning: 5, critical: 30 },
      stale: false,
      path: { peeringId: 'pcx-0a00000000000001', status: 'active', routed: true, rttMs: 75 },
    });
    expect(await link('us-east-1>ap-southeast-1:database')).toMatchObject({
      targetSeconds: 2,
      path: { rttMs: 220 },
    });
  });

  it('of storage, cache and queue say rules, roles and state beside their targets', async () => {
    expect(await link('us-east-1>eu-west-1:storage:to-eu-west-1')).toMatchObject({
      kind: 'storage',
      state: 'enabled',
      seconds: 6.2,
      pendingOperations: 1,
      rule: { id: 'to-eu-west-1', timeControl: false, encrypted: false, deleteMarkers: true },
      targetSeconds: 900,
      thresholds: { warning: 3_600, critical: null },
      source: { bucket: 'ecommerce-assets-us-east-1' },
    });
    expect(await link('us-east-1>eu-west-1:cache')).toMatchObject({
      kind: 'cache',
      state: 'available',
      role: 'secondary',
      globalDatastore: 'ldgnf-ecommerce',
      seconds: 0.12,
      targetSeconds: 1,
    });
    expect(await link('us-east-1>eu-west-1:queue:ecommerce-us-east-1-to-eu-west-1')).toMatchObject({
      kind: 'queue',
      state: 'RUNNING',
      seconds: 0.5,
      pendingMessages: 6,
      targetSeconds: 5,
    });
  });

  it('follow the database that RDS names, not the estate', async () => {
    await change(AP, 'database', {
      sourceArn: 'arn:aws:rds:eu-west-1:000000000000:db:ecommerce-db-eu-west-1',
    });
    const asian = (await links()).find(({ kind, to }) => kind === 'database' && to === AP);
    expect(asian).toMatchObject({
      from: EU,
      path: { peeringId: null, status: null, routed: false, rttMs: 160 },
    });
  });

  it('of databases are broken when RDS says so, idle is not behind, and stale is unknown', async () => {
    const status = async (kind: string, changed: object, now = new Date()) => {
      await change(EU, kind, changed, now);
      return (await links())[0]?.status;
    };
    expect(await status('database', { replication: 'error' })).toBe('broken');
    expect(await status('lag', { seconds: 90, class: 'ok', idle: true })).toBe('idle');
    expect(await status('lag', { seconds: 90, class: 'critical' })).toBe('critical');
    expect(await status('lag', {}, new Date(Date.now() - 120_000))).toBe('unknown');
  });

  it('after a failover lead from the Region that writes now; what does not lead from there is missing', async () => {
    const promoted = { role: 'primary', sourceArn: null, replication: null };
    await world.observe({
      change: ({ region, kind, value }) =>
        region === EU && kind === 'database' ? { ...(value as object), ...promoted } : undefined,
      without: (region) => region === US,
    });
    const found = (await links()).map(({ id, status, state }) => [id, status, state]);
    expect(found).toEqual(
      expect.arrayContaining([
        ['eu-west-1>us-east-1:storage', 'broken', 'no rule'],
        ['eu-west-1>ap-southeast-1:storage', 'broken', 'no rule'],
        ['us-east-1>ap-southeast-1:cache', 'ok', 'available'],
        ['eu-west-1>ap-southeast-1:queue', 'broken', 'no replicator'],
      ]),
    );
    // The lost Region's own were never seen here, so nothing is said of them.
    expect(found).toContainEqual(['eu-west-1>us-east-1:queue', 'unknown', null]);
  });

  const rule = {
    id: 'to-eu-west-1',
    enabled: true,
    destination: 'ecommerce-assets-eu-west-1',
    timeControl: true,
    deleteMarkers: true,
    encrypted: true,
    latencySeconds: 4_000,
    pendingOperations: 9,
  };
  const replicator = {
    name: 'ecommerce-us-east-1-to-eu-west-1',
    sourceRegion: US,
    state: 'RUNNING',
    messageLag: 90,
    latencySeconds: 7,
  };
  it.each<[string, string, string, object, string, string | null]>([
    ['an hour behind', US, 'storage', { rules: [rule] }, 'warning', 'enabled'],
    ['a disabled rule', US, 'storage', { rules: [{ ...rule, enabled: false }] }, 'broken', 'disabled'],
    ['no versions', US, 'storage', { versioned: false, rules: [rule] }, 'broken', 'not versioned'],
    ['no metrics', US, 'storage', { rules: [{ ...rule, latencySeconds: null }] }, 'unknown', 'enabled'],
    ['no rule', US, 'storage', { rules: [] }, 'broken', 'no rule'],
    ['a cache over its threshold', EU, 'cache', { lagSeconds: 1.4 }, 'warning', 'available'],
    ['a cache that says nothing', EU, 'cache', { lagSeconds: null }, 'unknown', 'available'],
    ['a cache that is changed', EU, 'cache', { status: 'modifying' }, 'warning', 'modifying'],
    [
      'a cache of its own',
      EU,
      'cache',
      { role: 'standalone', globalDatastore: null, primaryRegion: null },
      'broken',
      'standalone',
    ],
    ['a queue behind', EU, 'queue', { replicators: [replicator] }, 'warning', 'RUNNING'],
    [
      'a replicator that failed',
      EU,
      'queue',
      { replicators: [{ ...replicator, state: 'FAILED' }] },
      'broken',
      'FAILED',
    ],
    ['no replicator', EU, 'queue', { replicators: [] }, 'broken', 'no replicator'],
  ])('%s in %s: %s', async (_, region, kind, changed, status, state) => {
    await change(region, kind, changed);
    const found = (await links()).find((candidate) => candidate.kind === kind && candidate.to === EU);
    expect(found).toMatchObject({ status, state, from: US });
  });

  it('that were seen too long ago, or never, are unknown, with why', async () => {
    await world.observe({}, new Date(Date.now() - 120_000));
    const old = (await links()).filter(({ kind }) => kind !== 'database');
    expect(old.map(({ status, stale }) => [status, stale])).toEqual(old.map(() => ['unknown', true]));
    await world.observe({ without: (_, kind) => kind === 'storage' || kind === 'queue' });
    expect(await link('us-east-1>eu-west-1:storage')).toMatchObject({
      status: 'unknown',
      state: null,
      error: 'not observed yet',
    });
    expect(await link('us-east-1>eu-west-1:queue')).toMatchObject({ status: 'unknown', state: null });
  });
});

describe('staging beside production', () => {
  it('has its own shop and its own version in the same Region', async () => {
    await world.observe({
      change: ({ kind, name, value }) =>
        kind === 'service' && name === 'shop-staging'
          ? { ...(value as object), liveVersion: '2.0.0-rc.1' }
          : kind === 'shop-config' && name === 'shop-staging'
            ? { ...(value as object), writeFreeze: true }
            : undefined,
    });
    const context = world.contextFor(operator);
    const versionIn = async (environment: string) =>
      (await readEstateState(context, environment)).regions.map(({ service }) => service.value?.liveVersion);
    expect(await versionIn('production')).toEqual(['1.4.0', '1.4.0', '1.4.0']);
    expect(await versionIn('staging')).toEqual(['2.0.0-rc.1']);
    const shopIn = async (environment: string) => {
      const { facts } = await readOutlook(context, environment);
      return facts.regions.find(({ code }) => code === US);
    };
    expect((await shopIn('production'))?.shopConfig.value).toMatchObject({
      namespace: 'shop',
      writeFreeze: false,
    });
    expect((await shopIn('staging'))?.shopConfig.value).toMatchObject({
      namespace: 'shop-staging',
      writeFreeze: true,
    });
    expect((await shopIn('staging'))?.service.value?.liveVersion).toBe('2.0.0-rc.1');
  });
});

describe('staging’s own database and load balancer', () => {
  const STAGING_DATABASE = 'ecommerce-staging-db-us-east-1';
  const stateIn = async (environment: string, region: string) =>
    (await readEstateState(world.contextFor(operator), environment)).regions.find(
      (state) => state.region.code === region,
    );

  it('is what staging’s pages and rules see of its Region, and production sees nothing of it', async () => {
    await world.observe({
      change: ({ kind, name, value }) =>
        kind === 'database' && name === STAGING_DATABASE
          ? { ...(value as object), status: 'storage-full' }
          : undefined,
    });
    expect(await stateIn('staging', US)).toMatchObject({
      region: { database: { instanceId: STAGING_DATABASE, role: 'primary' } },
      database: { value: { instanceId: STAGING_DATABASE, status: 'storage-full' } },
      lag: null,
    });
    expect((await stateIn('production', US))?.database.value).toMatchObject({
      instanceId: 'ecommerce-db-us-east-1',
      status: 'available',
    });
    const { facts } = await readOutlook(world.contextFor(operator), 'staging');
    expect(facts.regions).toHaveLength(1);
    expect(facts.regions[0]?.databases.value?.instances.map(({ instanceId }) => instanceId)).toEqual([
      STAGING_DATABASE,
    ]);
    expect(writerOf(await readOutlook(world.contextFor(operator), 'production'))).toMatchObject({
      kind: 'one',
      region: US,
      database: { instanceId: 'ecommerce-db-us-east-1' },
    });
  });

  it('has traffic of its own, as its load balancer counts it, and shares the nodes', async () => {
    const balancer = 'app/shop-us-east-1-staging/50dc6c495c0c9188';
    const [counted] = (await readEstateState(world.contextFor(operator), 'production')).regions;
    if (!counted?.traffic.value) throw new Error('Production has no traffic.');
    await world.observe({
      extra: [
        {
          region: US,
          kind: 'traffic',
          name: balancer,
          value: { ...counted.traffic.value, requestsPerSecond: 0.25 },
        },
      ],
    });
    expect(await stateIn('staging', US)).toMatchObject({
      trafficSubject: balancer,
      traffic: { value: { requestsPerSecond: 0.25 } },
      nodes: { value: { ready: 20 } },
    });
    expect((await stateIn('production', US))?.traffic.value?.requestsPerSecond).toBe(10);
    await world.observe();
    expect((await stateIn('staging', US))?.traffic.value).toBeNull();
  });

  it('has no health check where none asks that load balancer: production’s says nothing of it', async () => {
    await world.observe();
    const none = { value: null, error: 'staging has no health check of its own in us-east-1' };
    expect((await stateIn('staging', US))?.healthCheck).toMatchObject(none);
    expect((await stateIn('production', US))?.healthCheck.value).toMatchObject({ healthy: true });
    const checkIn = async (environment: string) =>
      (await readOutlook(world.contextFor(operator), environment)).facts.regions[0]?.healthCheck;
    expect(await checkIn('staging')).toMatchObject(none);
    expect((await checkIn('production'))?.value).toMatchObject({ healthy: true });
  });

  it('is not known when it was not observed, whatever is known of production’s', async () => {
    await world.observe({ without: (_region, _kind, name) => name === STAGING_DATABASE });
    expect((await stateIn('staging', US))?.database.value).toBeNull();
    expect((await stateIn('production', US))?.database.value).not.toBeNull();
  });
});

describe('traffic', () => {
  it('is configured beside measured, with their difference', async () => {
    const reading = await readTraffic(world.contextFor(operator), 'production');
    expect(reading.regions.map(({ region, configuredShare }) => [region, configuredShare])).toEqual([
      ['us-east-1', 0.5],
      ['eu-west-1', 0.3],
      ['ap-southeast-1', 0.2],
    ]);
    for (const { differencePoints } of reading.regions) expect(differencePoints).toBeCloseTo(0);
    expect(reading.geographies.find(({ geography }) => geography === 'eu')).toMatchObject({
      residency: 'EU',
      weights: { 'eu-west-1': 100, 'us-east-1': 0, 'ap-southeast-1': 0 },
      recordWeights: { 'eu-west-1': 200 },
    });
  });

  it('has no measured share while one Region is silent, and says which', async () => {
    await world.observe({ without: (region, kind) => region === 'eu-west-1' && kind === 'traffic' });
    const reading = await readTraffic(world.contextFor(operator), 'production');
    expect(reading.uncounted).toEqual(['eu-west-1']);
    expect(reading.regions.map(({ measuredShare }) => measuredShare)).toEqual([null, null, null]);
  });

  it('is not found in an environment that does not exist', async () => {
    expect((await failure(readTraffic(world.contextFor(operator), 'mars'))).code).toBe('not-found');
  });
});

describe('freezes', () => {
  it('say whether they are in force, planned, over or lifted, and who may lift them', async () => {
    const context = world.contextFor(operator);
    const day = 86_400_000;
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const planned = await createFreeze(context, {
      reason: 'next week',
      startsAt: at(day),
      endsAt: at(2 * day),
    });
    const open = await createFreeze(context, {
      reason: 'right now',
      region: 'eu-west-1',
      kind: 'traffic-shift',
    });
    const lifted = await createFreeze(context, { reason: 'by mistake' });
    await liftFreeze(context, { id: lifted.id });
    const state = async (asked: object) =>
      Object.fromEntries((await listFreezes(context, asked)).items.map((item) => [item.id, item.state]));
    expect(await state({})).toEqual({ [planned.id]: 'planned', [open.id]: 'in-force' });
    expect(await state({ state: 'ended' })).toEqual({ [lifted.id]: 'lifted' });
    const later = world.contextFor(operator, { now: new Date(Date.now() + 3 * day) });
    expect((await listFreezes(later, { state: 'ended' })).items.map((item) => item.state)).toContain('over');
    const asian = await world.person([{ role: 'operator', region: 'ap-southeast-1', action: null }]);
    const seen = (await listFreezes(world.contextFor(asian), {})).items;
    expect(seen.find(({ id }) => id === open.id)?.mayLift).toBe(false);
  });

  it('are not paged by a cursor of another list', async () => {
    const cursor = encodeCursor(new Date(), 'OP-1001');
    expect((await failure(listFreezes(world.contextFor(operator), { cursor }))).code).toBe('validation');
  });

  it('are refused where they make no sense, and lifted once', async () => {
    const context = world.contextFor(operator);
    for (const [field, changes] of Object.entries({
      environment: { environment: 'mars' },
      region: { region: 'mars-1' },
      endsAt: { startsAt: '2026-12-02T00:00:00Z', endsAt: '2026-12-01T00:00:00Z' },
      incidentUrl: { incidentUrl: 'javascript:alert(1)' },
    })) {
      const error = await failure(createFreeze(context, { reason: 'a test', ...changes }));
      expect(Object.keys((error as { fields?: object }).fields ?? {})).toEqual([field]);
    }
    const { id } = await createFreeze(context, { reason: 'a test' });
    await liftFreeze(context, { id });
    expect((await failure(liftFreeze(context, { id }))).code).toBe('conflict');
    expect((await failure(liftFreeze(context, { id: randomUUID() }))).code).toBe('not-found');
    const viewer = await world.person('viewer');
    expect((await failure(createFreeze(world.contextFor(viewer), { reason: 'a test' }))).code).toBe(
      'forbidden',
    );
  });
});

describe('approvals and operations', () => {
  const REQUEST = { kind: 'traffic-shift', environment: 'production', reason: 'a drill' };
  const ask = (points: number, by = operator) =>
    requestOperation(world.contextFor(by), {
      ...REQUEST,
      params: { mode: 'drain', region: 'us-east-1', points, ramp: { kind: 'immediate' } },
    });

  beforeEach(async () => {
    await world.database.pool.query(
      `update "freeze" set lifted_at = now(), lifted_by = $1 where lifted_at is null`,
      [operator.id],
    );
    await world.database.pool.query(
      `update operation set state = 'aborted', ended_at = now() where ended_at is null`,
    );
  });

  it('wait, with who may decide and why not', async () => {
    const { id, digest } = await ask(5);
    const verdict = async (person: TestPerson) => {
      const { items } = await listApprovals(world.contextFor(person), {});
      return items.find((item) => item.id === id)?.mayDecide;
    };
    expect(await verdict(approver)).toEqual({ allowed: true });
    expect(await verdict(operator)).toMatchObject({ allowed: false, code: 'no-grant' });
    const [item] = (await listApprovals(world.contextFor(approver), {})).items;
    expect(item).toMatchObject({ id, digest, needed: 1, approvals: 0, requester: { id: operator.id } });
  });

  it('are closed once decided, with every decision', async () => {
    const { id, digest } = await ask(6);
    await rejectOperation(world.contextFor(approver), { id, digest, reason: 'not today' });
    const { items } = await listApprovals(world.contextFor(operator), { tab: 'closed' });
    expect(items.find((item) => item.id === id)).toMatchObject({
      state: 'rejected',
      decisions: [{ decision: 'reject', reason: 'not today', counts: true, person: { id: approver.id } }],
      mayDecide: { allowed: false },
    });
    const mine = (await listApprovals(world.contextFor(operator), { tab: 'mine' })).items;
    expect(mine.map((item) => item.id)).toEqual([id]);
  });

  it('are paged without a gap and without one twice', async () => {
    const ids: string[] = [];
    for (let points = 1; points <= 5; points += 1) ids.unshift((await ask(points)).id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listOperations(world.contextFor(operator), {
        requestedBy: operator.id,
        limit: 2,
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(ids);
  });

  it.each(['x', 'AAAA', Buffer.from('2026-13-01T00:00:00.000Z OP-1').toString('base64url'), 'a'.repeat(300)])(
    'refuse the cursor %s by name',
    async (cursor) => {
      const error = await failure(listOperations(world.contextFor(operator), { cursor }));
      expect(error.code).toBe('validation');
      expect((error as { fields?: object }).fields).toHaveProperty('cursor');
    },
  );

  it('show a running one to whoever may stop it', async () => {
    const { id, digest } = await ask(7);
    await approveOperation(world.contextFor(approver), { id, digest });
    const active = await listOperations(world.contextFor(operator), { state: 'active' });
    expect(active.items.map((item) => item.id)).toEqual([id]);
  });
});
