import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AP, AP_REPLICA, EU, PRIMARY, queryAt, STAGING, shippedEstate, US } from './support/databases.ts';
import { ask, type ShopLab, startShops, sumOf } from './support/shops.ts';

let lab: ShopLab;

beforeAll(async () => {
  lab = await startShops();
}, 60_000);

afterEach(async () => {
  await lab.ctx.chaos.heal();
  for (const [region, cluster] of lab.clusters) {
    cluster.config = {};
    cluster.ready = [1, 2].map((index) => ({ name: `app-${region}-${index}`, version: '1.0.0' }));
  }
});

afterAll(async () => {
  await lab?.stop();
  lab?.remove();
});

const newOrder = (over: object = {}) => ({
  orderId: randomUUID(),
  productId: 7,
  quantity: 2,
  customer: 'Ada',
  ...over,
});
const place = (region: string, order: unknown) => ask(`${lab.shops.url(region)}/orders`, { order });
const stored = (orderId: string) =>
  queryAt<{ region: string; customer: string; amount: string }>(
    lab.databases.adminUrl(PRIMARY),
    'select region, customer, amount from orders where id = $1',
    [orderId],
  );

describe('reads', () => {
  it.each([US, EU, AP])('%s serves its pages itself and says who served', async (region) => {
    const page = await ask(`${lab.shops.url(region)}/products/7`);
    expect(page).toMatchObject({
      status: 200,
      headers: { 'x-shop-region': region, 'x-shop-version': '1.0.0' },
    });
    expect(page.headers['x-shop-pod']).toMatch(new RegExp(`^app-${region}-[12]$`));
    const [row] = await queryAt(lab.databases.adminUrl(PRIMARY), 'select name from products where id = 7');
    expect(JSON.parse(page.body)).toMatchObject({ id: 7, ...row });
  });

  it('come from the Region’s own database, so they go on when the primary is lost', async () => {
    await lab.ctx.chaos.change({ outages: { [US]: 'drop' } });
    expect(await ask(`${lab.shops.url(EU)}/products?limit=3`)).toMatchObject({ status: 200 });
    expect((await ask(`${lab.shops.url(EU)}/health`)).status).toBe(200);
    expect((await ask(`${lab.shops.url(EU)}/health/write`)).status).toBeGreaterThanOrEqual(500);
  });

  it('come from the database that the ConfigMap names, over the network when it is elsewhere', async () => {
    lab.cluster(AP).config = { readerEndpoint: PRIMARY };
    const page = await ask(`${lab.shops.url(AP)}/products/7`);
    expect(page).toMatchObject({ status: 200, headers: { 'x-shop-region': AP } });
    expect(page.ms).toBeGreaterThanOrEqual(220);
    lab.cluster(AP).config = { readerEndpoint: 'gone' };
    expect((await ask(`${lab.shops.url(AP)}/products/7`)).status).toBe(502);
  });

  it('pages through the catalogue without gaps', async () => {
    const ids: number[] = [];
    let after: number | null = 0;
    for (let page = 0; page < 4 && after !== null; page += 1) {
      const answer: { products: { id: number }[]; next: number | null } = JSON.parse(
        (await ask(`${lab.shops.url(US)}/products?limit=25&after=${after}`)).body,
      );
      ids.push(...answer.products.map((product) => product.id));
      after = answer.next;
    }
    expect(ids).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  it.each([
    ['/products/9999999', 404, /no product 9999999/],
    ['/products/x%27--', 404, /no product/],
    ['/products?limit=900', 400, /limit/],
    ['/products?after=-1', 400, /after/],
    ['/nowhere', 404, /no such page/],
    ['//', 404, /no such page/],
  ])('%s is refused with %d', async (path, status, words) => {
    const page = await ask(lab.shops.url(US) + path);
    expect(page.status).toBe(status);
    expect(page.body).toMatch(words);
  });

  it('answer 502 while the Region’s database is gone, and health says so', async () => {
    const replica = lab.databases.find(AP_REPLICA);
    if (!replica) throw new Error('no replica');
    await lab.databases.stop(replica.resourceId);
    expect((await ask(`${lab.shops.url(AP)}/`)).status).toBe(502);
    expect((await ask(`${lab.shops.url(AP)}/health`)).status).toBe(502);
    await lab.databases.start(replica.resourceId);
    expect((await ask(`${lab.shops.url(AP)}/`)).status).toBe(200);
  });

  it('give up on a database that has stopped answering within two seconds', async () => {
    const replica = lab.databases.find(AP_REPLICA);
    const pids = lab.databases.processIds(replica?.resourceId ?? '');
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      const page = await ask(`${lab.shops.url(AP)}/products/1`);
      expect(page.status).toBe(504);
      expect(page.ms).toBeLessThan(2_600);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
  });
});

describe('orders', () => {
  it('placed in the primary Region are in its database when acknowledged', async () => {
    const order = newOrder();
    const answer = await place(US, order);
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.body)).toEqual({ orderId: order.orderId, placed: 'now', writer: US });
    const [row] = await stored(order.orderId);
    expect(row).toMatchObject({ region: US, customer: 'Ada' });
  });

  it.each([
    [EU, 75],
    [AP, 220],
  ])('placed in %s go to the writer and cost its round trip of %d ms', async (region, rttMs) => {
    await place(region, newOrder()); // opens the link's connection
    const order = newOrder();
    const answer = await place(region, order);
    expect(answer).toMatchObject({ status: 201, headers: { 'x-shop-region': region } });
    expect(answer.ms).toBeGreaterThanOrEqual(rttMs);
    expect(answer.ms).toBeLessThan(rttMs + 120);
    expect((await stored(order.orderId))[0]).toMatchObject({ region });
    expect(JSON.parse(answer.body)).toMatchObject({ writer: US });
  });

  it('arrive in the database that a Region reads from, which its shop tells to those inside', async () => {
    const order = newOrder();
    const find = (region: string, id: string = order.orderId) =>
      ask(`${lab.shops.url(region)}/internal/orders/${id}`);
    expect((await find(AP)).status).toBe(404);
    await place(EU, order);
    await expect.poll(async () => (await find(AP)).status).toBe(200);
    const found = JSON.parse((await find(AP)).body);
    expect(found).toMatchObject({ orderId: order.orderId, region: EU });
    expect(Math.abs(Date.now() - Date.parse(found.placedAt))).toBeLessThan(60_000);
    expect(found).not.toHaveProperty('customer');
    expect((await find(AP, `${'-'.repeat(36)}`)).status).toBe(404);
  });

  it('are placed once, however often and wherever they are sent', async () => {
    const order = newOrder();
    const answers = await Promise.all([place(US, order), place(EU, order), place(US, order)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 201]);
    expect(await stored(order.orderId)).toHaveLength(1);
    expect((await place(US, { ...order, quantity: 3 })).status).toBe(409);
  });

  it.each([
    ['an unknown product', newOrder({ productId: 999_999 }), 404, /no product 999999/],
    ['no quantity', newOrder({ quantity: undefined }), 400, /quantity/],
    ['a hundred pieces', newOrder({ quantity: 100 }), 400, /quantity/],
    ['an id that is none', newOrder({ orderId: "1'; drop table orders" }), 400, /orderId/],
    ['something else', newOrder({ discount: 1 }), 400, /discount/],
    ['a list', [], 400, /body/],
  ])('with %s are refused, naming what is wrong', async (_what, order, status, words) => {
    const answer = await place(US, order);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(words);
  });

  it('that are not JSON, too long or not posted are refused', async () => {
    const url = `${lab.shops.url(EU)}/orders`;
    expect((await ask(url, { body: '{' })).status).toBe(400);
    expect((await ask(url, { body: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await ask(url)).status).toBe(405);
  });

  it('wait out a freeze: 503 with a time to come back, also for health', async () => {
    lab.cluster(EU).config = { writeFreeze: 'true' };
    const order = newOrder();
    expect(await place(EU, order)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect((await ask(`${lab.shops.url(EU)}/health/write`)).status).toBe(503);
    expect((await place(US, newOrder())).status).toBe(201);
    lab.cluster(EU).config = {};
    expect((await place(EU, order)).status).toBe(201);
  });

  it('are not promised by the health of a writer that was made read-only', async () => {
    const writer = lab.databases.find(PRIMARY)?.resourceId ?? '';
    await lab.databases.setParameters(writer, { default_transaction_read_only: 'on' });
    const health = async () => (await ask(`${lab.shops.url(EU)}/health/write`)).status;
    await expect.poll(health).toBe(503);
    expect((await place(US, newOrder())).status).toBe(503);
    await lab.databases.setParameters(writer, {});
    await expect.poll(health).toBe(200);
  });

  it('are refused by a frozen writer also when another Region forwards them', async () => {
    lab.cluster(US).config = { writeFreeze: 'true' };
    const answer = await place(EU, newOrder());
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(answer.body).toMatch(/frozen in us-east-1/);
  });

  it('follow the ConfigMap’s writer even when it is not the writer', async () => {
    lab.cluster(EU).config = { writerEndpoint: 'ecommerce-db-eu-west-1.abc.eu-west-1.rds.amazonaws.com' };
    const answer = await place(EU, newOrder());
    expect(answer.status).toBe(503);
    expect(answer.body).toMatch(/database in eu-west-1 does not take writes/);
    expect(lab.shops.currentWriter()).toMatchObject({ region: US });
  });

  it('fail with 502 or 504 on a dead link within two seconds, and recover with it', async () => {
    await place(EU, newOrder());
    await lab.ctx.chaos.change({ links: { [`${EU}>${US}`]: { mode: 'blackhole', extraRttMs: 0 } } });
    const late = await place(EU, newOrder());
    expect(late.status).toBe(504);
    expect(late.ms).toBeLessThan(2_600);
    await lab.ctx.chaos.change({ links: { [`${EU}>${US}`]: { mode: 'reset', extraRttMs: 0 } } });
    expect((await place(EU, newOrder())).status).toBe(502);
    await lab.ctx.chaos.heal();
    expect((await place(EU, newOrder())).status).toBe(201);
  });
});

describe('trouble', () => {
  it('injected for a version hits the pods of that version only', async () => {
    lab.cluster(US).ready = [
      { name: 'old', version: '1.0.0' },
      { name: 'new', version: '2.0.0' },
    ];
    await lab.ctx.chaos.change({ shop: { [US]: { errorShare: 1, latencyMs: 0, version: '2.0.0' } } });
    const pages = await Promise.all(Array.from({ length: 20 }, () => ask(`${lab.shops.url(US)}/products/1`)));
    const byVersion = (version: string) => pages.filter((page) => page.headers['x-shop-version'] === version);
    expect(byVersion('1.0.0').map((page) => page.status)).toEqual(Array(10).fill(200));
    expect(byVersion('2.0.0').map((page) => page.status)).toEqual(Array(10).fill(500));
  });

  it('injected as latency delays each answer by it', async () => {
    await lab.ctx.chaos.change({ shop: { [EU]: { errorShare: 0, latencyMs: 300 } } });
    expect((await ask(`${lab.shops.url(EU)}/products/1`)).ms).toBeGreaterThanOrEqual(300);
    expect((await ask(`${lab.shops.url(US)}/products/1`)).ms).toBeLessThan(250);
  });

  it('without ready pods is a 503 of the load balancer, and its name is unhealthy', async () => {
    const name = lab.ctx.names.find('shop-ap-southeast-1-1003.ap-southeast-1.elb.amazonaws.com');
    await expect.poll(() => name?.healthy()).toBe(true);
    expect(name?.addresses()).toEqual(['127.0.13.1']);
    lab.cluster(AP).ready = [];
    const page = await ask(`${lab.shops.url(AP)}/`);
    expect(page.status).toBe(503);
    expect(page.headers).not.toHaveProperty('x-shop-version');
    expect((await ask(`${lab.shops.url(AP)}/health`)).status).toBe(503);
    await expect.poll(() => name?.healthy()).toBe(false);
  });

  it.each(['drop', 'refuse'] as const)(
    'as an outage that %ss breaks connections until it is healed',
    async (mode) => {
      await lab.ctx.chaos.change({ shop: { [EU]: { errorShare: 0, latencyMs: 400 } } });
      const underWay = ask(`${lab.shops.url(EU)}/`).catch((error: NodeJS.ErrnoException) => error.code);
      await lab.ctx.chaos.change({ outages: { [EU]: mode } });
      expect(await underWay).toMatch(/ECONNRESET|ECONNREFUSED/);
      await expect(ask(`${lab.shops.url(EU)}/`)).rejects.toMatchObject({
        code: mode === 'drop' ? 'ECONNRESET' : 'ECONNREFUSED',
      });
      expect((await ask(`${lab.shops.url(US)}/`)).status).toBe(200);
      await lab.ctx.chaos.heal();
      expect((await ask(`${lab.shops.url(EU)}/`)).status).toBe(200);
    },
  );

  it('as an outage that hangs answers nothing, not even what was under way', async () => {
    await lab.ctx.chaos.change({ shop: { [AP]: { errorShare: 0, latencyMs: 300 } } });
    const underWay = ask(`${lab.shops.url(AP)}/`, { timeoutMs: 900 }).then(
      () => 'answered',
      (error: Error) => error.name,
    );
    await lab.ctx.chaos.change({ outages: { [AP]: 'hang' } });
    await expect(ask(`${lab.shops.url(AP)}/`, { timeoutMs: 500 })).rejects.toThrow();
    expect(await underWay).not.toBe('answered');
    await lab.ctx.chaos.heal();
    expect((await ask(`${lab.shops.url(AP)}/`)).status).toBe(200);
  });
});

describe('staging', () => {
  it('has its own shop, database and load balancer', async () => {
    const staging = lab.shops.sites.find((site) => site.environment === 'staging');
    if (!staging) throw new Error('no staging');
    const url = `http://${staging.address}:${lab.shops.port}`;
    const order = newOrder();
    expect((await ask(`${url}/orders`, { order })).status).toBe(201);
    expect(await stored(order.orderId)).toEqual([]);
    const [row] = await queryAt<{ customer: string }>(
      lab.databases.adminUrl(STAGING),
      'select customer from orders where id = $1',
      [order.orderId],
    );
    expect(row?.customer).toBe('Ada');
    expect(staging.loadBalancer.name).toBe('app/shop-us-east-1-staging/50dc6c495c0c9188');
  });
});

describe('an environment that shares another’s database', () => {
  it('has tables of its own in it', async () => {
    const estate = shippedEstate();
    for (const environment of estate.environments) environment.databases = undefined;
    const sharing = await startShops({ estate });
    try {
      expect(sharing.databases.find(STAGING)).toBeUndefined();
      const site = sharing.shops.sites.find(({ environment }) => environment === 'staging');
      const order = newOrder();
      const url = `http://${site?.address}:${sharing.shops.port}`;
      expect((await ask(`${url}/orders`, { order })).status).toBe(201);
      const schemas = await queryAt<{ schema: string }>(
        sharing.databases.adminUrl(PRIMARY),
        `select 'staging' as schema from staging.orders where id = $1
         union all select 'public' from public.orders where id = $1`,
        [order.orderId],
      );
      expect(schemas).toEqual([{ schema: 'staging' }]);
    } finally {
      await sharing.stop();
      sharing.remove();
    }
  });
});

describe('metrics', () => {
  const dimensions = { LoadBalancer: 'app/shop-eu-west-1/50dc6c495c0c9189' };
  const elb = (name: string, group?: 'read' | 'write') =>
    sumOf(lab.ctx, {
      region: EU,
      namespace: 'AWS/ApplicationELB',
      name,
      dimensions: group
        ? { ...dimensions, TargetGroup: `targetgroup/shop-${group}/50dc6c495c0c9189` }
        : dimensions,
    });

  it('equal the requests that were sent, by target group', async () => {
    lab.ctx.metrics.clear();
    const url = lab.shops.url(EU);
    await Promise.all([...Array.from({ length: 9 }, () => ask(`${url}/products/1`)), ask(`${url}/health`)]);
    for (let i = 0; i < 4; i += 1) await place(EU, newOrder());
    await ask(`${url}/products/0`);
    expect(elb('RequestCount')).toBe(14);
    expect([elb('RequestCount', 'read'), elb('RequestCount', 'write')]).toEqual([10, 4]);
    expect([elb('HTTPCode_Target_2XX_Count'), elb('HTTPCode_Target_4XX_Count')]).toEqual([13, 1]);
    const names = lab.ctx.metrics.list(EU, 'AWS/ApplicationELB').map((id) => id.name);
    expect(names).not.toContain('HTTPCode_Target_5XX_Count');
    expect(names).not.toContain('HTTPCode_ELB_5XX_Count');
    // Orders forwarded to the writer are no traffic of its load balancer.
    expect(lab.ctx.metrics.list(US, 'AWS/ApplicationELB').map((id) => id.name)).not.toContain('RequestCount');
    // Only orders cross the link.
    expect(elb('TargetResponseTime', 'write')).toBeGreaterThan(4 * 0.075);
    expect(elb('TargetResponseTime', 'read')).toBeLessThan(10 * 0.075);
  });

  it('leave out what canaries and probes ask', async () => {
    lab.ctx.metrics.clear();
    const headers = { 'x-synthetic': 'canary' };
    expect((await ask(`${lab.shops.url(EU)}/products/1`, { headers })).status).toBe(200);
    expect((await ask(`${lab.shops.url(EU)}/orders`, { headers, order: newOrder() })).status).toBe(201);
    await ask(`${lab.shops.url(EU)}/products/1`);
    expect([elb('RequestCount'), elb('HTTPCode_Target_2XX_Count')]).toEqual([1, 1]);
  });

  it('tell a pod’s error from having no pod', async () => {
    lab.ctx.metrics.clear();
    await lab.ctx.chaos.change({ shop: { [EU]: { errorShare: 1, latencyMs: 0 } } });
    await ask(`${lab.shops.url(EU)}/`);
    lab.cluster(EU).ready = [];
    await ask(`${lab.shops.url(EU)}/`);
    expect(elb('RequestCount')).toBe(1);
    expect(elb('HTTPCode_Target_5XX_Count')).toBe(1);
    expect(elb('HTTPCode_ELB_5XX_Count')).toBe(1);
  });
});

describe('failover', () => {
  it('restores orders once the replica is promoted and the ConfigMaps point at it', async () => {
    const replica = lab.databases.find('ecommerce-db-eu-west-1');
    await lab.ctx.chaos.change({ outages: { [US]: 'drop' } });
    await lab.databases.promote(replica?.resourceId ?? '');
    lab.network.join(EU, AP);
    lab.cluster(AP).config = { writerEndpoint: US };
    expect((await place(AP, newOrder())).status).toBeGreaterThanOrEqual(500);
    for (const region of [EU, AP]) lab.cluster(region).config = { writerEndpoint: EU };
    expect((await place(EU, newOrder())).status).toBe(201);
    expect((await place(AP, newOrder())).status).toBe(201);
    expect(lab.shops.currentWriter()).toMatchObject({ region: EU, instance: replica?.resourceId });
  });
});
