'use client';

import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { moveInGrid, type Place } from './grid-keys.ts';

interface LinkGridProps {
  rows: number;
  columns: number;
  /** Where Tab enters; the first cell that is there unless given. */
  start: Place;
  children: (tabIndexOf: (place: Place) => 0 | -1) => ReactNode;
}

const attribute = ({ row, column }: Place) => `${row},${column}`;

/** What a cell's link carries so that the grid finds it. */
export const gridCell = (place: Place) => ({ 'data-cell': attribute(place) });

/** A table of links with one stop for Tab: arrows, Home and End move inside. */
export function LinkGrid({ rows, columns, start, children }: LinkGridProps) {
  const host = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(start);
  const find = (place: Place) =>
    host.current?.querySelector<HTMLElement>(`[data-cell="${attribute(place)}"]`) ?? null;
  const onKeyDown = (event: KeyboardEvent) => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-cell]');
    const [row, column] = cell?.dataset.cell?.split(',').map(Number) ?? [];
    if (row === undefined || column === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    const next = moveInGrid({ row, column }, event.key, {
      rows,
      columns,
      has: (place) => find(place) !== null,
    });
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
    find(next)?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside are what is focused; this only moves between them
    <div ref={host} onKeyDown={onKeyDown}>
      {children((place) => (attribute(place) === attribute(at) ? 0 : -1))}
    </div>
  );
}
