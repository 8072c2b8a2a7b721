import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseEstate } from '#lib/domain/estate/estate.ts';
import { roundTripMs } from './distance.ts';

const parsed = parseEstate(readFileSync(new URL('../../estate.yaml', import.meta.url), 'utf8'));
if (!parsed.ok) throw new Error('estate.yaml is broken');
const { estate } = parsed;

describe('roundTripMs', () => {
  it.each([
    ['us-east-1', 'eu-west-1', 75],
    ['ap-southeast-1', 'us-east-1', 220],
    ['ap-southeast-1', 'eu-west-1', 160],
    ['eu-west-1', 'eu-west-1', 0],
  ])('reads %s to %s from the estate', (from, to, expected) => {
    expect(roundTripMs(estate, from, to)).toBe(expected);
  });

  it('estimates a pair that the estate does not state within a tenth of the measured value', () => {
    const unstated = { ...estate, peerings: [], distances: [] };
    for (const [from, to, measured] of [
      ['us-east-1', 'eu-west-1', 75],
      ['us-east-1', 'ap-southeast-1', 220],
      ['eu-west-1', 'ap-southeast-1', 160],
    ] as const) {
      expect(Math.abs(roundTripMs(unstated, from, to) - measured) / measured).toBeLessThan(0.1);
    }
  });

  it('names the Region it does not know', () => {
    expect(() => roundTripMs(estate, 'us-east-1', 'mars-1')).toThrow(/mars-1.*regions/);
  });
});
