export interface RegionCapacity {
  region: string;
  /** Nodes that are Ready now; null when unknown. */
  ready: number | null;
  maximum: number;
}

/** `ok`: what is ready carries it. `pre-scale`: 70 % of the maximum would. `short`: it would not. */
export type CapacityClass = 'ok' | 'pre-scale' | 'short' | 'unknown';

/** Nodes that carry so many requests a second. */
export function nodesNeeded(requestsPerSecond: number, perNode: number): number {
  return Math.max(0, Math.ceil(requestsPerSecond / perNode - 1e-9));
}

/**
 * Load as rules see it: to the nearest tenth of peak, so that the noise of arrivals does not change a verdict,
 * an approval's digest or a plan (DECISIONS, Capacity and Digest).
 */
export function steadyLoad(requestsPerSecond: number, peak: number): number {
  const tenth = peak / 10;
  return Math.max(tenth, Math.round(requestsPerSecond / tenth) * tenth);
}

/** Whether a Region carries this load: with ready nodes, or with `ceiling` of its maximum after a pre-scale. */
export function classifyCapacity(capacity: RegionCapacity, needed: number, ceiling: number): CapacityClass {
  if (capacity.ready === null) return 'unknown';
  if (needed <= capacity.ready) return 'ok';
  return needed <= Math.floor(capacity.maximum * ceiling) ? 'pre-scale' : 'short';
}

export interface RegionLoss {
  lost: string;
  /** Nodes missing now, over the survivors, if they had to carry the load with what is ready; null when unknown. */
  shortNow: number | null;
  survivors: { region: string; needed: number; ready: number | null; maximum: number }[];
  /** Share of peak that the survivors carry with all their maximum nodes, 0–1 (aws-facts C-08). */
  carriedAtPeak: number;
  /** Whether the survivors' maximum nodes carry the load of now, however it is spread. */
  survivableNow: boolean;
}

/**
 * What happens to the load when each Region is lost: the rest take it in proportion to what they carry,
 * need_i = s_i / (1 − s_lost) × load (aws-facts C-08).
 */
export function survivability(options: {
  shares: Record<string, number>;
  capacities: readonly RegionCapacity[];
  requestsPerSecond: number;
  peakRequestsPerSecond: number;
  perNode: number;
}): RegionLoss[] {
  const { shares, capacities, requestsPerSecond, peakRequestsPerSecond, perNode } = options;
  return capacities.map(({ region: lost }) => {
    const rest = capacities.filter(({ region }) => region !== lost);
    const carried = rest.reduce((sum, { region }) => sum + (shares[region] ?? 0), 0);
    const survivors = rest.map(({ region, ready, maximum }) => {
      const part = carried > 0 ? (shares[region] ?? 0) / carried : 1 / rest.length;
      return { region, needed: nodesNeeded(part * requestsPerSecond, perNode), ready, maximum };
    });
    const shortNow = survivors.some(({ ready }) => ready === null)
      ? null
      : survivors.reduce((sum, { needed, ready }) => sum + Math.max(0, needed - (ready ?? 0)), 0);
    const maximum = rest.reduce((sum, capacity) => sum + capacity.maximum, 0);
    return {
      lost,
      shortNow,
      survivors,
      carriedAtPeak: Math.min(1, (maximum * perNode) / peakRequestsPerSecond),
      survivableNow: maximum * perNode >= requestsPerSecond,
    };
  });
}
