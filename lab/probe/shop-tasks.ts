import { randomUUID } from 'node:crypto';
import type { Address } from '#lab/links/types.ts';
import { type Answered, askShop, type Unreached } from '#lab/shop/ask-shop.ts';
import type { HttpTask, OrderExistsTask, OrderTask, PreviewTask } from './task.ts';

/** Who synthetic orders are placed for, and who asks. */
const PROBE = 'meridian-probe';

export async function getPage(shop: Address, { path, timeoutMs }: HttpTask) {
  const answer = await askShop(shop, { method: 'GET', path, as: PROBE, timeoutMs });
  if (answer.result !== 'answered') return answer;
  return {
    result: answer.result,
    status: answer.status,
    answeredBy: header(answer, 'x-shop-region'),
    version: header(answer, 'x-shop-version'),
  };
}

export async function getPreview(preview: Address, { path, timeoutMs }: PreviewTask) {
  const answer = await askShop(preview, { method: 'GET', path, as: PROBE, timeoutMs });
  if (answer.result !== 'answered') return answer;
  return { result: answer.result, status: answer.status, version: header(answer, 'x-shop-version') };
}

export async function placeOrder(
  shop: Address,
  { orderId = randomUUID(), productId, timeoutMs }: OrderTask,
  region: string,
) {
  const body = JSON.stringify({ orderId, productId, quantity: 1, customer: PROBE });
  const answer = await askShop(shop, { method: 'POST', path: '/orders', body, as: PROBE, timeoutMs });
  return { orderId, ...placement(answer, region) };
}

function placement(answer: Answered | Unreached, region: string) {
  if (answer.result !== 'answered') return answer;
  const { result, status } = answer;
  const { placed, writer, error } = fieldsOf(answer);
  if (status === 200 || status === 201) {
    const before = placed === 'before';
    return {
      result,
      status,
      placed: before ? ('before' as const) : ('now' as const),
      writer: writer ?? null,
      forwarded: writer === undefined ? null : writer !== region,
      message: null,
    };
  }
  return { result, status, placed: null, writer: null, forwarded: null, message: error ?? null };
}

export async function findOrder(shop: Address, { orderId, timeoutMs }: OrderExistsTask) {
  const path = `/internal/orders/${orderId}`;
  const answer = await askShop(shop, { method: 'GET', path, as: PROBE, timeoutMs });
  if (answer.result !== 'answered') return answer;
  const { result, status } = answer;
  const exists = status === 200 ? true : status === 404 ? false : null;
  return { result, status, exists, placedAt: fieldsOf(answer).placedAt ?? null };
}

function header({ headers }: Answered, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}

/** The text members of a JSON answer; none when it is something else. */
function fieldsOf({ body }: Answered): Record<string, string | undefined> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, member]) => typeof member === 'string'));
  } catch {
    return {}; // a page, or a load balancer's own words
  }
}
