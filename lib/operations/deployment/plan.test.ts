import { describe, expect, it } from 'vitest';
import { inGroups } from '#lib/engine/step-group.ts';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import { deploymentActions } from './actions.ts';
import { planDeployment, planRollback } from './plan.ts';

const environment = environmentOf(seedEstate());
const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';

const plan = (regions: readonly string[], inLowTraffic = false) =>
  planDeployment({
    environment,
    version: 'v2.0.0',
    digest: `sha256:${'a'.repeat(64)}`,
    repository: 'ecommerce/shop',
    regions: regions.map((code) => ({
      code,
      live: 'v1.9.0',
      window: { fromHour: 2, toHour: 6, share: 0.2 },
    })),
    soakMinutes: 30,
    inLowTraffic,
  });

const OF_REGION = ['apply', 'rollout', 'smoke', 'endpoints', 'switch', 'drain', 'soak'];

describe('the plan of a deployment', () => {
  it('goes Region after Region, with a wait between two of them', () => {
    expect(plan([US, EU]).steps.map(({ key }) => key)).toEqual([
      'images',
      ...OF_REGION.map((step) => `${step}-${US}`),
      `wait-${EU}`,
      ...OF_REGION.map((step) => `${step}-${EU}`),
      'parity',
      `retire-${US}`,
      `retire-${EU}`,
    ]);
  });

  it('has the seed’s schedule: T+30 and T+60, and 30 min after the switch before', () => {
    const waits = plan([US, EU, AP]).steps.filter(({ action }) => action === 'deploy.wait');
    expect(waits.map(({ input }) => input)).toEqual([
      { region: EU, after: `switch-${US}`, plannedMinutes: 30, bakeMinutes: 30 },
      { region: AP, after: `switch-${EU}`, plannedMinutes: 60, bakeMinutes: 30 },
    ]);
    const retire = plan([US]).steps.find(({ action }) => action === 'deploy.retire');
    expect(retire?.input).toMatchObject({ minutes: 120, since: `switch-${US}` });
  });

  it('waits for the quiet hours where that is asked for', () => {
    const waits = plan([US, EU], true).steps.filter(({ action }) => action === 'deploy.wait');
    expect(waits[0]?.input).toMatchObject({ window: { fromHour: 2, toHour: 6 } });
  });

  it('compares each soak with the Regions that serve the version of before', () => {
    const soaks = plan([AP, EU]).steps.filter(({ action }) => action === 'deploy.soak');
    expect(soaks.map(({ input }) => input.baseline)).toEqual([[US, EU], [US]]);
  });

  it('puts back every Region at once, then looks, then keeps what it saw', () => {
    expect(inGroups(plan([US, EU]).compensation).map((group) => group.map(({ key }) => key))).toEqual(
      ['back', 'back-verify', 'diagnose', 'clear'].map((step) => [`${step}-${US}`, `${step}-${EU}`]),
    );
  });

  it('names actions that there are, each step once, and needs its own Region alone', () => {
    const { steps, compensation } = plan([US, EU, AP]);
    const all = [...steps, ...compensation];
    expect(all.filter(({ action }) => !(action in deploymentActions))).toEqual([]);
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
    for (const { region, needsRegions } of all)
      if (region !== null) expect(needsRegions.every((code) => code === region)).toBe(true);
    expect(all.filter(({ irreversible }) => irreversible)).toEqual([]);
  });
});

it('a rollback goes to what each Region recorded, all at once, and nothing puts it back', () => {
  const rollback = planRollback({
    environment,
    regions: [
      { code: US, from: 'v2.0.0', to: 'v1.9.0', digest: null },
      { code: EU, from: 'v2.0.0', to: 'v1.8.0', digest: null },
    ],
  });
  expect(rollback.title).toBe(`Roll back ${US}, ${EU} to v1.9.0, v1.8.0`);
  expect(rollback.compensation).toEqual([]);
  expect(inGroups(rollback.steps).map((group) => group.map(({ key }) => key))).toEqual([
    [`back-${US}`, `back-${EU}`],
    [`back-verify-${US}`, `back-verify-${EU}`],
    [`diagnose-${US}`, `diagnose-${EU}`],
  ]);
  expect(rollback.steps[1]?.input).toMatchObject({ from: 'v2.0.0', to: { version: 'v1.8.0', digest: null } });
});
