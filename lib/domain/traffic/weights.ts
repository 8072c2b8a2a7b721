/** Percent of a geography's traffic by Region; a row sums to 100. */
export type WeightRow = Record<string, number>;

/** By geography key. */
export type WeightMatrix = Record<string, WeightRow>;

/** Sum of the integer weights we write for one set: half a percent of resolution, and under Route 53's 255 a record. */
export const RECORD_WEIGHT_SUM = 200;

/** Route 53's largest weight (aws-facts 2.1). */
export const RECORD_WEIGHT_MAXIMUM = 255;

/** Differences below this are noise of binary fractions. */
const ROUNDING = 1e-9;

/**
 * Integer weights of one set, summing to 200, by largest remainder; ties go to the Region that comes first. The row counts
 * relative to its own sum; all zero means equal, as Route 53 has it. An empty row has no weights.
 */
export function toRecordWeights(row: WeightRow): Record<string, number> {
  const sum = Object.values(row).reduce((total, percent) => total + percent, 0);
  const regions = Object.keys(row);
  const exact = regions.map((region) => {
    const value = (sum > 0 ? (row[region] ?? 0) / sum : 1 / regions.length) * RECORD_WEIGHT_SUM;
    const whole = Math.floor(value + ROUNDING);
    return { region, whole, remainder: value - whole };
  });
  const missing = RECORD_WEIGHT_SUM - exact.reduce((total, { whole }) => total + whole, 0);
  const raised = new Set(
    [...exact]
      .sort((a, b) => (Math.abs(b.remainder - a.remainder) < ROUNDING ? 0 : b.remainder - a.remainder))
      .slice(0, missing)
      .map(({ region }) => region),
  );
  return Object.fromEntries(exact.map(({ region, whole }) => [region, whole + (raised.has(region) ? 1 : 0)]));
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

/** The matrix at progress `fraction` (0–1) of the way; a Region that only one of the two names counts as 0 in the other. */
export function interpolate(from: WeightMatrix, to: WeightMatrix, fraction: number): WeightMatrix {
  return Object.fromEntries(
    Object.entries(to).map(([geography, row]) => [
      geography,
      Object.fromEntries(
        Object.keys({ ...from[geography], ...row }).map((region) => {
          const start = from[geography]?.[region] ?? 0;
          return [region, start + ((row[region] ?? 0) - start) * fraction];
        }),
      ),
    ]),
  );
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
  return changedGeographies(a, b).length === 0;
}

/** Geographies whose integer weights differ between the two. */
export function changedGeographies(a: WeightMatrix, b: WeightMatrix): string[] {
  return Object.keys({ ...a, ...b }).filter((geography) => {
    const left = toRecordWeights(a[geography] ?? {});
    const right = toRecordWeights(b[geography] ?? {});
    return Object.keys({ ...left, ...right }).some((region) => (left[region] ?? 0) !== (right[region] ?? 0));
  });
}

/** Regions whose part of any geography changes, and those of them that get users they did not have. */
export function touchedRegions(
  before: WeightMatrix,
  after: WeightMatrix,
): { touched: string[]; receiving: string[] } {
  const gains = Object.keys({ ...before, ...after }).flatMap((geography) =>
    Object.keys({ ...before[geography], ...after[geography] }).map((region) => ({
      region,
      points: (after[geography]?.[region] ?? 0) - (before[geography]?.[region] ?? 0),
    })),
  );
  const regions = (those: typeof gains) => [...new Set(those.map(({ region }) => region))];
  return {
    touched: regions(gains.filter(({ points }) => Math.abs(points) > ROUNDING)),
    receiving: regions(gains.filter(({ points }) => points > ROUNDING)),
  };
}

/** Name of the weighted set that serves a geography (aws-facts C-21). */
export function weightedSetName(dns: { originName: string }, geography: string): string {
  return `${geography}.${dns.originName}`;
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
