import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seedEstate } from '#test/seed-estate.ts';
import {
  classifyCapacity,
  nodesNeeded,
  type RegionCapacity,
  type RegionLoss,
  steadyLoad,
  survivability,
} from './capacity.ts';

const estate = seedEstate();
const { requestsPerSecondPerNode: perNode, peakRequestsPerSecond: peak, ceiling } = estate.capacity;
const shares = Object.fromEntries(estate.regions.map(({ code, plan }) => [code, plan.trafficShare]));
const capacities: RegionCapacity[] = estate.regions.map(({ code, nodes }) => ({
  region: code,
  ready: nodes.ready,
  maximum: nodes.max,
}));

describe('nodes that carry a load', () => {
  it.each([
    [0, 0],
    [0.1, 1],
    [0.5, 1],
    [0.500001, 2],
    [10, 20],
    [0.3 * 20, 12],
    [50, 100],
  ])('%d requests/s: %d nodes', (requests, nodes) => {
    expect(nodesNeeded(requests, perNode)).toBe(nodes);
  });

  it('one node carries 1 % of peak, the ratio of the strategy document (aws-facts C-08)', () => {
    expect(nodesNeeded(peak, perNode)).toBe(100);
  });
});

describe('load to the nearest tenth of peak', () => {
  it.each([
    [0, 5],
    [4, 5],
    [17.4, 15],
    [17.6, 20],
    [20, 20],
    [22.4, 20],
    [50, 50],
    [61, 60],
  ])('%d requests/s count as %d', (requests, load) => {
    expect(steadyLoad(requests, peak)).toBe(load);
  });

  it('does not move with the noise of arrivals at the lab’s 40 % of peak', () => {
    // A minute at 20 requests/s is 1,200 arrivals, of which four standard deviations are 139.
    fc.assert(
      fc.property(
        fc.integer({ min: -139, max: 139 }),
        (noise) => steadyLoad((1_200 + noise) / 60, peak) === 20,
      ),
    );
  });
});

describe('whether a Region carries it', () => {
  it.each<[number | null, number, number, string]>([
    [12, 30, 12, 'ok'],
    [12, 30, 13, 'pre-scale'],
    [12, 30, 21, 'pre-scale'],
    [12, 30, 22, 'short'],
    [14, 30, 21, 'pre-scale'],
    [30, 30, 30, 'ok'],
    [0, 30, 0, 'ok'],
    [null, 30, 0, 'unknown'],
  ])('%s ready of at most %d, %d needed: %s', (ready, maximum, needed, verdict) => {
    expect(classifyCapacity({ region: 'eu-west-1', ready, maximum }, needed, ceiling)).toBe(verdict);
  });
});

