import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database } from '#lib/data/database.ts';
import { readSeries } from '#lib/data/samples.ts';
import type { ObservationKind } from '#lib/domain/observation/kinds.ts';
import { holdLease, releaseLease } from '#lib/observe/lease.ts';
import { clearOut, rollUp } from '#lib/observe/maintain.ts';
import { createObservationStore } from '#lib/observe/store.ts';
import { seedEstate } from '#test/seed-estate.ts';
import type { Lab } from './harness.ts';
import { type Observation, type ObservedLab, startObservedLab } from './support/observed.ts';

const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const estate = seedEstate();
const codes = [US, EU, AP];

/** Everything that is observed, by Region: the primary has no lag; staging's shop, traffic and database are beside production's. */
const EXPECTED = [
  ...codes.flatMap((code) =>
    (
      [
        'traffic',
        'canaries',
        'alarms',
        'database',
        'databases',
        'position',
        'nodes',
        'service',
        'shop-config',
        'registry',
        'switch',
        'node-group',
        'cluster',
        'peering',
        'identity',
        'storage',
        'cache',
        'queue',
      ] as const
    ).map((kind) => `${code} ${kind}`),
  ),
  `${US} service`,
  `${US} traffic`,
  `${US} database`,
  `${US} databases`,
  `${US} shop-config`,
  `${EU} lag`,
  `${AP} lag`,
  'global records',
  ...codes.map(() => 'global health-check'),
  'global zone',
  'global dns',
  'global cost',
].sort();

let observed: ObservedLab;
let lab: Lab;
let database: Database;
let first: Observation | undefined;

beforeAll(async () => {
  observed = await startObservedLab(estate, { seed: 3 });
  ({ lab, database } = observed);
});

afterAll(() => observed?.stop());

const rows = () => observed.rows();
const observedValue = <K extends ObservationKind>(region: string, kind: K) => observed.value(region, kind);

/** The oldest value of the Region's that is asked every period, seconds. */
async function oldest(region: string): Promise<number> {
  const frequent = ['traffic', 'alarms', 'database', 'nodes', 'service'];
  const ages = (await rows())
    .filter((row) => row.region === region && frequent.includes(row.kind))
    .map(({ ageSeconds }) => ageSeconds ?? Number.POSITIVE_INFINITY);
  return Math.max(...ages);
}

const breakers = async (region: string) => {
  const { rows: found } = await database.pool.query<{
    service: string;
    state: string;
    last_error: string | null;
  }>('select service, state, last_error from collector_health where region = $1', [region]);
  return Object.fromEntries(found.map(({ service, state }) => [service, state]));
};

