import { describe, expect, test } from 'vitest';
import { budgetAxis, faceOf, percentAt, placeMilestones, roomyTicks, runAxis } from './clock-axis.ts';
import type { ClockModel, ClocksModel } from './recovery-model.ts';

const ZERO = '2026-11-23T03:00:00.000Z';
const at = (seconds: number) => new Date(Date.parse(ZERO) + seconds * 1000).toISOString();
const clock = (over: Partial<ClockModel> = {}): ClockModel => ({
  key: 'writes',
  state: 'running',
  stoppedAt: null,
  waitsFor: null,
  budgetSeconds: 300,
  history: null,
  projected: null,
  ...over,
});
const clocks = (all: readonly ClockModel[]): ClocksModel => ({
  zeroAt: ZERO,
  zeroIs: 'the first failed request',
  clocks: all,
  detected: null,
  milestones: [],
  endedAt: null,
});

describe('faceOf', () => {
  test.each<[string, Partial<ClockModel>, number, number | null, string, string]>([
    ['stopped in time', { state: 'stopped', stoppedAt: at(171) }, 900, 171, 'ok', 'within 5:00 by 2:09'],
    [
      'stopped on its budget',
      { state: 'stopped', stoppedAt: at(300) },
      900,
      300,
      'ok',
      'within 5:00 by 0:00',
    ],
    ['stopped too late', { state: 'stopped', stoppedAt: at(372) }, 900, 372, 'critical', 'over 5:00 by 1:12'],
    ['waiting', { state: 'waiting', waitsFor: 'starts at step 9' }, 60, null, 'waiting', 'starts at step 9'],
    ['running, nothing projected', {}, 60, 60, 'running', '4:00 left of 5:00'],
    ['running over', {}, 312, 312, 'critical', 'over 5:00 by 0:12'],
    [
      'running, will miss',
      { projected: { lowSeconds: 370, highSeconds: 412 } },
      252,
      252,
      'warning',
      'will miss 5:00 by 1:10 or more',
    ],
    [
      'running, may miss',
      { projected: { lowSeconds: 280, highSeconds: 320 } },
      252,
      252,
      'warning',
      'may miss 5:00',
    ],
    [
      'running, expected',
      { projected: { lowSeconds: 64, highSeconds: 118 } },
      30,
      30,
      'running',
      'expected within 5:00',
    ],
    [
      'running past its projection',
      { projected: { lowSeconds: 20, highSeconds: 30 } },
      60,
      60,
      'running',
      '4:00 left of 5:00',
    ],
    ['ended without it', { state: 'missed' }, 900, null, 'critical', 'not proven by this run'],
  ])('%s', (_, over, now, seconds, status, word) => {
    expect(faceOf(clock(over), ZERO, Date.parse(at(now)))).toEqual({ seconds, status, word });
  });
});

describe('axes', () => {
  test('every run stands on 0–15 min', () => {
    const axis = budgetAxis(clocks([clock()]), 252);
    expect(axis).toEqual({ endSeconds: 900, ticks: [0, 60, 300, 600, 900] });
  });
  test('a longer one on the next that holds it', () => {
    expect(budgetAxis(clocks([clock()]), 1000).endSeconds).toBe(1800);
  });
  test('redundancy, which takes hours, does not stretch it', () => {
    const redundancy = clock({ key: 'redundancy', state: 'stopped', stoppedAt: at(7200) });
    const all = clocks([
      clock({ state: 'stopped', stoppedAt: at(60) }),
      clock({ key: 'reads', state: 'stopped', stoppedAt: at(30) }),
      redundancy,
    ]);
    expect(budgetAxis(all, 7000).endSeconds).toBe(900);
    expect(runAxis(all, 0).endSeconds).toBeCloseTo(8280);
  });
  test('a place is inside the chart, also of what lies beyond', () => {
    const axis = { endSeconds: 900, ticks: [] };
    expect(percentAt(-5, axis)).toBeCloseTo(0.9);
    expect(percentAt(5000, axis)).toBeCloseTo(86.9);
  });
});

describe('labels', () => {
  const axis = { endSeconds: 900, ticks: [0, 60, 300, 600, 900] };
  test('crowded milestones share two lines, a third has no room', () => {
    const placed = placeMilestones(
      [
        { seconds: 20, label: 'third' },
        { seconds: 0, label: 'first' },
        { seconds: 10, label: 'second' },
        { seconds: 400, label: 'far' },
      ],
      axis,
    );
    expect(placed.map(({ milestone, line }) => [milestone.label, line])).toEqual([
      ['first', 0],
      ['second', 1],
      ['third', null],
      ['far', 0],
    ]);
  });
  test('the tick next to now gives way', () => {
    expect(roomyTicks(axis, 252)).toEqual([0, 60, 600, 900]);
    expect(roomyTicks(axis, 450)).toEqual([0, 60, 300, 600, 900]);
  });
});
