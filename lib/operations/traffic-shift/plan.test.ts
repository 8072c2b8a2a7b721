import { describe, expect, it } from 'vitest';
import type { RecordTargets, WeightedTarget } from '#lib/domain/observation/kinds.ts';
import type { Plan } from '#lib/domain/operation/plan.ts';
import type { Ramp } from '#lib/domain/traffic/request.ts';
import type { WeightMatrix } from '#lib/domain/traffic/weights.ts';
import { actions } from '#lib/operations/registry.ts';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import type { RecordWeights } from './input.ts';
import { planShift } from './plan.ts';

const estate = seedEstate();
const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';

const from: WeightMatrix = {
  na: { [US]: 100, [EU]: 0, [AP]: 0 },
  eu: { [US]: 0, [EU]: 100, [AP]: 0 },
  ap: { [US]: 0, [EU]: 0, [AP]: 100 },
  any: { [US]: 100, [EU]: 0, [AP]: 0 },
};
const to: WeightMatrix = { ...from, na: { [US]: 80, [EU]: 20, [AP]: 0 } };
const liveWeights: RecordWeights = {
  na: { [US]: 200, [EU]: 0, [AP]: 0 },
  // Of another sum, as someone once set them.
  eu: { [US]: 0, [EU]: 1, [AP]: 0 },
  ap: { [US]: 0, [EU]: 0, [AP]: 200 },
  any: { [US]: 200, [EU]: 0, [AP]: 0 },
};

const target = (region: string): WeightedTarget => ({
  type: 'A',
  alias: { hostedZoneId: 'Z35', dnsName: `lb.${region}.example.`, evaluateTargetHealth: true },
  healthCheckId: `hc-${region}`,
});
const targetRow = { [US]: [target(US)], [EU]: [target(EU)], [AP]: [target(AP)] };
const targets: RecordTargets = { na: targetRow, eu: targetRow, ap: targetRow, any: targetRow };

function plan(
  ramp: Ramp = { kind: 'immediate' },
  changes: Partial<Parameters<typeof planShift>[0]> = {},
): Plan {
  return planShift({
    kind: 'traffic-shift',
    estate,
    environment: environmentOf(estate),
    title: 'Traffic shift',
    from,
    to,
    liveWeights,
    targets,
    ramp,
    receivers: [EU],
    ...changes,
  });
}

const inputOf = (planned: Plan, key: string) =>
  [...planned.steps, ...planned.compensation].find((step) => step.key === key)?.input;

describe('the plan of a shift', () => {
  it('is recheck, capacity, then change, dwell and verdict for each step of the ramp', () => {
    expect(plan().steps.map(({ key }) => key)).toEqual([
      'recheck',
      `capacity-${EU}`,
      'weights-1',
      'dwell-1',
      'verify-1',
    ]);
    expect(
      plan({ kind: 'stepped' })
        .steps.filter(({ key }) => key.startsWith('weights'))
        .map(({ title }) => title),
    ).toEqual([
      'Set weights, 5 % of the way',
      'Set weights, 10 % of the way',
      'Set weights, 25 % of the way',
      'Set weights, 50 % of the way',
      'Set weights, 75 % of the way',
      'Set weights, 100 % of the way',
    ]);
  });

  it('touches the geographies that change and no others', () => {
    expect(inputOf(plan(), 'recheck')).toEqual({
      expect: { na: liveWeights.na },
      targets: { na: targetRow },
    });
    expect(inputOf(plan(), 'weights-1')).toEqual({
      expect: { na: liveWeights.na },
      weights: { na: { [US]: 160, [EU]: 40, [AP]: 0 } },
      targets: { na: targetRow },
    });
  });

  it('expects of each step what the one before it left', () => {
    const stepped = plan({ kind: 'stepped' });
    const changes = stepped.steps.filter(({ action }) => action === 'traffic.set-weights');
    for (const [i, { input }] of changes.entries()) {
      expect(input.expect).toEqual(i === 0 ? { na: liveWeights.na } : changes[i - 1]?.input.weights);
    }
  });

  it('judges each step by the shares of that step', () => {
    const stepped = plan({ kind: 'stepped' });
    expect(inputOf(stepped, 'verify-4')).toEqual({
      shares: { [US]: 0.45, [EU]: 0.35, [AP]: 0.2 },
      since: 'dwell-4',
    });
    expect(inputOf(stepped, 'verify-6')).toEqual({
      shares: { [US]: 0.4, [EU]: 0.4, [AP]: 0.2 },
      since: 'dwell-6',
    });
  });

  it('puts back the snapshot from any state it made, waits, and gives capacity back', () => {
    const stepped = plan({ kind: 'stepped' });
    expect(stepped.compensation.map(({ key }) => key)).toEqual([
      'restore-weights',
      'restore-dwell',
      `release-${EU}`,
    ]);
    const restore = inputOf(stepped, 'restore-weights');
    expect(restore?.weights).toEqual({ na: liveWeights.na });
    expect(restore?.known).toHaveLength(6);
    expect(restore?.targets).toEqual({ na: targetRow });
  });

  it('gives up at last the nodes that the shift kept which it puts back, and claims nothing else of them', () => {
    const back = plan(
      { kind: 'immediate' },
      {
        kind: 'traffic-revert',
        release: [{ region: AP, minimumBefore: 3, minimumSet: 14, nodes: 6 }],
      },
    );
    expect(back.steps.map(({ key }) => key)).toEqual([
      ...plan().steps.map(({ key }) => key),
      `release-${AP}`,
    ]);
    expect(back.steps.at(-1)).toMatchObject({
      action: 'capacity.release',
      region: AP,
      input: { region: AP, raised: { minimumBefore: 3, minimumSet: 14 } },
      needsRegions: [AP],
      irreversible: false,
    });
    expect(back.compensation).toEqual(plan().compensation);
  });

  it('waits two TTLs for real, and the declared dwell', () => {
    expect(inputOf(plan(), 'dwell-1')).toMatchObject({ seconds: 300, minimumRealSeconds: 10 });
    expect(inputOf(plan({ kind: 'interval', points: 10, intervalHours: 24 }), 'dwell-1')).toMatchObject({
      seconds: 86_400,
    });
  });

  it('names what it needs of Regions: Route 53’s control plane is in us-east-1 (aws-facts B-06)', () => {
    for (const step of [...plan().steps, ...plan().compensation]) {
      if (/weights|recheck/.test(step.key)) expect(step.needsRegions).toEqual([US]);
      if (/capacity|release/.test(step.key)) expect(step.needsRegions).toEqual([EU]);
    }
  });

  it('names only actions that exist, and gives each step a key of its own', () => {
    const { steps, compensation } = plan({ kind: 'stepped' });
    const all = [...steps, ...compensation];
    for (const { action } of all) expect(Object.keys(actions)).toContain(action);
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
  });

  it('is the same each time it is made', () => {
    expect(plan({ kind: 'stepped' })).toEqual(plan({ kind: 'stepped' }));
    expect(JSON.parse(JSON.stringify(plan()))).toEqual(plan());
  });
});
