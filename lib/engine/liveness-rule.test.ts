import { describe, expect, test } from 'vitest';
import { LIVENESS, type PeerSight, PeerWatch } from './liveness-rule.ts';

const { beatMs, ttlMs, graceMs } = LIVENESS;
/** An observer whose connection is older than the grace. */
const STEADY_MS = graceMs + 1_000;

interface Look {
  atMs: number;
  heartbeat?: string;
  gone?: boolean;
  state?: PeerSight['state'];
  server?: string;
  reconnected?: boolean;
}

/** When the peer is found dead, of all looks; -1 when it is not. */
function deadAt(looks: readonly Look[]): number {
  const watch = new PeerWatch(LIVENESS);
  watch.reconnected(0);
  for (const look of looks) {
    if (look.reconnected) watch.reconnected(look.atMs);
    const peer = {
      id: 'w-1',
      state: look.state === undefined ? ('up' as const) : look.state,
      heartbeat: look.heartbeat ?? 'h',
      sessionGone: look.gone ?? false,
    };
    const verdicts = watch.look({ nowMs: look.atMs, server: look.server ?? 's', peers: [peer] });
    if (verdicts.length > 0) return look.atMs;
  }
  return -1;
}

/** Looks at every beat from `fromMs` on. */
function every(fromMs: number, count: number, at: (index: number) => Omit<Look, 'atMs'>): Look[] {
  return Array.from({ length: count }, (_, index) => ({ atMs: fromMs + index * beatMs, ...at(index) }));
}

describe('a peer is dead', () => {
  test('when its session is gone and three beats did not come', () => {
    expect(deadAt(every(STEADY_MS, 10, () => ({ gone: true })))).toBe(STEADY_MS + 3 * beatMs);
  });

  test('when its heartbeat stands still for the TTL, session or not', () => {
    const found = deadAt(every(STEADY_MS, 40, () => ({ gone: false })));
    expect(found).toBe(STEADY_MS + ttlMs);
  });

  test.each(['stopped', 'dead', null] as const)('at once when its row says %s', (state) => {
    expect(deadAt([{ atMs: STEADY_MS, state }])).toBe(STEADY_MS);
  });
});

describe('a peer is not dead', () => {
  test('while it beats, although its session is gone', () => {
    expect(deadAt(every(STEADY_MS, 100, (index) => ({ gone: true, heartbeat: `h${index}` })))).toBe(-1);
  });

  test('while it beats at every second look only', () => {
    const looks = every(STEADY_MS, 100, (index) => ({ gone: true, heartbeat: `h${Math.floor(index / 2)}` }));
    expect(deadAt(looks)).toBe(-1);
  });

  test('by a missing session within the grace after the observer connected', () => {
    const looks = every(0, 40, () => ({ gone: true }));
    expect(deadAt(looks)).toBe(ttlMs); // by its heartbeat alone
  });

  test('by a missing session within the grace after the server changed', () => {
    const change = STEADY_MS + 2 * beatMs;
    const looks = [
      ...every(STEADY_MS, 2, () => ({ gone: false })),
      ...every(change, 15, () => ({ gone: true, server: 'restarted' })),
    ];
    expect(deadAt(looks)).toBe(-1);
  });

  test('on what an observer believed before it reconnected', () => {
    const looks = [
      ...every(STEADY_MS, 3, () => ({ gone: true })),
      { atMs: STEADY_MS + 3 * beatMs, gone: true, reconnected: true },
    ];
    expect(deadAt(looks)).toBe(-1);
  });

  test('on what an observer believed before it was suspended', () => {
    const looks = [
      { atMs: STEADY_MS, gone: true },
      { atMs: STEADY_MS + 60_000, gone: true },
    ];
    expect(deadAt(looks)).toBe(-1);
  });
});
