import { describe, expect, it } from 'vitest';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { StepResult } from './step.ts';
import { inGroups, together } from './step-group.ts';

function step(key: string, group?: string): PlannedStep {
  return {
    key,
    title: `Step ${key}`,
    action: 'test',
    region: null,
    input: {},
    deadlineSeconds: 1,
    irreversible: false,
    needsRegions: [],
    ...(group === undefined ? {} : { group }),
  };
}

describe('steps in groups', () => {
  it.each<[string, [string, string?][], string[][]]>([
    ['none', [], []],
    ['no group: one by one', [['a'], ['b']], [['a'], ['b']]],
    ['neighbours of a group', [['a'], ['b', 'x'], ['c', 'x'], ['d']], [['a'], ['b', 'c'], ['d']]],
    [
      'two groups side by side',
      [
        ['a', 'x'],
        ['b', 'y'],
        ['c', 'y'],
      ],
      [['a'], ['b', 'c']],
    ],
    ['a group that is interrupted', [['a', 'x'], ['b'], ['c', 'x']], [['a'], ['b'], ['c']]],
  ])('%s', (_, steps, groups) => {
    const made = inGroups(steps.map(([key, group]) => step(key, group)));
    expect(made.map((group) => group.map(({ key }) => key))).toEqual(groups);
  });
});

describe('what a round of a group comes to', () => {
  const done: StepResult = { status: 'done', note: '' };
  const waits = (seconds: number): StepResult => ({ status: 'wait', note: '', seconds });
  const round = (...results: StepResult[]) =>
    together(results.map((result, i) => ({ step: step(`s${i}`), result })));

  it.each<[string, StepResult[], unknown]>([
    ['all pass', [done, { status: 'skipped', note: '' }], { kind: 'passed' }],
    ['one waits', [done, waits(3)], { kind: 'again', seconds: 3 }],
    ['the shorter wait', [waits(9), { status: 'hold', note: '', seconds: 4 }], { kind: 'again', seconds: 4 }],
    [
      'a failure beside a wait stops',
      [waits(1), { status: 'fail', note: 'no' }],
      { kind: 'stop', stop: { how: 'fail', by: 'step', stepTitle: 'Step s1', note: 'no' } },
    ],
    ['asked to stop', [done, { status: 'interrupted', note: '' }], { kind: 'asked' }],
    ['a time-out', [done, { status: 'timed-out', note: '' }], { kind: 'timed-out', step: step('s1') }],
    [
      'the environment is lost',
      [done, { kind: 'lost', how: 'superseded' }],
      { kind: 'lost', how: 'superseded' },
    ],
  ])('%s', (_, results, expected) => {
    expect(round(...results)).toEqual(expected);
  });
});
