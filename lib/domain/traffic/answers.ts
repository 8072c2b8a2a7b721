import type { WeightMatrix, WeightRow } from './weights.ts';

/** How often each Region came in answers of the zone's name servers, by geography. */
export type DnsAnswers = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Fewest answers of a geography that tell: a Region with a tenth of the weight is missing from these once in 300 times. */
const ANSWERS_THAT_TELL = 55;
const LEAST_SHARE = 0.1;

/**
 * Whether DNS names the Region where it has weight: not when its health check or a switch takes it out (aws-facts R-06).
 * Null where it has less than a tenth of every geography, or too few answers were heard.
 */
export function isAnswered(region: string, answers: DnsAnswers, weights: WeightMatrix): boolean | null {
  const telling = Object.entries(answers).filter(([geography, heard]) => {
    const row = weights[geography] ?? {};
    return sumOf(heard) >= ANSWERS_THAT_TELL && (row[region] ?? 0) >= LEAST_SHARE * (sumOf(row) || Infinity);
  });
  if (telling.length === 0) return null;
  return telling.some(([, heard]) => (heard[region] ?? 0) > 0);
}

const sumOf = (row: Readonly<Record<string, number>>) =>
  Object.values(row).reduce((total, value) => total + value, 0);

/**
 * Percent of each geography by Region, as Route 53 answers when the lost are unhealthy: among healthy records those with
 * weight; where none has any, those of weight 0 in equal parts; where no record is healthy, all as if they were.
 */
export function answered(
  records: WeightMatrix,
  regions: readonly string[],
  lost: readonly string[],
): WeightMatrix {
  const here = new Set(regions);
  return Object.fromEntries(
    Object.entries(records).map(([geography, weights]) => {
      const candidates = Object.keys(weights).filter((region) => here.has(region));
      const healthy = candidates.filter((region) => !lost.includes(region));
      return [geography, split(weights, candidates, healthy.length > 0 ? healthy : candidates)];
    }),
  );
}

function split(weights: WeightRow, all: readonly string[], among: readonly string[]): WeightRow {
  const sum = among.reduce((total, region) => total + (weights[region] ?? 0), 0);
  const chosen = new Set(among);
  const percent = (region: string) => {
    if (!chosen.has(region)) return 0;
    return sum > 0 ? ((weights[region] ?? 0) / sum) * 100 : 100 / among.length;
  };
  return Object.fromEntries(all.map((region) => [region, percent(region)]));
}
