import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RolloutState, rolloutStep } from './rollout.ts';

const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  type: 'RollingUpdate' as const,
  rollingUpdate: { maxSurge, maxUnavailable },
});

describe('a step of a rollout', () => {
  it.each<{ what: string; state: RolloutState; current: number; old: number[] }>([
    {
      what: 'starts as many new pods as the surge allows',
      state: {
        wanted: 10,
        strategy: rolling('25%', 0),
        current: { replicas: 0, available: 0 },
        old: [{ replicas: 10, available: 10, pods: 10 }],
      },
      current: 3,
      old: [10],
    },
    {
      what: 'gives up old pods as far as may be unavailable',
      state: {
        wanted: 10,
        strategy: rolling(0, '25%'),
        current: { replicas: 0, available: 0 },
        old: [{ replicas: 10, available: 10, pods: 10 }],
      },
      current: 0,
      old: [8],
    },
    {
      what: 'gives up broken old pods first',
      state: {
        wanted: 4,
        strategy: rolling(1, 1),
        current: { replicas: 1, available: 0 },
        old: [
          { replicas: 2, available: 2, pods: 2 },
          { replicas: 2, available: 0, pods: 2 },
        ],
      },
      current: 1,
      old: [2, 1],
    },
    {
      what: 'stops while new pods do not become available',
      state: {
        wanted: 4,
        strategy: rolling(1, 1),
        current: { replicas: 2, available: 0 },
        old: [{ replicas: 3, available: 3, pods: 3 }],
      },
      current: 2,
      old: [3],
    },
    {
      what: 'recreates only when the old pods are gone',
      state: {
        wanted: 3,
        strategy: { type: 'Recreate' },
        current: { replicas: 0, available: 0 },
        old: [{ replicas: 0, available: 0, pods: 1 }],
      },
      current: 0,
      old: [0],
    },
    {
      what: 'recreates then',
      state: {
        wanted: 3,
        strategy: { type: 'Recreate' },
        current: { replicas: 0, available: 0 },
        old: [{ replicas: 0, available: 0, pods: 0 }],
      },
      current: 3,
      old: [0],
    },
  ])('$what', ({ state, current, old }) => {
    expect(rolloutStep(state)).toEqual({ current, old });
  });

  it('ends every rollout, never above the surge nor below the minimum', () => {
    const strategy = fc.tuple(fc.nat(5), fc.nat(5)).map(([surge, slack]) => rolling(surge, slack));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), strategy, (wanted, chosen) => {
        const surge = Number(chosen.rollingUpdate.maxSurge);
        const slack = Math.max(Number(chosen.rollingUpdate.maxUnavailable), surge === 0 ? 1 : 0);
        let current = 0;
        let old = wanted;
        for (let round = 0; round < 200 && (current < wanted || old > 0); round++) {
          const step = rolloutStep({
            wanted,
            strategy: chosen,
            current: { replicas: current, available: current },
            old: [{ replicas: old, available: old, pods: old }],
          });
          expect(step.current + old).toBeLessThanOrEqual(Math.max(wanted + surge, current + old));
          current = step.current;
          old = step.old[0] ?? 0;
          expect(current + old).toBeGreaterThanOrEqual(wanted - slack);
        }
        expect([current, old]).toEqual([wanted, 0]);
      }),
    );
  });
});
