import type { Estate } from '../estate/estate.ts';
import { dollarsPerNode, dollarsPerPoint } from '../estate/plan.ts';
import type { Price } from '../operation/plan.ts';

/** Cross-Region transfer, dollars a GB: list price between us-east-1, eu-west-1 and ap-southeast-1 starts here; verify per pair. */
const TRANSFER_DOLLARS_PER_GB = 0.02;
const ORDER_KB = 8;
const WRITE_SHARE = 0.12;
const SECONDS_PER_MONTH = 30.4 * 86_400;

/**
 * Change of monthly cost if the shares stay: planned cost per point of traffic in each Region (aws-facts 1A: US 220.0,
 * EU 213.3, AP 220.0), and the transfer of orders that now start outside the writer's Region.
 */
export function priceShift(
  estate: Estate,
  before: Record<string, number>,
  after: Record<string, number>,
  requestsPerSecond: number,
): Price {
  let points = 0;
  let forwardedBefore = 0;
  let forwardedAfter = 0;
  for (const region of estate.regions) {
    points += ((after[region.code] ?? 0) - (before[region.code] ?? 0)) * 100 * dollarsPerPoint(region);
    if (!region.servesWrites) {
      forwardedBefore += before[region.code] ?? 0;
      forwardedAfter += after[region.code] ?? 0;
    }
  }
  const gigabytes =
    ((forwardedAfter - forwardedBefore) * requestsPerSecond * WRITE_SHARE * SECONDS_PER_MONTH * ORDER_KB) /
    1_000_000;
  const transfer = gigabytes * TRANSFER_DOLLARS_PER_GB;
  return {
    monthlyDollars: points + transfer,
    lines: [
      { label: 'points at each Region’s planned cost', monthlyDollars: points },
      { label: 'orders forwarded across Regions', monthlyDollars: transfer },
    ],
    basis: `planned cost per point of traffic; ${WRITE_SHARE * 100} % of requests are orders of ${ORDER_KB} KB, transfer at $${TRANSFER_DOLLARS_PER_GB} a GB (list price, verify)`,
  };
}

/**
 * The price with nodes that are started before users arrive and kept by a raised minimum or, negative, need not be kept any
 * more: at the compute that is planned for each (aws-facts 1A: 100 dollars in every Region). It comes on top of the points
 * and in full, for a minimum holds its nodes also where fewer would do.
 */
export function withNodes(
  estate: Estate,
  price: Price,
  changes: readonly { region: string; nodes: number }[],
): Price {
  const lines = estate.regions.flatMap((region) => {
    const nodes = changes
      .filter(({ region: code }) => code === region.code)
      .reduce((sum, change) => sum + change.nodes, 0);
    if (nodes === 0) return [];
    const counted = `${Math.abs(nodes)} ${Math.abs(nodes) === 1 ? 'node' : 'nodes'}`;
    return [
      {
        label:
          nodes > 0
            ? `${counted} started first in ${region.code}`
            : `${counted} not kept any more in ${region.code}`,
        monthlyDollars: nodes * dollarsPerNode(region, estate.capacity),
      },
    ];
  });
  if (lines.length === 0) return price;
  return {
    monthlyDollars: lines.reduce((sum, { monthlyDollars }) => sum + monthlyDollars, price.monthlyDollars),
    lines: [...price.lines, ...lines],
    basis: `${price.basis}; nodes at the compute planned for each, in full while their minimum is kept`,
  };
}
