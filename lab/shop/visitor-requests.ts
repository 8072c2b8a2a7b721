import type http from 'node:http';
import { type Answer, answerOrFault, faultAnswer } from './answer.ts';
import { ShopFault } from './faults.ts';
import type { TargetGroup } from './load-balancer-metrics.ts';
import { readOrder } from './order.ts';
import { placedAnswer, sendToShop } from './orders.ts';
import { homePage, listPage, type Page, productPage } from './pages.ts';
import { isSynthetic, SYNTHETIC_HEADER } from './synthetic.ts';
import { meetTrouble } from './trouble.ts';
import type { ServingPod } from './types.ts';
import { ANSWER_WITHIN_MS, type ShopWorld } from './world.ts';

export interface VisitorRequest {
  request: http.IncomingMessage;
  url: URL;
  /** The pod whose turn it is; undefined when none is ready. */
  pod: ServingPod | undefined;
}

/** Answers a visitor and tells the world's metrics; what canaries and probes ask stays out of them. */
export async function answerVisitor(
  world: ShopWorld,
  { request, url, pod }: VisitorRequest,
): Promise<Answer> {
  const startedAt = performance.now();
  const targetGroup: TargetGroup = url.pathname === '/orders' ? 'write' : 'read';
  const answer = pod
    ? await answerOrFault(() => visit(world, { request, url, pod }))
    : faultAnswer(new ShopFault(503, `No pod of the shop is ready in ${world.site.region}.`));
  if (!isSynthetic(request)) {
    world.answered({
      targetGroup,
      status: answer.status,
      seconds: (performance.now() - startedAt) / 1000,
      by: pod ? 'target' : 'load-balancer',
    });
  }
  return answer;
}

async function visit(
  world: ShopWorld,
  { request, url, pod }: VisitorRequest & { pod: ServingPod },
): Promise<Answer> {
  if (!isSynthetic(request)) world.worked();
  await meetTrouble(world, pod);
  if (url.pathname === '/orders') {
    if (request.method !== 'POST') throw new ShopFault(405, 'Orders are placed with POST.');
    return takeOrder(world, request);
  }
  if (request.method !== 'GET') throw new ShopFault(405, 'Pages are read with GET.');
  return { status: 200, ...(await readPage(world, url)) };
}

async function readPage(world: ShopWorld, url: URL): Promise<Page> {
  const reader = await world.readerUrl();
  if (!reader) throw new ShopFault(502, `${world.site.region} has no database to read from.`);
  const source = { database: world.database, url: reader, timeoutMs: ANSWER_WITHIN_MS };
  if (url.pathname === '/') return homePage(source, world.site.region);
  if (url.pathname === '/products') return listPage(source, url.searchParams);
  const id = /^\/products\/([^/]+)$/.exec(url.pathname)?.[1];
  if (id !== undefined) return productPage(source, id);
  throw new ShopFault(404, 'There is no such page.');
}

async function takeOrder(world: ShopWorld, request: http.IncomingMessage): Promise<Answer> {
  const order = await readOrder(request);
  const route = world.writeRoute();
  const { region } = world.site;
  if (route.to === 'nowhere') {
    throw new ShopFault(503, route.reason, { retryAfterSeconds: route.retryAfterSeconds });
  }
  if (route.to === 'local') {
    const placement = { order, region, writer: region, timeoutMs: ANSWER_WITHIN_MS };
    return placedAnswer(world.database, route.url, placement);
  }
  return sendToShop(world, route.region, {
    method: 'POST',
    path: '/internal/orders',
    body: JSON.stringify(order),
    headers: {
      'x-shop-origin': region,
      ...(isSynthetic(request) ? { [SYNTHETIC_HEADER]: 'forwarded' } : {}),
    },
    timeoutMs: ANSWER_WITHIN_MS,
  });
}
