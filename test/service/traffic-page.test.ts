import { createElement } from 'react';
import { beforeAll, expect, it } from 'vitest';
import { TrafficView } from '#components/traffic/traffic-view.tsx';
import { EU, NOW, outlook, stale, US, without } from '#test/recovery-facts.ts';
import { trafficModel } from '../../app/(console)/_models/traffic.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { textOf } from './pages.ts';
import { storeOutlook } from './recovery-world.ts';

const world = testWorld();
let operator: TestPerson;

beforeAll(async () => {
  operator = await world.person('operator');
});

const RANGE = { from: new Date(NOW.getTime() - 3_600_000), to: NOW, label: 'last 1 h' };
const page = () => trafficModel(world.contextFor(operator, { now: NOW }), 'production', RANGE);
const shown = (model: Awaited<ReturnType<typeof page>>) =>
  textOf(model.at, createElement(TrafficView, { traffic: model }));

it('shows of a geography what is configured and what is planned, and calls neither measured', async () => {
  await storeOutlook(world, outlook());
  const model = await page();
  const na = model.geographies.find(({ key }) => key === 'na');
  expect(na).toMatchObject({ plannedShare: expect.any(Number), weights: [1, 0, 0] });
  const text = shown(model);
  expect(text).toContain('Of all requests, planned');
  expect(text).toContain('By geography configured weights, % read 2 s ago');
  expect(text).not.toContain('configured weight / measured');
});

it('keeps weights that were read long ago, as old', async () => {
  const given = outlook();
  const { value } = given.facts.records;
  if (!value) throw new Error('The outlook has no records.');
  await storeOutlook(world, { ...given, facts: { ...given.facts, records: stale(value) } });
  const model = await page();
  expect(model.geographies.find(({ key }) => key === 'na')?.weights).toEqual([1, 0, 0]);
  expect(shown(model)).toMatch(/read 1:00 h old, expected \d+ s/);
});

it('has no share while one Region is silent, and counts what it has as a part', async () => {
  await storeOutlook(world, without(EU, outlook()), null);
  const model = await page();
  expect(model).toMatchObject({
    status: 'unknown',
    answer: 'Shares are not known: eu-west-1 does not report.',
    sample: expect.stringMatching(/^at least \d+ requests/),
  });
  expect(model.split.map(({ measured }) => measured.value)).toEqual([null, null, null]);
  expect(model.split.find(({ region }) => region === US)?.configured).toBeCloseTo(0.5);
});
