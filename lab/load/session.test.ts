import { describe, expect, it } from 'vitest';
import { createRandom } from '#lab/kernel/random.ts';
import { drawGeography, loadGeographies } from './geographies.ts';
import { planSession, REQUESTS_PER_SESSION } from './session.ts';

const sessions = (seed: number, count: number) => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => planSession(random, 300));
};

describe('a visitor’s session', () => {
  it('has one to three requests, about 12 % of them orders', () => {
    const all = sessions(5, 8_000);
    const steps = all.flat();
    const orders = steps.filter((step) => step.act.kind === 'order');
    expect(new Set(all.map((session) => session.length))).toEqual(new Set([1, 2, 3]));
    expect(steps.length / all.length).toBeCloseTo(REQUESTS_PER_SESSION, 1);
    expect(orders.length / steps.length).toBeGreaterThan(0.105);
    expect(orders.length / steps.length).toBeLessThan(0.135);
  });

  it('orders under an id nobody else has, a product that exists', () => {
    const orders = sessions(6, 4_000).flatMap((session) =>
      session.flatMap(({ act }) => (act.kind === 'order' ? [act] : [])),
    );
    expect(new Set(orders.map((order) => order.orderId)).size).toBe(orders.length);
    for (const order of orders) {
      expect(order.orderId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(order.productId).toBeGreaterThanOrEqual(1);
      expect(order.productId).toBeLessThanOrEqual(300);
    }
  });

  it('is the same for the same seed', () => {
    expect(sessions(9, 50)).toEqual(sessions(9, 50));
  });
});

describe('where visitors come from', () => {
  it('follows the planned shares, with half a percent from everywhere else', () => {
    const geography = (key: string, plannedShare: number) => ({
      key,
      plannedShare,
      name: key,
      homeRegion: 'us-east-1',
      users: '',
      locations: [],
      cities: [],
    });
    const shares = loadGeographies([
      geography('na', 0.5),
      geography('eu', 0.3),
      geography('ap', 0.2),
      geography('any', 0),
    ]);
    const random = createRandom(2);
    const drawn = Array.from({ length: 20_000 }, () => drawGeography(shares, random));
    const share = (key: string) => drawn.filter((each) => each === key).length / drawn.length;
    expect(share('na')).toBeCloseTo(0.4975, 1);
    expect(share('eu')).toBeCloseTo(0.2985, 1);
    expect(share('ap')).toBeCloseTo(0.199, 1);
    expect(share('any')).toBeGreaterThan(0.003);
    expect(share('any')).toBeLessThan(0.008);
  });
});
