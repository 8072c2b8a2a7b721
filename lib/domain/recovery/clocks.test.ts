import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlannedStep, RecoveryClock } from '../operation/plan.ts';
import {
  clocksOf,
  type History,
  projectClocks,
  projectRun,
  type RunTimes,
  type StepTimes,
} from './clocks.ts';

const at = (clock: string) => `2026-11-23T${clock}.000Z`;

function step(key: string, clock: RecoveryClock | undefined, endedAt: string | null): StepTimes {
  return { key, clock, state: endedAt ? 'done' : 'waiting', startedAt: endedAt, endedAt };
}

const run = (changes: Partial<RunTimes> = {}): RunTimes => ({
  startedAt: at('03:02:00'),
  outageAt: at('03:00:00'),
  endedAt: null,
  now: at('03:10:00'),
  steps: [
    step('promote-eu-west-1', undefined, at('03:03:40')),
    step('verify-order', 'writes', at('03:04:07')),
    step('verify-reads', 'reads', null),
    step('create-replica-ap-southeast-1', 'redundancy', null),
  ],
  ...changes,
});

const clock = (name: RecoveryClock, given: RunTimes) => {
  const found = clocksOf(given).find((candidate) => candidate.clock === name);
  if (!found) throw new Error(`No clock ${name}.`);
  return found;
};

describe('the three clocks of a run', () => {
  it('count from the outage and stop when their step has passed', () => {
    expect(clock('writes', run())).toMatchObject({
      state: 'stopped',
      seconds: 247,
      shown: '4:07',
      budgetSeconds: 300,
      overBudget: false,
      message: 'writes restored after 4:07 (5 min by the strategy document, L410).',
    });
    expect(clock('redundancy', run({ now: at('03:20:30') }))).toMatchObject({
      state: 'running',
      shown: '20:30',
      overBudget: true,
      message: 'redundancy not restored after 20:30 (10 min by the strategy document, L423).',
    });
  });

  it.each<[string, Partial<RunTimes>, RecoveryClock, string, string]>([
    ['from the start where the outage is not known', { outageAt: null }, 'writes', 'stopped', '2:07'],
    [
      'from when orders were frozen, though the run began before',
      { outageAt: at('03:03:00') },
      'writes',
      'stopped',
      '1:07',
    ],
    ['not before the run begins', { startedAt: null, outageAt: null }, 'writes', 'not-applicable', '–'],
    ['not where no step carries it', { steps: [] }, 'reads', 'not-applicable', '–'],
    [
      'on, when the run ended and the outage did not',
      { endedAt: at('03:09:00') },
      'reads',
      'running',
      '10:00',
    ],
    [
      'not, when it was put back and nothing had been out',
      { outageAt: null, endedAt: at('03:09:00') },
      'reads',
      'not-applicable',
      '–',
    ],
    [
      'until the last of several steps',
      { steps: [step('a', 'writes', at('03:04:00')), step('b', 'writes', null)] },
      'writes',
      'running',
      '10:00',
    ],
    [
      'to the latest of them',
      { steps: [step('a', 'writes', at('03:06:00')), step('b', 'writes', at('03:05:00'))] },
      'writes',
      'stopped',
      '6:00',
    ],
  ])('count %s', (_, changes, name, state, shown) => {
    expect(clock(name, run(changes))).toMatchObject({ state, shown });
  });
});

describe('when the clocks would stop', () => {
  const planned = (key: string, changes: Partial<PlannedStep> = {}): PlannedStep => ({
    key,
    title: `Do ${key}`,
    action: `recovery.${key.split('-')[0]}`,
    region: null,
    input: {},
    deadlineSeconds: 60,
    irreversible: false,
    needsRegions: [],
    ...changes,
  });
  const steps = [
    planned('declare'),
    planned('fence-a', { group: 'fence' }),
    planned('fence-b', { group: 'fence' }),
    planned('promote-eu'),
    planned('verify', { clock: 'writes' }),
    planned('rebuild', { clock: 'redundancy' }),
  ];
  const past = (p50Seconds: number, p95Seconds: number) => ({ p50Seconds, p95Seconds, runs: 5 });
  const history: History = {
    declare: past(1, 2),
    'fence-a': past(10, 20),
    'fence-b': past(4, 30),
    'recovery.promote': past(60, 100),
    verify: past(2, 3),
  };

  it('are the sums of own history, the slowest of a group, and what has passed', () => {
    const { writes, reads, redundancy } = projectClocks(steps, history, 30);
    expect(writes).toMatchObject({
      p50Seconds: 30 + 1 + 10 + 60 + 2,
      p95Seconds: 30 + 2 + 30 + 100 + 3,
      unproven: [],
    });
    expect(writes.message).toBe('writes restored 1:43, 2:45 when all is slow after the outage.');
    expect(reads).toMatchObject({ p50Seconds: null, message: 'reads normal: not by this.' });
    expect(redundancy).toMatchObject({ p50Seconds: 103, unproven: ['Do rebuild'] });
    expect(redundancy.message).toBe(
      'redundancy restored at least 1:43, 2:45 when all is slow after the outage; “Do rebuild” has never run and comes on top.',
    );
  });

  it('never promise more than the steps that ran', () => {
    const none = projectClocks(steps, {}, 0);
    expect(none.writes.unproven).toHaveLength(5);
    expect(none.writes.message).toMatch(/5 steps have never run and come on top\.$/);
  });

  it('grow with every step', () => {
    const seconds = fc.record({ p50Seconds: fc.nat(500), p95Seconds: fc.nat(500), runs: fc.constant(1) });
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 6, maxLength: 6 }), (times) => {
        const all: History = Object.fromEntries(steps.map(({ key }, i) => [key, times[i] ?? past(0, 0)]));
        const { writes, redundancy } = projectClocks(steps, all, 0);
        expect(redundancy.p50Seconds ?? 0).toBeGreaterThanOrEqual(writes.p50Seconds ?? 0);
      }),
    );
  });

  const underWay = (states: Record<string, StepTimes['state']>, began: string): RunTimes => ({
    startedAt: at('03:00:30'),
    outageAt: at('03:00:00'),
    endedAt: null,
    now: at('03:01:00'),
    steps: steps.map(({ key, clock: carries }) => ({
      key,
      clock: carries,
      state: states[key] ?? 'waiting',
      startedAt: states[key] ? at(began) : null,
      endedAt: null,
    })),
  });

  it('of a run under way are what has passed and what the steps that are left took before', () => {
    const begun = underWay({ declare: 'done', 'fence-a': 'running', 'fence-b': 'done' }, '03:00:56');
    expect(projectRun(steps, begun, history).writes).toEqual({
      lowSeconds: 60 + (10 - 4) + 60 + 2,
      highSeconds: 60 + (20 - 4) + 100 + 3,
    });
    const late = underWay({ declare: 'done', 'fence-a': 'running', 'fence-b': 'done' }, '03:00:10');
    expect(projectRun(steps, late, history).writes).toEqual({ lowSeconds: 122, highSeconds: 163 });
  });

  it('of a run under way are not known while a step on the way never ran, or once it has ended', () => {
    const begun = underWay({}, '03:00:30');
    expect(projectRun(steps, begun, history)).toMatchObject({ reads: null, redundancy: null });
    expect(projectRun(steps, { ...begun, endedAt: at('03:01:00') }, history).writes).toBeNull();
  });
});
