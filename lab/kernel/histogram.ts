/**
 * A distribution in logarithmic bins 1 % wide: a percentile read from it is within 0.5 % of the value that was recorded
 * (the DDSketch bound, Masson et al., VLDB 2019), and two of them can be added up.
 */
export interface Distribution {
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
  /** Bin numbers in ascending order of the values they hold, with how many fell in each. */
  bins: Int16Array;
  counts: Uint32Array;
}

const GAMMA = 1.01;
const LOG_GAMMA = Math.log(GAMMA);
/** Keeps bins of positive numbers down to 1e-43 above zero, and those of negative numbers below it. */
const OFFSET = 10_000;
const MAX_BIN = 32_767;

function binOf(value: number): number {
  if (value === 0) return 0;
  const magnitude = Math.ceil(Math.log(Math.abs(value)) / LOG_GAMMA) + OFFSET;
  return Math.sign(value) * Math.min(MAX_BIN, Math.max(1, magnitude));
}

function valueOfBin(bin: number): number {
  if (bin === 0) return 0;
  return (Math.sign(bin) * 2 * GAMMA ** (Math.abs(bin) - OFFSET)) / (GAMMA + 1);
}

/** A distribution still being filled. */
export interface DistributionBuilder {
  add(value: number, count: number): void;
  merge(other: Distribution): void;
  build(): Distribution;
}

export function createDistributionBuilder(): DistributionBuilder {
  const bins = new Map<number, number>();
  let count = 0;
  let sum = 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  const addToBin = (bin: number, times: number) => bins.set(bin, (bins.get(bin) ?? 0) + times);
  return {
    add(value, times) {
      addToBin(binOf(value), times);
      count += times;
      sum += value * times;
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
    },
    merge(other) {
      for (const [index, bin] of other.bins.entries()) addToBin(bin, other.counts[index] ?? 0);
      count += other.count;
      sum += other.sum;
      minimum = Math.min(minimum, other.minimum);
      maximum = Math.max(maximum, other.maximum);
    },
    build() {
      const sorted = [...bins].sort(([a], [b]) => a - b);
      return {
        count,
        sum,
        minimum,
        maximum,
        bins: Int16Array.from(sorted, ([bin]) => bin),
        counts: Uint32Array.from(sorted, ([, times]) => times),
      };
    },
  };
}

/** The value at or under which `percent` (0–100) of the values lie. */
export function percentile(distribution: Distribution, percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * distribution.count));
  if (rank <= 1) return distribution.minimum;
  if (rank >= distribution.count) return distribution.maximum;
  let seen = 0;
  for (const [index, bin] of distribution.bins.entries()) {
    seen += distribution.counts[index] ?? 0;
    if (seen >= rank) return Math.min(distribution.maximum, Math.max(distribution.minimum, valueOfBin(bin)));
  }
  return distribution.maximum;
}
