import {
  type CapacityClass,
  type RegionLoss,
  survivability,
  WORST_CAPACITY_FIRST,
} from '../capacity/capacity.ts';
import type { Estate } from '../estate/estate.ts';
import type { Check } from '../operation/plan.ts';
import { pass } from './check.ts';
import { nodesLimit } from './check-capacity.ts';
import { fresh, oldest, whyUnknown } from './freshness.ts';
import type { ShiftChange, ShiftFacts } from './shift-facts.ts';

/**
 * Whether the load of now could be carried after the change if any one Region were lost: by what is ready it passes, by what
 * the survivors may have it warns of the nodes to start first, beyond that somebody has to accept it. So it is where ready
 * nodes are not known, which is no pass and must not keep users in a Region that ails.
 */
export function checkSurvivability(
  estate: Estate,
  facts: ShiftFacts,
  change: ShiftChange,
  load: number,
): Check {
  const code = 'survivability';
  const observedAt = oldest(...facts.regions.map(({ nodes }) => nodes.observedAt));
  const losses = lossesAfter(estate, facts, change, load);
  const worst =
    losses.length < 2 ? undefined : WORST_CAPACITY_FIRST.flatMap((one) => ofClass(losses, one))[0];
  if (!worst) return pass(code, 'There is no second Region to lose.', observedAt);
  const alike = ofClass(losses, worst.class);
  const all = () => alike.map((loss) => lossWords(estate, facts, loss)).join(' ');
  const lost = alike.map((loss) => loss.lost).join(' or ');
  switch (worst.class) {
    case 'ok':
      return pass(code, lossWords(estate, facts, worst), observedAt);
    case 'pre-scale': {
      const nodes = worst.shortNow === 1 ? '1 node' : `${worst.shortNow} nodes`;
      const message = `${lossWords(estate, facts, worst)} ${nodes} would have to be started first.`;
      return { code, verdict: 'warn', message, observedAt };
    }
    case 'unknown':
      return {
        code,
        verdict: 'accept',
        message: `${all()} Unknown is not safe.`,
        observedAt,
        acceptance: `I accept that nobody knows whether losing ${lost} could be survived at this load`,
      };
    case 'short':
      return {
        code,
        verdict: 'accept',
        message: `${all()} The rest could not carry the load of now.`,
        observedAt,
        acceptance: `I accept that losing ${lost} could not be survived at this load`,
      };
    default:
      return worst.class satisfies never;
  }
}

/** Those of a class, the one that lacks most nodes first. */
function ofClass(losses: readonly RegionLoss[], wanted: CapacityClass): RegionLoss[] {
  return losses.filter((loss) => loss.class === wanted).sort((a, b) => (b.shortNow ?? 0) - (a.shortNow ?? 0));
}

function lossesAfter(estate: Estate, facts: ShiftFacts, change: ShiftChange, load: number): RegionLoss[] {
  const limit = nodesLimit(estate);
  return survivability({
    shares: change.sharesAfter,
    capacities: facts.regions.map(({ code, nodes, nodeGroup }) => ({
      region: code,
      ready: fresh(facts.now, nodes, limit)?.ready ?? null,
      maximum:
        nodeGroup.value?.maximum ?? estate.regions.find((region) => region.code === code)?.nodes.max ?? 0,
    })),
    requestsPerSecond: load,
    peakRequestsPerSecond: estate.capacity.peakRequestsPerSecond,
    perNode: estate.capacity.requestsPerSecondPerNode,
  });
}

/** "If us-east-1 were lost then: eu-west-1 would need 24 nodes, has 12 ready and may have 30; …" */
function lossWords(estate: Estate, facts: ShiftFacts, { lost, survivors }: RegionLoss): string {
  const limit = nodesLimit(estate);
  const needs = survivors.map(({ region, needed, ready, maximum }) => {
    const need = `${region} would need ${needed} ${needed === 1 ? 'node' : 'nodes'}`;
    if (ready !== null) return `${need}, has ${ready} ready and may have ${maximum}`;
    const nodes = facts.regions.find(({ code }) => code === region)?.nodes;
    const why = nodes ? whyUnknown(facts.now, nodes, limit) : 'not observed';
    return `${need} and may have ${maximum}, how many are ready is not known (${why})`;
  });
  return `If ${lost} were lost then: ${needs.join('; ')}.`;
}
