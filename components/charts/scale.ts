/** Round tick values covering [low, high]; at most `count + 1` of them. */
export function ticks(low: number, high: number, count = 4): number[] {
  const span = high - low || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9) * step;
  const values: number[] = [];
  for (let value = first; value <= high + step * 1e-6; value += step)
    values.push(Number(value.toPrecision(12)));
  return values;
}

/**
 * Moves labels apart so that none overlaps: returns for each wanted position a position at least `gap` from its
 * neighbours, in order, inside [low, high] where that is possible.
 */
export function spreadLabels(
  wanted: readonly number[],
  { gap, low, high }: { gap: number; low: number; high: number },
): number[] {
  const order = wanted
    .map((position, index) => ({ position, index }))
    .sort((a, b) => a.position - b.position);
  let previous = Number.NEGATIVE_INFINITY;
  for (const item of order) {
    item.position = Math.max(item.position, previous + gap, low);
    previous = item.position;
  }
  let next = high + gap;
  for (const item of order.toReversed()) {
    item.position = Math.min(item.position, next - gap);
    next = item.position;
  }
  const placed: number[] = [];
  for (const item of order) placed[item.index] = item.position;
  return placed;
}
