import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '#lab/kernel/random.ts';
import { startArrivals } from './arrivals.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function arrivalsOf(seed: number, perSecond: number) {
  const times: number[] = [];
  const arrivals = startArrivals({
    perSecond,
    random: createRandom(seed),
    arrive: () => times.push(performance.now()),
  });
  return { times, arrivals };
}

describe('arrivals', () => {
  it('come at the asked rate, as irregularly as a Poisson process', async () => {
    const { times, arrivals } = arrivalsOf(1, 20);
    await vi.advanceTimersByTimeAsync(100_000);
    arrivals.stop();
    expect(times.length).toBeGreaterThan(1_850);
    expect(times.length).toBeLessThan(2_150);
    const perSecond = Array.from(
      { length: 100 },
      (_, second) => times.filter((at) => Math.floor((at - (times[0] ?? 0)) / 1000) === second).length,
    );
    const mean = perSecond.reduce((sum, n) => sum + n, 0) / perSecond.length;
    const variance = perSecond.reduce((sum, n) => sum + (n - mean) ** 2, 0) / perSecond.length;
    expect(variance / mean).toBeGreaterThan(0.6);
    expect(variance / mean).toBeLessThan(1.6);
  });

  it('are the same for the same seed and others for another', async () => {
    const runs = [arrivalsOf(7, 5), arrivalsOf(7, 5), arrivalsOf(8, 5)];
    await vi.advanceTimersByTimeAsync(20_000);
    const [first, same, other] = runs.map((run) => run.times.map(Math.round));
    for (const run of runs) run.arrivals.stop();
    expect(first?.length).toBeGreaterThan(50);
    expect(same).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('follow a change of rate at once, pause at 0 and stop', async () => {
    const { times, arrivals } = arrivalsOf(3, 0);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(times).toHaveLength(0);
    arrivals.setRate(100);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(times.length).toBeGreaterThan(900);
    arrivals.setRate(0);
    const before = times.length;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(times).toHaveLength(before);
    arrivals.setRate(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(times.length - before).toBeGreaterThan(850);
    arrivals.stop();
    const stopped = times.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(times).toHaveLength(stopped);
  });
});
