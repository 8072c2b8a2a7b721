import type http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, answerOrFault } from './answer.ts';
import { ShopFault } from './faults.ts';
import { readOrder } from './order.ts';
import { findOrder, placedAnswer, sendToShop } from './orders.ts';
import { isSynthetic } from './synthetic.ts';
import { meetTrouble } from './trouble.ts';
import type { VisitorRequest } from './visitor-requests.ts';
import { ANSWER_WITHIN_MS, FORWARDED_WITHIN_MS, type ShopWorld } from './world.ts';

const ORDER_PATH = /^\/internal\/orders\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

export function isInternal(url: URL): boolean {
  return url.pathname.startsWith('/health') || url.pathname.startsWith('/internal/');
}

/**
 * Answers probes and other Regions' shops. On AWS they reach a listener of their own, so they are in no metric of the
 * load balancer: they are not visitors' traffic.
 */
export function answerInternal(world: ShopWorld, { request, url, pod }: VisitorRequest): Promise<Answer> {
  return answerOrFault(async () => {
    if (!pod) throw new ShopFault(503, `No pod of the shop is ready in ${world.site.region}.`);
    // Health is not judged by what chaos does to visitors, but by the preview everything shows it.
    if (world.isPreview) await meetTrouble(world, pod);
    if (url.pathname === '/health') return readHealth(world);
    if (url.pathname === '/health/write') return writeHealth(world);
    if (url.pathname === '/internal/health/write') return ownWriteHealth(world, FORWARDED_WITHIN_MS);
    if (url.pathname === '/internal/orders' && request.method === 'POST')
      return takeForwarded(world, request);
    const orderId = ORDER_PATH.exec(url.pathname)?.[1];
    if (orderId && request.method === 'GET') return readOwnOrder(world, orderId);
    throw new ShopFault(404, 'There is no such page.');
  });
}

/** Whether the database that the Region's pages are read from holds the order: how far replication has come. */
async function readOwnOrder(world: ShopWorld, orderId: string): Promise<Answer> {
  const order = await findOrder(world.database, await ownReader(world), {
    orderId,
    timeoutMs: ANSWER_WITHIN_MS,
  });
  if (!order) throw new ShopFault(404, `There is no order ${orderId} in ${world.site.region}.`);
  return { status: 200, body: JSON.stringify(order) };
}

async function ownReader(world: ShopWorld): Promise<string> {
  const reader = await world.readerUrl();
  if (!reader) throw new ShopFault(503, `${world.site.region} has no database to read from.`);
  return reader;
}

/** Can this Region serve reads: pods are ready and its own database answers. */
async function readHealth(world: ShopWorld): Promise<Answer> {
  await world.database.rows(await ownReader(world), {
    text: 'select id from products limit 1',
    timeoutMs: ANSWER_WITHIN_MS,
  });
  return { status: 200, body: JSON.stringify({ serves: 'reads' }) };
}

/** Would an order placed here be taken: not frozen, and the writer it goes to answers and takes writes. */
async function writeHealth(world: ShopWorld): Promise<Answer> {
  const route = world.writeRoute();
  if (route.to !== 'region') return ownWriteHealth(world, ANSWER_WITHIN_MS);
  return sendToShop(world, route.region, {
    method: 'GET',
    path: '/internal/health/write',
    timeoutMs: ANSWER_WITHIN_MS,
  });
}

async function ownWriteHealth(world: ShopWorld, timeoutMs: number): Promise<Answer> {
  const url = localWriter(world);
  const [row] = await world.database.rows(url, {
    text: "select current_setting('transaction_read_only') as read_only",
    timeoutMs,
  });
  if (row?.read_only !== 'off')
    throw new ShopFault(503, `The database in ${world.site.region} is read-only.`);
  return { status: 200, body: JSON.stringify({ serves: 'writes' }) };
}

async function takeForwarded(world: ShopWorld, request: http.IncomingMessage): Promise<Answer> {
  if (!isSynthetic(request)) world.worked();
  const order = await readOrder(request);
  const url = localWriter(world);
  await sleep(world.serviceMs());
  return placedAnswer(world.database, url, {
    order,
    region: originOf(request) ?? world.site.region,
    writer: world.site.region,
    timeoutMs: FORWARDED_WITHIN_MS,
  });
}

/** The Region's own writer. A shop never forwards what was forwarded to it, so two that disagree cannot loop. */
function localWriter(world: ShopWorld): string {
  const route = world.writeRoute();
  if (route.to === 'local') return route.url;
  const reason =
    route.to === 'nowhere' ? route.reason : `${world.site.region} itself sends orders to ${route.region}.`;
  throw new ShopFault(503, reason, { retryAfterSeconds: 5 });
}

function originOf(request: http.IncomingMessage): string | undefined {
  const value = request.headers['x-shop-origin'];
  return typeof value === 'string' && value.length <= 64 ? value : undefined;
}
