import { type CapacityClass, classifyCapacity, nodesNeeded } from '../capacity/capacity.ts';
import type { Environment, Estate } from '../estate/estate.ts';
import { staleAfterSeconds } from '../observation/kinds.ts';
import type { Check } from '../operation/plan.ts';
import { pass, unknown } from './check.ts';
import { fresh, whyUnknown } from './freshness.ts';
import type { RegionFacts, ShiftChange, ShiftFacts } from './shift-facts.ts';

export interface ReceiverCapacity {
  check: Check;
  class: CapacityClass;
  /** Nodes to start before its users arrive. */
  preScale: number;
}

/** Whether a receiver's ready nodes, or those it may be scaled to, carry its new share of the load. */
export function checkCapacity(
  estate: Estate,
  facts: ShiftFacts,
  region: RegionFacts,
  change: ShiftChange,
  load: number,
): ReceiverCapacity {
  const code = `capacity-${region.code}`;
  const needed = nodesNeeded(
    (change.sharesAfter[region.code] ?? 0) * load,
    estate.capacity.requestsPerSecondPerNode,
  );
  const limit = nodesLimit(estate);
  const nodes = fresh(facts.now, region.nodes, limit);
  const declared = estate.regions.find((candidate) => candidate.code === region.code);
  const maximum = region.nodeGroup.value?.maximum ?? declared?.nodes.max ?? 0;
  const verdict = classifyCapacity(
    { region: region.code, ready: nodes?.ready ?? null, maximum },
    needed,
    estate.capacity.ceiling,
  );
  const observedAt = region.nodes.observedAt;
  const ceiling = Math.floor(maximum * estate.capacity.ceiling);
  switch (verdict) {
    case 'ok':
      return {
        class: verdict,
        preScale: 0,
        check: {
          ...pass(code, `${region.code} carries it: ${needed} of ${nodes?.ready} ready nodes.`, observedAt),
          region: region.code,
        },
      };
    case 'pre-scale':
      return {
        class: verdict,
        preScale: needed - (nodes?.ready ?? 0),
        check: {
          code,
          verdict: 'warn',
          region: region.code,
          message: `${region.code} needs ${needed} nodes and has ${nodes?.ready} ready, so it is scaled up first (${ceiling} of ${maximum} may be used).`,
          observedAt,
        },
      };
    case 'short':
      return {
        class: verdict,
        preScale: 0,
        check: {
          code,
          verdict: 'refuse',
          region: region.code,
          message: `${region.code} cannot carry it: ${needed} nodes would be needed, ${nodes?.ready} are ready and ${ceiling}, ${Math.round(estate.capacity.ceiling * 100)} % of its ${maximum}, is the most a shift may use.`,
          observedAt,
        },
      };
    case 'unknown':
      return {
        class: verdict,
        preScale: 0,
        check: {
          ...unknown(
            code,
            `Ready nodes of ${region.code} are not known: ${whyUnknown(facts.now, region.nodes, limit)}.`,
            observedAt,
          ),
          region: region.code,
        },
      };
    default:
      return verdict satisfies never;
  }
}

/** Age past which a Region's ready nodes are not known any more, seconds. */
export function nodesLimit(estate: Estate): number {
  return staleAfterSeconds('nodes', estate.metrics.periodSeconds);
}

/** Whether every Region's maximum of nodes carries its new share of peak. */
export function checkPeak(estate: Estate, environment: Environment, change: ShiftChange): Check {
  const { peakRequestsPerSecond, requestsPerSecondPerNode } = estate.capacity;
  const short = estate.regions
    .filter(({ code }) => environment.regions.includes(code))
    .map((region) => ({
      code: region.code,
      needed: nodesNeeded(
        (change.sharesAfter[region.code] ?? 0) * peakRequestsPerSecond,
        requestsPerSecondPerNode,
      ),
      maximum: region.nodes.max,
    }))
    .filter(({ needed, maximum }) => needed > maximum);
  if (short.length === 0)
    return pass(
      'peak',
      `At peak, ${peakRequestsPerSecond} requests/s, every Region's maximum carries its share.`,
      null,
    );
  const said = short
    .map(({ code, needed, maximum }) => `${code} would need ${needed} nodes and may have ${maximum}`)
    .join(', ');
  return {
    code: 'peak',
    verdict: 'warn',
    message: `At peak, ${peakRequestsPerSecond} requests/s: ${said}.`,
    observedAt: null,
  };
}
