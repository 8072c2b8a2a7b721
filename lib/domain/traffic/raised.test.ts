import { describe, expect, it } from 'vitest';
import { raisedMinimums } from './raised.ts';

const EU = 'eu-west-1';
const step = (output: unknown, changes: object = {}) => ({
  action: 'capacity.ensure',
  region: EU,
  output,
  ...changes,
});
const raised = { minimumBefore: 5, minimumSet: 20 };

describe('minimums that a run has raised', () => {
  it.each<[string, Parameters<typeof raisedMinimums>[0], ReturnType<typeof raisedMinimums>]>([
    ['as it ended', [step({ ...raised, before: 12, after: 20 })], [{ region: EU, ...raised, nodes: 8 }]],
    ['as it was cut off', [step(raised)], [{ region: EU, ...raised, nodes: 0 }]],
    ['more nodes, the same minimum', [step({ before: 12, after: 20 })], []],
    ['nothing to do', [step(null)], []],
    ['of no Region', [step(raised, { region: null })], []],
    ['by something else', [step(raised, { action: 'test.step' })], []],
    [
      'in two Regions',
      [
        step({ ...raised, before: 12, after: 20 }),
        step({ minimumBefore: 3, minimumSet: 12, before: 8, after: 12 }, { region: 'ap-southeast-1' }),
      ],
      [
        { region: EU, ...raised, nodes: 8 },
        { region: 'ap-southeast-1', minimumBefore: 3, minimumSet: 12, nodes: 4 },
      ],
    ],
  ])('%s', (_, steps, found) => {
    expect(raisedMinimums(steps)).toEqual(found);
  });
});
