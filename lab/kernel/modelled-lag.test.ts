import { describe, expect, it } from 'vitest';
import { createModelledLag } from './modelled-lag.ts';
import { createRandom } from './random.ts';

describe('a modelled lag', () => {
  const steady = () => createModelledLag({ usualSeconds: 2, jitter: 0, catchUp: 10 }, createRandom(1));

  it('is the usual while copies get through', () => {
    const lag = steady();
    expect([0, 5_000, 60_000].map((ms) => lag.read(ms, true))).toEqual([2, 2, 2]);
  });

  it('grows a second each second while nothing does, and is worked off afterwards', () => {
    const lag = steady();
    lag.read(0, true);
    expect([30_000, 60_000].map((ms) => lag.read(ms, false))).toEqual([32, 62]);
    expect([63_000, 66_000, 70_000].map((ms) => lag.read(ms, true))).toEqual([32, 2, 2]);
  });

  it('strays from the usual by its jitter at most', () => {
    const lag = createModelledLag({ usualSeconds: 10, jitter: 0.3, catchUp: 10 }, createRandom(5));
    const readings = Array.from({ length: 200 }, (_, i) => lag.read(i * 1000, true));
    expect(Math.min(...readings)).toBeGreaterThanOrEqual(7);
    expect(Math.max(...readings)).toBeLessThanOrEqual(13);
    expect(new Set(readings).size).toBeGreaterThan(100);
  });

  it('is not moved by a clock that goes back', () => {
    const lag = steady();
    lag.read(60_000, true);
    expect(lag.read(0, false)).toBe(2);
  });
});
