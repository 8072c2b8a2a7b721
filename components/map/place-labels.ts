/** All numbers are CSS pixels of the map as it is shown. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface LabelRequest {
  id: string;
  width: number;
  height: number;
  /** Top-left corners worth trying, best first. */
  candidates: readonly { left: number; top: number }[];
  /** Left out rather than drawn over something. */
  optional: boolean;
}

const GAP = 3;

function overlap(a: Box, b: Box): number {
  const across = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left) + GAP;
  const down = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top) + GAP;
  return across > 0 && down > 0 ? across * down : 0;
}

function outside(box: Box, frame: { width: number; height: number }): number {
  const across = Math.max(0, -box.left) + Math.max(0, box.left + box.width - frame.width);
  const down = Math.max(0, -box.top) + Math.max(0, box.top + box.height - frame.height);
  return across * box.height + down * box.width;
}

/**
 * Places labels in the order given so that none covers another label or an obstacle, as far as the candidates
 * allow: each takes its first free candidate, else the one that covers least; an optional one is left out.
 * Deterministic, so that server and browser agree.
 */
export function placeLabels(
  requests: readonly LabelRequest[],
  obstacles: readonly Box[],
  frame: { width: number; height: number },
): ReadonlyMap<string, Box> {
  const taken: Box[] = [...obstacles];
  const placed = new Map<string, Box>();
  for (const { id, width, height, candidates, optional } of requests) {
    let best: { box: Box; cost: number } | undefined;
    for (const corner of candidates) {
      const box = { ...corner, width, height };
      const cost = taken.reduce((sum, other) => sum + overlap(box, other), 4 * outside(box, frame));
      if (best === undefined || cost < best.cost) best = { box, cost };
      if (cost === 0) break;
    }
    if (best === undefined || (optional && best.cost > 0)) continue;
    taken.push(best.box);
    placed.set(id, best.box);
  }
  return placed;
}

const ANGLES: readonly (readonly [dx: number, dy: number])[] = [
  [1, 0.35],
  [1, -0.35],
  [-1, 0.35],
  [-1, -0.35],
  [0, 1],
  [0, -1],
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
];

/** Corners for a label around a point, from near to far. */
export function around(x: number, y: number, size: { width: number; height: number }, distances: readonly number[]) {
  return distances.flatMap((distance) =>
    ANGLES.map(([dx, dy]) => ({
      left: x + dx * distance - (dx < 0 ? size.width : dx === 0 ? size.width / 2 : 0),
      top: y + dy * distance - (dy < 0 ? size.height : dy === 0 ? size.height / 2 : 0),
    })),
  );
}
