import { describe, expect, it } from 'vitest';
import {
  alarmHealthy,
  type CheckerView,
  calculatedHealthy,
  endpointHealthy,
  FIRST_VIEW,
  nextView,
} from './verdict.ts';

const after = (results: string, threshold: number): boolean =>
  [...results].reduce<CheckerView>((view, result) => nextView(view, result === '+', threshold), FIRST_VIEW)
    .healthy;

describe('one checker', () => {
  it.each([
    ['', 3, true],
    ['--', 3, true],
    ['---', 3, false],
    ['--+--', 3, true],
    ['---++', 3, false],
    ['---+++', 3, true],
    ['---++-+++', 3, true],
    ['-', 1, false],
    ['-+', 1, true],
  ])('%s with threshold %i is healthy: %s', (results, threshold, healthy) =>
    expect(after(results, threshold)).toBe(healthy),
  );
});

describe('the endpoint', () => {
  const views = (healthy: number, all: number): CheckerView[] =>
    Array.from({ length: all }, (_, i) => ({ healthy: i < healthy, contradictions: 0 }));
  it.each([
    [0, 0, true],
    [1, 3, true],
    [0, 3, false],
    [3, 16, true],
    [9, 50, false],
    [10, 50, true],
  ])('%i of %i checkers healthy: %s', (healthy, all, expected) =>
    expect(endpointHealthy(views(healthy, all))).toBe(expected),
  );
});

it.each([
  [[true, true, false], 2, true],
  [[true, false, false], 2, false],
  [[], 0, true],
  [[true], 2, false],
])('calculated %j with threshold %i is %s', (children, threshold, expected) =>
  expect(calculatedHealthy(children, threshold)).toBe(expected),
);

it.each([
  ['OK', 'Unhealthy', false, true],
  ['ALARM', 'Healthy', true, false],
  ['INSUFFICIENT_DATA', 'Healthy', false, true],
  ['INSUFFICIENT_DATA', 'Unhealthy', true, false],
  ['INSUFFICIENT_DATA', 'LastKnownStatus', false, false],
  ['INSUFFICIENT_DATA', 'LastKnownStatus', true, true],
] as const)('alarm %s, when unknown %s, last %s: %s', (alarm, whenUnknown, last, expected) =>
  expect(alarmHealthy(alarm, whenUnknown, last)).toBe(expected),
);
