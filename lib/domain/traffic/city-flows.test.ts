import { expect, test } from 'vitest';
import { seedEstate } from '#test/seed-estate.ts';
import { cityFlows } from './city-flows.ts';

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
