import { expect, it } from 'vitest';
import { ownTimeMs, type TimedCall } from './own-time.ts';

const call = (fromMs: number, durationMs: number, action = 'DescribeDBInstances'): TimedCall => ({
  at: new Date(fromMs).toISOString(),
  durationMs,
  service: 'rds',
  action,
  region: 'eu-west-1',
});

it.each<[string, TimedCall[][], number]>([
  ['all of it where nothing was asked', [[]], 1_000],
  ['what lies between two different calls', [[call(0, 300), call(400, 600, 'PromoteReadReplica')]], 100],
  ['nothing between two looks at the same', [[call(0, 100), call(500, 100), call(900, 100)]], 0],
  [
    'what follows a look, where something else is asked next',
    [[call(0, 100), call(300, 100), call(450, 550, 'PromoteReadReplica')]],
    50,
  ],
  ['what no step at the same time waits for', [[call(0, 400)], [call(300, 300)], [call(700, 300)]], 100],
  ['nothing twice', [[call(0, 1_000)], [call(100, 100)]], 0],
  ['nothing outside of the span', [[call(-500, 600), call(900, 5_000, 'RebootDBInstance')]], 800],
])('counts %s', (_, steps, expected) => {
  expect(
    ownTimeMs(
      { fromMs: 0, toMs: 1_000 },
      steps.map((calls) => ({ calls })),
    ),
  ).toBe(expected);
});
