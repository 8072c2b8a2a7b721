import { describe, expect, it } from 'vitest';
import { ageSeconds, ageWords, knownNow, oldestOf } from './known.ts';

const NOW = new Date('2026-11-23T10:00:00.000Z');

describe('what is known now', () => {
  const at = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000).toISOString();

  it.each([
    ['fresh', { value: 7, observedAt: at(15), error: null }, null],
    ['fresh, though the last attempt failed', { value: 7, observedAt: at(3), error: 'throttled' }, null],
    ['by a clock ahead of ours', { value: 7, observedAt: at(-5), error: null }, null],
    ['too old', { value: 7, observedAt: at(16), error: null }, 'last seen 16 s ago'],
    [
      'too old, and why',
      { value: 7, observedAt: at(600), error: 'timed out' },
      'last seen 10 min ago; timed out',
    ],
    ['never seen', { value: null, observedAt: null, error: null }, 'not observed'],
    ['never seen, and why', { value: null, observedAt: null, error: 'denied' }, 'not observed; denied'],
  ])('%s', (_, observed, why) => {
    expect(knownNow(NOW, observed, 15)).toMatchObject(
      why === null ? { known: true, value: 7 } : { known: false, value: null, why },
    );
  });

  it.each([
    [0, '0 s'],
    [119, '119 s'],
    [120, '2 min'],
    [7_200, '2 h'],
    [172_800, '2 days'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(ageWords(seconds)).toBe(words);
    expect(ageSeconds(NOW, at(seconds))).toBe(seconds);
  });

  it('is as old as its oldest part', () => {
    expect(oldestOf(at(1), null, at(9))).toBe(at(9));
    expect(oldestOf(null)).toBeNull();
  });
});
