import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { ShopFault } from './faults.ts';

export const Order = z.strictObject({
  orderId: z.uuid(),
  productId: z.int().min(1).max(2_000_000_000),
  quantity: z.int().min(1).max(99),
  customer: z.string().min(1).max(120),
});
export type Order = z.infer<typeof Order>;

const LARGEST_BODY_BYTES = 16_384;

/** The order in a request's body; throws a ShopFault 400 or 413 that names what is wrong. */
export async function readOrder(request: IncomingMessage): Promise<Order> {
  const parsed = Order.safeParse(parseJson(await readBody(request)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'body';
  throw new ShopFault(400, `The order was refused: ${field}: ${issue?.message ?? 'is not an order'}.`);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > LARGEST_BODY_BYTES) {
      throw new ShopFault(413, `The order was refused: its body is over ${LARGEST_BODY_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ShopFault(400, 'The order was refused: its body is not JSON.', { cause: error });
  }
}
