import { describe, expect, it } from 'vitest';
import {
  byteWords,
  clockWords,
  count,
  durationWords,
  listOf,
  sentence,
  shareWords,
  someOf,
} from './words.ts';

describe('words for numbers', () => {
  it.each([
    [0, '0 s'],
    [0.44, '0.4 s'],
    [9.96, '10 s'],
    [45.4, '45 s'],
    [119.6, '2 min'],
    [150, '2 min 30 s'],
    [7_199, '119 min 59 s'],
    [11_100, '3 h 5 min'],
    [400_000, '5 days'],
  ])('%d s: %s', (seconds, words) => expect(durationWords(seconds)).toBe(words));

  it.each([
    [-3, '0:00'],
    [42.9, '0:42'],
    [725, '12:05'],
    [3_725, '1:02:05'],
  ])('%d s on a clock: %s', (seconds, words) => expect(clockWords(seconds)).toBe(words));

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [2_048, '2 KB'],
    [1_310_000, '1.3 MB'],
    [24_000_000, '24 MB'],
  ])('%d bytes: %s', (bytes, words) => expect(byteWords(bytes)).toBe(words));

  it.each([
    [0, ''],
    [2, '1 and 2'],
    [3, '1, 2 and 3'],
    [4, '1, 2 and 2 more'],
    [400, '1, 2 and 398 more'],
  ])('names two of %d', (items, words) =>
    expect(
      someOf(
        Array.from({ length: items }, (_, i) => String(i + 1)),
        2,
      ),
    ).toBe(words),
  );

  it('lists, counts and ends sentences', () => {
    expect([listOf([]), listOf(['a']), listOf(['a', 'b']), listOf(['a', 'b', 'c'], 'or')]).toEqual([
      '',
      'a',
      'a and b',
      'a, b or c',
    ]);
    expect([count(1, 'node'), count(0, 'node'), count(2, 'entry', 'entries')]).toEqual([
      '1 node',
      '0 nodes',
      '2 entries',
    ]);
    expect(shareWords(0.375)).toBe('37.5 %');
    expect([sentence('So.'), sentence('So')]).toEqual(['So.', 'So.']);
  });
});
