import type { Answer } from './answer.ts';
import type { ShopDatabase } from './database.ts';
import { ShopFault } from './faults.ts';
import type { ForwardRequest } from './forward.ts';
import type { Order } from './order.ts';
import type { ShopWorld } from './world.ts';

export interface PlacedOrder {
  orderId: string;
  /** Whether this request placed it, or an earlier one with the same id had. */
  placed: 'now' | 'before';
  /** Region of the database that it was written to. */
  writer: string;
}

export interface Placement {
  order: Order;
  /** Region of the shop that the customer talked to. */
  region: string;
  /** Region of the database. */
  writer: string;
  timeoutMs: number;
}

const INSERT = `
  insert into orders (id, region, product, amount, customer)
  select $1, $2, id, price * $4, $5 from products where id = $3
  on conflict (id) do nothing returning id`;

const SAME_AS_KNOWN = `
  select product = $2 and customer = $4
         and amount = (select price * $3 from products where id = orders.product) as same
    from orders where id = $1`;

/**
 * Writes an order once: the same order again is answered as the first time, another one under the same id is 409, an
 * unknown product 404. It has been committed when this resolves.
 */
export async function placeOrder(
  database: ShopDatabase,
  url: string,
  placement: Placement,
): Promise<PlacedOrder> {
  const { order, region, writer, timeoutMs } = placement;
  const { orderId, productId, quantity, customer } = order;
  const inserted = await database.rows(url, {
    text: INSERT,
    values: [orderId, region, productId, quantity, customer],
    timeoutMs,
  });
  if (inserted.length > 0) return { orderId, placed: 'now', writer };

  const [known] = await database.rows(url, {
    text: SAME_AS_KNOWN,
    values: [orderId, productId, quantity, customer],
    timeoutMs,
  });
  if (!known) throw new ShopFault(404, `There is no product ${productId}.`);
  if (known.same !== true) throw new ShopFault(409, `Order ${orderId} exists already, with other content.`);
  return { orderId, placed: 'before', writer };
}

export interface StoredOrder {
  orderId: string;
  /** Region of the shop that the customer talked to. */
  region: string;
  placedAt: string;
}

/** The order as that database holds it, or undefined. */
export async function findOrder(
  database: ShopDatabase,
  url: string,
  { orderId, timeoutMs }: { orderId: string; timeoutMs: number },
): Promise<StoredOrder | undefined> {
  const [row] = await database.rows(url, {
    text: `select region, to_char(placed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as placed_at
             from orders where id = $1`,
    values: [orderId],
    timeoutMs,
  });
  return row && { orderId, region: String(row.region), placedAt: String(row.placed_at) };
}

/** As `placeOrder`, as an answer: 201 for a new order, 200 for one that had been placed. */
export async function placedAnswer(
  database: ShopDatabase,
  url: string,
  placement: Placement,
): Promise<Answer> {
  const result = await placeOrder(database, url, placement);
  return { status: result.placed === 'now' ? 201 : 200, body: JSON.stringify(result) };
}

/** Another Region's answer to `request`; throws a ShopFault when it has no shop or cannot be reached. */
export async function sendToShop(
  world: Pick<ShopWorld, 'shopOf' | 'forwarder'>,
  region: string,
  request: ForwardRequest,
): Promise<Answer> {
  const door = await world.shopOf(region);
  if (!door) {
    throw new ShopFault(503, `There is no shop of this environment in ${region}.`, { retryAfterSeconds: 5 });
  }
  return world.forwarder.send(door, request);
}
