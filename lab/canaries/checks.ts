import { createHash } from 'node:crypto';
import type { Address } from '#lab/links/types.ts';
import { askShop } from '#lab/shop/ask-shop.ts';

export type CanaryKind = 'reads' | 'writes';

/** Over the two seconds within which a shop answers. */
const PATIENCE_MS = 3_000;

/** Whether the shop does for a canary what it does for a user. */
export async function check(kind: CanaryKind, shop: Address, canary: string): Promise<boolean> {
  const answer = await askShop(shop, { ...questions[kind](canary), as: canary, timeoutMs: PATIENCE_MS });
  return answer.result === 'answered' && (answer.status === 200 || answer.status === 201);
}

const questions = {
  /** A page from the Region's own database: the writer plays no part in it (aws-facts R-05). */
  reads: () => ({ method: 'GET' as const, path: '/products?limit=1' }),
  /**
   * The same order again and again. Each attempt has to be let through, forwarded and accepted by a writer that takes writes, but
   * only the first one leaves a row: canaries neither fill the table nor hide that nobody else writes (aws-facts B-09).
   */
  writes: (canary: string) => ({
    method: 'POST' as const,
    path: '/orders',
    body: JSON.stringify({ orderId: orderIdOf(canary), productId: 1, quantity: 1, customer: canary }),
  }),
} satisfies Record<CanaryKind, (canary: string) => object>;

/** A UUID of version 8 that is always the same for this canary. */
function orderIdOf(canary: string): string {
  const hex = createHash('sha256').update(canary).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
