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

export interface Survivor extends RegionCapacity {
  /** Nodes that it would need. */
  needed: number;
  /** By all of its maximum: `pre-scale` would do with more nodes than are ready, `short` has too few even then. */
  class: CapacityClass;
}

export interface RegionLoss {
  lost: string;
  /** The worst that is true of a survivor; `short` where there is none. */
  class: CapacityClass;
  /** Nodes missing now, over the survivors, if they had to carry the load with what is ready; null when unknown. */
  shortNow: number | null;
  survivors: Survivor[];
  /** Share of peak at which the first survivor comes to its maximum, 0–1 (aws-facts C-08). */
  carriedAtPeak: number;
  /** Whether no survivor is asked for more than its maximum by the load of now; ready nodes may be unknown. */
  survivableNow: boolean;
}

export const WORST_CAPACITY_FIRST = [
  'short',
  'unknown',
  'pre-scale',
  'ok',
] as const satisfies readonly CapacityClass[];

/**
 * What happens to the load when each Region is lost: the rest take it in proportion to what they carry,
 * need_i = s_i / (1 − s_lost) × load (aws-facts C-08). Each is judged by its own nodes: room in one Region is none in
 * another.
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
    const partOf = (region: string) => (carried > 0 ? (shares[region] ?? 0) / carried : 1 / rest.length);
    const survivors = rest.map((capacity): Survivor => {
      const needed = nodesNeeded(partOf(capacity.region) * requestsPerSecond, perNode);
      return { ...capacity, needed, class: classifySurvivor(capacity, needed) };
    });
    const worst =
      WORST_CAPACITY_FIRST.find((one) => survivors.some((survivor) => survivor.class === one)) ?? 'short';
    return {
      lost,
      class: worst,
      shortNow: missingNodes(survivors),
      survivors,
      carriedAtPeak: Math.min(
        rest.length === 0 ? 0 : 1,
        ...rest
          .filter(({ region }) => partOf(region) > 0)
          .map(({ region, maximum }) => (maximum * perNode) / (partOf(region) * peakRequestsPerSecond)),
      ),
      survivableNow: worst !== 'short',
    };
  });
}

/** Who is asked for nothing carries it, and who is asked for more than the maximum does not, whatever is ready. */
function classifySurvivor(capacity: RegionCapacity, needed: number): CapacityClass {
  if (needed === 0) return 'ok';
  if (capacity.ready === null && needed > capacity.maximum) return 'short';
  return classifyCapacity(capacity, needed, 1);
}

function missingNodes(survivors: readonly Survivor[]): number | null {
  let missing = 0;
  for (const { needed, ready } of survivors) {
    if (needed === 0) continue;
    if (ready === null) return null;
    missing += Math.max(0, needed - ready);
  }
  return missing;
}
