import { describe, expect, it } from 'vitest';
import { criticalPath, type TimedStep } from './critical-path.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 10, 0, seconds)).toISOString();
const run = { startedAt: at(0), endedAt: at(60) };

function step(key: string, from: number | null, to: number | null, group: string | null = null): TimedStep {
  return {
    key,
    title: key,
    group,
    startedAt: from === null ? null : at(from),
    endedAt: to === null ? null : at(to),
  };
}

const lengths = (steps: TimedStep[]) =>
  criticalPath(steps, run).parts.map(({ key, seconds, beside }) => [key, seconds, beside]);

describe('the critical path', () => {
  it.each<[string, TimedStep[], unknown[]]>([
    [
      'of steps in order has each',
      [step('a', 0, 10), step('b', 12, 30)],
      [
        ['a', 10, 0],
        ['b', 18, 0],
      ],
    ],
    [
      'has the slowest of a group, counted from the first that began',
      [step('a', 1, 20, 'g'), step('b', 0, 5, 'g'), step('c', 20, 21)],
      [
        ['a', 20, 1],
        ['c', 1, 0],
      ],
    ],
    [
      'keeps two groups of one name apart when something ran between them',
      [step('a', 0, 5, 'g'), step('b', 5, 6), step('c', 6, 9, 'g')],
      [
        ['a', 5, 0],
        ['b', 1, 0],
        ['c', 3, 0],
      ],
    ],
    [
      'leaves out what never ran',
      [step('a', 0, 10), step('b', null, null), step('c', 11, null)],
      [['a', 10, 0]],
    ],
    ['of nothing is empty', [], []],
  ])('%s', (_, steps, parts) => {
    expect(lengths(steps)).toEqual(parts);
  });

  it('says what passed between the steps, and adds up', () => {
    const { betweenSeconds, totalSeconds, parts } = criticalPath([step('a', 5, 20), step('b', 25, 55)], run);
    expect(totalSeconds).toBe(60);
    expect(betweenSeconds).toBe(15);
    expect(parts.map(({ share }) => share)).toEqual([0.25, 0.5]);
  });

  it('of a run that ended as it began is no division by zero', () => {
    expect(criticalPath([step('a', 0, 0)], { startedAt: at(0), endedAt: at(0) })).toMatchObject({
      parts: [{ share: 0 }],
      betweenSeconds: 0,
    });
  });
});