describe('the loss of a Region', () => {
  const lossesAt = (requestsPerSecond: number, changed: readonly RegionCapacity[] = capacities) =>
    survivability({ shares, capacities: changed, requestsPerSecond, peakRequestsPerSecond: peak, perNode });
  const lossOf = (code: string, requestsPerSecond: number) => {
    const loss = lossesAt(requestsPerSecond).find(({ lost }) => lost === code);
    if (!loss) throw new Error(`${code} is not among the losses.`);
    return loss;
  };

  it.each([
    ['us-east-1', 0.5],
    ['eu-west-1', 0.7],
    ['ap-southeast-1', 0.8],
  ])('%s: the rest carry %d of peak (aws-facts C-08)', (code, carried) => {
    expect(lossOf(code, peak).carriedAtPeak).toBeCloseTo(carried, 9);
    expect(lossOf(code, peak).survivableNow).toBe(false);
    expect(lossOf(code, carried * peak).survivableNow).toBe(true);
    expect(lossOf(code, carried * peak + 0.1).survivableNow).toBe(false);
  });

  it('of US at peak asks EU for 60 nodes and AP for 40', () => {
    expect(lossOf('us-east-1', peak).survivors.map(({ needed }) => needed)).toEqual([60, 40]);
  });

  it('N+1 needs at most 72, 60 and 40 nodes', () => {
    const most = (code: string) =>
      Math.max(
        ...lossesAt(peak).flatMap(({ survivors }) =>
          survivors.filter(({ region }) => region === code).map(({ needed }) => needed),
        ),
      );
    expect(estate.regions.map(({ code }) => most(code))).toEqual([72, 60, 40]);
  });

  it('counts nodes that are missing now', () => {
    // US lost at 20 requests/s: EU needs 24 of 12 ready, AP 16 of 8.
    expect(lossOf('us-east-1', 20).shortNow).toBe(12 + 8);
  });

  it('does not know what is missing where ready nodes are not known', () => {
    const unsure = capacities.map((capacity) => ({ ...capacity, ready: null }));
    expect(lossesAt(20, unsure).map(({ shortNow }) => shortNow)).toEqual([null, null, null]);
  });

  /** Most of what US had went to EU: all maxima together carry anything, AP's alone does not. */
  const lopsided = { 'us-east-1': 0.1, 'eu-west-1': 0.7, 'ap-southeast-1': 0.2 };
  const lopsidedLoss = (lost: string, changed: readonly RegionCapacity[] = capacities) =>
    survivability({
      shares: lopsided,
      capacities: changed,
      requestsPerSecond: 20,
      peakRequestsPerSecond: peak,
      perNode,
    }).find((loss) => loss.lost === lost);

  it('is judged by each survivor’s own nodes, not by what all may have', () => {
    expect(lopsidedLoss('eu-west-1')).toMatchObject({
      class: 'short',
      survivableNow: false,
      survivors: [
        { region: 'us-east-1', needed: 14, class: 'ok' },
        { region: 'ap-southeast-1', needed: 27, maximum: 20, class: 'short' },
      ],
    });
    expect(lopsidedLoss('eu-west-1')?.carriedAtPeak).toBeCloseTo(0.3, 9);
  });

  const withReady = (ready: Record<string, number | null>, maximum: Record<string, number> = {}) =>
    capacities.map((capacity) => ({
      ...capacity,
      ready: capacity.region in ready ? (ready[capacity.region] ?? null) : capacity.ready,
      maximum: maximum[capacity.region] ?? capacity.maximum,
    }));

  it.each<[string, readonly RegionCapacity[], RegionLoss['class'], number | null]>([
    // US lost at 20 requests/s: EU needs 24 of 30, AP 16 of 20.
    ['all ready', withReady({ 'eu-west-1': 24, 'ap-southeast-1': 16 }), 'ok', 0],
    ['one node short in one', withReady({ 'eu-west-1': 23, 'ap-southeast-1': 20 }), 'pre-scale', 1],
    ['as in the lab', capacities, 'pre-scale', 20],
    ['one not known', withReady({ 'eu-west-1': null }), 'unknown', null],
    ['not known and too small', withReady({ 'eu-west-1': null }, { 'eu-west-1': 23 }), 'short', null],
    [
      'one not known, the other too small',
      withReady({ 'eu-west-1': null }, { 'ap-southeast-1': 15 }),
      'short',
      null,
    ],
    ['more ready than it may have now', withReady({ 'eu-west-1': 24 }, { 'eu-west-1': 20 }), 'pre-scale', 8],
  ])('with %s', (_, changed, fits, shortNow) => {
    const loss = lossesAt(20, changed).find(({ lost }) => lost === 'us-east-1');
    expect(loss).toMatchObject({ class: fits, shortNow, survivableNow: fits !== 'short' });
  });

  it('asks nothing of a Region that was emptied, so that it need not be known', () => {
    const emptied = survivability({
      shares: { 'us-east-1': 0.6, 'eu-west-1': 0.4, 'ap-southeast-1': 0 },
      capacities: withReady({ 'us-east-1': 50, 'eu-west-1': 40, 'ap-southeast-1': null }),
      requestsPerSecond: 20,
      peakRequestsPerSecond: peak,
      perNode,
    });
    expect(emptied.map((loss) => [loss.lost, loss.class, loss.shortNow])).toEqual([
      ['us-east-1', 'ok', 0],
      ['eu-west-1', 'ok', 0],
      ['ap-southeast-1', 'ok', 0],
    ]);
  });

  it('spreads evenly over Regions that carry nothing yet', () => {
    const [loss] = survivability({
      shares: { 'us-east-1': 1 },
      capacities,
      requestsPerSecond: 20,
      peakRequestsPerSecond: peak,
      perNode,
    });
    expect(loss?.survivors.map(({ needed }) => needed)).toEqual([20, 20]);
  });

  it('of the only Region leaves nobody', () => {
    const [loss] = survivability({
      shares: { solo: 1 },
      capacities: [{ region: 'solo', ready: 1, maximum: 1 }],
      requestsPerSecond: 1,
      peakRequestsPerSecond: peak,
      perNode,
    });
    expect(loss).toMatchObject({ survivors: [], class: 'short', carriedAtPeak: 0, survivableNow: false });
  });
});
