/** Percent of a geography's traffic by Region; a row sums to 100. */
export type WeightRow = Record<string, number>;

/** By geography key. */
export type WeightMatrix = Record<string, WeightRow>;

/** Sum of the integer weights we write for one set: half a percent of resolution, and under Route 53's 255 a record. */
export const RECORD_WEIGHT_SUM = 200;

/** Route 53's largest weight (aws-facts 2.1). */
export const RECORD_WEIGHT_MAXIMUM = 255;

/** Integer weights of one set, summing to 200, by largest remainder; ties go to the Region that comes first. */
export function toRecordWeights(row: WeightRow): Record<string, number> {
  const exact = Object.entries(row).map(([region, percent]) => ({
    region,
    exact: (percent / 100) * RECORD_WEIGHT_SUM,
  }));
  const weights = new Map(exact.map(({ region, exact: value }) => [region, Math.floor(value + 1e-9)]));
  let missing = RECORD_WEIGHT_SUM - [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const byRemainder = [...exact].sort((a, b) => remainder(b.exact) - remainder(a.exact));
  for (const { region } of byRemainder) {
    if (missing <= 0) break;
    weights.set(region, (weights.get(region) ?? 0) + 1);
    missing -= 1;
  }
  return Object.fromEntries(weights);
}

function remainder(value: number): number {
  return value - Math.floor(value + 1e-9);
}

/**
 * Percent by Region of live integer weights. All zero means equal shares: Route 53 then answers every record alike
 * (aws-facts R-06).
 */
export function fromRecordWeights(weights: Record<string, number>): WeightRow {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  const count = Object.keys(weights).length;
  return Object.fromEntries(
    Object.entries(weights).map(([region, weight]) => [
      region,
      sum === 0 ? 100 / count : (weight / sum) * 100,
    ]),
  );
}

/** Share of all traffic by Region, 0–1, of this matrix under these shares of the geographies. */
export function globalShares(
  matrix: WeightMatrix,
  geographyShares: Record<string, number>,
  regions: readonly string[],
): Record<string, number> {
  const shares = Object.fromEntries(regions.map((region) => [region, 0]));
  for (const [geography, row] of Object.entries(matrix)) {
    for (const [region, percent] of Object.entries(row)) {
      shares[region] = (shares[region] ?? 0) + ((geographyShares[geography] ?? 0) * percent) / 100;
    }
  }
  return shares;
}

/** The matrix at progress `fraction` (0–1) of the way. */
export function interpolate(from: WeightMatrix, to: WeightMatrix, fraction: number): WeightMatrix {
  return mapMatrix(to, (geography, region, target) => {
    const start = from[geography]?.[region] ?? 0;
    return start + (target - start) * fraction;
  });
}

export function mapMatrix(
  matrix: WeightMatrix,
  change: (geography: string, region: string, percent: number) => number,
): WeightMatrix {
  return Object.fromEntries(
    Object.entries(matrix).map(([geography, row]) => [
      geography,
      Object.fromEntries(
        Object.entries(row).map(([region, percent]) => [region, change(geography, region, percent)]),
      ),
    ]),
  );
}

/** Whether two matrices give the same integer weights everywhere. */
export function sameRecordWeights(a: WeightMatrix, b: WeightMatrix): boolean {
  return Object.keys(b).every((geography) => {
    const left = toRecordWeights(a[geography] ?? {});
    const right = toRecordWeights(b[geography] ?? {});
    return Object.keys(right).every((region) => (left[region] ?? 0) === right[region]);
  });
}

/** The largest part of one geography that moves, in points of that geography. */
export function largestMove(from: WeightMatrix, to: WeightMatrix): number {
  return Math.max(
    0,
    ...Object.entries(to).map(([geography, row]) =>
      Object.entries(row).reduce(
        (sum, [region, percent]) => sum + Math.max(0, percent - (from[geography]?.[region] ?? 0)),
        0,
      ),
    ),
  );
}
