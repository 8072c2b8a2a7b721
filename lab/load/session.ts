import type { Random } from '#lab/kernel/random.ts';

export type Act =
  | { kind: 'read'; path: string }
  | { kind: 'order'; orderId: string; productId: number; quantity: number; customer: string };

export interface Step {
  /** Milliseconds the visitor looks at the page before. */
  thinkMs: number;
  act: Act;
}

const HOME_SHARE = 0.6;
const PRODUCT_SHARE = 0.35;
const ORDER_SHARE = 0.52;
const CATEGORIES = ['furniture', 'lighting', 'kitchen', 'textiles'];
const LONGEST_THOUGHT_MS = 4_000;
const MEAN_THOUGHT_MS = 1_200;

/** Requests of a session on average: one page, a product for 35 %, an order for 52 % of those (12 % of all requests). */
export const REQUESTS_PER_SESSION = 1 + PRODUCT_SHARE + PRODUCT_SHARE * ORDER_SHARE;

/** What one visitor will do, decided on arrival. */
export function planSession(random: Random, productCount: number): Step[] {
  const productId = 1 + Math.floor(random() * productCount);
  const category = CATEGORIES[Math.floor(random() * CATEGORIES.length)];
  const first = random() < HOME_SHARE ? '/' : `/products?category=${category}&limit=10`;
  const steps: Step[] = [{ thinkMs: 0, act: { kind: 'read', path: first } }];
  if (random() >= PRODUCT_SHARE) return steps;
  steps.push({ thinkMs: thought(random), act: { kind: 'read', path: `/products/${productId}` } });
  if (random() >= ORDER_SHARE) return steps;
  steps.push({
    thinkMs: thought(random),
    act: {
      kind: 'order',
      orderId: uuidFrom(random),
      productId,
      quantity: 1 + Math.floor(random() * 3),
      customer: `visitor-${Math.floor(random() * 1e9).toString(36)}`,
    },
  });
  return steps;
}

function thought(random: Random): number {
  return Math.min(LONGEST_THOUGHT_MS, -Math.log(1 - random()) * MEAN_THOUGHT_MS);
}

/** A version 4 UUID out of the seeded draws. */
function uuidFrom(random: Random): string {
  const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
