/** A place in a table: row and column, from 0. */
export interface Place {
  row: number;
  column: number;
}

const STEPS: Readonly<Record<string, Place>> = {
  ArrowUp: { row: -1, column: 0 },
  ArrowDown: { row: 1, column: 0 },
  ArrowLeft: { row: 0, column: -1 },
  ArrowRight: { row: 0, column: 1 },
};

/**
 * Where a key leads from a place, over cells that are not there; the same place where nothing lies that way, undefined for
 * a key that does not move. `has` says whether a place can be entered.
 */
export function moveInGrid(
  from: Place,
  key: string,
  { rows, columns, has }: { rows: number; columns: number; has: (place: Place) => boolean },
): Place | undefined {
  if (key === 'Home' || key === 'End') {
    const all = Array.from({ length: columns }, (_, column) => ({ row: from.row, column })).filter(has);
    return (key === 'Home' ? all[0] : all.at(-1)) ?? from;
  }
  const step = STEPS[key];
  if (step === undefined) return undefined;
  let place = { row: from.row + step.row, column: from.column + step.column };
  while (place.row >= 0 && place.row < rows && place.column >= 0 && place.column < columns) {
    if (has(place)) return place;
    place = { row: place.row + step.row, column: place.column + step.column };
  }
  return from;
}
