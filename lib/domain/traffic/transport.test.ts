import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TransportProblem, transport } from './transport.ts';

const costOf = ({ cost }: TransportProblem, flow: readonly (readonly number[])[]) =>
  flow.reduce(
    (sum, row, i) => sum + row.reduce((inner, amount, j) => inner + amount * (cost[i]?.[j] ?? 0), 0),
    0,
  );

/** The cheapest of all ways to place whole units, by trying each. */
function cheapest({ supply, demand, cost }: TransportProblem): number {
  const [amount, ...rest] = supply;
  if (amount === undefined) return 0;
  const [prices = [], ...otherPrices] = cost;
  let best = Number.POSITIVE_INFINITY;
  for (const split of splitsOf(amount, demand)) {
    const left = demand.map((wanted, j) => wanted - (split[j] ?? 0));
    const here = split.reduce((sum, units, j) => sum + units * (prices[j] ?? 0), 0);
    best = Math.min(best, here + cheapest({ supply: rest, demand: left, cost: otherPrices }));
  }
  return best;
}

function splitsOf(amount: number, room: readonly number[]): number[][] {
  const [first, ...rest] = room;
  if (first === undefined) return amount === 0 ? [[]] : [];
  return Array.from({ length: Math.min(first, amount) + 1 }, (_, units) => units).flatMap((units) =>
    splitsOf(amount - units, rest).map((split) => [units, ...split]),
  );
}

/** Whole supplies, and the same total cut into demands, with any costs. */
const problems = fc
  .tuple(
    fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }),
    fc.array(fc.nat(100), { minLength: 1, maxLength: 3 }),
    fc.array(fc.array(fc.nat(9), { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
  )
  .map(([supply, cuts, cost]): TransportProblem => {
    const total = supply.reduce((sum, amount) => sum + amount, 0);
    const ends = [...cuts.map((cut) => cut % (total + 1)).sort((a, b) => a - b), total];
    return { supply, demand: ends.map((end, i) => end - (ends[i - 1] ?? 0)), cost: widen(cost, ends.length) };
  });

function widen(cost: number[][], columns: number): number[][] {
  return cost.map((row) => Array.from({ length: columns }, (_, j) => row[j % row.length] ?? 0));
}

describe('the cheapest flow', () => {
  it.each<[string, TransportProblem, number[][]]>([
    [
      'stays at home where it can',
      {
        supply: [5, 3],
        demand: [5, 3],
        cost: [
          [0, 1],
          [1, 0],
        ],
      },
      [
        [5, 0],
        [0, 3],
      ],
    ],
    [
      'moves only the rest',
      {
        supply: [5, 3],
        demand: [2, 6],
        cost: [
          [0, 1],
          [1, 0],
        ],
      },
      [
        [2, 3],
        [0, 3],
      ],
    ],
    [
      'takes back an early choice',
      {
        supply: [1, 1],
        demand: [1, 1],
        cost: [
          [1, 2],
          [0, 9],
        ],
      },
      [
        [0, 1],
        [1, 0],
      ],
    ],
    ['has nothing to do', { supply: [0], demand: [0], cost: [[7]] }, [[0]]],
  ])('%s', (_, problem, flow) => {
    expect(transport(problem)).toEqual(flow);
  });

  it('meets every supply and demand at the lowest cost there is', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const flow = transport(problem);
        for (const [i, amount] of problem.supply.entries()) {
          expect(flow[i]?.reduce((sum, units) => sum + units, 0)).toBeCloseTo(amount, 9);
        }
        for (const [j, amount] of problem.demand.entries()) {
          expect(flow.reduce((sum, row) => sum + (row[j] ?? 0), 0)).toBeCloseTo(amount, 9);
        }
        expect(flow.flat().every((units) => units >= -1e-9)).toBe(true);
        expect(costOf(problem, flow)).toBeCloseTo(cheapest(problem), 6);
      }),
      { numRuns: 300 },
    );
  });

  it('is done with thirty Regions at once', () => {
    const size = 30;
    const even = Array.from({ length: size }, () => 1 / size);
    const cost = even.map((_, i) => even.map((__, j) => ((i * 7 + j * 13) % 17) + (i === j ? 0 : 20)));
    const flow = transport({ supply: even, demand: even, cost });
    expect(flow.flat().reduce((sum, units) => sum + units, 0)).toBeCloseTo(1, 6);
  });
});
