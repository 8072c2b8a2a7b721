import { createElement } from 'react';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ShiftRequest } from '#components/traffic/model.ts';
import { previewMap } from '#components/traffic/shift-map.tsx';
import { TrafficView } from '#components/traffic/traffic-view.tsx';
import { previewShift } from '#lib/services/operations/plan-shift.ts';
import { AP, EU, NOW, outlook, stale, US, without } from '#test/recovery-facts.ts';
import { shiftPreview, toShiftRequest } from '../../app/(console)/_models/shift-preview.ts';
import { composerModel, trafficModel } from '../../app/(console)/_models/traffic.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { frameOf, textOf } from './pages.ts';
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
  expect(text).toContain(
    'By geography configured weights beside the planned share of all requests, % read 2 s ago',
  );
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

describe('the composer’s map', () => {
  const TO_EUROPE: ShiftRequest = {
    shift: { mode: 'geography', geography: 'na', weights: { [US]: 80, [EU]: 20, [AP]: 0 } },
    ramp: { kind: 'immediate' },
    accepted: [],
  };

  async function previewed(request: ShiftRequest) {
    const context = world.contextFor(operator);
    const planned = await previewShift(context, {
      environment: 'production',
      params: toShiftRequest(request),
    });
    return shiftPreview(context, 'production', request, planned);
  }

  const sum = (flows: readonly { share: number | null }[]) =>
    flows.reduce((total, { share }) => total + (share ?? 0), 0);

  it('has who serves whom on both sides, and marks what moves where it leaves and arrives', async () => {
    await world.observe();
    const { flows, regions } = await previewed(TO_EUROPE);
    for (const { region, shareBefore, shareAfter } of regions) {
      expect(sum(flows.before.filter((flow) => flow.region === region))).toBeCloseTo(shareBefore);
      expect(sum(flows.after.filter((flow) => flow.region === region))).toBeCloseTo(shareAfter);
    }
    const moved = (side: 'before' | 'after') => flows[side].flatMap(({ moved: part }) => part ?? []);
    expect(sum(moved('before'))).toBeCloseTo(0.1);
    expect(sum(moved('after'))).toBeCloseTo(0.1);
    const newYork = (side: 'before' | 'after') =>
      flows[side]
        .filter(({ city }) => city === 'New York')
        .map(({ region, moved: part }) => [region, part?.by]);
    expect(newYork('before')).toEqual([[US, 'this shift']]);
    expect(newYork('after')).toEqual([
      [US, undefined],
      [EU, 'this shift'],
    ]);
    expect(flows.before.filter(({ city }) => city === 'London').map(({ moved: part }) => part)).toEqual([
      undefined,
    ]);
  });

  it('of a drain leaves nobody where nobody is to be', async () => {
    await world.observe();
    const { flows } = await previewed({ ...TO_EUROPE, shift: { mode: 'drain', region: AP } });
    expect(flows.before.some(({ region }) => region === AP)).toBe(true);
    expect(flows.after.filter(({ region }) => region === AP)).toEqual([]);
    expect(sum(flows.after)).toBeCloseTo(1);
  });

  it('stands on the map of now: what a Region is, and shares as they would be', async () => {
    await world.observe();
    const frame = await frameOf(world.contextFor(operator));
    const composer = await composerModel(frame, { mode: 'geography' });
    if (!composer) throw new Error('The live weights are known.');
    expect(composer.map.links.map(({ from, to }) => [from, to])).toContainEqual([US, EU]);
    const map = previewMap(composer.map, await previewed(TO_EUROPE), 'after');
    expect(map.figures).toBe('configured');
    expect(map.regions.find(({ code }) => code === US)).toMatchObject({
      status: 'ok',
      share: { value: expect.closeTo(0.4) },
      href: null,
    });
  });
});
