import { describe, expect, test } from 'vitest';
import { downSeconds, linePath, placeMarks, timeTicks } from './client-seen.ts';

describe('downSeconds', () => {
  test.each<[string, readonly (readonly [number, number | null])[], number, number]>([
    ['nothing', [], 100, 0],
    ['over', [[0, 171]], 252, 171],
    ['lasts', [[0, null]], 252, 252],
    [
      'twice',
      [
        [0, 10],
        [20, null],
      ],
      25,
      15,
    ],
    ['seen from before its end', [[0, 171]], 100, 100],
    ['not begun', [[50, null]], 20, 0],
  ])('%s', (_, spans, now, expected) => {
    expect(downSeconds(spans, now)).toBe(expected);
  });
});

test('a missing sample breaks the line', () => {
  const same = (value: number) => value;
  expect(linePath([0, 1, 2, 3], [1, null, 2, 3], same, same)).toBe('M0.0 1.0M2.0 2.0L3.0 3.0');
});

test('ticks are round and few', () => {
  expect(timeTicks(65)).toEqual([0, 15, 30, 45, 60]);
  expect(timeTicks(480)).toEqual([0, 120, 240, 360, 480]);
});

describe('placeMarks', () => {
  const lines = (...marks: [label: string, x: number][]) =>
    placeMarks(
      marks.map(([label, x]) => ({ label, x })),
      352,
    ).map(({ before, line }) => `${before ? '<' : '>'}${line}`);

  test.each<[string, [string, number][], string[]]>([
    [
      'far apart',
      [
        ['begun 0:00', 62],
        ['orders taken 0:24', 200],
      ],
      ['>0', '>0'],
    ],
    [
      'near each other',
      [
        ['begun 0:00', 62],
        ['DNS moved 0:09', 80],
        ['no return 0:12', 90],
      ],
      ['>0', '>1', '>2'],
    ],
    ['at the right edge', [['reads normal 0:47', 340]], ['<0']],
    [
      'one that turns back over the one before it',
      [
        ['DNS moved 0:09', 230],
        ['reads normal 0:47', 315],
      ],
      ['>0', '<1'],
    ],
    [
      'more in one place than there are lines',
      [
        ['detected 0:13', 100],
        ['declared 0:15', 101],
        ['DNS moved 0:19', 102],
        ['no return 0:20', 103],
        ['orders taken 0:23', 104],
      ],
      ['>0', '>1', '>2', '>3', '>null'],
    ],
    ['none', [], []],
  ])('%s', (_, marks, expected) => {
    expect(lines(...marks)).toEqual(expected);
  });
});
