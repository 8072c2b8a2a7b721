import { expect, it } from 'vitest';
import { regionLeft } from './leaving.ts';

it.each<[string, unknown, string | null]>([
  ['failover', { request: { lost: 'us-east-1', target: 'eu-west-1' } }, 'us-east-1'],
  ['evacuate', { request: { region: 'eu-west-1' } }, 'eu-west-1'],
  // Its Region is there: nobody is sent away from a ship that sinks.
  ['drill', { request: { region: 'eu-west-1', level: 'evacuation' } }, null],
  ['switchover', { request: { target: 'eu-west-1' } }, null],
  ['failover', {}, null],
  ['failover', null, null],
])('%s with %j leaves %s', (kind, params, region) => {
  expect(regionLeft(kind, params)).toBe(region);
});
