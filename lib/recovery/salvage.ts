import { z } from 'zod';
import { announceChange, appendAudit } from '../data/audit.ts';
import { type RecoveryParts, workerActor } from './parts.ts';

const Salvaged = z.object({
  orders: z.array(
    z.object({
      id: z.string(),
      region: z.string(),
      product: z.int(),
      amount: z.string(),
      customer: z.string(),
      createdAt: z.string(),
    }),
  ),
});

/** Actions that list orders which only the database has that they are about. */
const READING = ['recovery.salvage', 'recovery.delete-replica'];

/**
 * Files the orders that a run found on a database which was left, once, as rows that people page through; however the step
 * ends that kept them, for what it asked for may delete the database all the same.
 */
export async function fileSalvage(parts: RecoveryParts, operationId: string): Promise<number> {
  const { rows } = await parts.database.pool.query<{
    region: string | null;
    output: unknown;
    environment: string;
  }>(
    `select s.region, s.output, o.environment from operation_step s join operation o on o.id = s.operation_id
     where s.operation_id = $1 and s.action = any ($2) and s.output ? 'orders'`,
    [operationId, READING],
  );
  let filed = 0;
  for (const { region, output, environment } of rows) {
    const orders = Salvaged.safeParse(output).data?.orders ?? [];
    if (orders.length === 0) continue;
    filed += await parts.database.inTransaction(async (connection) => {
      const { rowCount } = await connection.query(
        `insert into salvage_order (operation_id, order_id, found_in, region, product, amount, customer, created_at, found_at)
         select $1, o.id, $2, o.region, o.product, o.amount, o.customer, o."createdAt", now()
         from jsonb_to_recordset($3) as o (id text, region text, product int, amount numeric, customer text, "createdAt" timestamptz)
         on conflict (operation_id, order_id) do nothing`,
        [operationId, region ?? '', JSON.stringify(orders)],
      );
      const count = rowCount ?? 0;
      if (count === 0) return 0;
      await announceChange(connection, 'recovery', `salvage/${operationId}`);
      await appendAudit(connection, {
        ...workerActor(parts),
        verb: 'salvage.file',
        outcome: 'done',
        subject: `salvage/${operationId}`,
        operation: operationId,
        environment,
        ...(region ? { region } : {}),
        detail: { orders: count },
      });
      return count;
    });
  }
  return filed;
}
