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
  const foreign = Object.values(live)
    .flatMap((row) => Object.keys(row))
    .find((region) => !regions.includes(region));
  if (foreign) {
    return refuse(
      'mode',
      `the live records also send users to ${foreign}, which this environment does not have. They are another environment's; ask there.`,
    );
  }
  const solved = solve(estate, regions, live, request);
  return solved.ok ? withinSets(live, solved.matrix, request) : solved;
}

function solve(
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

/** The same weights over the records that exist: a Region without one in a set can be given none of its users. */
function withinSets(live: WeightMatrix, matrix: WeightMatrix, request: ShiftRequest): Solved {
  const kept: WeightMatrix = {};
  for (const [geography, row] of Object.entries(matrix)) {
    const records = live[geography] ?? {};
    const absent = Object.keys(row).find((region) => !(region in records) && (row[region] ?? 0) > NOISE);
    if (absent) {
      return refuse(
        FIELD_OF_MODE[request.mode],
        `the live records of ${geography} have none for ${absent}, so it cannot be given its users.`,
      );
    }
    kept[geography] = Object.fromEntries(Object.entries(row).filter(([region]) => region in records));
  }
  return { ok: true, matrix: kept };
}

const FIELD_OF_MODE = { geography: 'weights', split: 'target', drain: 'region', restore: 'weights' } as const;

/** Shares and percentages closer than this are equal: noise of binary fractions. */
const NOISE = 1e-9;

function solveGeography(
  estate: Estate,
  regions: readonly string[],
  live: WeightMatrix,
  request: Extract<ShiftRequest, { mode: 'geography' }>,
): Solved {
  const known = estate.geographies.map(({ key }) => key).filter((key) => Object.hasOwn(live, key));
  if (!known.includes(request.geography)) {
    return refuse(
      'geography',
      `${request.geography} is not a geography here; there are ${known.join(', ')}.`,
    );
  }
  const unknown = Object.keys(request.weights).find((region) => !regions.includes(region));
  if (unknown) return refuse(`weights.${unknown}`, `${unknown} is not a Region of this environment.`);
  const row = Object.fromEntries(regions.map((region) => [region, request.weights[region] ?? 0]));
  return { ok: true, matrix: { ...live, [request.geography]: row } };
}

function solveRestore(regions: readonly string[], live: WeightMatrix, weights: WeightMatrix): Solved {
  const restored: WeightMatrix = {};
  for (const [geography, row] of Object.entries(weights)) {
    if (!Object.hasOwn(live, geography))
      return refuse(`weights.${geography}`, `${geography} is not a geography here.`);
    const unknown = Object.keys(row).find((region) => !regions.includes(region));
    if (unknown)
      return refuse(`weights.${geography}.${unknown}`, `${unknown} is not a Region of this environment.`);
    restored[geography] = Object.fromEntries(regions.map((region) => [region, row[region] ?? 0]));
  }
  return { ok: true, matrix: { ...live, ...restored } };
}

/**
 * Every geography's users as near to home and as far inside their jurisdiction as the asked global split allows. What is
 * planned to have no users follows the same rule by itself, so that a Region asked to have none has none of them either.
 */
function solveSplit(
  estate: Estate,
  regions: readonly string[],
  live: WeightMatrix,
  target: Record<string, number>,
): Solved {
  const unknown = Object.keys(target).find((region) => !regions.includes(region));
  if (unknown) return refuse(`target.${unknown}`, `${unknown} is not a Region of this environment.`);
  const asked = Object.values(target).reduce((sum, percent) => sum + percent, 0);
  const populated = estate.geographies.filter(({ plannedShare }) => plannedShare > 0);
  const flow = transport({
    supply: populated.map(({ plannedShare }) => plannedShare),
    demand: regions.map((region) => (target[region] ?? 0) / asked),
    cost: populated.map((geography) => regions.map((region) => servingCost(estate, geography, region))),
  });
  const solved = { ...live };
  for (const [i, { key, plannedShare }] of populated.entries()) {
    solved[key] = Object.fromEntries(
      regions.map((region, j) => [region, ((flow[i]?.[j] ?? 0) / plannedShare) * 100]),
    );
  }
  const open = regions.filter((region) => (target[region] ?? 0) > 0);
  for (const geography of estate.geographies.filter(({ plannedShare }) => plannedShare === 0)) {
    const row = live[geography.key];
    if (row) solved[geography.key] = keptTo(estate, geography, row, open);
  }
  return { ok: true, matrix: solved };
}

/** The row without the Regions that are not open; what they had goes to the cheapest open one. */
function keptTo(
  estate: Estate,
  geography: Geography,
  row: Record<string, number>,
  open: readonly string[],
): Record<string, number> {
  const [cheapest] = [...open].sort(
    (a, b) => servingCost(estate, geography, a) - servingCost(estate, geography, b),
  );
  const leaving = Object.keys(row).reduce(
    (sum, region) => sum + (open.includes(region) ? 0 : (row[region] ?? 0)),
    0,
  );
  return Object.fromEntries(
    Object.entries(row).map(([region, percent]) => [
      region,
      open.includes(region) ? percent + (region === cheapest ? leaving : 0) : 0,
    ]),
  );
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
  const { region: drained } = request;
  if (!regions.includes(drained)) return refuse('region', `${drained} is not a Region of this environment.`);
  if (regions.length === 1)
    return refuse('region', `there is no other Region to take what leaves ${drained}.`);
  const shares = globalShares(live, plannedShares(estate), regions);
  const leaving = (shares[drained] ?? 0) * 100;
  if (!Object.values(live).some((row) => (row[drained] ?? 0) > NOISE)) {
    return refuse('region', `${drained} has no traffic configured; there is nothing to drain.`);
  }
  const points = request.points ?? leaving;
  if (points > leaving + NOISE) {
    return refuse('points', `${drained} has ${leaving.toFixed(1)} points; ${points} cannot leave it.`);
  }
  const fraction = leaving > NOISE ? points / leaving : 1;
  const others = regions.filter((candidate) => candidate !== drained);
  const parts = new Map(
    estate.geographies.map((geography) => [
      geography.key,
      receivingParts({ estate, geography, others, shares }),
    ]),
  );
  const matrix = mapMatrix(live, (key, region, percent) => {
    const moved = (live[key]?.[drained] ?? 0) * fraction;
    if (moved === 0) return percent;
    if (region === drained) return percent - moved;
    return percent + moved * (parts.get(key)?.get(region) ?? 0);
  });
  return { ok: true, matrix };
}

/** Parts of what leaves one Region that the others receive of this geography: 0–1, summing to 1; the rest receive none. */
function receivingParts(drain: {
  estate: Estate;
  geography: Geography;
  others: readonly string[];
  shares: Record<string, number>;
}): Map<string, number> {
  const { estate, geography, others, shares } = drain;
  const costs = others.map((region) => ({ region, cost: residencyCost(estate, geography, region) }));
  const cheapest = Math.min(...costs.map(({ cost }) => cost));
  const receivers = costs.filter(({ cost }) => cost === cheapest).map(({ region }) => region);
  const carried = receivers.reduce((sum, region) => sum + (shares[region] ?? 0), 0);
  return new Map(
    receivers.map((region) => [region, carried > 0 ? (shares[region] ?? 0) / carried : 1 / receivers.length]),
  );
}

/** Share of all traffic by geography, 0–1, as the estate plans it: no AWS metric tells where a user of a Region sits. */
export function plannedShares(estate: Estate): Record<string, number> {
  return Object.fromEntries(estate.geographies.map((geography) => [geography.key, geography.plannedShare]));
}

/**
 * Geographies with residency of which this change sends users to Regions outside it that did not serve them, with the
 * points of that geography. From one Region outside to another counts: the law there may differ (aws-facts C-03).
 */
export function residencyEffect(
  estate: Estate,
  from: WeightMatrix,
  to: WeightMatrix,
): { geography: Geography; points: number; regions: string[] }[] {
  return estate.geographies.flatMap((geography) => {
    if (!geography.residency) return [];
    const gains = estate.regions
      .filter(({ jurisdiction }) => jurisdiction !== geography.residency)
      .map(({ code }) => ({
        code,
        points: (to[geography.key]?.[code] ?? 0) - (from[geography.key]?.[code] ?? 0),
      }))
      .filter(({ points }) => points > NOISE);
    if (gains.length === 0) return [];
    const points = gains.reduce((sum, gain) => sum + gain.points, 0);
    return [{ geography, points, regions: gains.map(({ code }) => code) }];
  });
}

function refuse(field: string, message: string): Solved {
  return { ok: false, field, message };
}
