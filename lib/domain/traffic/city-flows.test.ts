import { expect, test } from 'vitest';
import { seedEstate } from '#test/seed-estate.ts';
import { cityFlows, movedPart } from './city-flows.ts';
import type { WeightMatrix } from './weights.ts';

const estate = seedEstate();
const na = estate.geographies.find(({ key }) => key === 'na');
const sum = (flows: readonly { share: number }[]) => flows.reduce((total, { share }) => total + share, 0);

test('a geography has its planned share, evenly over its cities, as its weights split it', () => {
  const flows = cityFlows(estate, { na: { 'us-east-1': 80, 'eu-west-1': 20, 'ap-southeast-1': 0 } });
  const cities = na?.cities.length ?? 0;
  expect(cities).toBeGreaterThan(1);
  expect(flows).toHaveLength(cities * 2);
  expect(sum(flows)).toBeCloseTo(na?.plannedShare ?? 0);
  expect(flows[0]).toMatchObject({
    geography: 'na',
    city: na?.cities[0]?.name,
    region: 'us-east-1',
    percent: 80,
  });
  expect(flows[0]?.share).toBeCloseTo(((na?.plannedShare ?? 0) * 0.8) / cities);
  expect(sum(flows.filter(({ region }) => region === 'eu-west-1'))).toBeCloseTo(
    (na?.plannedShare ?? 0) * 0.2,
  );
});

test('nobody is sent where there is no weight, and nothing is known of a geography without a row', () => {
  expect(cityFlows(estate, { na: { 'us-east-1': 0 } })).toEqual([]);
  expect(cityFlows(estate, {})).toEqual([]);
});

test.each<[string, WeightMatrix, number, number]>([
  ['comes from nowhere else', { na: { 'us-east-1': 100 } }, 0, 1],
  ['was there in part', { na: { 'us-east-1': 90, 'eu-west-1': 10 } }, 0, 0.5],
  ['was all there', { na: { 'us-east-1': 80, 'eu-west-1': 20 } }, 0, 0],
  ['shrinks', { na: { 'us-east-1': 70, 'eu-west-1': 30 } }, 0.125, 0],
  ['is of a geography of which nothing else is known', { eu: { 'eu-west-1': 100 } }, 0, 0],
])('of a flow that %s that part moved', (_, other, stays, gains) => {
  const [home, away] = cityFlows(estate, { na: { 'us-east-1': 80, 'eu-west-1': 20 } });
  if (!home || !away) throw new Error('The seed has no city in North America.');
  expect(movedPart(home, other)).toBeCloseTo(stays);
  expect(movedPart(away, other)).toBeCloseTo(gains);
});
