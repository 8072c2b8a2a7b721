import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '#lab/kernel/random.ts';
import { createDnsClient } from '#lab/load/dns-client.ts';
import { type Load, startLoad } from '#lab/load/index.ts';
import type { LedgerOrder } from '#lab/load/ledger.ts';
import type { LoadReport } from '#lab/load/report.ts';
import { type Outcome, visit } from '#lab/load/visit.ts';
import { AP, EU, PRIMARY, queryAt, US } from './support/databases.ts';
import { ask, type ShopLab, startShops, sumOf } from './support/shops.ts';
import { startTinyDns, type TinyDns } from './support/tiny-dns.ts';

const ORIGIN = 'origin.shop.example';
const ADDRESS: Record<string, string> = { [US]: '127.0.11.1', [EU]: '127.0.12.1', [AP]: '127.0.13.1' };
/** Enough visitors a second for shares to settle soon; two cores carry it. */
const RATE = 120;

/** Share of each geography that DNS sends to each Region. */
let weights: Record<string, Record<string, number>>;
const planned = () => ({ na: { [US]: 1 }, eu: { [EU]: 1 }, ap: { [AP]: 1 }, any: { [US]: 1 } });

/** The blocks of lab/dns/geo.ts. */
function geographyOf(subnet: string): string {
  const second = Number(subnet.split('.')[1]);
  return ['any', 'na', 'eu', 'ap'][Math.floor(second / 64)] ?? 'any';
}

let lab: ShopLab;
let dns: TinyDns;
let load: Load;

beforeAll(async () => {
  weights = planned();
  lab = await startShops();
  const draw = createRandom(11);
  dns = await startTinyDns({
    name: ORIGIN,
    ttlSeconds: 1,
    pick(subnet) {
      let left = draw();
      for (const [region, share] of Object.entries(weights[geographyOf(subnet)] ?? {})) {
        left -= share;
        if (left < 0) return ADDRESS[region];
      }
      return undefined;
    },
  });
  await lab.ctx.chaos.change({ shopperRate: 0 });
  load = await startLoad(lab.ctx, { dns, shops: lab.shops });
}, 60_000);

afterAll(async () => {
  await load?.part.close();
  await dns?.close();
  await lab?.stop();
  lab?.remove();
});

async function get<T>(path: string): Promise<T> {
  const answer = await ask(load.ledgerUrl + path);
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body);
}
const report = (window = 3) => get<LoadReport>(`/report?window=${window}`);
const until = (what: () => Promise<unknown> | unknown, within = 10_000) =>
  expect.poll(what, { timeout: within, interval: 100 });

describe('shoppers', () => {
  it('are what the load balancers count', async () => {
    await lab.ctx.chaos.change({ shopperRate: RATE });
    await until(async () => (await report()).total.requests).toBeGreaterThan(RATE);
    await lab.ctx.chaos.change({ shopperRate: 0 });
    await until(async () => (await report()).visiting).toBe(0);
    const counted = lab.ctx.estate.regions.map(({ code, loadBalancer }) =>
      sumOf(lab.ctx, {
        region: code,
        namespace: 'AWS/ApplicationELB',
        name: 'RequestCount',
        dimensions: { LoadBalancer: loadBalancer.name },
      }),
    );
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe((await report()).total.requests);
    await lab.ctx.chaos.change({ shopperRate: RATE });
  }, 20_000);

  it('come at the asked rate, split as DNS splits them', async () => {
    await until(async () => (await report(6)).all.requests, 15_000).toBeGreaterThan(5.2 * RATE);
    const { all, geographies } = await report(6);
    expect(all.errors).toBe(0);
    expect(all.requests / 6).toBeLessThan(RATE * 1.4);
    // About 470 visitors: three standard deviations are 7 points.
    expect(Math.abs((all.shareByRegion[US] ?? 0) - 0.5)).toBeLessThan(0.08);
    expect(Math.abs((all.shareByRegion[EU] ?? 0) - 0.3)).toBeLessThan(0.08);
    expect(geographies.eu?.shareByRegion).toEqual({ [EU]: 1 });
    expect(all.shareByVersion).toEqual({ '1.0.0': 1 });
    expect(all.orders.requests / all.requests).toBeGreaterThan(0.06);
    // Orders from Europe cross the ocean, reads do not.
    expect(geographies.eu?.orders.p50Ms).toBeGreaterThan(75);
    expect(geographies.eu?.reads.p50Ms).toBeLessThan(75);
  });

  it('move when the weights move', async () => {
    weights = { ...planned(), na: { [US]: 0.3, [EU]: 0.7 } };
    await until(async () => (await report(2)).geographies.na?.shareByRegion[EU] ?? 0).toBeGreaterThan(0.6);
    const share = (await report(2)).geographies.na?.shareByRegion[EU] ?? 0;
    expect(Math.abs(share - 0.7)).toBeLessThan(0.1);
    weights = planned();
  });

  it('visit staging only as a probe', async () => {
    const dimensions = { LoadBalancer: 'app/shop-us-east-1-staging/50dc6c495c0c9188' };
    const count = () =>
      sumOf(lab.ctx, { region: US, namespace: 'AWS/ApplicationELB', name: 'RequestCount', dimensions });
    await until(count).toBeGreaterThan(1);
    expect(count()).toBeLessThan(60);
  });
});

