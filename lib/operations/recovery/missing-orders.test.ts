import { describe, expect, it } from 'vitest';
import type { OrderRow } from '#lib/ports/recovery.ts';
import { portDouble } from '#test/port-double.ts';
import { EU, US } from '#test/recovery-facts.ts';
import { stepContext } from '#test/step-context.ts';
import { comparedFrom, missingOrders } from './missing-orders.ts';

const FROM = Date.UTC(2026, 10, 23, 9, 0, 0);
const since = new Date(FROM).toISOString();

/** One a millisecond, after an hour in which there was one a second. */
const orders = [
  ...Array.from({ length: 3_600 }, (_, second) => orderAt(FROM - 3_600_000 + second * 1_000)),
  ...Array.from({ length: 2_000 }, (_, ms) => orderAt(FROM + ms)),
];

function orderAt(ms: number): OrderRow {
  const createdAt = new Date(ms).toISOString();
  return { id: `order-${ms}`, region: US, product: 1, amount: '10.00', customer: 'somebody', createdAt };
}

/** As a server that tracks no times of commits: those begun in the minute before count as well. */
const aws = portDouble({
  ordersSince: async (_region, _id, from, limit, after) =>
    orders
      .filter(({ createdAt }) => Date.parse(createdAt) > Date.parse(from) - 60_000)
      .filter(({ createdAt }) => !after || createdAt > after.createdAt)
      .slice(0, limit),
  // The writer has all but the last three.
  missingOrders: async (_region, _id, ids) =>
    ids.filter((id) => orders.slice(-3).some((order) => order.id === id)),
});

it('goes through all of a busy shop, forwards, each order once', async () => {
  const at = (region: string) => ({ region, instance: { instanceId: `ecommerce-db-${region}` } });
  const found = await missingOrders(stepContext({ aws }), { old: at(US), writer: at(EU), since });
  expect(found).toEqual({ rows: orders.slice(-3), count: 3, compared: 2_059 });
});

describe('from when on orders are compared', () => {
  const old = { region: US, instance: { instanceId: `ecommerce-db-${US}` } };
  const endingAt = (createdAt: string | null) =>
    stepContext({
      now: () => new Date('2026-11-26T12:00:00.000Z'),
      aws: portDouble({
        lastOrder: () => Promise.resolve(createdAt === null ? null : { id: 'order-1', createdAt }),
      }),
    });

  it.each<[string, string | null, string | null, string]>([
    [
      'a minute before the last commit that the writer had of it',
      '2026-11-23T09:05:00.000Z',
      '2026-11-23T09:00:00.000Z',
      '2026-11-23T08:59:00.000Z',
    ],
    [
      'that too where its orders end a moment earlier',
      '2026-11-23T08:59:30.000Z',
      '2026-11-23T09:00:00.000Z',
      '2026-11-23T08:59:00.000Z',
    ],
    [
      'the day before its own last order where it was left long before',
      '2026-11-20T09:00:00.000Z',
      '2026-11-23T09:00:00.000Z',
      '2026-11-19T09:00:00.000Z',
    ],
    ['the same where nothing is known', '2026-11-20T09:00:00.000Z', null, '2026-11-19T09:00:00.000Z'],
    ['the last day where it has no order', null, null, '2026-11-25T12:00:00.000Z'],
  ])('is %s', async (_, lastOrderAt, lastCommitAt, from) => {
    expect(await comparedFrom(endingAt(lastOrderAt), old, lastCommitAt)).toBe(from);
  });
});