describe('one elected collector', () => {
  it('has observed everything within 15 s', async () => {
    // For the lag below, which takes its time to show.
    await lab.admin('/lag', { region: EU, paused: true });
    const startedAt = Date.now();
    first = await observed.observe();
    await vi.waitFor(
      async () => {
        const good = (await rows()).filter(({ value, error }) => value !== null && error === null);
        expect(good.map(({ region, kind }) => `${region} ${kind}`).sort()).toEqual(EXPECTED);
      },
      { timeout: 15_000 - (Date.now() - startedAt), interval: 200 },
    );
  });

  it('had every request within its budget', async () => {
    const { rows: deferred } = await database.pool.query(
      `select region, service, last_error from collector_health where last_error like 'deferred%'`,
    );
    expect(deferred).toEqual([]);
  });

  it('has observed what is so', async () => {
    expect(await observedValue(US, 'identity')).toMatchObject({ account: lab.account });
    expect(await observedValue(US, 'database')).toMatchObject({
      role: 'primary',
      status: 'available',
      replication: null,
    });
    expect(await observedValue(EU, 'database')).toMatchObject({
      role: 'replica',
      replication: 'replicating',
    });
    expect(await observedValue(EU, 'nodes')).toEqual({ ready: 12, total: 12 });
    expect(await observedValue(AP, 'node-group')).toMatchObject({
      minimum: 3,
      maximum: 20,
      desired: 8,
      status: 'ACTIVE',
    });
    const service = await observed.value(EU, 'service', 'shop');
    expect(service).toMatchObject({
      liveVersion: 'v1.9.0',
      liveColour: 'blue',
      liveSince: expect.stringMatching(/^\d{4}-/),
      deployments: [
        { colour: 'blue', version: 'v1.9.0', desired: 6, ready: 6, updated: 6, available: 6 },
        { colour: 'green', version: 'v1.8.0', desired: 0, ready: 0 },
      ],
    });
    const registry = await observed.value(EU, 'registry', 'ecommerce/shop');
    expect(registry).toMatchObject({ repository: 'ecommerce/shop', immutableTags: true });
    expect(registry.images.map(({ tags }) => tags.join())).toEqual([
      'v2.2.0',
      'v2.1.0',
      'v2.0.0',
      'v1.9.0',
      'v1.8.0',
    ]);
    // What runs is in the registry, under the very digest.
    const live = registry.images.find(({ digest }) => digest === service.deployments[0]?.digest);
    expect(live).toMatchObject({ tags: ['v1.9.0'], scan: { status: 'COMPLETE', critical: 0, high: 0 } });
    expect((await observedValue(EU, 'peering')).routesTo).toEqual([US]);
    expect((await observedValue(US, 'peering')).routesTo).toEqual([EU, AP]);
    expect(await observedValue('global', 'records')).toMatchObject({
      weights: { na: { [US]: 100, [EU]: 0, [AP]: 0 }, eu: { [EU]: 100 }, ap: { [AP]: 100 } },
      recordWeights: { na: { [US]: 200 } },
      targets: {
        eu: { [EU]: [{ type: 'A', alias: { evaluateTargetHealth: expect.any(Boolean) } }] },
      },
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const cost = await observedValue('global', 'cost');
    expect(cost.lines.length).toBeGreaterThan(10);
    expect(cost.daily.reduce((sum, { dollars }) => sum + dollars, 0)).toBeCloseTo(
      cost.lines.reduce((sum, { dollars }) => sum + dollars, 0),
      4,
    );
    const traffic = await observedValue(US, 'traffic');
    expect(traffic.requestsPerSecond).toBeGreaterThan(0);
    expect(traffic.errorRate).toBe(0);
  });

  it('takes a replica that stopped replaying for lagging, though it received everything', async () => {
    const lag = await vi.waitFor(
      async () => {
        const judged = await observedValue(EU, 'lag');
        expect(judged.seconds).toBeGreaterThan(13);
        return judged;
      },
      { timeout: 25_000, interval: 300 },
    );
    expect(lag).toMatchObject({ class: 'warning', idle: false });
    expect(lag.bytes).toBeLessThan(64 * 1_024);
    await lab.admin('/lag', { region: EU, paused: false });
  });

  it('lets a second worker wait', async () => {
    await observed.observe();
    const { rows: leases } = await database.pool.query<{ epoch: string }>(
      `select epoch::text from lease where name = 'collector'`,
    );
    expect(leases).toEqual([{ epoch: '1' }]);
    expect(observed.logged.filter((line) => line.startsWith('collecting'))).toHaveLength(1);
  });
});

describe('Regions that are out', () => {
  it('one hangs, one drops: the third is never late', async () => {
    await lab.admin('/outage', { region: AP, mode: 'hang' });
    await lab.admin('/outage', { region: EU, mode: 'drop' });
    const ages: number[] = [];
    await vi.waitFor(
      async () => {
        ages.push(await oldest(US));
        const failing = (await rows()).filter(({ kind, error }) => kind === 'traffic' && error !== null);
        expect(failing.map(({ region }) => region).sort()).toEqual([AP, EU]);
      },
      { timeout: 25_000, interval: 300 },
    );
    // Two periods and what a round takes: nothing of the hung Region's waits is in it.
    expect(Math.max(...ages)).toBeLessThan(12);
    expect(Object.values(await breakers(US)).every((state) => state === 'closed')).toBe(true);
    const all = await rows();
    const traffic = all.find(({ region, kind }) => region === EU && kind === 'traffic');
    expect(traffic?.value).not.toBeNull();
    expect(traffic?.error).toContain('ECONNRESET');
    const hung = all.find(({ region, kind }) => region === AP && kind === 'traffic');
    expect(hung?.error).toContain('TimeoutError');
  });

  it('the collector hands over at once, though a Region hangs, and the new one starts with every Region asked', async () => {
    const oldEpoch = '1';
    const startedAt = Date.now();
    await first?.stop();
    first = undefined;
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    await lab.admin('/heal', {});
    await vi.waitFor(
      async () => {
        const all = (await rows()).filter(({ kind }) => ['traffic', 'nodes', 'database'].includes(kind));
        expect(all.every(({ error, epoch }) => error === null && epoch === '2')).toBe(true);
      },
      { timeout: 25_000, interval: 300 },
    );
    const before = await observedValue(EU, 'nodes');
    const stale = createObservationStore(database.pool, oldEpoch);
    await stale.seen(EU, [{ kind: 'nodes', name: EU, value: { ready: 0, total: 0 } }], new Date());
    await stale.failed(EU, [{ kind: 'nodes', name: EU }], 'from the past', new Date());
    await stale.samples([{ subject: 'late', metric: 'nodes', unit: 'nodes', atMs: Date.now(), value: 1 }]);
    await stale.health(EU, [
      { service: 'late', state: 'open', failures: 9, lastOkAt: null, lastError: 'x', calls: 1, cycleMs: 1 },
    ]);
    expect(await observedValue(EU, 'nodes')).toEqual(before);
    expect((await rows()).filter(({ error }) => error === 'from the past')).toEqual([]);
    expect(await breakers(EU)).not.toHaveProperty('late');
    const { rows: late } = await database.pool.query(
      `select 1 from sample p join series s on s.id = p.series_id where s.subject = 'late'`,
    );
    expect(late).toEqual([]);
  });
});

describe('the lease', () => {
  it('goes to one holder, with an epoch that grows with each new one', async () => {
    const { pool } = database;
    expect(await holdLease(pool, 'other', 'a')).toEqual({ epoch: '1' });
    expect(await holdLease(pool, 'other', 'a')).toEqual({ epoch: '1' });
    expect(await holdLease(pool, 'other', 'b')).toBeNull();
    await releaseLease(pool, 'other', 'b');
    expect(await holdLease(pool, 'other', 'b')).toBeNull();
    await releaseLease(pool, 'other', 'a');
    expect(await holdLease(pool, 'other', 'b')).toEqual({ epoch: '2' });
    await pool.query(`update lease set expires_at = clock_timestamp() - interval '1 s' where name = 'other'`);
    expect(await holdLease(pool, 'other', 'a')).toEqual({ epoch: '3' });
  });

  it('goes to one of many that ask at once', async () => {
    const asked = await Promise.all(
      Array.from({ length: 8 }, (_, i) => holdLease(database.pool, 'race', String(i))),
    );
    expect(asked.filter((lease) => lease !== null)).toEqual([{ epoch: '1' }]);
  });
});

describe('samples and roll-ups', () => {
  it('measured and configured shares are of the whole', async () => {
    const { rows: shares } = await database.pool.query<{ metric: string; sum: number }>(
      `select metric, sum(value) as sum from (
         select distinct on (s.subject, s.metric) s.metric, p.value
         from series s join sample p on p.series_id = s.id where s.metric like 'share.%'
         order by s.subject, s.metric, p.at desc) latest group by metric order by metric`,
    );
    expect(shares.map(({ metric }) => metric)).toEqual(['share.configured', 'share.measured']);
    for (const { sum } of shares) expect(sum).toBeCloseTo(1, 6);
  });

  it('say nothing, not zero, where a Region was out; and zero where nobody came', async () => {
    const { rows: counted } = await database.pool.query<{ subject: string; n: number }>(
      `select s.subject, count(*)::int as n from series s join sample p on p.series_id = s.id
       where s.metric = 'requests' group by 1 order by 1`,
    );
    // Staging's too, under its load balancer.
    const regions = counted.filter(({ subject }) => !subject.includes('staging'));
    expect(regions.map(({ subject }) => subject)).toEqual([AP, EU, US]);
    expect(counted).toHaveLength(4);
    const [ap, , us] = regions;
    expect(us?.n).toBeGreaterThan(ap?.n ?? 0);
  });

  it('roll up by minute and hour, again when a sample was late or corrected', async () => {
    const { rows: leases } = await database.pool.query<{ epoch: string }>(
      `select epoch::text from lease where name = 'collector'`,
    );
    const store = createObservationStore(database.pool, leases[0]?.epoch ?? '');
    const minute = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
    const write = (...points: [number, number][]) =>
      store.samples(
        points.map(([second, value]) => ({
          subject: 'test',
          metric: 'cpu',
          unit: 'share',
          atMs: minute + second * 1_000,
          value,
        })),
      );
    const rolled = async (seconds: number) => {
      const { rows: found } = await database.pool.query<{
        average: number;
        minimum: number;
        maximum: number;
        count: number;
      }>(
        `select r.average, r.minimum, r.maximum, r.count from sample_rollup r join series s on s.id = r.series_id
         where s.subject = 'test' and r.bucket_seconds = $1`,
        [seconds],
      );
      return found;
    };
    await write([0, 1], [5, 3]);
    await rollUp(database.pool);
    expect(await rolled(60)).toEqual([{ average: 2, minimum: 1, maximum: 3, count: 2 }]);
    await write([10, 8]);
    await write([5, 6]);
    await rollUp(database.pool);
    expect(await rolled(60)).toEqual([{ average: 5, minimum: 1, maximum: 8, count: 3 }]);
    await write([60, 11]);
    await rollUp(database.pool);
    const hours = await rolled(3_600);
    expect(hours.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    expect(hours.reduce((sum, { average, count }) => sum + average * count, 0)).toBe(26);

    const series = await readSeries(database.pool, {
      subjects: ['test'],
      metrics: ['cpu'],
      from: new Date(minute),
      to: new Date(minute + 14_999),
      points: 3,
    });
    expect(series.bucketSeconds).toBe(5);
    expect(series.series[0]?.values).toEqual([1, 6, 8]);
  });

  it('are kept in a partition a day, seven days ahead; what fits in none is refused and counted', async () => {
    await clearOut(database.pool);
    const { rows: partitions } = await database.pool.query<{ name: string }>(
      `select relname as name from pg_class where relname ~ '^sample_\\d{8}$' order by 1`,
    );
    const day = (offset: number) =>
      `sample_${new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')}`;
    expect(partitions.map(({ name }) => name)).toEqual(Array.from({ length: 9 }, (_, i) => day(i - 1)));

    const { rows: leases } = await database.pool.query<{ epoch: string }>(
      `select epoch::text from lease where name = 'collector'`,
    );
    const store = createObservationStore(database.pool, leases[0]?.epoch ?? '');
    const at = (offset: number) => ({
      subject: 'far',
      metric: 'cpu',
      unit: 'share',
      atMs: Date.now() + offset * 86_400_000,
      value: 1,
    });
    expect(await store.samples([at(-2), at(0), at(6), at(9)])).toBe(2);
    const { rows: kept } = await database.pool.query(
      `select 1 from sample p join series s on s.id = p.series_id where s.subject = 'far'`,
    );
    expect(kept).toHaveLength(2);
  });

  it('are dropped after thirty days', async () => {
    const owner = new pg.Client({ connectionString: observed.superuserUrl.replace(/\/[^/]*$/, '/meridian') });
    await owner.connect();
    try {
      const old = new Date(Date.now() - 31 * 86_400_000).toISOString().slice(0, 10);
      const next = new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10);
      const name = `sample_${old.replaceAll('-', '')}`;
      await owner.query(`create table ${name} partition of sample for values from ('${old}') to ('${next}')`);
      await owner.query(`alter table ${name} owner to meridian_owner`);
      await clearOut(database.pool);
      const { rows: left } = await owner.query('select to_regclass($1) as found', [name]);
      expect(left).toEqual([{ found: null }]);
    } finally {
      await owner.end();
    }
  });
});

it('nothing was logged as failed', () => {
  expect(observed.logged.filter((line) => /failed|could not|refused/.test(line))).toEqual([]);
});
