import { randomUUID } from 'node:crypto';
import { requestShop } from './shop-request.ts';

const EVERY_MS = 1_000;
/** One in so many of the probe's requests places an order, so that writes are seen too. */
const ORDER_EVERY = 5;

/** Visits a shop that has no shoppers once a second. Not part of any report: it is no customer. */
export function startProbe(target: { address: string; port: number; productCount: number }): {
  stop(): void;
} {
  let turn = 0;
  const timer = setInterval(() => {
    turn += 1;
    const productId = 1 + (turn % target.productCount);
    void requestShop(
      target.address,
      target.port,
      turn % ORDER_EVERY === 0
        ? { kind: 'order', orderId: randomUUID(), productId, quantity: 1, customer: 'probe' }
        : { kind: 'read', path: `/products/${productId}` },
    );
  }, EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
