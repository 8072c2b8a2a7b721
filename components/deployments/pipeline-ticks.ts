/** Round distances between ticks, seconds; the first of which at most `MOST_TICKS` fit is taken. */
const DISTANCES = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400] as const;
const MOST_TICKS = 7;

/** Round moments within a span, ms since the epoch. */
export function roundTicks(fromMs: number, untilMs: number): number[] {
  const span = untilMs - fromMs;
  const distance = (DISTANCES.find((seconds) => span / (seconds * 1_000) <= MOST_TICKS) ?? 86_400) * 1_000;
  const first = Math.ceil(fromMs / distance) * distance;
  const count = Math.max(0, Math.floor((untilMs - first) / distance) + 1);
  return Array.from({ length: Math.min(count, MOST_TICKS + 1) }, (_, i) => first + i * distance);
}
