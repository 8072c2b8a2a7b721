import type { ChaosState } from './chaos.ts';

/**
 * Whether a service's own replication gets from one Region to the other: both are up and packets pass both ways. It does not
 * use the customer's network, so peerings and routes play no part (aws-facts B-13).
 */
export function crosses(chaos: Readonly<ChaosState>, from: string, to: string): boolean {
  if (chaos.outages[from] || chaos.outages[to]) return false;
  return [`${from}>${to}`, `${to}>${from}`].every((pair) => (chaos.links[pair]?.mode ?? 'up') === 'up');
}
