import { describe, expect, it } from 'vitest';
import type { PlannedStep } from '../operation/plan.ts';
import { type LeftRun, leftSteps, mayPutBack, restsOn } from './left-run.ts';

const step = (key: string, action: string, region: string, irreversible = false): PlannedStep => ({
  key,
  title: `The step ${key}`,
  action,
  region,
  input: {},
  deadlineSeconds: 60,
  irreversible,
  needsRegions: [],
});

const US = 'us-east-1';
const EU = 'eu-west-1';

const PLAN: LeftRun['plan'] = {
  steps: [
    step('capacity', 'capacity.ensure', EU),
    step('switch-off', 'recovery.switch', US),
    step('freeze-us', 'recovery.freeze-writes', US),
    step('freeze-eu', 'recovery.freeze-writes', EU),
    step('seal', 'recovery.seal-writer', US),
    step('promote', 'recovery.promote', EU, true),
    step('point-us', 'recovery.point-writer', US),
  ],
  compensation: [
    step('unfence', 'recovery.unfence-database', US),
    step('restore-us', 'recovery.point-writer', US),
    step('restore-eu', 'recovery.point-writer', EU),
    step('readmit', 'recovery.switch', US),
    step('release', 'capacity.release', EU),
  ],
};

/** Steps that stand, by key; those that are not named were not begun. */
function run(state: LeftRun['state'], standing: Record<string, string>, plan = PLAN): LeftRun {
  const planned = [...plan.steps, ...plan.compensation];
  return {
    id: 'OP-1',
    title: 'Switchover',
    kind: 'switchover',
    state,
    plan,
    steps: [
      ...plan.steps.map(({ key, title, irreversible }) => ({
        key,
        title,
        irreversible,
        state: standing[key] ?? 'not-run',
        attempt: standing[key] === undefined ? 0 : 1,
        output: null,
      })),
      ...planned
        .filter(
          ({ key }) => standing[key] !== undefined && plan.compensation.some((back) => back.key === key),
        )
        .map(({ key, title }) => ({
          key,
          title,
          irreversible: false,
          state: standing[key] ?? 'waiting',
          attempt: 1,
          output: null,
        })),
    ],
  };
}

const away = { capacity: 'done', 'switch-off': 'done' };
const frozen = { ...away, 'freeze-us': 'done', 'freeze-eu': 'skipped' };
const sealed = { ...frozen, seal: 'done' };

describe('what a run has left', () => {
  it.each<[string, LeftRun, string[]]>([
    ['nothing, where it had not begun', run('superseded', {}), []],
    ['machines alone', run('superseded', { capacity: 'done' }), ['release']],
    ['orders, frozen', run('superseded', frozen), ['restore-us', 'restore-eu', 'readmit', 'release']],
    [
      'of orders those that it had begun to freeze',
      run('superseded', { 'freeze-eu': 'unknown' }),
      ['restore-eu'],
    ],
    [
      'a writer that is shut',
      run('superseded', sealed),
      ['unfence', 'restore-us', 'restore-eu', 'readmit', 'release'],
    ],
    [
      'a writer that it may have shut',
      run('superseded', { ...frozen, seal: 'unknown' }),
      ['unfence', 'restore-us', 'restore-eu', 'readmit', 'release'],
    ],
    [
      'what it had not put back yet when it was superseded on the way',
      run('superseded', { ...sealed, unfence: 'done', 'restore-us': 'skipped', 'restore-eu': 'unknown' }),
      ['restore-eu', 'readmit', 'release'],
    ],
    [
      'what a person left undone',
      run('failed', { ...sealed, unfence: 'done', 'restore-us': 'holding' }),
      ['restore-us', 'restore-eu', 'readmit', 'release'],
    ],
    ['nothing, where it failed and had changed nothing', run('failed', { 'freeze-us': 'failed' }), []],
    ['nothing, where it has put back itself', run('aborted', sealed), []],
    ['nothing, where it went to its end', run('done', sealed), []],
  ])('%s', (_, left, keys) => {
    expect(leftSteps(left).map(({ key }) => key)).toEqual(keys);
  });
});

describe('whether that is put back', () => {
  it.each<[string, LeftRun, string | null]>([
    ['superseded', run('superseded', sealed), null],
    ['left by a person', run('failed', { ...sealed, unfence: 'holding' }), null],
    ['superseded, its promotion plainly refused', run('superseded', { ...sealed, promote: 'failed' }), null],
    ['superseded behind the promotion', run('superseded', { ...sealed, promote: 'done' }), 'past-return'],
    ['superseded in the promotion', run('superseded', { ...sealed, promote: 'unknown' }), 'past-return'],
    ['closed incomplete', run('incomplete', { ...sealed, promote: 'done' }), 'past-return'],
    ['done', run('done', { ...sealed, promote: 'done' }), 'no-snapshot'],
    ['aborted', run('aborted', sealed), 'nothing-left'],
    ['superseded before it began', run('superseded', {}), 'nothing-left'],
  ])('%s', (_, left, code) => {
    const verdict = mayPutBack(left);
    expect(verdict.allowed ? null : verdict.code).toBe(code);
  });

  it('says what to do instead behind the point of no return', () => {
    expect(mayPutBack(run('superseded', { ...sealed, promote: 'done' }))).toMatchObject({
      reason: expect.stringMatching(
        /^“The step promote” was begun, .* rebuild the Regions .* or fail back\.$/,
      ),
    });
  });
});

it('what takes orders rests on where the writer is, machines do not', () => {
  expect(restsOn(step('unfence', 'recovery.unfence-database', US))).toEqual([`database/${US}`, 'writer']);
  expect(restsOn(step('restore', 'recovery.point-writer', EU))).toEqual([`orders/${EU}`, 'writer']);
  expect(restsOn(step('release', 'capacity.release', EU))).toEqual([`nodes/${EU}`]);
});
