import type { Chaos } from '#lab/kernel/chaos.ts';
import type { Conditions } from './types.ts';

export interface Path {
  from: string;
  to: string;
  roundTripMs: number;
  /** Whether packets of this channel have a route at all. */
  routed: boolean;
}

const RESET: Conditions = { oneWayMs: 0, outward: 'flowing', inward: 'flowing', admit: 'reset' };

/**
 * What a connection opened in `from` towards `to` meets. Each direction obeys the link of its own packets; a reset in
 * either ends the connection. Extra round trip stated for either direction or both counts once, split evenly. A
 * Region that is out cuts every path from and to it, in its own manner.
 */
export function pathConditions(chaos: Chaos, path: Path): Conditions {
  const outward = chaos.link(path.from, path.to);
  const inward = chaos.link(path.to, path.from);
  const outages = [chaos.outage(path.from), chaos.outage(path.to)];
  if (outages.includes('drop') || outages.includes('refuse')) return RESET;
  if (!path.routed || outward.mode === 'reset' || inward.mode === 'reset') return RESET;
  const hangs = outages.includes('hang');
  return {
    oneWayMs: (path.roundTripMs + Math.max(outward.extraRttMs, inward.extraRttMs)) / 2,
    outward: hangs || outward.mode === 'blackhole' ? 'held' : 'flowing',
    inward: hangs || inward.mode === 'blackhole' ? 'held' : 'flowing',
    admit: 'open',
  };
}

/** What a connection meets at a server's entrance. */
export function doorConditions(chaos: Chaos, region: string, open: boolean): Conditions {
  const outage = chaos.outage(region);
  if (outage === 'drop' || outage === 'refuse') return RESET;
  const way = outage === 'hang' ? 'held' : 'flowing';
  return { oneWayMs: 0, outward: way, inward: way, admit: open ? 'open' : 'hold' };
}
