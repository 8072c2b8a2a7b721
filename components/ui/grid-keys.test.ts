import { describe, expect, test } from 'vitest';
import { moveInGrid, type Place } from './grid-keys.ts';

// . is a cell, x is none
const GRID = ['..x.', 'x...', '....'];
const has = ({ row, column }: Place) => GRID[row]?.[column] === '.';
const size = { rows: GRID.length, columns: 4, has };

describe('moveInGrid', () => {
  test.each<[string, Place, Place | undefined]>([
    ['ArrowRight', { row: 0, column: 0 }, { row: 0, column: 1 }],
    ['ArrowRight', { row: 0, column: 1 }, { row: 0, column: 3 }],
    ['ArrowRight', { row: 0, column: 3 }, { row: 0, column: 3 }],
    ['ArrowDown', { row: 0, column: 0 }, { row: 2, column: 0 }],
    ['ArrowUp', { row: 2, column: 0 }, { row: 0, column: 0 }],
    ['ArrowLeft', { row: 1, column: 1 }, { row: 1, column: 1 }],
    ['Home', { row: 1, column: 3 }, { row: 1, column: 1 }],
    ['End', { row: 0, column: 0 }, { row: 0, column: 3 }],
    ['Enter', { row: 0, column: 0 }, undefined],
  ])('%s from %o', (key, from, expected) => {
    expect(moveInGrid(from, key, size)).toEqual(expected);
  });
});