describe('a visitor', () => {
  /** One visitor after another until `enough` has come of them. */
  async function visitors(options: {
    ttlSeconds: number;
    address: string;
    enough: (seen: Outcome[]) => boolean;
  }) {
    const server = await startTinyDns({
      name: ORIGIN,
      ttlSeconds: options.ttlSeconds,
      pick: () => options.address,
    });
    const client = await createDnsClient(server);
    const seen: Outcome[] = [];
    const world = {
      dns: client,
      originName: ORIGIN,
      shopPort: lab.shops.port,
      productCount: 300,
      regionOfAddress: { [options.address]: 'somewhere' },
      report: (outcome: Outcome) => void seen.push(outcome),
    };
    try {
      for (let seed = 1; !options.enough(seen); seed += 1) {
        await visit(world, { geography: 'eu', subnet: `10.128.${seed}.0/24`, random: createRandom(seed) });
      }
      return { asked: server.asked.map((query) => query.subnet), seen };
    } finally {
      client.close();
      await server.close();
    }
  }

  it('asks DNS once while the answer lives, and tells its own network', async () => {
    const { asked, seen } = await visitors({
      ttlSeconds: 60,
      address: '127.0.12.1',
      enough: (all) => all.length >= 4,
    });
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked[0]).toBe('10.128.1.0');
    expect(asked.length).toBeLessThan(seen.length);
    expect(seen.every((outcome) => outcome.region === EU && !outcome.failed)).toBe(true);
  });

  it('asks again for each page when the answer may not be kept', async () => {
    const { asked, seen } = await visitors({
      ttlSeconds: 0,
      address: '127.0.12.1',
      enough: (all) => all.length >= 4,
    });
    expect(asked).toHaveLength(seen.length);
  });

  it('that cannot connect tries once more, then leaves, and the address tells where', async () => {
    const { asked, seen } = await visitors({
      ttlSeconds: 60,
      address: '127.0.99.9',
      enough: (all) => all.length >= 1,
    });
    expect(asked).toHaveLength(1);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ failed: true, status: undefined, region: 'somewhere' });
  });
});

describe('the ledger', () => {
  it('lists acknowledged orders that are all in the writer', async () => {
    await until(async () => (await report()).orders.acknowledged).toBeGreaterThan(20);
    const { orders, next } = await get<{ orders: LedgerOrder[]; next: number | null }>('/orders?limit=15');
    expect(orders).toHaveLength(15);
    expect(next).toBe(orders.at(-1)?.seq);
    const rows = await queryAt<{ id: string; region: string }>(
      lab.databases.adminUrl(PRIMARY),
      'select id, region from orders where id = any($1::uuid[])',
      [orders.map((order) => order.orderId)],
    );
    const regionOf = new Map(rows.map((row) => [row.id, row.region]));
    for (const order of orders) expect(regionOf.get(order.orderId)).toBe(order.region);
    expect((await report()).orders).toMatchObject({ missing: 0, writer: { region: US } });
  });

  it('finds an order that the writer no longer has', async () => {
    const { orders } = await get<{ orders: LedgerOrder[] }>('/orders?limit=2');
    const [lost] = orders;
    if (!lost) throw new Error('no order');
    await queryAt(lab.databases.adminUrl(PRIMARY), 'delete from orders where id = $1', [lost.orderId]);
    await until(async () => (await report()).orders.missingOrders).toEqual([lost]);
    expect((await report()).orders.missing).toBe(1);
  });

  it.each([
    ['/report?window=0', /window: must be a whole number from 1 to 900/],
    ['/report?window=x', /window/],
    ['/orders?limit=5000', /limit/],
    ['/orders?after=yesterday', /after/],
  ])('refuses %s, saying what it takes', async (path, words) => {
    const answer = await ask(load.ledgerUrl + path);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatch(words);
  });

  it('answers this machine’s own names only', async () => {
    const url = new URL(load.ledgerUrl);
    const answer = await fetch(url, { headers: { host: 'evil.example' } }).then(
      (response) => response.status,
    );
    expect([403, 404]).toContain(answer);
    expect((await ask(`${load.ledgerUrl}/nothing`)).status).toBe(404);
  });

  it('draws a point for each second', async () => {
    const { seconds } = await get<{ seconds: { atMs: number; requests: number }[] }>('/recent');
    expect(seconds.length).toBeGreaterThan(3);
    expect(seconds.every((point) => point.atMs % 1000 === 0 && point.requests > 0)).toBe(true);
  });
});

