import { classifyCapacity, nodesNeeded } from '../capacity/capacity.ts';
import type { Environment, Estate } from '../estate/estate.ts';
import { nodesLimit } from './check-capacity.ts';
import { fresh } from './freshness.ts';
import type { ShiftChange, ShiftFacts } from './shift-facts.ts';
import { plannedShares } from './solve.ts';
import { globalShares, mapMatrix } from './weights.ts';

const TRIES = 100;

/** Points of all traffic that a change moves. */
export function movedPoints(change: Pick<ShiftChange, 'sharesBefore' | 'sharesAfter'>): number {
  return Object.entries(change.sharesAfter).reduce(
    (sum, [region, share]) => sum + Math.max(0, share - (change.sharesBefore[region] ?? 0)) * 100,
    0,
  );
}

/**
 * The most points that may move in the direction of this change before a receiver would need more than the ceiling of its
 * maximum nodes, or than what is known to be ready; null when even everything fits.
 */
export function largestSafePoints(
  estate: Estate,
  environment: Environment,
  facts: ShiftFacts,
  change: ShiftChange,
  load: number,
): number | null {
  const reach = furthest(change);
  let largest = 0;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const factor = (reach * attempt) / TRIES;
    const matrix = mapMatrix(change.after, (geography, region, after) => {
      const before = change.before[geography]?.[region] ?? 0;
      return before + (after - before) * factor;
    });
    const shares = globalShares(matrix, plannedShares(estate), environment.regions);
    if (!fits(estate, facts, change.sharesBefore, shares, load)) return largest;
    largest = movedPoints({ sharesBefore: change.sharesBefore, sharesAfter: shares });
  }
  return null;
}

/** How far the direction can be followed until a weight would fall under zero. */
function furthest(change: ShiftChange): number {
  const limits = Object.entries(change.after).flatMap(([geography, row]) =>
    Object.entries(row).flatMap(([region, after]) => {
      const before = change.before[geography]?.[region] ?? 0;
      return after < before - 1e-9 ? [before / (before - after)] : [];
    }),
  );
  return limits.length === 0 ? 1 : Math.min(...limits);
}

function fits(
  estate: Estate,
  facts: ShiftFacts,
  before: Record<string, number>,
  after: Record<string, number>,
  load: number,
): boolean {
  return facts.regions.every((region) => {
    if ((after[region.code] ?? 0) <= (before[region.code] ?? 0) + 1e-9) return true;
    const maximum =
      region.nodeGroup.value?.maximum ??
      estate.regions.find(({ code }) => code === region.code)?.nodes.max ??
      0;
    const needed = nodesNeeded((after[region.code] ?? 0) * load, estate.capacity.requestsPerSecondPerNode);
    const verdict = classifyCapacity(
      {
        region: region.code,
        ready: fresh(facts.now, region.nodes, nodesLimit(estate))?.ready ?? null,
        maximum,
      },
      needed,
      estate.capacity.ceiling,
    );
    return verdict === 'ok' || verdict === 'pre-scale';
  });
}
