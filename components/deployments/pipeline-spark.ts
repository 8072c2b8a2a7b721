import type { Look } from './pipeline-model.ts';

export const SPARK = { width: 208, height: 32, pad: 3 } as const;

interface SparkInput {
  looks: readonly Look[];
  passBelow: number;
  revertAbove: number | null;
  baseline: number | null;
  /** How long the soak takes; a soak that is held goes on beyond. */
  totalSeconds: number;
}

interface SparkDrawing {
  line: string;
  /** Looks that measured nothing: they are drawn, for unknown is not a pass. */
  gaps: readonly { x: number; width: number }[];
  last: { x: number; y: number } | null;
  passY: number;
  /** Null where it lies far above everything measured: then the figure beside the line says it. */
  revertY: number | null;
  baselineY: number | null;
}

/** Looks on the soak's own time, so that the line has come as far as the soak has; the limit is always in sight. */
export function drawSpark({
  looks,
  passBelow,
  revertAbove,
  baseline,
  totalSeconds,
}: SparkInput): SparkDrawing {
  const known = looks.flatMap(({ value }) => (value === null ? [] : [value]));
  const high = Math.max(passBelow * 1.3, ...known.map((value) => value * 1.1));
  // Zero stands below what comes near it; what never does is drawn where it moves.
  const low = 0.5 * Math.min(passBelow, ...known, ...(baseline === null ? [] : [baseline]));
  const end = Math.max(totalSeconds, looks.at(-1)?.elapsedSeconds ?? 0, 1);
  const x = (seconds: number) => 1 + (seconds / end) * (SPARK.width - 4);
  const y = (value: number) =>
    SPARK.height -
    SPARK.pad -
    (Math.max(0, value - low) / (high - low || 1)) * (SPARK.height - 2 * SPARK.pad);
  const last = looks.findLast(({ value }) => value !== null);
  return {
    line: pathOf(looks, x, y),
    gaps: looks.flatMap(({ value, elapsedSeconds }, index) => {
      if (value !== null) return [];
      const from = index === 0 ? 0 : (looks[index - 1]?.elapsedSeconds ?? 0);
      return [{ x: x(from), width: Math.max(2, x(elapsedSeconds) - x(from)) }];
    }),
    last: last === undefined ? null : { x: x(last.elapsedSeconds), y: y(last.value ?? 0) },
    passY: y(passBelow),
    revertY: revertAbove !== null && revertAbove <= high ? y(revertAbove) : null,
    baselineY: baseline !== null && baseline <= high ? y(baseline) : null,
  };
}

function pathOf(
  looks: readonly Look[],
  x: (seconds: number) => number,
  y: (value: number) => number,
): string {
  let pen = 'M';
  let path = '';
  for (const { value, elapsedSeconds } of looks) {
    if (value === null) {
      pen = 'M';
      continue;
    }
    path += `${pen}${x(elapsedSeconds).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = 'L';
  }
  return path;
}