describe('an outage', () => {
  it('is measured: reads of its own visitors, orders of everybody, until each is back', async () => {
    const cutAt = Date.now();
    await lab.ctx.chaos.change({ outages: { [US]: 'drop' } });
    await until(async () => (await report()).all.downtime.orders.length).toBe(1);
    await until(async () => (await report()).geographies.na?.downtime.reads.length).toBe(1);
    const during = await report();
    expect(during.all.downtime.orders[0]?.end).toBeNull();
    expect(during.geographies.eu?.downtime.reads).toEqual([]);
    await until(async () => (await report()).orders).toMatchObject({ missing: null, writer: null });
    expect((await report()).orders.reason).toMatch(/no Region takes orders|could not be asked/i);

    weights = { ...planned(), na: { [EU]: 1 }, any: { [EU]: 1 } };
    await until(async () => (await report()).geographies.na?.downtime.reads[0]?.end).not.toBeNull();
    const readsBack = Date.now();

    const replica = lab.databases.find('ecommerce-db-eu-west-1');
    lab.network.join(EU, AP);
    await lab.databases.promote(replica?.resourceId ?? '');
    for (const region of [EU, AP]) lab.cluster(region).config = { writerEndpoint: EU };
    await until(async () => (await report()).all.downtime.orders[0]?.end).not.toBeNull();
    const ordersBack = Date.now();

    const after = await report();
    const reads = after.geographies.na?.downtime.reads[0];
    const orders = after.all.downtime.orders[0];
    expect(reads?.seconds).toBeLessThanOrEqual((readsBack - cutAt) / 1000 + 0.1);
    expect(reads?.seconds).toBeGreaterThan(0.2);
    expect(orders?.seconds).toBeGreaterThan(reads?.seconds ?? 0);
    expect(orders?.seconds).toBeLessThanOrEqual((ordersBack - cutAt) / 1000 + 0.1);
    expect(Math.abs(Date.parse(orders?.start ?? '') - cutAt)).toBeLessThan(1_000);

    // What was acknowledged on the old writer and had not reached the new one is gone, and counted.
    const kept = await get<{ orders: LedgerOrder[] }>('/orders?limit=1000');
    const rows = await queryAt<{ id: string }>(
      lab.databases.adminUrl(replica?.resourceId ?? ''),
      'select id from orders where id = any($1::uuid[])',
      [kept.orders.map((order) => order.orderId)],
    );
    const there = new Set(rows.map((row) => row.id));
    const lost = kept.orders.filter((order) => !there.has(order.orderId)).map((order) => order.seq);
    await until(async () => (await report()).orders.writer?.region).toBe(EU);
    const final = await report();
    const lastKept = kept.orders.at(-1)?.seq ?? 0;
    expect(
      final.orders.missingOrders.filter((order) => order.seq <= lastKept).map((order) => order.seq),
    ).toEqual(lost);
  }, 30_000);
});

describe('the shoppers’ process', () => {
  it('is started again with its ledger when it crashes', async () => {
    const before = (await report()).orders.acknowledged;
    const pid = load.processId();
    if (!pid) throw new Error('no process');
    process.kill(pid, 'SIGKILL');
    await until(
      async () => (await report().catch(() => undefined))?.total.requests ?? 0,
      15_000,
    ).toBeGreaterThan(0);
    expect(load.processId()).not.toBe(pid);
    expect((await report()).orders.acknowledged).toBeGreaterThanOrEqual(before - 5);
  }, 20_000);

  it('forgets everything on reset', async () => {
    await lab.ctx.chaos.change({ shopperRate: 0 });
    await load.part.reset?.();
    expect(await report()).toMatchObject({ total: { requests: 0 }, orders: { acknowledged: 0, missing: 0 } });
  });
});
