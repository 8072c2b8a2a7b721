import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startCanaries } from '#lab/canaries/index.ts';
import type { LabPart } from '#lab/kernel/context.ts';
import { AP, EU, PRIMARY, queryAt, US } from './support/databases.ts';
import { type ShopLab, startShops } from './support/shops.ts';

const EVERY_MS = 400;
const ALL = [US, EU, AP];

let lab: ShopLab;
let canaries: LabPart;

beforeAll(async () => {
  lab = await startShops();
  canaries = startCanaries(lab.ctx, lab, { everyMs: EVERY_MS });
}, 60_000);

afterEach(async () => {
  await lab.ctx.chaos.heal();
  for (const cluster of lab.clusters.values()) cluster.config = {};
  lab.ctx.metrics.clear();
});

afterAll(async () => {
  await canaries?.close();
  await lab?.stop();
  lab?.remove();
});

/** All runs of a canary since the metrics were last emptied, as CloudWatch has them. */
function runs(watcher: string, name: string, metric: 'SuccessPercent' | 'Duration' = 'SuccessPercent') {
  const now = Date.now();
  const id = {
    region: watcher,
    namespace: 'CloudWatchSynthetics',
    name: metric,
    dimensions: { CanaryName: name },
  };
  const read = (stat: string) =>
    lab.ctx.metrics.query(id, stat, 3600, now - 3_600_000, now + 3_600_000).map(({ value }) => value);
  return {
    count: read('SampleCount').reduce((sum, value) => sum + value, 0),
    lowest: Math.min(...read('Minimum')),
    highest: Math.max(...read('Maximum')),
  };
}

const others = (watcher: string) => ALL.filter((code) => code !== watcher);
const everyName = (watcher: string) => others(watcher).flatMap((code) => [`${code}-reads`, `${code}-writes`]);

/** Each of them has run at least twice since `metrics.clear`, so that one run lies wholly in what is the case now. */
async function afterTwoRuns(which: [watcher: string, name: string][]) {
  const slowest = () => Math.min(...which.map(([watcher, name]) => runs(watcher, name).count));
  await expect.poll(slowest, { timeout: 20_000, interval: 50 }).toBeGreaterThanOrEqual(2);
}

/** The latest verdicts of the canaries of a Region, once each has run under what is the case now. */
async function verdicts(watcher: string): Promise<Record<string, number>> {
  const names = everyName(watcher);
  await afterTwoRuns(names.map((name) => [watcher, name]));
  lab.ctx.metrics.clear();
  await afterTwoRuns(names.map((name) => [watcher, name]));
  return Object.fromEntries(names.map((name) => [name, runs(watcher, name).highest]));
}

async function nextTransaction(): Promise<string | undefined> {
  const [row] = await queryAt<{ xid: string }>(
    lab.databases.adminUrl(PRIMARY),
    'select pg_snapshot_xmax(pg_current_snapshot())::text as xid',
  );
  return row?.xid;
}

describe('canaries', () => {
  it('watch every other Region from each, and say so in CloudWatch of the watcher', async () => {
    await afterTwoRuns(
      ALL.flatMap((watcher) => everyName(watcher).map((name): [string, string] => [watcher, name])),
    );
    for (const watcher of ALL) {
      const published = lab.ctx.metrics.list(watcher, 'CloudWatchSynthetics');
      expect(published.map(({ name, dimensions }) => `${name} ${dimensions.CanaryName}`).sort()).toEqual(
        everyName(watcher)
          .flatMap((name) => [`Duration ${name}`, `SuccessPercent ${name}`])
          .sort(),
      );
      for (const name of everyName(watcher)) expect(runs(watcher, name).lowest).toBe(100);
    }
    // Over the link and, for writes in Ireland, on to the writer and back; Ireland and Singapore see each other without peering.
    expect(runs(EU, `${US}-reads`, 'Duration').lowest).toBeGreaterThanOrEqual(75);
    expect(runs(AP, `${EU}-reads`, 'Duration').lowest).toBeGreaterThanOrEqual(160);
    expect(runs(AP, `${EU}-writes`, 'Duration').lowest).toBeGreaterThanOrEqual(160 + 75);
  });

  it('leave one order each and no trace in the load balancers’ metrics', async () => {
    await verdicts(EU);
    const before = await nextTransaction();
    await verdicts(EU);
    expect(await nextTransaction(), 'a canary must not hide that nobody writes').toBe(before);
    const orders = await queryAt<{ customer: string; count: string }>(
      lab.databases.adminUrl(PRIMARY),
      'select customer, count(*) from orders group by customer order by customer',
    );
    expect(orders).toEqual(
      ALL.flatMap((watcher) => others(watcher).map((code) => `canary-${watcher}-${code}-writes`))
        .sort()
        .map((customer) => ({ customer, count: '1' })),
    );
    for (const region of ALL) {
      const names = lab.ctx.metrics.list(region, 'AWS/ApplicationELB').map(({ name }) => name);
      expect(names).not.toContain('RequestCount');
    }
  });

  it('keep reads and writes apart: a frozen Region serves its pages', async () => {
    lab.cluster(EU).config = { writeFreeze: 'true' };
    expect(await verdicts(US)).toEqual({
      [`${EU}-reads`]: 100,
      [`${EU}-writes`]: 0,
      [`${AP}-reads`]: 100,
      [`${AP}-writes`]: 100,
    });
  });

  it('see a lost writer as failed writes of all and failed reads of none but its Region', async () => {
    const writer = lab.databases.find(PRIMARY)?.resourceId ?? '';
    await lab.databases.stop(writer);
    expect(await verdicts(AP)).toEqual({
      [`${US}-reads`]: 0,
      [`${US}-writes`]: 0,
      [`${EU}-reads`]: 100,
      [`${EU}-writes`]: 0,
    });
    await lab.databases.start(writer);
    await expect.poll(() => verdicts(AP), { timeout: 30_000 }).toMatchObject({ [`${US}-writes`]: 100 });
  });

  it.each(['drop', 'hang'] as const)(
    'see a Region that is out (%s), which itself says nothing',
    async (mode) => {
      await lab.ctx.chaos.change({ outages: { [US]: mode } });
      lab.ctx.metrics.clear();
      expect(await verdicts(EU)).toEqual({
        [`${US}-reads`]: 0,
        [`${US}-writes`]: 0,
        [`${AP}-reads`]: 100,
        [`${AP}-writes`]: 0,
      });
      expect(lab.ctx.metrics.list(US, 'CloudWatchSynthetics')).toEqual([]);
      await lab.ctx.chaos.heal();
      await afterTwoRuns([[US, `${EU}-reads`]]);
    },
  );

  it('notice a shop that errs although its health is good', async () => {
    await lab.ctx.chaos.change({ shop: { [AP]: { errorShare: 1, latencyMs: 0 } } });
    expect(await verdicts(EU)).toMatchObject({
      [`${AP}-reads`]: 0,
      [`${AP}-writes`]: 0,
      [`${US}-reads`]: 100,
    });
  });
});
