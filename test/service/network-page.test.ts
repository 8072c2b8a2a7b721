import { createElement } from 'react';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NetworkView } from '#components/network/network-view.tsx';
import { requestOperation } from '#lib/services/operations/request.ts';
import { AP, EU, meshed, NOW, outlook, US } from '#test/recovery-facts.ts';
import { type NetworkQuery, networkModel } from '../../app/(console)/_models/network.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { frameOf, textOf } from './pages.ts';
import { insertOperation } from './recovery-rows.ts';
import { storeOutlook } from './recovery-world.ts';

const world = testWorld();
let operator: TestPerson;
let viewer: TestPerson;

beforeAll(async () => {
  operator = await world.person('operator');
  viewer = await world.person('viewer');
});
beforeEach(async () => {
  await world.owner.query('truncate operation cascade');
  await storeOutlook(world, outlook());
});

const context = (person = operator) => world.contextFor(person, { now: NOW });
const page = async (query: NetworkQuery = {}, person = operator) =>
  networkModel(await frameOf(context(person)), query);

function shown(model: Awaited<ReturnType<typeof page>>): string {
  return textOf(model.at, createElement(NetworkView, { network: model }));
}

describe('a path that is missing', () => {
  it('stands with what the strategy says of it, its finding and the act that mends it', async () => {
    const model = await page();
    expect(model.chosen).toMatchObject({ from: EU, to: AP, status: 'critical', word: 'no path' });
    expect(model.chosen?.finding).toEqual({
      id: 'B-05',
      href: '/findings?finding=B-05',
      says: { text: '10.2.0.0/16 → pcx-eu-to-ap (via US)', line: 'L465' },
    });
    expect(model.chosen?.connect).toMatchObject({
      label: 'Connect eu-west-1 and ap-southeast-1',
      href: '/network?act=connect-regions&from=eu-west-1&to=ap-southeast-1',
      permission: { allowed: true },
    });
    const text = shown(model);
    expect(text).toContain('There is no peering between eu-west-1 and ap-southeast-1');
    expect(text).toContain('(L465). Finding B-05');
    expect(model.request).toBeNull();
  });

  it('is asked for on this page, and closing the sheet leads back to the pair', async () => {
    const model = await page({ act: 'connect-regions', from: AP, to: EU });
    expect(model.request).toMatchObject({
      kind: 'connect-regions',
      params: { from: AP, to: EU },
      permission: { allowed: true },
    });
    const hrefs = model.request?.choices.flatMap(({ options }) => options.map(({ href }) => href)) ?? [];
    expect(hrefs.length).toBeGreaterThan(0);
    for (const href of hrefs) expect(href).toMatch(/^\/network\?act=connect-regions&/);
    expect(model.closeHref).toBe('/network?from=ap-southeast-1&to=eu-west-1');
  });

  it('is not for a person who may not ask', async () => {
    const model = await page({}, viewer);
    expect(model.chosen?.connect?.permission).toMatchObject({ allowed: false });
    expect(shown(model)).toContain('Requesting an operation needs the role operator.');
  });

  it.each([
    { act: 'connect-regions' },
    { act: 'connect-regions', from: 'mars', to: EU },
    { act: 'failover', from: EU, to: AP },
    { act: 'nonsense' },
  ])('is not asked for by an address that says nothing: %j', async (query) => {
    expect((await page(query)).request).toBeNull();
  });
});

describe('what connects two Regions', () => {
  it('is shown from either end, and nobody asks twice while it is at it', async () => {
    const asked = await requestOperation(context(), {
      kind: 'connect-regions',
      environment: 'production',
      params: { from: EU, to: AP },
      reason: 'B-05 is to be closed.',
    });
    const model = await page({ from: AP, to: EU });
    expect(model.chosen?.operation).toMatchObject({
      id: asked.id,
      status: 'waiting',
      word: 'awaiting approval',
    });
    expect(model.chosen?.connect?.permission).toEqual({
      allowed: false,
      reason: `${asked.id} is at it: awaiting approval.`,
    });
    expect(shown(model)).toContain(`${asked.id} Connect eu-west-1 and ap-southeast-1: awaiting approval`);
    expect((await page({ from: US, to: EU })).chosen?.operation).toBeNull();
  });

  it('may be asked for again once it ended without doing it', async () => {
    const id = await insertOperation(world, operator.id, {
      kind: 'connect-regions',
      params: { request: { from: AP, to: EU } },
      state: 'expired',
      endedAt: NOW,
    });
    const { chosen } = await page({ from: EU, to: AP });
    expect(chosen?.operation).toMatchObject({ id, status: 'held', word: 'expired' });
    expect(chosen?.connect?.permission).toEqual({ allowed: true });
  });
});

it('whole, offers nothing and finds nothing', async () => {
  await storeOutlook(world, outlook(meshed()));
  const model = await page({ from: EU, to: AP });
  expect(model).toMatchObject({ status: 'ok', answer: 'All 6 ways are open.' });
  expect(model.chosen).toMatchObject({ connect: null, finding: null, status: 'ok' });
  expect(shown(model)).toContain('eu-west-1 has a route to 10.2.0.0/16.');
});
