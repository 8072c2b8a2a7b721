import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answered, isAnswered } from './answers.ts';

const [US, EU, AP] = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
const REGIONS: string[] = [US, EU, AP];

describe('whom DNS answers when Regions are lost', () => {
  it.each<[string, Record<string, number>, string[], Record<string, number>]>([
    ['nobody is lost', { [US]: 120, [EU]: 60, [AP]: 20 }, [], { [US]: 60, [EU]: 30, [AP]: 10 }],
    ['the rest by their weights', { [US]: 100, [EU]: 60, [AP]: 40 }, [US], { [US]: 0, [EU]: 60, [AP]: 40 }],
    [
      'those of weight 0 alike, when none with weight is left',
      { [US]: 200, [EU]: 0, [AP]: 0 },
      [US],
      { [US]: 0, [EU]: 50, [AP]: 50 },
    ],
    ['the last one', { [US]: 200, [EU]: 0, [AP]: 0 }, [US, EU], { [US]: 0, [EU]: 0, [AP]: 100 }],
    [
      'all as if healthy, when none is (R-06)',
      { [US]: 150, [EU]: 50, [AP]: 0 },
      REGIONS,
      { [US]: 75, [EU]: 25, [AP]: 0 },
    ],
    ['all alike, when no weight is given', { [US]: 0, [EU]: 0 }, [], { [US]: 50, [EU]: 50 }],
    ['only Regions of the environment', { [US]: 100, elsewhere: 100 }, [], { [US]: 100 }],
  ])('%s', (_, weights, lost, expected) => {
    expect(answered({ na: weights }, REGIONS, lost)).toEqual({ na: expected });
  });

  it('is always everybody', () => {
    const weight = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(
        fc.record({ [US]: weight, [EU]: weight, [AP]: weight }),
        fc.subarray(REGIONS),
        (row, lost) => {
          const after = answered({ na: row }, REGIONS, lost).na ?? {};
          expect(Object.values(after).reduce((sum, percent) => sum + percent, 0)).toBeCloseTo(100, 6);
          if (lost.length < REGIONS.length) for (const region of lost) expect(after[region]).toBe(0);
        },
      ),
    );
  });
});

describe('whether DNS names a Region', () => {
  const weights = { na: { [US]: 200, [EU]: 0 }, eu: { [US]: 0, [EU]: 200 } };

  it.each<[string, string, Record<string, Record<string, number>>, boolean | null]>([
    ['it does', US, { na: { [US]: 60 } }, true],
    ['another stands in for it', US, { na: { [EU]: 60 }, eu: { [EU]: 60 } }, false],
    ['where it has no weight its absence tells nothing', AP, { na: { [US]: 60 }, eu: { [EU]: 60 } }, null],
    ['too few answers tell nothing', US, { na: { [EU]: 54 } }, null],
    ['nothing was heard', US, {}, null],
    ['a geography without records tells nothing', US, { sa: { [EU]: 60 } }, null],
  ])('%s', (_, region, answers, expected) => {
    expect(isAnswered(region, answers, weights)).toBe(expected);
  });

  it('is not told of less than a tenth of the weight', () => {
    expect(isAnswered(EU, { na: { [US]: 60 } }, { na: { [US]: 200, [EU]: 19 } })).toBeNull();
    expect(isAnswered(EU, { na: { [US]: 60 } }, { na: { [US]: 180, [EU]: 20 } })).toBe(false);
  });
});
