import type { Estate, Geography } from '../estate/estate.ts';
import type { ShiftRequest } from './request.ts';
import { transport } from './transport.ts';
import { globalShares, mapMatrix, type WeightMatrix } from './weights.ts';

export type Solved = { ok: true; matrix: WeightMatrix } | { ok: false; field: string; message: string };

/** Cost of a user leaving what residency allows, far above any latency. */
const RESIDENCY_COST = 1_000_000;
/** Between EU and US an adequacy decision stands (aws-facts C-03); elsewhere clauses are needed, so it is the last choice. */
const NO_ADEQUACY_COST = 500_000;

/** The weights that a request asks for, from the weights that are live. Refuses with the field that does not fit. */
export function solveShift(
  estate: Estate,
  regions: readonly string[],
  live: WeightMatrix,
  request: ShiftRequest,
): Solved {
  switch (request.mode) {
    case 'geography':
      return solveGeography(estate, regions, live, request);
    case 'split':
      return solveSplit(estate, regions, live, request.target);
    case 'drain':
      return solveDrain(estate, regions, live, request);
    case 'restore':
      return solveRestore(regions, live, request.weights);
    default:
      return request satisfies never;
  }
}

function solveGeography(
  estate: Estate,
  regions: readonly string[],
  live: WeightMatrix,
  request: Extract<ShiftRequest, { mode: 'geography' }>,
): Solved {
  const current = live[request.geography];
  if (!current || !estate.geographies.some((geography) => geography.key === request.geography)) {
    return refuse(
      'geography',
      `${request.geography} is not a geography here; there are ${Object.keys(live).join(', ')}.`,
    );
  }
  const unknown = Object.keys(request.weights).find((region) => !regions.includes(region));
  if (unknown) return refuse(`weights.${unknown}`, `${unknown} is not a Region of this environment.`);
  const row = Object.fromEntries(regions.map((region) => [region, request.weights[region] ?? 0]));
  return { ok: true, matrix: { ...live, [request.geography]: row } };
}

function solveRestore(regions: readonly string[], live: WeightMatrix, weights: WeightMatrix): Solved {
  for (const [geography, row] of Object.entries(weights)) {
    if (!live[geography]) return refuse(`weights.${geography}`, `${geography} is not a geography here.`);
    const unknown = Object.keys(row).find((region) => !regions.includes(region));
    if (unknown)
      return refuse(`weights.${geography}.${unknown}`, `${unknown} is not a Region of this environment.`);
  }
  return { ok: true, matrix: { ...live, ...weights } };
}

function solveSplit(
  estate: Estate,
  regions: readonly string[],
  live: WeightMatrix,
  target: Record<string, number>,
): Solved {
  const unknown = Object.keys(target).find((region) => !regions.includes(region));
  if (unknown) return refuse(`target.${unknown}`, `${unknown} is not a Region of this environment.`);
  const geographies = estate.geographies.filter((geography) => geography.plannedShare > 0);
  const flow = transport({
    supply: geographies.map((geography) => geography.plannedShare * 100),
    demand: regions.map((region) => target[region] ?? 0),
    cost: geographies.map((geography) => regions.map((region) => servingCost(estate, geography, region))),
  });
  const solved = { ...live };
  for (const [i, geography] of geographies.entries()) {
    const row = regions.map(
      (region, j) => [region, ((flow[i]?.[j] ?? 0) / (geography.plannedShare * 100)) * 100] as const,
    );
    solved[geography.key] = Object.fromEntries(row);
  }
  return { ok: true, matrix: solved };
}

/** Locality and residency: 0 at home, then by distance, then across a border that the users' data must not cross. */
function servingCost(estate: Estate, geography: Geography, region: string): number {
  const distance =
    region === geography.homeRegion ? 0 : 1_000 + roundTripMs(estate, geography.homeRegion, region);
  return distance + residencyCost(estate, geography, region);
}

function residencyCost(estate: Estate, geography: Geography, region: string): number {
  if (!geography.residency) return 0;
  const jurisdiction = estate.regions.find((candidate) => candidate.code === region)?.jurisdiction;
  if (jurisdiction === geography.residency) return 0;
  return jurisdiction === 'US' ? RESIDENCY_COST : RESIDENCY_COST + NO_ADEQUACY_COST;
}

