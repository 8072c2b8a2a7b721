import { describe, expect, it } from 'vitest';
import { seedEstate } from '#test/seed-estate.ts';
import { priceShift, withNodes } from './price.ts';

const estate = seedEstate();
const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const planned = { [US]: 0.5, [EU]: 0.3, [AP]: 0.2 };

const linesOf = (after: Record<string, number>, requestsPerSecond = 20) =>
  priceShift(estate, planned, after, requestsPerSecond).lines.map(({ monthlyDollars }) => monthlyDollars);

describe('the price of a shift', () => {
  it('is nothing where nothing moves', () => {
    expect(priceShift(estate, planned, planned, 20).monthlyDollars).toBe(0);
  });

  it('of a point from US to EU saves the difference of 220.0 and 213.3 dollars', () => {
    const [points] = linesOf({ [US]: 0.49, [EU]: 0.31, [AP]: 0.2 });
    expect(points).toBeCloseTo(6_400 / 30 - 220, 6);
  });

  it('between US and AP, which cost the same, is the transfer of orders alone', () => {
    const [points, transfer] = linesOf({ [US]: 0.4, [EU]: 0.3, [AP]: 0.3 });
    expect(points).toBeCloseTo(0, 6);
    // 10 points of 20 requests/s, 12 % of them orders of 8 KB, a month of 30.4 days, at $0.02 a GB.
    expect(transfer).toBeCloseTo(((0.1 * 20 * 0.12 * 30.4 * 86_400 * 8) / 1e6) * 0.02, 6);
  });

  it('of bringing users to the writer is negative', () => {
    const [, transfer] = linesOf({ [US]: 0.6, [EU]: 0.2, [AP]: 0.2 });
    expect(transfer).toBeLessThan(0);
  });

  it('is the sum of its lines, and says what it rests on', () => {
    const price = priceShift(estate, planned, { [EU]: 0.6, [AP]: 0.4 }, 20);
    expect(price.monthlyDollars).toBeCloseTo(
      price.lines.reduce((sum, { monthlyDollars }) => sum + monthlyDollars, 0),
      9,
    );
    expect(price.basis).toContain('12 % of requests are orders of 8 KB');
  });
});

describe('the price of nodes that are kept', () => {
  const price = priceShift(estate, planned, { [US]: 0.4, [EU]: 0.4, [AP]: 0.2 }, 20);

  it.each<[string, { region: string; nodes: number }[], [string, number][]]>([
    ['none', [], []],
    ['as many as there were', [{ region: EU, nodes: 0 }], []],
    // 3,000 dollars of compute for 30 % of a peak of 100 nodes.
    ['started first', [{ region: EU, nodes: 4 }], [[`4 nodes started first in ${EU}`, 400]]],
    ['one', [{ region: AP, nodes: 1 }], [[`1 node started first in ${AP}`, 100]]],
    ['given up', [{ region: EU, nodes: -8 }], [[`8 nodes not kept any more in ${EU}`, -800]]],
    [
      'started here and given up there',
      [
        { region: EU, nodes: -8 },
        { region: US, nodes: 2 },
      ],
      [
        [`2 nodes started first in ${US}`, 200],
        [`8 nodes not kept any more in ${EU}`, -800],
      ],
    ],
  ])('%s', (_, changes, lines) => {
    const found = withNodes(estate, price, changes);
    const added = found.lines.slice(price.lines.length);
    expect(added.map(({ label }) => label)).toEqual(lines.map(([label]) => label));
    for (const [index, [, dollars]] of lines.entries())
      expect(added[index]?.monthlyDollars).toBeCloseTo(dollars, 6);
    expect(found.monthlyDollars).toBeCloseTo(
      found.lines.reduce((sum, { monthlyDollars }) => sum + monthlyDollars, 0),
      6,
    );
    expect(found.basis.includes('while their minimum is kept')).toBe(lines.length > 0);
  });
});
