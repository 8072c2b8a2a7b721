import { type CapacityClass, classifyCapacity, nodesNeeded, survivability } from '../capacity/capacity.ts';
import type { Environment, Estate } from '../estate/estate.ts';
import { staleAfterSeconds } from '../observation/kinds.ts';
import type { Check } from '../operation/plan.ts';
import { pass, unknown } from './check.ts';
import { fresh, oldest, whyUnknown } from './freshness.ts';
import type { RegionFacts, ShiftChange, ShiftFacts } from './shift-facts.ts';

/** Whether a receiver's ready nodes, or those it may be scaled to, carry its new share of the load. */
export function checkCapacity(
  estate: Estate,
  facts: ShiftFacts,
  region: RegionFacts,
  change: ShiftChange,
  load: number,
): { check: Check; class: CapacityClass } {
  const code = `capacity-${region.code}`;
  const needed = nodesNeeded(
    (change.sharesAfter[region.code] ?? 0) * load,
    estate.capacity.requestsPerSecondPerNode,
  );
  const nodesLimit = staleAfterSeconds('nodes', estate.metrics.periodSeconds);
  const nodes = fresh(facts.now, region.nodes, nodesLimit);
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
        check: {
          ...pass(code, `${region.code} carries it: ${needed} of ${nodes?.ready} ready nodes.`, observedAt),
          region: region.code,
        },
      };
    case 'pre-scale':
      return {
        class: verdict,
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
        check: {
          ...unknown(
            code,
            `Ready nodes of ${region.code} are not known: ${whyUnknown(facts.now, region.nodes, nodesLimit)}.`,
            observedAt,
          ),
          region: region.code,
        },
      };
    default:
      return verdict satisfies never;
  }
}

/** Whether the load of now could be carried after the change if any one Region were lost. */
export function checkSurvivability(
  estate: Estate,
  facts: ShiftFacts,
  change: ShiftChange,
  load: number,
): Check {
  const capacities = facts.regions.map(({ code, nodes, nodeGroup }) => ({
    region: code,
    ready: nodes.value?.ready ?? null,
    maximum:
      nodeGroup.value?.maximum ?? estate.regions.find((region) => region.code === code)?.nodes.max ?? 0,
  }));
  const losses = survivability({
    shares: change.sharesAfter,
    capacities,
    requestsPerSecond: load,
    peakRequestsPerSecond: estate.capacity.peakRequestsPerSecond,
    perNode: estate.capacity.requestsPerSecondPerNode,
  });
  const observedAt = oldest(...facts.regions.map(({ nodes }) => nodes.observedAt));
  const fatal = losses.find((loss) => !loss.survivableNow);
  const shown = fatal ?? [...losses].sort((a, b) => (b.shortNow ?? 0) - (a.shortNow ?? 0))[0];
  if (!shown) return pass('survivability', 'There is no second Region to lose.', observedAt);
  const needs = shown.survivors.map(
    (survivor) => `${survivor.region} would need ${survivor.needed} of at most ${survivor.maximum}`,
  );
  const message = `If ${shown.lost} were lost then: ${needs.join(', ')}.`;
  if (fatal)
    return {
      code: 'survivability',
      verdict: 'accept',
      message: `${message} The rest could not carry the load of now.`,
      observedAt,
      acceptance: `I accept that losing ${fatal.lost} could not be survived at this load`,
    };
  return pass('survivability', message, observedAt);
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
