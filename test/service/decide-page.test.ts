import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AP, EU, NOW, US } from '#test/recovery-facts.ts';
import { decideModel } from '../../app/(console)/_models/recovery/decide.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { frameOf } from './pages.ts';
import { lost, readyOutlook, storeOutlook } from './recovery-world.ts';

const world = testWorld();
let operator: TestPerson;

beforeAll(async () => {
  operator = await world.person('operator');
});
beforeEach(async () => {
  const { outlook, detection } = lost(readyOutlook(), US);
  await storeOutlook(world, outlook, detection);
});

const page = async (query: { option?: string; target?: string } = {}) =>
  decideModel(await frameOf(world.contextFor(operator, { now: NOW })), { lost: US, ...query });

describe('the target that somebody asked for', () => {
  it('is the one that is requested, whoever ranks first', async () => {
    expect((await page({ option: 'full' })).request?.params).toEqual({ lost: US, target: EU });
    const model = await page({ option: 'full', target: AP });
    expect(model.request?.params).toEqual({ lost: US, target: AP });
    expect(model.targets.find(({ selected }) => selected)?.region).toBe(AP);
  });

  it('stays while the ways on are compared', async () => {
    const model = await page({ option: 'reads', target: AP });
    expect(model.options.map(({ href }) => href)).toEqual([
      '/recovery/decide?lost=us-east-1&option=wait&target=ap-southeast-1',
      '/recovery/decide?lost=us-east-1&option=reads&target=ap-southeast-1',
      '/recovery/decide?lost=us-east-1&option=full&target=ap-southeast-1',
    ]);
    expect(model.request?.keepHref).toBe(
      '/recovery/decide?lost=us-east-1&option=reads&target=ap-southeast-1',
    );
  });

  it('is nobody where none was asked for: the best ranked, kept once the form is being filled', async () => {
    const model = await page({ option: 'full' });
    expect(model.options[0]?.href).toBe('/recovery/decide?lost=us-east-1&option=wait');
    expect(model.request?.keepHref).toBe('/recovery/decide?lost=us-east-1&option=full&target=eu-west-1');
  });

  it.each(['mars', US])('is not %s', async (target) => {
    expect((await page({ option: 'full', target })).request?.params.target).not.toBe(target);
  });
});
