import { describe, expect, it } from 'vitest';
import { createChaos } from '#lab/kernel/chaos.ts';
import { doorConditions, pathConditions } from './conditions.ts';

const path = { from: 'eu', to: 'us', roundTripMs: 80, routed: true };

async function under(patch: Parameters<ReturnType<typeof createChaos>['change']>[0]) {
  const chaos = createChaos(1);
  await chaos.change(patch);
  return chaos;
}

describe('pathConditions', () => {
  it('splits the round trip evenly when nothing is wrong', async () => {
    expect(pathConditions(await under({}), path)).toEqual({
      oneWayMs: 40,
      outward: 'flowing',
      inward: 'flowing',
      admit: 'open',
    });
  });

  it.each([
    ['us>eu', { outward: 'flowing', inward: 'held' }],
    ['eu>us', { outward: 'held', inward: 'flowing' }],
  ])('holds only the packets of a black hole on %s', async (link, expected) => {
    const chaos = await under({ links: { [link]: { mode: 'blackhole', extraRttMs: 0 } } });
    expect(pathConditions(chaos, path)).toMatchObject({ ...expected, admit: 'open' });
  });

  it('adds the extra round trip once, whether it is stated for one direction or both', async () => {
    const slow = { mode: 'up' as const, extraRttMs: 100 };
    expect(pathConditions(await under({ links: { 'us>eu': slow } }), path).oneWayMs).toBe(90);
    expect(pathConditions(await under({ links: { 'us>eu': slow, 'eu>us': slow } }), path).oneWayMs).toBe(90);
  });

  it('ends connections for a reset in either direction and for a missing route', async () => {
    const chaos = await under({ links: { 'us>eu': { mode: 'reset', extraRttMs: 0 } } });
    expect(pathConditions(chaos, path).admit).toBe('reset');
    expect(pathConditions(await under({}), { ...path, routed: false }).admit).toBe('reset');
  });

  it.each([
    ['drop', 'reset', 'flowing'],
    ['refuse', 'reset', 'flowing'],
    ['hang', 'open', 'held'],
  ] as const)('lets a Region that is out by %s cut its paths in that manner', async (mode, admit, way) => {
    for (const region of ['eu', 'us']) {
      const chaos = await under({ outages: { [region]: mode } });
      expect(pathConditions(chaos, path)).toMatchObject({ admit, outward: way, inward: way });
    }
  });
});

describe('doorConditions', () => {
  it('keeps new connections waiting while it is closed, and lets established ones flow', async () => {
    expect(doorConditions(await under({}), 'us', false)).toMatchObject({ admit: 'hold', outward: 'flowing' });
  });
});
