import type { ShopDatabase } from './database.ts';

/** Orders older than this are dropped, so that a lab left running does not fill its disk. */
const ORDER_RETENTION_HOURS = 48;

/** Deletes a batch of orders past their retention; answers how many. */
export async function dropOldOrders(database: ShopDatabase, writerUrl: string): Promise<number> {
  const dropped = await database.rows(writerUrl, {
    text: `delete from orders where id in (
             select id from orders where placed_at < now() - make_interval(hours => $1) limit 5000
           ) returning 1`,
    values: [ORDER_RETENTION_HOURS],
    timeoutMs: 2_000,
  });
  return dropped.length;
}
