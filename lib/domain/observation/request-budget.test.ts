import { describe, expect, it } from 'vitest';
import { fullBucket, REQUEST_BUDGETS, type RequestBudget, refilled, waitSeconds } from './request-budget.ts';

const perSecond: RequestBudget = { burst: 10, perSecond: 2, source: 'test' };
const perPeriod: RequestBudget = { burst: 4, perPeriod: 4, source: 'test' };

const later = (budget: RequestBudget, tokens: number, seconds: number, periodSeconds = 60) =>
  refilled(budget, { bucket: { tokens, atMs: 0 }, periodSeconds, nowMs: seconds * 1_000 }).tokens;

describe('a budget of requests', () => {
  it('is full at first', () => {
    expect(fullBucket(perSecond, 7)).toEqual({ tokens: 10, atMs: 7 });
  });

  it.each<[string, number, number]>([
    ['grows by the second', later(perSecond, 0, 3), 6],
    ['never over its burst', later(perSecond, 9, 3_600), 10],
    ['pays back first what a long list took beyond it', later(perSecond, -20, 5), -10],
    ['grows by the period', later(perPeriod, 0, 15), 1],
    ['which an estate may declare shorter', later(perPeriod, 0, 15, 30), 2],
    ['loses nothing by a clock that is set back', later(perSecond, 5, -60), 5],
  ])('%s', (_, tokens, expected) => {
    expect(tokens).toBeCloseTo(expected);
  });

  it.each<[number, number]>([
    [1, 0],
    [0.5, 0.25],
    [0, 0.5],
    [-3, 2],
  ])('with %d left says how long to wait: %d s', (tokens, seconds) => {
    expect(waitSeconds(perSecond, { tokens, atMs: 0 }, 60)).toBeCloseTo(seconds);
  });

  it('of RDS is one request each 15 s on AWS', () => {
    const { rds } = REQUEST_BUDGETS;
    if (!rds) throw new Error('RDS has no budget.');
    expect(waitSeconds(rds, { tokens: 0, atMs: 0 }, 60)).toBeCloseTo(15);
  });

  it('of Route 53 is a fifth of what the account has', () => {
    const { route53 } = REQUEST_BUDGETS;
    if (!route53) throw new Error('Route 53 has no budget.');
    expect(waitSeconds(route53, { tokens: 0, atMs: 0 }, 60)).toBeCloseTo(0.5);
  });

  it.each(Object.entries(REQUEST_BUDGETS))(
    'of %s says where its figures are from',
    (_, { burst, source }) => {
      expect(burst).toBeGreaterThanOrEqual(1);
      expect(source).toMatch(/\w/);
    },
  );
});