/** Round trip between two Regions by the estate's peerings and distances, ms; 300 where it states none. */
export function roundTripMs(estate: Estate, a: string, b: string): number {
  if (a === b) return 0;
  const known = [...estate.peerings, ...estate.distances].find(
    ({ between }) => between.includes(a) && between.includes(b),
  );
  return known?.rttMs ?? 300;
}

/**
 * Takes a share of the Region's traffic away from every geography alike. The rest receive it in proportion to what they
 * carry: s_i(t) = s_i + s_e·t·s_i / Σ_{j≠e} s_j (aws-facts 2.1); users with residency stay inside it while they can,
 * and go to the United States before any other country.
 */
function solveDrain(
  estate: Estate,
  regions: readonly string[],
  live: WeightMatrix,
  request: Extract<ShiftRequest, { mode: 'drain' }>,
): Solved {
  if (!regions.includes(request.region))
    return refuse('region', `${request.region} is not a Region of this environment.`);
  const geographyShares = plannedShares(estate);
  const shares = globalShares(live, geographyShares, regions);
  const leaving = shares[request.region] ?? 0;
  if (leaving <= 0)
    return refuse('region', `${request.region} has no traffic configured; there is nothing to drain.`);
  const points = request.points ?? leaving * 100;
  if (points > leaving * 100 + 1e-9) {
    return refuse(
      'points',
      `${request.region} has ${(leaving * 100).toFixed(1)} points; ${points} cannot leave it.`,
    );
  }
  const fraction = points / (leaving * 100);
  const matrix = mapMatrix(live, (key, region, percent) => {
    const geography = estate.geographies.find((candidate) => candidate.key === key);
    const moved = (live[key]?.[request.region] ?? 0) * fraction;
    if (region === request.region) return percent - moved;
    return (
      percent +
      moved * (geography ? receivingPart(estate, geography, regions, shares, request.region, region) : 0)
    );
  });
  return { ok: true, matrix };
}

/** Part of what leaves `drained` that `region` receives, of this geography: 0–1, summing to 1 over the receivers. */
function receivingPart(
  estate: Estate,
  geography: Geography,
  regions: readonly string[],
  shares: Record<string, number>,
  drained: string,
  region: string,
): number {
  const others = regions.filter((candidate) => candidate !== drained);
  const cheapest = Math.min(...others.map((candidate) => residencyCost(estate, geography, candidate)));
  const receivers = others.filter((candidate) => residencyCost(estate, geography, candidate) === cheapest);
  if (!receivers.includes(region)) return 0;
  const carried = receivers.reduce((sum, candidate) => sum + (shares[candidate] ?? 0), 0);
  return carried > 0 ? (shares[region] ?? 0) / carried : 1 / receivers.length;
}

/** Share of all traffic by geography, 0–1, as the estate plans it: no AWS metric tells where a user of a Region sits. */
export function plannedShares(estate: Estate): Record<string, number> {
  return Object.fromEntries(estate.geographies.map((geography) => [geography.key, geography.plannedShare]));
}

/** Geographies with residency of which this change sends more outside it than before, with the points of that geography. */
export function residencyEffect(
  estate: Estate,
  from: WeightMatrix,
  to: WeightMatrix,
): { geography: Geography; points: number; regions: string[] }[] {
  return estate.geographies.flatMap((geography) => {
    if (!geography.residency) return [];
    const outside = estate.regions.filter((region) => region.jurisdiction !== geography.residency);
    const gains = outside.filter(
      (region) => (to[geography.key]?.[region.code] ?? 0) > (from[geography.key]?.[region.code] ?? 0) + 1e-9,
    );
    const sum = (matrix: WeightMatrix) =>
      outside.reduce((total, region) => total + (matrix[geography.key]?.[region.code] ?? 0), 0);
    const points = sum(to) - sum(from);
    return points > 1e-9 ? [{ geography, points, regions: gains.map((region) => region.code) }] : [];
  });
}

function refuse(field: string, message: string): Solved {
  return { ok: false, field, message };
}
