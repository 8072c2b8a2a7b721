import { type CapacityClass, classifyCapacity, nodesNeeded } from '../capacity/capacity.ts';
import { onceFor } from '../once-for.ts';
import { answered } from '../traffic/answers.ts';
import { plannedShares, residencyEffect } from '../traffic/solve.ts';
import { globalShares, type WeightMatrix } from '../traffic/weights.ts';
import { factsOf, known, type Outlook, requireDeclared } from './facts.ts';
import { recoveryLoad } from './load.ts';

export interface CapacityAfter {
  region: string;
  /** Share of all traffic before and after, 0–1. */
  shareBefore: number;
  shareAfter: number;
  needed: number;
  /** Ready now; null when not known. */
  ready: number | null;
  /** Most that a pre-scale may use: `ceiling` of the maximum. */
  usable: number;
  maximum: number;
  class: CapacityClass;
  observedAt: string | null;
}

/** What is left when Regions are lost: where DNS sends their users by itself, and what that asks of the rest. */
export interface Loss {
  lost: string[];
  survivors: CapacityAfter[];
  before: WeightMatrix;
  after: WeightMatrix;
  sharesBefore: Record<string, number>;
  sharesAfter: Record<string, number>;
  /** Requests a second that this was reckoned with. */
  load: number;
  /** Geographies whose users would newly be served outside their jurisdiction (aws-facts C-03). */
  residency: { geography: string; name: string; residency: string; points: number; regions: string[] }[];
}

/**
 * Where users go when health checks take Regions out of DNS, with the records as they stand: no weight is edited, as their
 * control plane may be gone (aws-facts B-06). Load defaults to what is reckoned now.
 */
export function lossOf(outlook: Outlook, lost: readonly string[], load?: number): Loss {
  const { estate, environment } = outlook;
  const { regions } = environment;
  const reckoned = load ?? recoveryLoad(outlook);
  const { records, before, sharesBefore } = withoutLoss(outlook);
  const after = answered(records, regions, lost);
  const sharesAfter = globalShares(after, plannedShares(estate), regions);
  const survivors = regions
    .filter((code) => !lost.includes(code))
    .map((code) =>
      capacityAfter(outlook, code, {
        shareBefore: sharesBefore[code] ?? 0,
        shareAfter: sharesAfter[code] ?? 0,
        load: reckoned,
      }),
    );
  const residency = residencyEffect(estate, before, after).map(
    ({ geography, points, regions: receiving }) => ({
      geography: geography.key,
      name: geography.name,
      residency: geography.residency ?? '',
      points,
      regions: receiving,
    }),
  );
  return { lost: [...lost], survivors, before, after, sharesBefore, sharesAfter, load: reckoned, residency };
}

/** Where users go while nothing is lost. */
const withoutLoss = onceFor((outlook: Outlook) => {
  const { estate, environment, facts } = outlook;
  const records = facts.records.value?.recordWeights ?? plannedWeights(outlook);
  const before = answered(records, environment.regions, []);
  const sharesBefore = globalShares(before, plannedShares(estate), environment.regions);
  return { records, before, sharesBefore };
});

function capacityAfter(
  outlook: Outlook,
  code: string,
  shares: { shareBefore: number; shareAfter: number; load: number },
): CapacityAfter {
  const { estate, facts } = outlook;
  const { requestsPerSecondPerNode, ceiling } = estate.capacity;
  const { nodes, nodeGroup } = factsOf(facts, code);
  const seen = known(outlook, 'nodes', nodes);
  const maximum = nodeGroup.value?.maximum ?? requireDeclared(outlook, code).nodes.max;
  const needed = nodesNeeded(shares.shareAfter * shares.load, requestsPerSecondPerNode);
  const ready = seen.value?.ready ?? null;
  return {
    region: code,
    shareBefore: shares.shareBefore,
    shareAfter: shares.shareAfter,
    needed,
    ready,
    usable: Math.floor(maximum * ceiling),
    maximum,
    class: classifyCapacity({ region: code, ready, maximum }, needed, ceiling),
    observedAt: seen.observedAt,
  };
}

/** Everybody at home: what counts until the records were read once. */
function plannedWeights({ estate, environment }: Outlook): WeightMatrix {
  return Object.fromEntries(
    estate.geographies.map(({ key, homeRegion }) => [
      key,
      Object.fromEntries(environment.regions.map((code) => [code, code === homeRegion ? 1 : 0])),
    ]),
  );
}

/** "eu-west-1 would need 22 nodes and has 12 ready; 21 of 30 after a pre-scale." */
export function capacityWords({
  region,
  needed,
  ready,
  usable,
  maximum,
  class: fits,
}: CapacityAfter): string {
  switch (fits) {
    case 'ok':
      return `${region} carries it: ${needed} of ${ready} ready nodes.`;
    case 'pre-scale':
      return `${region} would need ${needed} nodes and has ${ready} ready; ${usable} of ${maximum} after a pre-scale.`;
    case 'short':
      return needed <= maximum
        ? `${region} would need ${needed} nodes and has ${ready} ready; it may have ${maximum}, but over ${usable} no reserve is left.`
        : `${region} would need ${needed} nodes and may have ${maximum} at most: ${needed - maximum} are missing even then.`;
    case 'unknown':
      return `${region} would need ${needed} nodes; how many are ready is not known.`;
    default:
      return fits satisfies never;
  }
}
