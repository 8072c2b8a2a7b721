/** All numbers are CSS pixels of the map as it is shown. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Candidate {
  left: number;
  top: number;
  distance: number;
}

export interface LabelRequest {
  id: string;
  width: number;
  height: number;
  /** Top-left corners worth trying, and how far each is from what the label names. */
  candidates: readonly Candidate[];
  /** Left out rather than drawn over something. */
  optional: boolean;
}

/** A point of a drawn line, which a label would rather not hide; `id` is the label that belongs on it. */
interface LinePoint {
  x: number;
  y: number;
  id: string;
}

interface Frame {
  width: number;
  height: number;
}

const GAP = 3;
/** A covered label is worse than anything below. */
const COST_OF_COVER = 100;
/** Standing one pixel further away costs as much as covering this many square pixels. */
const COST_OF_DISTANCE = 5;
/** Hiding one sampled point of a line costs as much as covering this many square pixels of a label. */
const COST_OF_A_LINE = 12;

/** Side of the squares that points of lines are looked up by: about the height of a label. */
const CELL = 24;
const cellOf = (coordinate: number) => Math.floor(coordinate / CELL);

/** Counts the points of other labels' lines under a box; a map of thirty Regions has thousands of them. */
function lineCounter(lines: readonly LinePoint[]): (box: Box, own: string) => number {
  const rows = new Map<number, Map<number, LinePoint[]>>();
  for (const point of lines) {
    const [across, down] = [cellOf(point.x), cellOf(point.y)];
    const row = rows.get(down) ?? new Map<number, LinePoint[]>();
    rows.set(down, row);
    const cell = row.get(across);
    if (cell) cell.push(point);
    else row.set(across, [point]);
  }
  return ({ left, top, width, height }, own) => {
    const [right, bottom] = [left + width, top + height];
    let count = 0;
    for (let down = cellOf(top); down <= cellOf(bottom); down += 1) {
      const row = rows.get(down);
      if (row === undefined) continue;
      for (let across = cellOf(left); across <= cellOf(right); across += 1)
        for (const { x, y, id } of row.get(across) ?? [])
          if (x > left && x < right && y > top && y < bottom && id !== own) count += 1;
    }
    return count;
  };
}

function overlap(a: Box, b: Box): number {
  const across = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left) + GAP;
  const down = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top) + GAP;
  return across > 0 && down > 0 ? across * down : 0;
}

function outside(box: Box, frame: Frame): number {
  const across = Math.max(0, -box.left) + Math.max(0, box.left + box.width - frame.width);
  const down = Math.max(0, -box.top) + Math.max(0, box.top + box.height - frame.height);
  return across * box.height + down * box.width;
}

/**
 * Places labels in the order given so that none covers another label or an obstacle, as far as the candidates
 * allow: each takes the candidate that covers no label, then the one that hides least of the lines and stands
 * nearest; an optional one that would cover a label is left out.
 * Deterministic, so that server and browser agree.
 */
export function placeLabels(
  requests: readonly LabelRequest[],
  { obstacles, lines, frame }: { obstacles: readonly Box[]; lines: readonly LinePoint[]; frame: Frame },
): ReadonlyMap<string, Box> {
  const crossings = lineCounter(lines);
  const taken: Box[] = [...obstacles];
  const placed = new Map<string, Box>();
  for (const { id, width, height, candidates, optional } of requests) {
    let best: { box: Box; cost: number; covered: number } | undefined;
    for (const { left, top, distance } of candidates) {
      const box = { left, top, width, height };
      const bound = best?.cost ?? Number.POSITIVE_INFINITY;
      const far = distance * COST_OF_DISTANCE;
      let covered = 4 * outside(box, frame);
      for (const other of taken) {
        if (covered * COST_OF_COVER + far >= bound) break; // it only grows
        covered += overlap(box, other);
      }
      const atLeast = covered * COST_OF_COVER + far;
      if (atLeast >= bound) continue; // lines only add to it
      const cost = atLeast + crossings(box, id) * COST_OF_A_LINE;
      if (best === undefined || cost < best.cost) best = { box, cost, covered };
    }
    if (best === undefined || (optional && best.covered > 0)) continue;
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
export function around(
  x: number,
  y: number,
  size: { width: number; height: number },
  distances: readonly number[],
) {
  return distances.flatMap((distance) =>
    ANGLES.map(([dx, dy]) => ({
      left: x + dx * distance - (dx < 0 ? size.width : dx === 0 ? size.width / 2 : 0),
      top: y + dy * distance - (dy < 0 ? size.height : dy === 0 ? size.height / 2 : 0),
      distance,
    })),
  );
}
