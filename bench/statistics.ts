/** The value below which `share` (0–1) of the values lie, by nearest rank; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.max(0, Math.min(sorted.length - 1, rank))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** How many times a second `work` ends, with so many of it under way at once; a short warm-up is not counted. */
async function ratePerSecond(
  options: { atOnce: number; seconds: number },
  work: (lane: number) => Promise<unknown>,
): Promise<number> {
  for (let i = 0; i < 20; i += 1) await work(0);
  const started = performance.now();
  const until = started + options.seconds * 1_000;
  let ended = 0;
  await Promise.all(
    Array.from({ length: options.atOnce }, async (_, lane) => {
      while (performance.now() < until) {
        await work(lane);
        ended += 1;
      }
    }),
  );
  return ended / ((performance.now() - started) / 1_000);
}

/**
 * Rates of two kinds of work, taken turn by turn so that a neighbour's load falls on both; the ratio is the median of the
 * rounds' ratios of `a` to `b`.
 */
export async function compareRates(
  options: { atOnce: number; seconds: number; rounds: number },
  work: { a: (lane: number) => Promise<unknown>; b: (lane: number) => Promise<unknown> },
): Promise<{ a: number; b: number; ratio: number }> {
  const rounds: { a: number; b: number }[] = [];
  for (let i = 0; i < options.rounds; i += 1) {
    // Whoever goes second finds warmer caches: they take turns at that too.
    if (i % 2 === 0) {
      const a = await ratePerSecond(options, work.a);
      rounds.push({ a, b: await ratePerSecond(options, work.b) });
    } else {
      const b = await ratePerSecond(options, work.b);
      rounds.push({ a: await ratePerSecond(options, work.a), b });
    }
  }
  return {
    a: median(rounds.map(({ a }) => a)),
    b: median(rounds.map(({ b }) => b)),
    ratio: median(rounds.map(({ a, b }) => a / b)),
  };
}
